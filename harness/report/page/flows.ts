/** One injected frame's way through the lab, found in the evidence by its signature, or else by its octets. */
import type { PcapngIndex, PickedPacket } from '../../pcap/pcapng.ts'
import { type Hop, isOf, journey, type RecordedFrame, type SignedFrame, tagsOf } from '../../proof/index.ts'
import { differences, encodeSignature, fieldsOf, sameOctets, untagged } from '../../wire/index.ts'
import type { FieldChange, PageHop } from './model.ts'
import type { Records } from './records.ts'

export interface Way {
  sent: SignedFrame
  /** Of a series there is no frame to compare with. */
  isOne: boolean
  frames: readonly RecordedFrame[]
}

export function sentOf({ windows }: Records, number: number): { sent: SignedFrame; isOne: boolean } | null {
  for (const { sent, series } of windows) {
    const own = sent.find((frame) => frame.number === number)
    if (own !== undefined)
      return { sent: { ...own, octets: new Uint8Array(Buffer.from(own.octets, 'hex')) }, isOne: true }
    const whole = series.find(
      ({ firstNumber, count }) => number >= firstNumber && number < firstNumber + count,
    )
    if (whole === undefined) continue
    const { from, summary, firstNumber } = whole
    const place = `number ${number - firstNumber + 1} of ${whole.count}`
    const frame = { number, role: 'stimulus', from, summary: `${summary} (${place})`, signed: true } as const
    return { sent: { ...frame, octets: new Uint8Array() }, isOne: false }
  }
  return null
}

export function wayOf(records: Records, index: PcapngIndex, number: number): Way | null {
  const known = sentOf(records, number)
  if (known === null) return null
  const { run, caseNumber } = records
  const { sent } = known
  const wanted = sent.signed
    ? encodeSignature({ run, caseNumber, number })
    : untagged(sent.octets).subarray(12)
  const found = wanted.length === 0 ? [] : index.holding(wanted)
  const frames = recorded(index, found, number)
  const own = sent.signed
    ? frames
    : frames.filter(({ octets }) => sameOctets(untagged(octets), untagged(sent.octets)))
  return { ...known, frames: own }
}

/** The frame itself, and apart from it what answers it and bears its number. */
export function partsOf({ sent, isOne, frames }: Way): {
  own: readonly RecordedFrame[]
  answers: readonly RecordedFrame[]
} {
  if (!isOne) return { own: frames, answers: [] }
  const own = frames.filter((frame) => isOf(frame, sent))
  return { own, answers: frames.filter((frame) => !own.includes(frame)) }
}

export function recorded(
  index: PcapngIndex,
  frames: readonly number[],
  signature: number | null,
): readonly RecordedFrame[] {
  return index.pick(frames).map((packet: PickedPacket) => ({
    frame: packet.frame,
    port: index.interfaces[packet.interface]?.name ?? '',
    timestampNs: packet.timestampNs,
    direction: packet.direction === 'out' ? 'out' : 'in',
    octets: packet.octets,
    originalLength: packet.originalLength,
    signature,
  }))
}

/** @param placeOf a frame's place in the page's list, by its number */
export function hopsOf(
  frames: readonly RecordedFrame[],
  ports: Records['ports'],
  placeOf: (frame: number) => number,
  most: number,
): { hops: readonly PageHop[]; hopsLeftOut: number } {
  const hops = journey(frames, ports).slice(0, most)
  const place = new Map(hops.map(({ frame }, at) => [frame, at]))
  return {
    hops: hops.map(({ frame, before, delayNs }: Hop) => ({
      frame: placeOf(frame.frame),
      before: before === null ? null : (place.get(before) ?? null),
      delayNs: Number(delayNs),
      changes: before === null ? [] : changesBetween(before.octets, frame.octets),
    })),
    hopsLeftOut: Math.max(0, frames.length - most),
  }
}

/** Tags as one change, and then field by field. */
export function changesBetween(before: Uint8Array, after: Uint8Array): readonly FieldChange[] {
  if (sameOctets(before, after)) return []
  const fields = new Map(fieldsOf(after).map((field) => [field.name, field]))
  const changes: FieldChange[] = differences(before, after)
    .filter(({ name }) => !name.startsWith('vlan') && name !== 'eth.type')
    .map(({ name, offset, expected, seen }) => {
      const field = fields.get(name)
      const size = field === undefined ? 0 : field.offset === offset ? field.sizeOctets : 1
      return { name, from: expected ?? null, to: seen ?? null, offset, size }
    })
  const [tagsBefore, tagsAfter] = [tagsOf(before), tagsOf(after)]
  const size = tagsAfter === 'untagged' ? 0 : 4
  if (tagsBefore === tagsAfter) return changes
  return [{ name: 'VLAN tag', from: tagsBefore, to: tagsAfter, offset: 12, size }, ...changes]
}
