/**
 * Random tests that can be had again: one seed for each test file,
 * from FRAMEPROOF_SEED or new, printed at the start and on failure.
 */
import fc from 'fast-check'
import { u32At } from '../octets.ts'

export const SEED = seedFrom(process.env.FRAMEPROOF_SEED)

process.stderr.write(`FRAMEPROOF_SEED=${SEED}\n`)

/** @throws {Error} with the seed, the shrunken example and its path if the property does not hold */
export function holds<T>(property: fc.IProperty<T>, runs = 300): void {
  const details = fc.check(property, { seed: SEED, numRuns: runs })
  if (!details.failed) return
  throw new Error(`FRAMEPROOF_SEED=${SEED}\n${fc.defaultReportMessage(details)}`, {
    cause: details.errorInstance,
  })
}

function seedFrom(given: string | undefined): number {
  if (given === undefined) return u32At(crypto.getRandomValues(new Uint8Array(4)), 0) >>> 1
  const seed = Number(given)
  if (Number.isInteger(seed)) return seed
  throw new Error(`FRAMEPROOF_SEED: wanted an integer, got ${given}`)
}
