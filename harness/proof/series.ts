/** Many numbered copies of one frame, kept as one: what a guest streams, or says in a talk. */
import { NumberedFrame } from '../wire/series.ts'
import type { Assertion } from './judgement.ts'
import { fabricDown } from './ports-up.ts'
import { healthOf, isInSeries, type RecordedFrame, type SentSeries } from './record.ts'
import { CaseError } from './script-steps.ts'
import type { PortView, Seen } from './seen.ts'
import type { Stimulus } from './stimulus.ts'

export interface SeriesPart {
  /** Of a series: what its sender sent when this frame of the window had come to it. */
  sentAfter?: Stimulus
  /** Some may be missing: a queue was full. */
  mayLose?: boolean
}

/** Every number of the series, or of a part of it, was here, once, in order, octet by octet as it was sent. */
export function carriesInOrder(view: PortView, of: Stimulus | SentSeries, part: SeriesPart = {}): Assertion {
  return { ...judgedOrder(view, of, part), at: view.port.id }
}

function judgedOrder(
  view: PortView,
  of: Stimulus | SentSeries,
  { sentAfter, mayLose = false }: SeriesPart,
): Assertion {
  const { record, script } = view.seen
  if ('build' in of) script.requireKept(of, view.port)
  const { firstNumber } = 'build' in of ? script.seriesOf(of) : of
  const whole = record.series.find((sent) => sent.firstNumber === firstNumber)
  if (whole === undefined) throw new CaseError(`${of.summary}: asserted, but never sent in this window`)
  const series = sentAfter === undefined ? whole : partAfter(view.seen, whole, sentAfter)
  const { from, count, summary } = series
  const after = sentAfter === undefined ? '' : `, sent when ${sentAfter.summary} had come to it`
  const howMany = mayLose ? 'some of ' : ''
  const expected = `${view.port.id} carries ${howMany}${count} frames ${summary} of ${from}${after}, in order, each once`
  const own = view.frames.filter(({ signature }) => isInSeries(series, signature))
  const cut = own.find(({ octets, originalLength }) => octets.length < originalLength)
  if (cut !== undefined)
    throw new CaseError(
      `${summary}: frame ${cut.frame} was captured in part: load it whole to judge its octets`,
    )
  const first = firstFault(series, own)
  const fault = mayLose && first?.isMissing && own.length > 0 ? null : first
  const health = healthOf(record, view.port.id)
  const frames = [own[0], own.at(-1)].flatMap((frame) => (frame === undefined ? [] : [frame.frame]))
  if (fault?.isMissing) {
    const excuse = unfit(health) ?? fabricDown(view.seen)
    if (excuse !== null)
      return { verdict: 'could not run', expected, found: `${expected}: not proved, for ${excuse}`, frames }
  }
  if (fault !== null) {
    const found = [`expected  ${expected} (${view.port.description})`, `seen      ${fault.text}`].join('\n')
    return { verdict: 'deviates', expected, found, frames: fault.frames.length === 0 ? frames : fault.frames }
  }
  if (count === 0) {
    const found = `${expected}: not proved, for nothing was sent`
    return { verdict: 'could not run', expected, found, frames }
  }
  const excuse = unfit(health)
  if (excuse !== null)
    return { verdict: 'could not run', expected, found: `${expected}: not proved, for ${excuse}`, frames }
  return { verdict: 'conforms', expected, found: null, frames }
}

/** In the order in which the sender's port saw both. */
function partAfter(seen: Seen, series: SentSeries, stimulus: Stimulus): SentSeries {
  const sender = seen.world.guests.find(({ name }) => name === series.from)
  if (sender === undefined) throw new CaseError(`${series.summary}: ${series.from} is no guest`)
  const [heard] = seen.at(sender.port).carried(stimulus)
  const sent = seen.from(sender.port).frames.filter(({ signature }) => isInSeries(series, signature))
  const next = sent.find(({ frame }) => heard !== undefined && frame > heard.frame)?.signature
  const end = series.firstNumber + series.count
  const firstNumber = next ?? end
  return { ...series, firstNumber, count: end - firstNumber }
}

interface SeriesFault {
  text: string
  frames: readonly number[]
  isMissing: boolean
}

function firstFault(series: SentSeries, own: readonly RecordedFrame[]): SeriesFault | null {
  const template = new NumberedFrame(series.template)
  const seen = new Set<number>()
  let highest = series.firstNumber - 1
  for (const frame of own) {
    const number = frame.signature ?? 0
    const ordinal = number - series.firstNumber + 1
    const fault = (text: string): SeriesFault => ({ text, frames: [frame.frame], isMissing: false })
    if (seen.has(number)) return fault(`number ${ordinal} a second time: frame ${frame.frame}`)
    if (number < highest)
      return fault(
        `number ${ordinal} behind number ${highest - series.firstNumber + 1}: frame ${frame.frame}`,
      )
    if (Buffer.compare(template.numbered(number), frame.octets) !== 0)
      return fault(`number ${ordinal} altered: frame ${frame.frame}`)
    seen.add(number)
    highest = number
  }
  const missing = series.count - seen.size
  if (missing === 0) return null
  let first = series.firstNumber
  while (seen.has(first)) first += 1
  const text = `${missing} of ${series.count} missing, the first of them number ${first - series.firstNumber + 1}`
  return { text, frames: [], isMissing: true }
}

function unfit(health: ReturnType<typeof healthOf>): string | null {
  if (health === undefined) return 'the port was not captured'
  if (health.drops > 0) return `the capture at ${health.port} lost ${health.drops} frames`
  if (health.control === 'missing') return `the harness's control frame was not seen at ${health.port}`
  return health.control === 'none' ? `${health.port} was not among the ports of the window` : null
}
