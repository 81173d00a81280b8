/**
 * What went wrong in a case, for people: of each broken assertion what was expected, what was seen, the way of the frame
 * that it is about, and between which two ports it went wrong. All of it from the evidence.
 */
import {
  firstOf,
  type Hop,
  isInSeries,
  isOf,
  journey,
  type Port,
  type RecordedFrame,
  type SignedFrame,
  type WindowRecord,
} from '../../proof/index.ts'
import { decodeEthernet } from '../../wire/index.ts'
import type { Observations } from '../observations.ts'
import type { RecordedCase } from '../recorded-case.ts'

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
}

/** Where it went wrong. The hops are of `Failure.hops`. */
export interface Place {
  /** The last hop at which all was well; null if there is none before. */
  before: Hop | null
  /** The first at which it was not; null if the frame was not seen any more. */
  wrong: Hop | null
  /** One sentence. */
  words: string
}

/** A broken network breaks many assertions in the same way: a frame each of some is enough. */
const MOST_FAILURES = 3
const MOST_LOOKED_AT = 40

export interface CaseStory {
  failures: readonly Failure[]
  /** Assertions that failed beside those. */
  more: number
}

export function storyOf(recorded: RecordedCase): CaseStory {
  const { verdict } = recorded.observations.result
  const failed = recorded.observations.assertions.filter(
    (one) => one.verdict === verdict && verdict !== 'conforms',
  )
  const candidates = withDifferentWays(failed, recorded)
    .slice(0, MOST_LOOKED_AT)
    .map((one) => failureOf(one, recorded))
  const failures = inDifferentPlaces(candidates).slice(0, MOST_FAILURES)
  return { failures, more: failed.length - failures.length }
}

/** A network that is broken at one hop breaks every frame there. */
function inDifferentPlaces(failures: readonly Failure[]): readonly Failure[] {
  const places = new Set<string>()
  return failures.filter(({ place }) => {
    const key = `${place?.before?.frame.port} ${place?.wrong?.frame.port}`
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

function failureOf(assertion: ToldAssertion, recorded: RecordedCase): Failure {
  const { sent, hops } = wayOf(assertion, recorded)
  const { found } = assertion
  const place = placeOf(assertion, { hops, sent, recorded })
  const shown = hops.find(({ frame }) => assertion.frames.includes(frame.frame)) ?? null
  return { expected: expectedIn(assertion), seen: seenIn(found), sent, hops, shown, place }
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

interface Way {
  hops: readonly Hop[]
  sent: SignedFrame | null
  recorded: RecordedCase
}

function placeOf(assertion: ToldAssertion, way: Way): Place | null {
  const { hops, recorded } = way
  if (hops.length === 0) return null
  const wrong = leakIn(way) ?? hops.find(({ frame }) => assertion.frames.includes(frame.frame)) ?? null
  const ports = recorded.world.ports
  if (wrong === null) return vanished(hops, assertion)
  const before = hopBefore(hops, wrong, ports)
  return { before, wrong, words: `${between(before, wrong, ports)}.` }
}

/** It was seen, and not where it was expected. */
function vanished(hops: readonly Hop[], { at }: ToldAssertion): Place | null {
  const last = hops.findLast(({ frame }) => frame.port.includes(':')) ?? hops.at(-1) ?? null
  if (last === null) return null
  const never = at === undefined ? 'behind that it is missing' : `it never came to ${at}`
  return { before: last, wrong: null, words: `It was seen last ${placeIn(last)}: ${never}.` }
}

/** "inside hv2: at hv2:eth0.10 (frame 472) all was well, next it is at hv2:eth0.20 (frame 473)" */
function between(before: Hop | null, wrong: Hop, ports: readonly Port[]): string {
  if (before === null)
    return `At ${wrong.frame.port} (frame ${wrong.frame.frame}): it was not seen before that`
  const node = (hop: Hop): string => ports.find(({ id }) => id === hop.frame.port)?.node ?? ''
  const where =
    node(before) === node(wrong) ? `Inside ${node(wrong)}` : `Between ${node(before)} and ${node(wrong)}`
  return `${where}: ${placeIn(before)} it still was as it should be, the next hop is ${placeIn(wrong)}, and there it is not`
}

function placeIn({ frame }: Hop): string {
  return `at ${frame.port} (frame ${frame.frame})`
}

/** What the same machine saw last before, else the other end of the cable, else whatever was last. */
function hopBefore(hops: readonly Hop[], hop: Hop, ports: readonly Port[]): Hop | null {
  const port = ports.find(({ id }) => id === hop.frame.port)
  const earlier = hops.slice(0, hops.indexOf(hop))
  const onMachine = earlier.findLast(({ frame }) => {
    const other = ports.find(({ id }) => id === frame.port)
    return other !== undefined && other.node === port?.node && other.kind !== 'guest'
  })
  const overCable = earlier.findLast(({ frame }) => frame.port === port?.wiredTo)
  const arrives = hop.frame.direction === 'in' && overCable !== undefined
  return (arrives ? overCable : onMachine) ?? overCable ?? earlier.at(-1) ?? null
}

/** Where VLANs are kept apart: the first hop at which a tenant's frame is another tenant's. */
function leakIn({ hops, sent, recorded }: Way): Hop | null {
  const { guests } = recorded.world
  if (!['vlan', 'port-vlan'].includes(recorded.observations.result.scenario)) return null
  const sender = guests.find(({ name }) => name === sent?.from)
  if (sender === undefined) return null
  const foreign = new Map(
    guests.flatMap(({ tenant, vid }) => (tenant === sender.tenant ? [] : [[tenant, vid]])),
  )
  const isForeign = ({ frame }: Hop): boolean => {
    const port = recorded.world.ports.find(({ id }) => id === frame.port)
    const owner = guests.find(({ name }) => name === port?.guest)
    const named = [...foreign].some(
      ([tenant, vid]) => port?.interface === `br-${tenant}` || port?.interface.endsWith(`.${vid}`) === true,
    )
    const vid = vidOf(frame.octets)
    const isTrunk = port?.kind === 'uplink' || port?.kind === 'switch'
    const tagged = isTrunk && vid !== null && [...foreign.values()].includes(vid)
    return tagged || named || (owner !== undefined && owner.tenant !== sender.tenant)
  }
  const first = hops.find(isForeign)
  return first === undefined || first === hops[0] ? null : first // sent with another tenant's tag: no leak yet
}

function vidOf(octets: Uint8Array): number | null {
  try {
    return decodeEthernet(octets).tags[0]?.vid ?? null
  } catch {
    return null // a runt has no tag
  }
}
