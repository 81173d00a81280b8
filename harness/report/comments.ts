/**
 * What evidence.pcapng says of its frames, for a reader who knows networks and not Frameproof: what each frame is that
 * the harness sent, at which hop of a failure it was seen, and which assertion it met or broke.
 */
import {
  type Assertion,
  firstOf,
  type Guest,
  type Hop,
  isAboutRate,
  isInSeries,
  isOf,
  journey,
  markOf,
  type Place,
  type Port,
  placeOf,
  type RecordedFrame,
  type Role,
  type SentSeries,
  type SignedFrame,
  type WindowRecord,
} from '../proof/index.ts'
import { sameOctets, untagged } from '../wire/index.ts'

const MEANING: Readonly<Record<Role, string>> = {
  stimulus: 'under test',
  marker: 'sent behind what is under test: where it arrives, all before it has been handled',
  control: 'put here by the harness: this capture works',
}
const OUTCOME = {
  conforms: 'MET',
  deviates: 'BROKEN',
  'could not run': 'NOT PROVED',
  'not supported': 'NOT SUPPORTED',
} as const
/** The format holds 65,535 octets; nobody reads more than this. */
const LONGEST = 2000
/** A broken lab breaks everything alike. */
const MOST_JOURNEYS = 50

export interface Commented {
  ports: readonly Port[]
  guests: readonly Guest[]
  scenario: string
  windows: readonly WindowRecord[]
  assertions: readonly Assertion[]
}

/** Of the file as a whole: what it is of, and how to read the comments. */
export function sectionComment(title: string): string {
  return [
    title,
    'Filter on frame.comment: every frame that mattered has one.',
    `A stimulus is a frame ${MEANING.stimulus}. A marker is ${MEANING.marker}. A control is ${MEANING.control}.`,
    'MET, BROKEN and NOT PROVED are what was asserted of a frame; where a frame never came, the frame seen last says so.',
    'FIRST WRONG HOP and LAST GOOD HOP are where a frame that broke an assertion went wrong: frame.comment contains "WRONG HOP".',
  ].join('\n')
}

/** By the numbers of the frames. */
export function commentsOf(commented: Commented): ReadonlyMap<number, readonly string[]> {
  const { ports, windows, assertions } = commented
  const comments = new Map<number, string[]>()
  const say = (frame: number, text: string): void => {
    const comment = text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text
    const before = comments.get(frame)
    if (before === undefined) comments.set(frame, [comment])
    else if (!before.includes(comment)) before.push(comment)
  }
  const deviating = assertions.filter(({ verdict }) => verdict === 'deviates')
  const others = assertions.filter(({ verdict }) => verdict !== 'deviates' && verdict !== 'conforms')
  const broken = [...deviating, ...others]
  const followed = new Set(broken.slice(0, MOST_JOURNEYS).flatMap(({ about }) => about ?? []))
  const ways = new Map<number, RecordedFrame[]>()
  const senders = new Map<number, string>()
  const named = new Set(assertions.flatMap(({ frames }) => frames))
  for (const { frames, sent, series } of windows) {
    const byMark = new Map(sent.map((own) => [markOf(own.octets, own.signed ? own.number : null), own]))
    const explained = new Set<SignedFrame>()
    for (const frame of frames) {
      const own = byMark.get(markOf(frame.octets, frame.signature))
      const number = own?.number ?? frame.signature
      if (number !== null && followed.has(number)) ways.set(number, [...(ways.get(number) ?? []), frame])
      if (own === undefined) {
        const stream = named.has(frame.frame) || ways.has(number ?? -1) ? streamOf(series, number) : undefined
        if (stream !== undefined && number !== null) senders.set(number, stream.from)
        if (stream !== undefined) say(frame.frame, ofStream(stream, frame, number ?? 0))
        continue
      }
      senders.set(own.number, own.from)
      say(frame.frame, inWords(frame, own, !explained.has(own)))
      explained.add(own)
    }
  }
  const hops = new Map([...ways].map(([number, way]) => [number, journey(way, ports)]))
  for (const way of hops.values()) for (const [frame, comment] of hopsInWords(way)) say(frame, comment)
  const isTold = new Set<RecordedFrame>()
  for (const assertion of deviating) {
    const { about = -1 } = assertion
    const sender = senders.get(about) ?? null
    const place = placeOf({ ...commented, assertion, hops: hops.get(about) ?? [], sender })
    if (place?.wrong == null || isTold.has(place.wrong.frame)) continue
    isTold.add(place.wrong.frame)
    sayPlace(place, place.wrong, assertion, say)
  }
  for (const assertion of assertions) {
    const text = judged(assertion)
    const [first] = assertion.frames
    for (const frame of assertion.frames)
      say(
        frame,
        isAboutRate(assertion) ? `${text} (${frame === first ? 'first' : 'last'} frame of these)` : text,
      )
    const last = hops.get(assertion.about ?? -1)?.at(-1)
    if (assertion.frames.length === 0 && assertion.verdict !== 'conforms' && last !== undefined)
      say(last.frame.frame, `${text} (this is where the frame was seen last)`)
  }
  return comments
}

function streamOf(series: readonly SentSeries[], number: number | null): SentSeries | undefined {
  return series.find((one) => isInSeries(one, number))
}

/** "number 44 of 18522 of red1 (under test): …" */
function ofStream(stream: SentSeries, frame: RecordedFrame, number: number): string {
  const { firstNumber, count, from, summary } = stream
  const answer = isOf(frame, { ...firstOf(stream), number }) ? '' : 'answer to '
  return `${answer}number ${number - firstNumber + 1} of ${count} that ${from} sent (${MEANING.stimulus}): ${summary}`
}

/** In full where it was seen first, and where it is not as it was sent; a frame passes many ports. */
function inWords(frame: RecordedFrame, own: SignedFrame, isFirst: boolean): string {
  if (!isOf(frame, own)) return `answer to ${own.role} ${own.number} of ${own.from}: ${own.summary}`
  const name = `${own.role} ${own.number} of ${own.from}`
  if (isFirst) return `${name} (${MEANING[own.role]}): ${own.summary}`
  return sameOctets(untagged(frame.octets), untagged(own.octets)) ? name : `${name}: ${own.summary}`
}

/** "BROKEN: expected …; seen …" */
function judged(assertion: Assertion): string {
  const { verdict, expected } = assertion
  const absent = verdict === 'conforms' && expected.includes(' never carries ')
  const seen = absent ? '; not seen there before this frame, which was sent behind it' : seenIn(assertion)
  return `${OUTCOME[verdict]}: expected ${expected}${seen}`
}

/** The frame at the wrong hop is the one that a reader looks at: it says that it is wrong, and what was owed. */
function sayPlace(
  { before }: Place,
  wrong: Hop,
  assertion: Assertion,
  say: (frame: number, text: string) => void,
): void {
  const { frame, port } = wrong.frame
  const expected = `expected ${assertion.expected}${seenIn(assertion)}`
  if (before === null) {
    say(frame, `FIRST WRONG HOP: it was not seen before ${port}; ${expected}`)
    return
  }
  const sound = `${before.frame.port} (frame ${before.frame.frame})`
  say(frame, `FIRST WRONG HOP: at ${sound} it still was as it should be, at ${port} it is not; ${expected}`)
  say(before.frame.frame, `LAST GOOD HOP: at ${port} (frame ${frame}), the next, it is wrong`)
}

/** "hop 5 of 9, +50.4 µs: tag added: VID 10" */
function hopsInWords(hops: readonly Hop[]): readonly (readonly [number, string])[] {
  return hops.map(({ frame, delayNs, changes }, index) => {
    const place = `hop ${index + 1} of ${hops.length}, ${frame.direction} at ${frame.port}`
    const delay = `+${(Number(delayNs) / 1000).toFixed(1)} µs`
    return [frame.frame, `${place}, ${delay}${changes.length === 0 ? '' : `: ${changes.join('; ')}`}`]
  })
}

/** "; seen no such frame": what a failed assertion found, without the journey. */
function seenIn({ expected, found }: Assertion): string {
  if (found?.startsWith(`${expected}: `)) return `; ${found.slice(expected.length + 2)}`
  const lines = (found ?? '').split('\n')
  const start = lines.findIndex((line) => line.startsWith('seen '))
  if (start === -1) return ''
  const end = lines.findIndex((line, index) => index > start && !line.startsWith('  '))
  const told = lines.slice(start, end === -1 ? undefined : end)
  return `; ${told.map((line) => line.trim().replace(/^seen\s+/, 'seen ')).join('; ')}`
}
