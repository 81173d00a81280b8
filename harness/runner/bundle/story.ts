/**
 * What went wrong in a case, for people: of each broken assertion what was expected, what was seen, the way of the frame
 * that it is about, and between which two ports it went wrong. All of it from the evidence.
 */
import {
  branchTo,
  firstOf,
  firstPlaceOf,
  type Hop,
  isAboutRate,
  isInSeries,
  isOf,
  journey,
  mostTellingFirst,
  type Place,
  type RecordedFrame,
  type SignedFrame,
  type WindowRecord,
} from '../../proof/index.ts'
import type { CaseRun } from '../case-run.ts'
import type { Observations } from '../observations.ts'
import type { RecordedCase } from '../recorded-case.ts'
import { type RateStory, rateStory } from './rates.ts'

export type ToldAssertion = Observations['assertions'][number]

export interface Failure {
  expected: string
  /** What was seen instead, without the frame's way. */
  seen: readonly string[]
  sent: SignedFrame | null
  hops: readonly Hop[]
  /** Of these the branch that came to where it is wrong: a bridge floods. */
  branch: readonly Hop[]
  /** The hop that the assertion names: where the rule is seen to be broken. */
  shown: Hop | null
  place: Place | null
  /** A rate is wrong over many frames: then there are no hops, and no place. */
  rate: RateStory | null
  /** The first frame that the assertion, or its frame's way, names. */
  firstFrame: number | null
}

/** A broken network breaks many assertions in the same way: a frame each of some is enough. */
const MOST_FAILURES = 3
const MOST_LOOKED_AT = 40

export interface CaseStory {
  failures: readonly Failure[]
  /** "8 of 40 expectations failed, 7 “carries”, …"; null if none did. */
  failed: string | null
}

/** @param run the case as it went when it was judged again; null if it was not */
export function storyOf(recorded: RecordedCase, run: CaseRun | null): CaseStory {
  const { verdict } = recorded.observations.result
  const failed = recorded.observations.assertions.filter(
    (one) => one.verdict === verdict && verdict !== 'conforms',
  )
  const candidates = withDifferentWays(failed, recorded)
    .slice(0, MOST_LOOKED_AT)
    .map((one) => failureOf(one, recorded, run, failed))
  const failures = inDifferentPlaces(surestFirst(candidates)).slice(0, MOST_FAILURES)
  return { failures, failed: failedInWords(failed, recorded) }
}

/** Of rates that with the narrowest interval. */
function surestFirst(failures: readonly Failure[]): readonly Failure[] {
  return [...failures].sort((a, b) => (a.rate?.uncertainty ?? 0) - (b.rate?.uncertainty ?? 0))
}

/** "68 of 380 expectations failed: 38 × “never carries”, 30 × “carries”; about frames of red1, red2" */
function failedInWords(failed: readonly ToldAssertion[], recorded: RecordedCase): string | null {
  if (failed.length === 0) return null
  const { assertions } = recorded.observations
  const kinds = failed.map(({ expected }) => KIND.exec(expected)?.[1] ?? 'others')
  const counts = [...new Set(kinds)].map((kind) => {
    const count = kinds.filter((one) => one === kind).length
    return `${count} × ${kind === 'others' ? kind : `“${kind}”`}`
  })
  const senders = new Map(
    recorded.windows.flatMap(({ sent }) => sent.map(({ number, from }) => [number, from] as const)),
  )
  const from = [...new Set(failed.flatMap(({ about }) => senders.get(about ?? -1) ?? []))]
  const whose = from.length === 0 ? '' : `; about frames of ${from.join(', ')}`
  const what = recorded.observations.result.verdict === 'deviates' ? 'failed' : 'were not proved'
  return `${failed.length} of ${assertions.length} expectations ${what}: ${counts.join(', ')}${whose}`
}

const KIND = /^\S+ (never carries|carries|keeps to|sends nothing)\b/

/** A network that is broken at one hop breaks every frame there. */
function inDifferentPlaces(failures: readonly Failure[]): readonly Failure[] {
  const places = new Set<string>()
  return failures.filter(({ place, rate }) => {
    const key = `${rate?.port} ${place?.before?.frame.port} ${place?.wrong?.frame.port}`
    const isNew = !places.has(key)
    places.add(key)
    return isNew
  })
}

/** Those that tell most first, and each frame once: two ports may say the same of it. */
function withDifferentWays(
  failed: readonly ToldAssertion[],
  recorded: RecordedCase,
): readonly ToldAssertion[] {
  const numbers = new Set<number>()
  const different = mostTellingFirst(failed).filter((one) => {
    const { sent } = wayOf(one, recorded)
    if (sent === null || numbers.has(sent.number)) return false
    numbers.add(sent.number)
    return true
  })
  return different.length > 0 ? different : failed
}

/** @param failed all, for where the frame was wrong first */
function failureOf(
  assertion: ToldAssertion,
  recorded: RecordedCase,
  run: CaseRun | null,
  failed: readonly ToldAssertion[],
): Failure {
  const { sent, hops } = wayOf(assertion, recorded)
  const { found } = assertion
  const told = { expected: expectedIn(assertion), seen: seenIn(found), sent }
  const firstFrame = assertion.frames[0] ?? hops[0]?.frame.frame ?? null
  if (isAboutRate(assertion)) {
    const rate = rateStory(assertion, run, recorded)
    const exact = rate === null ? {} : { expected: rate.expected, seen: rate.seen }
    return { ...told, ...exact, hops: [], branch: [], shown: null, place: null, rate, firstFrame }
  }
  const { guests, ports } = recorded.world
  const { scenario } = recorded.observations.result
  // what was not proved is not wrong anywhere
  const isBroken = assertion.verdict === 'deviates'
  const alike = failed.filter(({ about }) => about !== undefined && about === assertion.about)
  const asked = { hops, sender: sent?.from ?? null, ports, guests, scenario }
  const place = isBroken ? firstPlaceOf([assertion, ...alike], asked) : null
  const shown = hops.find(({ frame }) => assertion.frames.includes(frame.frame)) ?? null
  const end = shown ?? place?.wrong ?? place?.before
  const branch = end == null ? hops : branchTo(end, { hops, ports })
  return { ...told, hops, branch, shown, place, rate: null, firstFrame }
}

/** With what the port is, which what was found tells. */
function expectedIn({ expected, found }: ToldAssertion): string {
  const line = (found ?? '').split('\n').find((one) => one.startsWith('expected '))
  return line === undefined ? expected : line.replace(/^expected\s+/, '')
}

function wayOf(
  { about, frames: named }: ToldAssertion,
  { windows, world }: RecordedCase,
): { sent: SignedFrame | null; hops: readonly Hop[] } {
  for (const window of windows) {
    const frame = window.frames.find((one) => named.includes(one.frame))
    const sent = sentIn(window, about, frame)
    if (sent === null) continue
    const way = window.frames.filter((one) => isOf(one, sent))
    return { sent, hops: journey(way, world.ports) }
  }
  return { sent: null, hops: [] }
}

/** The injected frame that it is about: by its number, else by what the frame carries that the assertion names. */
function sentIn(
  { sent, series }: WindowRecord,
  about: number | undefined,
  frame: RecordedFrame | undefined,
): SignedFrame | null {
  const number = about ?? frame?.signature ?? null
  if (number === null) return sent.find((one) => frame !== undefined && isOf(frame, one)) ?? null
  const own = sent.find((one) => one.number === number)
  if (own !== undefined) return own
  const stream = series.find((one) => isInSeries(one, number))
  return stream === undefined ? null : { ...firstOf(stream), number }
}

/** What was found, without what is told anyway: the expectation and the way. */
function seenIn(found: string | null): readonly string[] {
  const lines = (found ?? 'nothing that would show it').split('\n')
  const way = lines.findIndex((line) => line.startsWith('journey '))
  const told = (way === -1 ? lines : lines.slice(0, way)).filter((line) => !line.startsWith('expected '))
  return told.map((line) => line.replace(/^seen\s+/, '').trim())
}
