/** The packets of a failure as lines of text: the frame's way, hop by hop, and what Wireshark finds it by. */
import { type Hop, tagsOf } from '../../proof/index.ts'
import { summarise } from '../../wire/index.ts'
import type { Failure } from './story.ts'

/** A flooded frame is at every port; a filter of more numbers than this is of no use. */
const MOST_NUMBERS = 60

/** One line a hop, the wrong one marked, what changed on it below. */
export function wayInLines({ hops, place }: Failure): readonly string[] {
  const rows = hops.map(({ frame, delayNs }) => [
    `frame ${frame.frame}`,
    `+${(Number(delayNs) / 1000).toFixed(1)} µs`,
    frame.port,
    frame.direction,
    tagsOf(frame.octets),
    `${frame.originalLength} octets`,
  ])
  const widths = rows.reduce<number[]>(
    (all, row) => row.map((cell, at) => Math.max(all[at] ?? 0, cell.length)),
    [],
  )
  return hops.flatMap((hop, index) => {
    const cells = (rows[index] ?? []).map((cell, at) => cell.padEnd(widths[at] ?? 0))
    const mark = hop === place?.wrong ? '>> ' : '   '
    const line = `${mark}${cells.join('  ').trimEnd()}`
    const end = hop === place?.wrong ? '   <-- the first hop that is wrong' : ''
    return [`${line}${end}`, ...hop.changes.map((change) => `        changed here: ${change}`)]
  })
}

/** As tcpdump would print them: where it was sent, around the hop where it went wrong, where that shows. */
export function essentialPackets({ hops, place, shown }: Failure): readonly string[] {
  const [first] = hops
  const wanted = [first, place?.before, place?.wrong, shown].filter((hop): hop is Hop => hop != null)
  return [...new Set(wanted)].map(
    ({ frame }) => `frame ${frame.frame}  ${frame.port} ${frame.direction}  ${summarise(frame.octets)}`,
  )
}

/** Display filters of Wireshark, each with what it shows. */
export function filtersOf({ hops, place, sent }: Failure): readonly (readonly [string, string])[] {
  const numbers = hops.slice(0, MOST_NUMBERS).map(({ frame }) => frame.frame)
  const mark = sent === null ? null : `frame.comment contains "${sent.role} ${sent.number} of "`
  return [
    ...(place?.wrong == null
      ? []
      : [[`frame.number == ${place.wrong.frame.frame}`, 'the frame where it is wrong'] as const]),
    ...(numbers.length === 0
      ? []
      : [[`frame.number in {${numbers.join(', ')}}`, 'the way of that frame, hop by hop'] as const]),
    ...(mark === null || hops.length <= MOST_NUMBERS ? [] : [[mark, 'all of its way'] as const]),
  ]
}
