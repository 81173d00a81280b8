/**
 * A frame that a case injects. It is made anew for each number that the run gives it: the number is in its octets, as
 * a signature that survives tagging and NAT, so that nobody else's frame can be taken for it.
 */
import { parseMac, SIGNATURE_SIZE, summarise, untagged } from '../wire/index.ts'

export interface Stimulus {
  /** In tcpdump's manner: `ARP, Request who-has 198.51.100.13 tell 198.51.100.11`. */
  readonly summary: string
  /** The frame with the signature in it. Where `signed` is false there is no room for one, and it is ignored. */
  build(signature: Uint8Array): Uint8Array
  /** False: the frame is known again by all its octets, so no two of a run may be the same. */
  readonly signed: boolean
  /** What the answer to this frame has, octet by octet, where it does not give the signature back. */
  answer?(octets: Uint8Array): readonly AnswerPart[]
  /** What all such answers have, whatever they answer: one that comes between windows is looked at, too. */
  readonly kin?: readonly AnswerPart[]
}

export interface AnswerPart {
  /** Octets from the frame's beginning. */
  at: number
  octets: Uint8Array
}

/** The same frame between other MAC addresses, untagged, as guests send. No more changes: bridges look no further. */
export function readdressed(stimulus: Stimulus, src: string, dst: string): Stimulus {
  const build = (signature: Uint8Array): Uint8Array => {
    const octets = untagged(stimulus.build(signature)).slice()
    octets.set(parseMac(dst), 0)
    octets.set(parseMac(src), 6)
    return octets
  }
  return { ...stimulus, build, summary: summarise(build(new Uint8Array(SIGNATURE_SIZE))) }
}
