/**
 * What evidence.pcapng says of its frames, for a reader who knows networks and not Frameproof: what each frame is that
 * the harness sent, at which hop of a failure it was seen, and which assertion it met or broke.
 */
import {
  type Assertion,
  firstOf,
  firstPlaceOf,
  type Guest,
  type Hop,
  isAboutRate,
  isInSeries,
  isOf,
  isWrongSince,
  journey,
  markOf,
  mostTellingFirst,
  type Place,
  type Port,
  type RecordedFrame,
  type Role,
  type SentSeries,
  type SignedFrame,
  type WindowRecord,
} from '../proof/index.ts'
import { sameOctets, summarise, untagged } from '../wire/index.ts'

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
/** Frames whose ways are told: a broken lab breaks everything alike. */
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
    'FIRST WRONG HOP and LAST GOOD HOP are where a frame that broke an assertion went wrong; behind it the frame is BROKEN, wrong since then.',
    `What is wrong: frame.comment matches "BROKEN|WRONG HOP". Hops are told of ${MOST_JOURNEYS} frames at most.`,
  ].join('\n')
}

/** By the numbers of the frames. */
export function commentsOf(commented: Commented): ReadonlyMap<number, readonly string[]> {
  const { ports, windows, assertions } = commented
  const comments = new Map<number, string[]>()
  const say: Say = (frame, text) => {
    const comment = text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text
    const before = comments.get(frame)
    if (before === undefined) comments.set(frame, [comment])
    else if (!before.includes(comment)) before.push(comment)
  }
  const deviating = assertions.filter(({ verdict }) => verdict === 'deviates')
  const others = assertions.filter(({ verdict }) => verdict !== 'deviates' && verdict !== 'conforms')
  const broken = [...mostTellingFirst(deviating), ...others]
  const abouts = new Set(broken.flatMap(({ about }) => about ?? []))
  const followed = new Set([...abouts].slice(0, MOST_JOURNEYS))
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
  const places = new Map<number, Place>()
  for (const [about, way] of hops) {
    const own = mostTellingFirst(deviating).filter((one) => one.about === about)
    const place = firstPlaceOf(own, { ...commented, hops: way, sender: senders.get(about) ?? null })
    if (place !== null) places.set(about, place)
    if (place?.wrong != null) sayPlace(place, place.wrong, own, say)
  }
  for (const assertion of assertions) {
    const { about = -1 } = assertion
    sayJudged(assertion, { hops: hops.get(about) ?? [], place: places.get(about) ?? null, ports }, say)
  }
  return comments
}

type Say = (frame: number, text: string) => void

/** On each frame that the assertion names; of none on the frame that was seen last. */
function sayJudged(
  assertion: Assertion,
  { hops, place, ports }: { hops: readonly Hop[]; place: Place | null; ports: readonly Port[] },
  say: Say,
): void {
  const { frames, verdict } = assertion
  const [first] = frames
  const wrongBefore = new Set(
    place === null || verdict !== 'deviates'
      ? []
      : hops.filter((hop) => isWrongSince(place, hop, { hops, ports })).map(({ frame }) => frame.frame),
  )
  for (const frame of frames) {
    const since = wrongBefore.has(frame) ? `, wrong since frame ${place?.wrong?.frame.frame}` : ''
    const which = isAboutRate(assertion) ? ` (${frame === first ? 'first' : 'last'} frame of these)` : ''
    say(frame, `${judged(assertion, since)}${which}`)
  }
  const last = hops.at(-1)
  if (frames.length === 0 && verdict !== 'conforms' && last !== undefined)
    say(last.frame.frame, `${judged(assertion)} (this is where the frame was seen last)`)
}

function streamOf(series: readonly SentSeries[], number: number | null): SentSeries | undefined {
  return series.find((one) => isInSeries(one, number))
}

/** "number 44 of 18522 of red1 (under test): …" */
function ofStream(stream: SentSeries, frame: RecordedFrame, number: number): string {
  const { firstNumber, count, from, summary } = stream
  const words = `number ${number - firstNumber + 1} of ${count} that ${from} sent (${MEANING.stimulus})`
  const isAnswer = !isOf(frame, { ...firstOf(stream), number })
  return isAnswer ? `answer to ${words}${here(frame)}` : `${words}: ${summary}`
}

/** What the octets of this frame say, where they are not those that were sent. */
function here({ octets }: RecordedFrame): string {
  return `, here ${summarise(octets)}`
}

/** In full where it was seen first, and where it is not as it was sent; a frame passes many ports. */
function inWords(frame: RecordedFrame, own: SignedFrame, isFirst: boolean): string {
  const name = `${own.role} ${own.number} of ${own.from}`
  if (!isOf(frame, own)) return `answer to ${name}${here(frame)}`
  const what = isFirst ? ` (${MEANING[own.role]})` : ''
  if (!sameOctets(untagged(frame.octets), untagged(own.octets))) return `${name}${what}${here(frame)}`
  return isFirst ? `${name}${what}: ${own.summary}` : name
}

/** "BROKEN: expected …; seen …" */
function judged(assertion: Assertion, since = ''): string {
  const { verdict, expected } = assertion
  const absent = verdict === 'conforms' && expected.includes(' never carries ')
  const seen = absent ? '; not seen there before this frame, which was sent behind it' : seenIn(assertion)
  return `${OUTCOME[verdict]}${since}: expected ${expected}${seen}`
}

/** The frame at the wrong hop is the one that a reader looks at: it says that it is wrong, and what was owed. */
function sayPlace({ before }: Place, wrong: Hop, broken: readonly Assertion[], say: Say): void {
  const { frame, port } = wrong.frame
  const assertion = broken.find(({ frames }) => frames.includes(frame)) ?? broken[0]
  const expected = assertion === undefined ? '' : `expected ${assertion.expected}${seenIn(assertion)}`
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
