/**
 * "This port carries this frame", and "it does not", as assertions with their conditions: a capture that lost frames
 * or did not live proves neither; what was not waited for was not missed; and nothing is absent without markers.
 */
import { alteredCopy, faultsOf } from './altered.ts'
import { type Carriage, carriageInWords, requireSound } from './carriage.ts'
import { clocksInWords, journey, renderJourney, tagsOf } from './journey.ts'
import type { Assertion } from './judgement.ts'
import { fabricDown, uplinkLeftDown } from './ports-up.ts'
import type { Awaited, RecordedFrame, SignedFrame } from './record.ts'
import { CaseError } from './script-steps.ts'
import type { PortView } from './seen.ts'
import type { Stimulus } from './stimulus.ts'
import type { Port, World } from './world.ts'

export function carries(view: PortView, stimulus: Stimulus, wanted: Carriage): Assertion {
  const { number: about } = view.seen.script.frameOf(stimulus)
  return { ...judgedCarriage(view, stimulus, wanted), about, at: view.port.id }
}

function judgedCarriage(view: PortView, stimulus: Stimulus, wanted: Carriage): Assertion {
  const sent = view.seen.script.frameOf(stimulus)
  const expected = `${view.port.id} carries ${sent.summary} of ${sent.from}${carriageInWords(wanted)}`
  requireSound(expected, wanted)
  if (!wasWaitedFor(view, stimulus))
    throw new CaseError(`${expected}: nothing waited for it there (proveDelivery)`)

  const carried = view.carried(stimulus)
  const frames = carried.map((frame) => frame.frame)
  const altered = carried.filter((frame) => faultsOf(frame, sent, wanted).length > 0)
  const [wrong] = altered
  if (wrong !== undefined) {
    const faults = faultsOf(wrong, sent, wanted)
    const numbers = altered.map((frame) => frame.frame)
    const right = carried.find((frame) => !altered.includes(frame))
    const what = right === undefined ? 'altered' : `an extra copy: frame ${right.frame} is as expected`
    return deviation(view, sent, expected, `${nameOf(wrong)}, ${what}`, numbers, faults)
  }
  if (carried.length > (wanted.times ?? Number.POSITIVE_INFINITY)) {
    return deviation(view, sent, expected, `${carried.length} times: frames ${frames.join(', ')}`, frames)
  }
  const unfit = unfitness(view)
  if (unfit !== null) return unproven(expected, unfit, frames)
  if (carried.length < (wanted.times ?? 1)) {
    const lookAlike = carried.length === 0 ? alteredCopy(view, sent) : undefined
    if (lookAlike !== undefined) {
      const faults = faultsOf(lookAlike, sent, wanted)
      return deviation(view, sent, expected, `only ${nameOf(lookAlike)}, altered`, [lookAlike.frame], faults)
    }
    const excuse = carried.length === 0 ? (notSent(view, sent) ?? fabricDown(view.seen)) : null
    if (excuse !== null) return unproven(expected, excuse, frames)
    const seen =
      carried.length === 0 ? 'no such frame' : `${carried.length} times: frames ${frames.join(', ')}`
    return deviation(view, sent, expected, seen, frames)
  }
  return { verdict: 'conforms', expected, found: null, frames }
}

/** Whole and at most once, or not at all: where a rule leaves it open whether the frame passes. */
export function carriesIfAtAll(view: PortView, stimulus: Stimulus, wanted: Carriage = {}): Assertion {
  const sent = view.seen.script.frameOf(stimulus)
  const expected = `${view.port.id} carries ${sent.summary} of ${sent.from} whole${carriageInWords(wanted)}, or not at all`
  const carried = view.carried(stimulus)
  const lookAlike = carried.length === 0 ? alteredCopy(view, sent) : undefined
  if (carried.length > 0 || lookAlike !== undefined)
    return { ...carries(view, stimulus, { times: 1, ...wanted }), expected }
  if (!wasWaitedFor(view, stimulus))
    throw new CaseError(`${expected}: nothing waited for it there (proveDelivery)`)
  const awaited = view.seen.script.proofs.deliveries(stimulus)
  const missing = missingMarker(
    view,
    awaited.flatMap((proof) => proof.behind),
  )
  const unfit = unfitness(view) ?? missing
  const about = { about: sent.number, at: view.port.id }
  return unfit === null
    ? { verdict: 'conforms', expected, found: null, frames: [], ...about }
    : { ...unproven(expected, unfit, []), ...about }
}

export function carriesNot(view: PortView, stimulus: Stimulus): Assertion {
  const { number } = view.seen.script.firstOf(stimulus)
  const [first] = view.carried(stimulus)
  return { ...judgedAbsence(view, stimulus), about: first?.signature ?? number, at: view.port.id }
}

function judgedAbsence(view: PortView, stimulus: Stimulus): Assertion {
  const { script } = view.seen
  const sent = script.firstOf(stimulus)
  const count = script.isStreamed(stimulus) ? script.seriesOf(stimulus).count : 1
  const what = count === 1 ? sent.summary : `any of ${count} frames ${sent.summary}`
  const expected = `${view.port.id} never carries ${what} of ${sent.from}`
  const proof = script.proofs.absence(stimulus, view.port.id)
  if (proof === undefined)
    throw new CaseError(`${expected}: asserted without a proof of absence (proveAbsence)`)
  const claim = { sent, number: sent.number, port: view.port.id, summary: sent.summary }
  view.seen.judgement.watch(count === 1 ? claim : { ...claim, count })

  const carried = view.carried(stimulus)
  const frames = carried.map((frame) => frame.frame)
  const [first] = carried
  if (first !== undefined) {
    const seen = `${nameOf(first)}${carried.length > 1 ? ` and ${carried.length - 1} more` : ''}`
    return deviation(view, { ...sent, number: first.signature ?? sent.number }, expected, seen, frames)
  }
  const unfit = unfitness(view) ?? (count === 1 ? notSent(view, sent) : notAllSent(view, sent, count))
  if (unfit !== null) return unproven(expected, unfit, frames)
  const missing = missingMarker(view, proof.behind) ?? missingMarker(view, proof.towards)
  if (missing !== null) {
    const cause = uplinkLeftDown(view.seen)
    const assertion = unproven(expected, cause === null ? missing : `${missing}: ${cause}`, frames)
    return cause === null ? assertion : { ...assertion, verdict: 'deviates' }
  }
  return { verdict: 'conforms', expected, found: null, frames: markersHere(view, proof.towards) }
}

function wasWaitedFor({ seen, port }: PortView, stimulus: Stimulus): boolean {
  const { proofs } = seen.script
  if (proofs.deliveries(stimulus).some((proof) => proof.port === port.id)) return true
  const awaitedAt = proofs.behindAbsences(stimulus).map((arrival) => arrival.port)
  const sender = seen.script.frameOf(stimulus).from
  return (
    awaitedAt.includes(port.id) || awaitedAt.some((other) => liesBetween(port, sender, other, seen.world))
  )
}

/** What lies on the way to where it was waited for has been passed when it came. */
function liesBetween(port: Port, sender: string, awaitedAt: string, { guests, ports }: World): boolean {
  if (port.kind === 'guest') return port.wiredTo === awaitedAt
  const from = guests.find((guest) => guest.name === sender)
  const to = guests.find((guest) => guest.port.id === awaitedAt)
  if (from === undefined || to === undefined || from.hypervisor === to.hypervisor) return false
  const uplink = [port, ...ports.filter(({ id }) => id === port.wiredTo)].find(
    ({ kind }) => kind === 'uplink',
  )
  return uplink !== undefined && [from.hypervisor, to.hypervisor].includes(uplink.node)
}

/** Why this port's capture proves nothing; null if it is fit. */
function unfitness(view: PortView): string | null {
  const health = view.seen.healthAt(view.port)
  if (health === undefined) return `${view.port.id} was not captured`
  if (health.drops > 0) return `the capture at ${view.port.id} lost ${health.drops} frames`
  if (health.control === 'missing') return `the harness's control frame was not seen at ${view.port.id}`
  return health.control === 'none' ? `${view.port.id} was not among the ports of the window` : null
}

function missingMarker(view: PortView, awaited: readonly Awaited[]): string | null {
  const missing = view.seen.firstMissing(awaited)
  if (missing === undefined) return null
  const marker = view.seen.record.sent.find((frame) => frame.number === missing.number)
  return `the marker of ${marker?.from ?? 'the harness'} never came to ${missing.port}: absence is not proved`
}

/** The frames that stand for what never came: the markers which came instead. */
function markersHere(view: PortView, markers: readonly Awaited[]): readonly number[] {
  const numbers = [...new Set(markers.map((marker) => marker.number))]
  const here = numbers.flatMap((number) => view.numbered(number)).map((frame) => frame.frame)
  return here.sort((a, b) => a - b)
}

/** Of a burst that broke off, what was seen anywhere had been sent before. */
function notSent(view: PortView, sent: SignedFrame): string | null {
  if (view.seen.journeyOf(sent).length > 0) return null
  const failed = view.seen.record.story.find(
    (step) => step.kind === 'sent' && step.error !== null && step.numbers.includes(sent.number),
  )
  return failed?.kind === 'sent' ? `${sent.from} could not send it: ${failed.error}` : null
}

/** A stream breaks off where it does not arrive. */
function notAllSent(view: PortView, { from, number }: SignedFrame, count: number): string | null {
  const sent = view.seen.record.series.find(({ firstNumber }) => firstNumber === number)?.count ?? 0
  return sent === count ? null : `${from} sent only ${sent} of ${count} frames: the others did not arrive`
}

function deviation(
  view: PortView,
  sent: SignedFrame,
  expected: string,
  seen: string,
  frames: readonly number[],
  faults: readonly string[] = [],
): Assertion {
  const hops = renderJourney(journey(view.seen.journeyOf(sent), view.seen.world.ports))
  const found = [
    `expected  ${expected} (${view.port.description})`,
    `seen      ${seen}`,
    ...faults.map((fault) => `          ${fault}`),
    `journey   of ${sent.summary}, sent by ${sent.from}${clocksInWords(view.seen.record.clocks)}:`,
    ...(hops.length === 0 ? ['  seen at no port'] : hops.map((hop) => `  ${hop}`)),
  ]
  return { verdict: 'deviates', expected, found: found.join('\n'), frames }
}

function unproven(expected: string, why: string, frames: readonly number[]): Assertion {
  return { verdict: 'could not run', expected, found: `${expected}: not proved, for ${why}`, frames }
}

function nameOf(frame: RecordedFrame): string {
  return `frame ${frame.frame}: ${frame.direction} at ${frame.port}, ${tagsOf(frame.octets)}, ${frame.originalLength} octets`
}
