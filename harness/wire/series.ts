/** One frame in many numbers: the same octets but for its signature, whose number counts. No checksum may cover it. */
import { encodeSignature, findSignature, SIGNATURE_SIZE } from './signature.ts'

/** They may push a signature back. */
const TWO_TAGS_OCTETS = 8

export class NumberedFrame {
  readonly #octets: Uint8Array
  readonly #signature: { run: number; caseNumber: number; offset: number }

  /** @throws {Error} if the template carries no signature */
  constructor(template: Uint8Array) {
    const found = findSignature(template)
    if (found === undefined) throw new Error('the template of a series carries no signature')
    this.#octets = Uint8Array.from(template) // a Buffer's own slice would not copy
    this.#signature = found
  }

  /** Valid until it is asked for the next one. */
  numbered(number: number): Uint8Array {
    const { run, caseNumber, offset } = this.#signature
    this.#octets.set(encodeSignature({ run, caseNumber, number }), offset)
    return this.#octets
  }
}

/** So many octets tell whose a frame is, and all headers in front of that. @throws {Error} as NumberedFrame */
export function knownByOctets(template: Uint8Array): number {
  const found = findSignature(template)
  if (found === undefined) throw new Error('the template of a series carries no signature')
  return found.offset + SIGNATURE_SIZE + TWO_TAGS_OCTETS
}
