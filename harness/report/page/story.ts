/** Of one case's evidence what a reader needs first: the assertions that decided, the ways of their frames, the packets. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { PcapngIndex } from '../../pcap/pcapng.ts'
import { type RecordedFrame, type Verdict, worst } from '../../proof/index.ts'
import { summarise } from '../../wire/index.ts'
import { OBSERVATIONS_FILE, PCAPNG_FILE } from '../evidence.ts'
import { type Chosen, choose, type Limits, WHERE_BROKEN, WHERE_SOUND } from './choose.ts'
import { betweenMachines, dhcpExchange, firstArrows } from './exchange.ts'
import { hopsOf, partsOf, recorded, type Way, wayOf } from './flows.ts'
import type { Flow, PageAssertion, PageFrame, PageLab, Story } from './model.ts'
import { type Records, readRecords } from './records.ts'

/** Frames of one assertion that are listed. */
const MOST_NAMED = 6
/** Frames that pass a translator, and errors, are read as an exchange. */
const ERRORS = /ICMP.*(unreachable|exceeded|problem|redirect)/

export interface ReadCase {
  story: Omit<Story, 'lab' | 'plans'>
  lab: PageLab
  plans: string
}

interface Titled {
  title: string
  role: string
  frames: readonly RecordedFrame[]
  number: number
}

/** @param folder of the case's evidence. @throws {Error} saying why it cannot be shown */
export function readCaseStory(folder: string, id: string, scenario: string): ReadCase {
  const records = readRecords(readFileSync(join(folder, OBSERVATIONS_FILE), 'utf8'))
  const index = new PcapngIndex(readFileSync(join(folder, PCAPNG_FILE)))
  const ports = records.ports.map(({ interface: nic, ...port }) => ({ ...port, nic }))
  const plans = JSON.stringify(records.plans, null, 1)
  return { story: storyOf(records, index, id, scenario), lab: { ports }, plans }
}

function storyOf(records: Records, index: PcapngIndex, id: string, scenario: string): ReadCase['story'] {
  const isSound = records.assertions.every(({ verdict }) => verdict === 'conforms')
  const limits = isSound ? WHERE_SOUND : WHERE_BROKEN
  const chosen = choose(records, index, limits)
  const titled = chosen.numbers
    .flatMap((number) => wayOf(records, index, number) ?? [])
    .flatMap((way) => waysIn(way))
  const ways = titled.map((way) => ({ ...way, frames: inOrder(way.frames).slice(0, limits.hops) }))
  const onWays = ways.flatMap(({ frames }) => frames.map(({ frame }) => frame))
  const named = chosen.assertions
    .flatMap(({ frames }) => frames.slice(0, MOST_NAMED))
    .filter((frame) => frame >= 1 && frame <= index.count)
  const dhcp = id.startsWith('DHCP') ? dhcpExchange(index, records.ports, [...onWays, ...named]) : []
  const listed = [...new Set([...onWays, ...dhcp, ...named])].slice(0, limits.frames).sort((a, b) => a - b)
  const frames = recorded(index, listed, null)
  const place = new Map(listed.map((frame, at) => [frame, at]))
  const roles = new Map(
    ways.flatMap(({ role, frames: own }) => own.map(({ frame }) => [frame, role] as const)),
  )
  const flows = ways.map((way, at) =>
    flowOf(way, titled[at]?.frames.length ?? 0, records, chosen, place, limits),
  )
  const shown = frames.map((frame) => pageFrame(frame, frames[0], roles, chosen, limits))
  return {
    assertions: chosen.assertions.map((assertion) => pageAssertion(assertion, ways, chosen)),
    assertionsTotal: records.assertions.length,
    assertionsLeftOut: records.assertions.length - chosen.assertions.length,
    frames: shown,
    framesTotal: index.count,
    windows: records.windows.length,
    drops: records.windows.reduce(
      (sum, { ports }) => sum + ports.reduce((lost, { drops }) => lost + drops, 0),
      0,
    ),
    flows,
    exchange: exchangeIn(shown, records, scenario, dhcp, new Set(onWays)),
  }
}

/** The frame's own way, and its answer's as another. */
function waysIn(way: Way): readonly Titled[] {
  const { number, role, from, summary } = way.sent
  const { own, answers } = partsOf(way)
  const name = `${role} ${number} of ${from}`
  const itself = { title: `${name}: ${summary}`, role: name, frames: own, number }
  if (answers.length === 0) return [itself]
  return [itself, { title: `answer to ${name}`, role: `answer to ${name}`, frames: answers, number }]
}

function inOrder(frames: readonly RecordedFrame[]): readonly RecordedFrame[] {
  return [...frames].sort((a, b) => Number(a.timestampNs - b.timestampNs) || a.frame - b.frame)
}

function flowOf(
  way: Titled,
  total: number,
  { ports }: Records,
  { assertions, numberOf }: Chosen,
  place: ReadonlyMap<number, number>,
  limits: Limits,
): Flow {
  const listed = way.frames.filter(({ frame }) => place.has(frame))
  const { hops } = hopsOf(listed, ports, (frame) => place.get(frame) ?? 0, limits.hops)
  const about = assertions.filter((assertion) => numberOf.get(assertion) === way.number)
  const broken = about.filter(({ verdict }) => verdict === 'deviates')
  const verdict: Verdict =
    about.length === 0 ? 'conforms' : worst(about.map((assertion) => assertion.verdict))
  return {
    title: way.title,
    failedAt: broken.map(failureIn).find((failure) => failure !== null) ?? null,
    verdict,
    hops,
    hopsLeftOut: total - hops.length,
  }
}

/** The port is the first word of what was expected. */
function failureIn(broken: Chosen['assertions'][number]): Flow['failedAt'] {
  const [, named = '', never] = /^(\S+) (never )?carries /.exec(broken.expected) ?? []
  const port = broken.at ?? named
  return port === '' ? null : { port, wanted: never === undefined ? 'there' : 'never there' }
}

function pageFrame(
  frame: RecordedFrame,
  first: RecordedFrame | undefined,
  roles: ReadonlyMap<number, string>,
  { assertions }: Chosen,
  limits: Limits,
): PageFrame {
  const { octets } = frame
  return {
    n: frame.frame,
    port: frame.port,
    dir: frame.direction,
    t: Number(frame.timestampNs - (first?.timestampNs ?? frame.timestampNs)),
    length: frame.originalLength,
    line: summarise(octets),
    role: roles.get(frame.frame) ?? '',
    octets: Buffer.from(octets.subarray(0, limits.octets)).toString('base64'),
    met: assertions.flatMap(({ frames }, at) => (frames.includes(frame.frame) ? [at] : [])),
  }
}

function pageAssertion(
  assertion: Chosen['assertions'][number],
  ways: readonly Titled[],
  { numberOf }: Chosen,
): PageAssertion {
  const { verdict, expected, found, frames, at = null } = assertion
  const number = numberOf.get(assertion)
  const flow = ways.findIndex((way) => way.number === number)
  return {
    ...{ verdict, expected, found, at },
    frames: frames.slice(0, MOST_NAMED),
    flow: flow === -1 ? null : flow,
  }
}

/** Of DHCP its transactions; where addresses are translated, or an error came back, the ways of the frames. */
function exchangeIn(
  shown: readonly PageFrame[],
  { ports }: Records,
  scenario: string,
  dhcp: readonly number[],
  onWays: ReadonlySet<number>,
): readonly number[] {
  const here = betweenMachines(ports)
  const places = (isIn: (frame: PageFrame) => boolean): readonly number[] =>
    firstArrows(shown.flatMap((frame, at) => (here.has(frame.port) && isIn(frame) ? [at] : [])))
  if (dhcp.length > 0) return places(({ n }) => dhcp.includes(n))
  if (scenario !== 'nat' && !shown.some(({ line }) => ERRORS.test(line))) return []
  return places(({ n }) => onWays.has(n))
}
