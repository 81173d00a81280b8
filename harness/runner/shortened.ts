/**
 * What is long and passes many ports as it was sent is kept whole once: elsewhere its headers are enough. So are talks, and
 * what network stacks send each other; nobody judges the octets there.
 */
import type { RecordedFrame, SentSeries } from '../proof/index.ts'
import { untagged } from '../wire/index.ts'
import { knownByOctets, NumberedFrame } from '../wire/series.ts'

/** Shorter ones are not worth it. */
const LONG_OCTETS = 256

/** Of a TCP segment: all headers, whatever their options. */
const TCP_HEADERS_OCTETS = 144
const IPV4 = 0x0800
const IPV6 = 0x86dd
const TCP = 6

/** Of talks. @param wholeAt ports where octets are judged */
export function shortened(
  frames: readonly RecordedFrame[],
  series: readonly SentSeries[],
  wholeAt: ReadonlySet<string>,
): readonly RecordedFrame[] {
  const long = series.filter(({ template }) => template.length > LONG_OCTETS)
  const said = long.map(({ firstNumber, count, template }) => {
    const [frame, kept] = [new NumberedFrame(template), knownByOctets(template)]
    return { firstNumber, end: firstNumber + count, frame, kept }
  })
  return frames.map((frame) => {
    const { signature, port, octets } = frame
    if (signature === null || wholeAt.has(port)) return frame
    const own = said.find(({ firstNumber, end }) => signature >= firstNumber && signature < end)
    if (own === undefined || Buffer.compare(untagged(octets), own.frame.numbered(signature)) !== 0)
      return frame
    return { ...frame, octets: octets.subarray(0, own.kept) }
  })
}

/** Of a transfer: each segment is whole where it was seen first, and where it differs from that. */
export function segmentsShortened(frames: readonly RecordedFrame[]): readonly RecordedFrame[] {
  const known = new Set<string>()
  return frames.map((frame) => {
    const { signature, octets } = frame
    if (signature !== null || octets.length <= LONG_OCTETS || !isTcp(octets)) return frame
    const key = Buffer.from(untagged(octets)).toString('latin1')
    if (known.has(key)) return { ...frame, octets: octets.subarray(0, TCP_HEADERS_OCTETS) }
    known.add(key)
    return frame
  })
}

function isTcp(frame: Uint8Array): boolean {
  const octets = untagged(frame)
  const etherType = ((octets[12] ?? 0) << 8) | (octets[13] ?? 0)
  if (etherType === IPV4) return octets[23] === TCP
  return etherType === IPV6 && octets[20] === TCP
}
