/** What a talk says in long frames is kept once: elsewhere, where it is as it was sent, what it is known by is enough. */
import type { RecordedFrame, SentSeries } from '../proof/index.ts'
import { untagged } from '../wire/index.ts'
import { knownByOctets, NumberedFrame } from '../wire/series.ts'

/** Shorter ones are not worth it. */
const LONG_OCTETS = 256

/** @param wholeAt ports where octets are judged */
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
