/** The packets of a failure as lines of text: the frame's way, hop by hop, and what Wireshark finds it by. */
import { type Hop, tagsOf } from '../../proof/index.ts'
import { summarise } from '../../wire/index.ts'
import { filterOf } from './rates.ts'
import type { Failure } from './story.ts'

/** A flooded frame is at every port; a filter of more numbers than this is of no use. */
const MOST_NUMBERS = 60

/** Every frame that an expectation failed on, and where it went wrong; of a broken network that is few of many. */
export const WRONG_FRAMES = 'frame.comment matches "BROKEN|WRONG HOP"'

/** One line a hop of the branch that came to where it is wrong, the wrong one marked, what changed on it below. */
export function wayInLines({ hops, branch, place }: Failure): readonly string[] {
  const rows = branch.map(({ frame, delayNs }) => [
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
  const beside = hops.length - branch.length
  const lines = branch.flatMap((hop, index) => {
    const cells = (rows[index] ?? []).map((cell, at) => cell.padEnd(widths[at] ?? 0))
    const mark = hop === place?.wrong ? '>> ' : '   '
    const line = `${mark}${cells.join('  ').trimEnd()}`
    const end = hop === place?.wrong ? '   <-- the first hop that is wrong' : ''
    return [`${line}${end}`, ...hop.changes.map((change) => `        changed here: ${change}`)]
  })
  return beside === 0
    ? lines
    : [...lines, `   and ${beside} more captures of it, behind this hop or beside the way`]
}

/**
 * As tcpdump would print them, in columns: where it was sent, around the hop where it went wrong, where that shows. Of a
 * rate how the octets add up.
 */
export function essentialPackets({ hops, place, shown, rate }: Failure): readonly string[] {
  if (rate !== null) return rate.steps
  const [first] = hops
  const wanted = [first, place?.before, place?.wrong, shown].filter((hop): hop is Hop => hop != null)
  const rows = [...new Set(wanted)].map((hop) => ({ hop, where: `${hop.frame.port} ${hop.frame.direction}` }))
  const [number, where] = [
    Math.max(0, ...rows.map(({ hop }) => String(hop.frame.frame).length)),
    Math.max(0, ...rows.map((row) => row.where.length)),
  ]
  return rows.map(({ hop, where: at }) => {
    const { frame, octets } = hop.frame
    const mark = hop === place?.wrong ? '>>' : '  '
    const name = hop === place?.before ? '  (the last good hop)' : hop === place?.wrong ? '  <-- WRONG' : ''
    return `${mark} frame ${String(frame).padEnd(number)}  ${at.padEnd(where)}  ${summarise(octets)}${name}`
  })
}

/** Display filters of Wireshark, each with what it shows; the first is the one to begin with. */
export function filtersOf(
  { hops, sent, rate, firstFrame }: Failure,
  verdict: string,
): readonly (readonly [string, string])[] {
  const isWrong = verdict === 'deviates'
  const main = isWrong ? WRONG_FRAMES : 'frame.comment contains "NOT PROVED"'
  if (rate !== null)
    return [
      [filterOf(rate), `the frames of the rate at ${rate.port}: Statistics, I/O Graphs draws them`],
      [main, `the first and the last frame of each rate that ${isWrong ? 'is wrong' : 'was not proved'}`],
    ]
  if (firstFrame === null) return [] // no frame says anything of it
  const numbers = hops
    .slice(0, MOST_NUMBERS)
    .map(({ frame }) => frame.frame)
    .sort((a, b) => a - b)
  const mark = sent === null ? null : `frame.comment contains "${sent.role} ${sent.number} of "`
  return [
    [
      main,
      isWrong
        ? 'every frame that broke an expectation, and where it went wrong'
        : 'every frame of which something was not proved',
    ],
    ...(numbers.length === 0
      ? []
      : [[`frame.number in {${numbers.join(', ')}}`, 'the frame above, wherever it was captured'] as const]),
    ...(mark === null || hops.length <= MOST_NUMBERS
      ? []
      : [[mark, 'the frame above, wherever it was captured'] as const]),
  ]
}
