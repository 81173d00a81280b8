/**
 * Evidence without frames of others: where a lab is a network in use, its captures hold what passed there besides. Kept
 * is what bears a signature of the run, what the harness sent, and what an assertion names; frames are numbered anew,
 * in every text that names them, too.
 */
import { decodePcapng, encodePcapng } from '../../pcap/pcapng.ts'
import { markOf, type RecordedFrame, type WindowRecord } from '../../proof/index.ts'
import type { RecordedCase } from '../recorded-case.ts'

export interface Reduced {
  pcapng: Uint8Array
  /** With the frames' new numbers. */
  observations: object
  kept: number
  leftOut: number
  /** The same text with the new numbers. */
  renumber(text: string): string
}

const NAMED = /\b([Ff]rame )(\d+)\b/g

/** @param observations as they are in the file, with what the schema does not read */
export function withoutOthers(
  recorded: RecordedCase,
  pcapng: Uint8Array,
  observations: Readonly<Record<string, unknown>>,
): Reduced {
  const named = namedIn(recorded)
  const numbers = new Map<number, number>()
  const ranges = recorded.windows.map((window) => {
    const own = keptIn(window, named)
    for (const { frame } of own) numbers.set(frame, numbers.size + 1)
    return { first: own[0] === undefined ? null : (numbers.get(own[0].frame) ?? null), count: own.length }
  })
  for (const { frame } of recorded.late) numbers.set(frame, numbers.size + 1)

  const renumber = (text: string): string =>
    text.replaceAll(NAMED, (whole, word: string, old: string) => {
      const fresh = numbers.get(Number(old))
      return fresh === undefined ? whole : `${word}${fresh}`
    })
  const { interfaces, packets, sections } = decodePcapng(pcapng)
  const kept = packets.filter((_, index) => numbers.has(index + 1))
  const leftOut = packets.length - kept.length
  const [section] = sections
  const notes = [...(section?.comments ?? []), `${leftOut} frames of others were left out.`]
  return {
    pcapng: encodePcapng({
      interfaces,
      packets: kept.map((packet) => ({ ...packet, comments: packet.comments.map(renumber) })),
      application: section?.application ?? '',
      os: section?.os ?? '',
      comment: notes.join('\n'),
    }),
    observations: renumbered(observations, { ranges, numbers, renumber }),
    kept: kept.length,
    leftOut,
    renumber,
  }
}

function keptIn({ frames, sent }: WindowRecord, named: ReadonlySet<number>): readonly RecordedFrame[] {
  const marks = new Set(sent.filter(({ signed }) => !signed).map(({ octets }) => markOf(octets, null)))
  return frames.filter(
    ({ frame, octets, signature }) =>
      signature !== null || named.has(frame) || (marks.size > 0 && marks.has(markOf(octets, null))),
  )
}

/** By its list of frames, or in its text. */
function namedIn({ observations: { assertions, result } }: RecordedCase): ReadonlySet<number> {
  const texts = [result.reason, ...assertions.flatMap(({ expected, found }) => [expected, found])]
  const inTexts = texts.flatMap((text) =>
    [...(text ?? '').matchAll(NAMED)].map(([, , number]) => Number(number)),
  )
  return new Set([...assertions.flatMap(({ frames }) => frames), ...inTexts])
}

interface Renumbering {
  ranges: readonly { first: number | null; count: number }[]
  numbers: ReadonlyMap<number, number>
  renumber(text: string): string
}

function renumbered(
  observations: Readonly<Record<string, unknown>>,
  { ranges, numbers, renumber }: Renumbering,
): object {
  const { windows, assertions, result, ...rest } = observations as {
    windows: readonly object[]
    assertions?: readonly { expected: string; found: string | null; frames: readonly number[] }[]
    result: { reason: string | null }
  }
  const inWords = (text: string | null): string | null => (text === null ? null : renumber(text))
  return {
    ...rest,
    result: { ...result, reason: inWords(result.reason) },
    windows: windows.map((window, index) => ({ ...window, frames: ranges[index] })),
    assertions: (assertions ?? []).map((one) => ({
      ...one,
      expected: renumber(one.expected),
      found: inWords(one.found),
      frames: one.frames.flatMap((frame) => numbers.get(frame) ?? []),
    })),
  }
}
