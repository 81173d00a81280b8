/**
 * Captures of others as anybody may send them: real ones, mutated. Each is refused with one clear line, or judged; never
 * a crash, and never a stack trace. FRAMEPROOF_MUTATIONS=100000 tries as many (400 otherwise); FRAMEPROOF_SEED has them
 * again.
 */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { BadInput } from '../lab/bad-input.ts'
import { decodePcap } from '../pcap/pcap.ts'
import { encodePcapng } from '../pcap/pcapng.ts'
import { mutationsOf } from '../pcap/test-mutations.ts'
import { frameproof, SCRATCH } from '../testing/program.ts'
import { SEED } from '../wire/testing/properties.ts'
import { readForeignCaptures } from './foreign-captures.ts'
import { judge } from './judge.ts'

const MUTATIONS = Number(process.env.FRAMEPROOF_MUTATIONS ?? 400)
const scratch = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), SCRATCH))
const PORTS = ['red1', 'hv1_eth0', 'hv1_tap-blue1']
let folder = ''

beforeAll(async () => {
  const report = join(scratch, 'report')
  await frameproof(['run', 'VLAN-13', '--pcap', '--report', report])
  const cases = join(report, 'evidence/VLAN-13')
  folder = join(cases, readdirSync(cases)[0] ?? '')
  rmSync(join(report, 'manifest.json')) // it would be read for each capture, and says nothing of those
}, 120_000)
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

test(`${MUTATIONS} mutated captures are refused in one line, or judged`, {
  timeout: 60_000 + MUTATIONS * 60,
}, async () => {
  const classic = PORTS.map((port) => readFileSync(join(folder, 'pcap', `${port}.pcap`)))
  const files = [...classic.map((file) => Uint8Array.from(file)), ...classic.map(asPcapng)]
  const place = join(scratch, 'captures')
  mkdirSync(place)
  const file = join(place, 'one')
  const mapping = join(place, 'mapping.yaml')
  const counts = { refused: 0, conforms: 0, deviates: 0, 'could not run': 0, 'not supported': 0 }
  const captures = fc.record({ octets: mutationsOf(files), port: fc.constantFrom(...PORTS) })
  const property = fc.asyncProperty(captures, async ({ octets, port }) => {
    writeFileSync(file, octets)
    writeFileSync(mapping, `captures: { "${port.replace('_', ':')}": { file: one, drops: 0 } }\n`)
    try {
      const { cases } = await judge(folder, readForeignCaptures(mapping))
      for (const { verdict } of cases) counts[verdict] += 1
      expect(cases).toHaveLength(1)
    } catch (error) {
      if (!(error instanceof BadInput)) throw error
      expect(error.message).not.toContain('\n')
      counts.refused += 1
    }
  })
  await fc.assert(property, { numRuns: MUTATIONS, seed: SEED, endOnFailure: true })
  process.stderr.write(`of ${MUTATIONS} mutated captures: ${JSON.stringify(counts)}\n`)
  expect(counts.refused).toBeGreaterThan(MUTATIONS / 100)
  expect(MUTATIONS - counts.refused).toBeGreaterThan(MUTATIONS / 100)
})

function asPcapng(file: Uint8Array): Uint8Array {
  return encodePcapng(decodePcap(file))
}
