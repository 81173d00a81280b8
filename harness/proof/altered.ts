/** What became of a frame on its way: how it differs from what was wanted, and what may be left of it. */
import { decodeEthernet, differences, findSignature, sameOctets, untagged, withTag } from '../wire/index.ts'
import { type Carriage, tagWanted } from './carriage.ts'
import type { RecordedFrame, SignedFrame } from './record.ts'
import { asRewritten } from './rewritten.ts'
import type { PortView } from './seen.ts'

/** Field by field; none where it is as wanted. */
export function faultsOf(frame: RecordedFrame, sent: SignedFrame, wanted: Carriage): readonly string[] {
  const { expected, compared } = toCompare(sent, wanted, frame.octets)
  if (sameOctets(expected, compared)) return []
  return differences(expected, compared).map(
    ({ name, offset, expected: want, seen }) =>
      `${name} (octet ${offset}): expected ${want ?? 'no such field'}, seen ${seen ?? 'no such field'}`,
  )
}

function toCompare(sent: SignedFrame, wanted: Carriage, seen: Uint8Array) {
  if (wanted.rewritten !== undefined) return asRewritten(sent.octets, wanted.rewritten, seen)
  return { expected: expectedOctets(sent, wanted), compared: seen }
}

function expectedOctets(sent: SignedFrame, wanted: Carriage): Uint8Array {
  if (wanted.vid !== undefined) return withTag(untagged(sent.octets), tagWanted(wanted.vid, wanted))
  return wanted.tag === 'untagged' ? untagged(sent.octets) : sent.octets
}

/** A frame without a signature that was altered on its way is known by what is left of it: its ends and its type. */
export function alteredCopy(view: PortView, sent: SignedFrame): RecordedFrame | undefined {
  const others = view.seen.script.sent.filter((other) => other !== sent && !other.signed)
  const orphans = view.frames.filter(
    (frame) =>
      findSignature(frame.octets) === undefined &&
      sameEnds(frame.octets, sent.octets) &&
      !others.some((other) => Buffer.compare(untagged(other.octets), untagged(frame.octets)) === 0),
  )
  const byLikeness = [...orphans].sort(
    (a, b) => unlikeness(a.octets, sent.octets) - unlikeness(b.octets, sent.octets),
  )
  return byLikeness[0]
}

/** How many octets differ or are missing. */
function unlikeness(a: Uint8Array, b: Uint8Array): number {
  const [shorter, longer] = a.length < b.length ? [a, b] : [b, a]
  return shorter.reduce(
    (sum, octet, at) => sum + (octet === longer[at] ? 0 : 1),
    longer.length - shorter.length,
  )
}

function sameEnds(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a.subarray(0, 12), b.subarray(0, 12)) === 0 && typeOf(a) === typeOf(b)
}

function typeOf(octets: Uint8Array): number | null {
  try {
    return decodeEthernet(octets).etherType
  } catch {
    return null // a runt
  }
}
