/**
 * What went wrong in a case, for people: of each broken assertion what was expected, what was seen, the way of the frame
 * that it is about, and between which two ports it went wrong. All of it from the evidence.
 */
import {
  firstOf,
  type Hop,
  isAboutRate,
  isInSeries,
  isOf,
  journey,
  type Place,
  placeOf,
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
  /** Assertions that failed beside those. */
  more: number
}

/** @param run the case as it went when it was judged again; null if it was not */
export function storyOf(recorded: RecordedCase, run: CaseRun | null): CaseStory {
  const { verdict } = recorded.observations.result
  const failed = recorded.observations.assertions.filter(
    (one) => one.verdict === verdict && verdict !== 'conforms',
  )
  const candidates = withDifferentWays(failed, recorded)
    .slice(0, MOST_LOOKED_AT)
    .map((one) => failureOf(one, recorded, run))
  const failures = inDifferentPlaces(candidates).slice(0, MOST_FAILURES)
  return { failures, more: failed.length - failures.length }
}

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

/** Those that show a frame first, and each frame once: two ports may say the same of it. */
function withDifferentWays(
  failed: readonly ToldAssertion[],
  recorded: RecordedCase,
): readonly ToldAssertion[] {
  const numbers = new Set<number>()
  const withWay = failed.filter(({ found }) => found?.includes('\njourney ') === true) // these tell fields, too
  const different = [...withWay, ...failed].filter((one) => {
    const { sent } = wayOf(one, recorded)
    if (sent === null || numbers.has(sent.number)) return false
    numbers.add(sent.number)
    return true
  })
  return different.length > 0 ? different : failed
}

function failureOf(assertion: ToldAssertion, recorded: RecordedCase, run: CaseRun | null): Failure {
  const { sent, hops } = wayOf(assertion, recorded)
  const { found } = assertion
  const told = { expected: expectedIn(assertion), seen: seenIn(found), sent }
  const firstFrame = assertion.frames[0] ?? hops[0]?.frame.frame ?? null
  if (isAboutRate(assertion)) {
    const rate = rateStory(assertion, run, recorded)
    const exact = rate === null ? {} : { expected: rate.expected, seen: rate.seen }
    return { ...told, ...exact, hops: [], shown: null, place: null, rate, firstFrame }
  }
  const { guests, ports } = recorded.world
  const { scenario } = recorded.observations.result
  // what was not proved is not wrong anywhere
  const isBroken = assertion.verdict === 'deviates'
  const asked = { assertion, hops, sender: sent?.from ?? null, ports, guests, scenario }
  const place = isBroken ? placeOf(asked) : null
  const shown = hops.find(({ frame }) => assertion.frames.includes(frame.frame)) ?? null
  return { ...told, hops, shown, place, rate: null, firstFrame }
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
