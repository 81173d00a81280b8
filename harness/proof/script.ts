/**
 * What a window does, written down before anything is sent: the whole of it goes to the agent as one message.
 * Proofs of absence choose their own markers here. Source: docs/proof.md.
 */
import { encodeSignature, formatMac, isGroupMac, SIGNATURE_SIZE, untagged } from '../wire/index.ts'
import { controlFrame, controlPorts } from './control.ts'
import { experimental } from './frames.ts'
import {
  allowedDestination,
  answerTo,
  behind,
  directionAt,
  ownerOf,
  putTowards,
  senderTowards,
} from './markers.ts'
import { Proofs } from './proofs.ts'
import { type Awaited, firstOf, type Role, type SentSeries, type SignedFrame } from './record.ts'
import {
  type AbsenceOptions,
  CaseError,
  type Numbering,
  type Offer,
  type Proof,
  type ScriptLoad,
  type ScriptStep,
  type Sender,
  type StreamOptions,
  stimuliOf,
} from './script-steps.ts'
import { readdressed, type Stimulus } from './stimulus.ts'
import { type Transfer, transferStep } from './transfer.ts'
import type { Guest, Port, World } from './world.ts'

/** A lab's frame takes microseconds; these are for machines that are busy with something else. */
const CONTROL_DEADLINE_MS = 1000
const MARKER_DEADLINE_MS = 1000
/** An answer of a program takes longer than a kernel's: a DHCP server may look first whether an address is in use. */
const ANSWER_DEADLINE_MS = 5000
/** What all the waits of a window may take together: where nothing comes at all, its answer must come all the same. */
const WINDOW_PATIENCE_MS = 30_000
/** Of each frame of a load so much is kept: its headers and its signature. */
const LOAD_SNAP_OCTETS = 128
/** What queues hold has drained by then. */
const DRAINED_MS = 3000
const BITS_PER_OCTET = 8
const MS_PER_SECOND = 1000
type SharedMarkers = Map<Guest, SignedFrame>

const NO_SIGNATURE = new Uint8Array(SIGNATURE_SIZE)

export class WindowScript {
  readonly steps: ScriptStep[] = []
  readonly sent: SignedFrame[] = []
  readonly proofs = new Proofs()
  readonly #world: World
  readonly #numbering: Numbering
  readonly series: SentSeries[] = []
  readonly #senders = new Map<Stimulus, Sender>()
  readonly #frames = new Map<Stimulus, SignedFrame>()
  readonly #seriesOf = new Map<Stimulus, SentSeries>()
  readonly #unsigned = new Set<string>()
  readonly #watched = new Set<Port>()

  constructor(world: World, numbering: Numbering, at: readonly Port[]) {
    this.#world = world
    this.#numbering = numbering
    for (const port of at) this.#watched.add(port)
  }

  /** A guest sends these frames, in this order; each once in a window. */
  async inject(guest: Guest, ...stimuli: readonly Stimulus[]): Promise<void> {
    const frames = stimuli.map((stimulus) => this.#newFrame(stimulus, guest))
    this.#watched.add(guest.port)
    this.steps.push({ kind: 'send', guest: guest.name, frames })
  }

  /** In a window that is open already: the guest sends this frame, and it is waited for at these ports. */
  async say(guest: Guest, stimulus: Stimulus, at: readonly Port[]): Promise<void> {
    const frame = this.#newFrame(stimulus, guest)
    const behind = at.map((port) => {
      return { port: port.id, number: frame.number, direction: directionAt(port, guest) }
    })
    this.steps.push({ kind: 'send', guest: guest.name, frames: [frame] })
    this.#await(behind)
    for (const { port } of behind) this.proofs.addDelivery({ stimulus, port, behind })
  }

  /** The harness itself puts these frames on a NIC, outward, as the machine it belongs to would send them. */
  async put(port: Port, ...stimuli: readonly Stimulus[]): Promise<void> {
    const frames = stimuli.map((stimulus) => this.#newFrame(stimulus, port))
    this.#watched.add(port)
    this.steps.push({ kind: 'put', port: port.id, frames })
  }

  /** A guest sends this frame so many times, numbered. Its octets may have no checksum over the signature. */
  async stream(guest: Guest, stimulus: Stimulus, { to, count, outstanding }: StreamOptions): Promise<void> {
    const series = this.newSeries(guest, stimulus, count)
    this.#seriesOf.set(stimulus, series)
    this.#senders.set(stimulus, guest)
    for (const port of [guest.port, guest.nic, to.port, to.nic]) this.#watched.add(port)
    const deadlineMs = MARKER_DEADLINE_MS
    this.steps.push({ kind: 'stream', guest: guest.name, series, to: to.nic.id, outstanding, deadlineMs })
  }

  /**
   * Rates are offered, side by side, and it is waited until nothing more of it comes. Meanwhile these ports alone are
   * captured, the first octets of each frame; what is really offered shows where it comes in.
   */
  async load(offers: readonly Offer[], { at }: { at: readonly Port[] }): Promise<void> {
    const loads = offers.map((offer): ScriptLoad => {
      const { from, frame, beginMs = 0, endMs, rateBitsPerSecond } = offer
      const size = frame.build(NO_SIGNATURE).length
      const framesPerSecond = rateBitsPerSecond / (size * BITS_PER_OCTET)
      const count = Math.ceil((framesPerSecond * (endMs - beginMs)) / MS_PER_SECOND)
      const series = this.newSeries(from, frame, count)
      this.#seriesOf.set(frame, series)
      this.#senders.set(frame, from)
      return {
        from: series.from,
        by: 'kind' in from ? 'nic' : 'guest',
        series,
        framesPerSecond,
        beginMs,
        endMs,
      }
    })
    for (const port of at) this.#watched.add(port)
    const durationMs = Math.max(...loads.map(({ endMs }) => endMs))
    const [kept, deadlineMs] = [at.map(({ id }) => id), DRAINED_MS]
    this.steps.push({ kind: 'load', loads, kept, snapOctets: LOAD_SNAP_OCTETS, durationMs, deadlineMs })
  }

  /** @throws {CaseError} if it was not streamed in this window */
  seriesOf(stimulus: Stimulus): SentSeries {
    const series = this.#seriesOf.get(stimulus)
    if (series === undefined)
      throw new CaseError(`${stimulus.summary}: asserted, but never streamed in this window`)
    return series
  }

  /** What was sent first of this: of a stream its first frame. */
  firstOf(stimulus: Stimulus): SignedFrame {
    const series = this.#seriesOf.get(stimulus)
    return series === undefined ? this.frameOf(stimulus) : firstOf(series)
  }

  isStreamed(stimulus: Stimulus): boolean {
    return this.#seriesOf.has(stimulus)
  }

  newSeries(sender: Sender, stimulus: Stimulus, count: number): SentSeries {
    const { run, caseNumber } = this.#numbering
    const firstNumber = this.#numbering.next(count)
    const template = stimulus.build(encodeSignature({ run, caseNumber, number: firstNumber }))
    const from = 'kind' in sender ? sender.id : sender.name
    const series = { firstNumber, count, from, summary: stimulus.summary, template }
    this.series.push(series)
    return series
  }

  /** Octets over TCP, by the network stacks of both ends: nothing is crafted. */
  async transfer(transfer: Transfer): Promise<void> {
    for (const { nic } of [transfer.from, transfer.to]) if (nic !== undefined) this.#watched.add(nic)
    this.steps.push(transferStep(transfer))
  }

  /** Time that a rule itself names passes; never to wait for a frame. */
  async pass(ms: number): Promise<void> {
    this.settle(ms)
  }

  /** Waits until these frames, or what was sent behind them, have come to these ports. */
  async proveDelivery({ of, at, marker }: Proof): Promise<void> {
    const awaited = this.#sendBehindAll(stimuliOf(of), at, marker)
    for (const port of at) {
      this.#watched.add(port)
      for (const [stimulus, markers] of awaited)
        this.proofs.addDelivery({ stimulus, port: port.id, behind: markers })
    }
  }

  /**
   * Waits until answers to these frames have come to who sent them: what gives their signatures back, as an echo reply
   * does, or what the frame says that its answer has, as a DHCP message does.
   */
  async awaitAnswer({ to }: { to: Stimulus | readonly Stimulus[] }): Promise<void> {
    const awaited = stimuliOf(to).map((stimulus) => {
      const frame = this.frameOf(stimulus)
      const parts = stimulus.answer?.(frame.octets)
      return { ...answerTo(frame, this.#senderOf(stimulus)), parts }
    })
    const arrivals = awaited.flatMap(({ parts, ...arrival }) => (parts === undefined ? [arrival] : []))
    const patterns = awaited.flatMap(({ parts, ...arrival }) =>
      parts === undefined ? [] : [{ ...arrival, parts }],
    )
    if (arrivals.length > 0) this.#await(arrivals)
    if (patterns.length > 0) this.steps.push({ kind: 'match', patterns, deadlineMs: ANSWER_DEADLINE_MS })
  }

  /** Sends the markers without which "not seen" would say nothing, and waits for them. */
  async proveAbsence({ of, at, marker, behind: follower }: AbsenceOptions): Promise<void> {
    const stimuli = stimuliOf(of)
    const [first] = stimuli
    if (first === undefined || at.length === 0) throw new CaseError('proveAbsence: of what, and where?')
    if (follower !== undefined) return this.#proveAbsenceBy(follower, stimuli, at)
    const awaited = this.#sendBehindAll(stimuli, [], marker)
    const shared: SharedMarkers = new Map()
    const towards = at.map((port) => ({ port, markers: this.#sendTowards(port, first, shared, marker) }))
    this.#await(towards.flatMap(({ markers }) => markers))
    for (const { port, markers } of towards) {
      this.#watched.add(port)
      for (const stimulus of stimuli) {
        const own = awaited.get(stimulus) ?? []
        this.proofs.addAbsence({ stimulus, port: port.id, behind: own, towards: markers })
      }
    }
  }

  /** The case's own frame, sent behind the stimuli, shows at each port that what was before it has come out. */
  #proveAbsenceBy(follower: Stimulus, stimuli: readonly Stimulus[], at: readonly Port[]): void {
    const { number, from } = this.frameOf(follower)
    const sender = this.#senderOf(follower)
    for (const stimulus of stimuli) {
      const before = this.firstOf(stimulus)
      if (before.from !== from || before.number >= number)
        throw new CaseError(
          `${follower.summary} of ${from} was not sent behind ${stimulus.summary} of ${before.from}`,
        )
    }
    const arrivals = at.map((port) => ({ port: port.id, number, direction: directionAt(port, sender) }))
    this.#await(arrivals)
    for (const port of at) this.#watched.add(port)
    for (const arrival of arrivals) {
      this.proofs.addDelivery({ stimulus: follower, port: arrival.port, behind: [arrival] })
      for (const stimulus of stimuli)
        this.proofs.addAbsence({ stimulus, port: arrival.port, behind: [arrival], towards: [arrival] })
    }
  }

  /** For implementations that reorder: one wait, stated in the report. */
  settle(ms: number): void {
    if (ms > 0) this.steps.push({ kind: 'settle', ms })
  }

  /** The whole window: first the harness's own frame at every port that matters, then what the case asked for. */
  finish(): { steps: readonly ScriptStep[]; controls: readonly Awaited[] } {
    const controls: Awaited[] = []
    const steps: ScriptStep[] = []
    for (const [putAt, ports] of controlPorts(this.watched, this.#world)) {
      const frame = this.#sign(controlFrame(putAt), 'control', putAt.id)
      steps.push({ kind: 'put', port: putAt.id, frames: [frame] })
      for (const port of ports) controls.push({ port: port.id, number: frame.number, direction: null })
    }
    steps.push({ kind: 'await', arrivals: controls, deadlineMs: CONTROL_DEADLINE_MS })
    const waits = this.steps.filter((step) => step.kind === 'await').length
    const deadlineMs = Math.min(MARKER_DEADLINE_MS, WINDOW_PATIENCE_MS / waits)
    const own = this.steps.map((step) => (step.kind === 'await' ? { ...step, deadlineMs } : step))
    return { steps: [...steps, ...own], controls }
  }

  /** The ports that matter in this window: named by the case, or by its proofs, or senders'. */
  get watched(): readonly Port[] {
    return [...this.#watched]
  }

  frameOf(stimulus: Stimulus): SignedFrame {
    const frame = this.#frames.get(stimulus)
    if (frame === undefined)
      throw new CaseError(`${stimulus.summary}: asserted, but never injected in this window`)
    return frame
  }

  /** Stimuli of one sender that have the same marker share it: one, behind the last. All are waited for at once. */
  #sendBehindAll(
    stimuli: readonly Stimulus[],
    alsoAt: readonly Port[],
    marker: Stimulus | undefined,
  ): Map<Stimulus, readonly Awaited[]> {
    const awaited = new Map<Stimulus, readonly Awaited[]>()
    const shared = new Map<string, readonly Awaited[]>()
    for (const stimulus of stimuli) {
      const { number, from, octets } = this.firstOf(stimulus)
      const isAlone = marker === undefined && stimulus.signed
      const likeness = isAlone ? String(number) : `${from} ${marker === undefined ? formatMac(octets) : ''}`
      const markers = shared.get(likeness) ?? this.#sendBehind(stimulus, alsoAt, marker)
      shared.set(likeness, markers)
      awaited.set(stimulus, markers)
    }
    this.#await([...shared.values()].flat())
    return awaited
  }

  /** "From the same place a marker of the same kind, VID and class, and wait for it wherever it must arrive." */
  #sendBehind(stimulus: Stimulus, alsoAt: readonly Port[], marker?: Stimulus): readonly Awaited[] {
    const sender = this.#senderOf(stimulus)
    if ('kind' in sender) return this.#putBehind(marker ?? stimulus, sender, alsoAt)
    const plans = behind(this.#world, sender, this.#destinationOf(stimulus, marker), alsoAt)
    const awaited: Awaited[] = []
    const frames = plans.map(({ dst, arrivals }) => {
      const frame = this.#marker(marker ?? stimulus, sender, dst)
      for (const { port, direction } of arrivals) {
        this.#watched.add(port)
        awaited.push({ port: port.id, number: frame.number, direction })
      }
      return frame
    })
    if (awaited.length === 0)
      throw new CaseError(`${sender.name} has no peer: nothing sent behind it could arrive`)
    this.steps.push({ kind: 'send', guest: sender.name, frames })
    return awaited
  }

  /** The harness puts another such frame at the same place. */
  #putBehind(stimulus: Stimulus, sender: Port, alsoAt: readonly Port[]): readonly Awaited[] {
    if (!stimulus.signed) throw new CaseError(`${stimulus.summary}: give a marker: it has no signature`)
    const ports = [...new Set([sender, ...alsoAt])]
    for (const port of ports) this.#watched.add(port)
    const frame = this.#sign(stimulus, 'marker', sender.id)
    this.steps.push({ kind: 'put', port: sender.id, frames: [frame] })
    return ports.map((port) => ({ port: port.id, number: frame.number, direction: null }))
  }

  /**
   * "From a place that may reach P, a second marker": a guest that may, else the harness at the port's cable. One to a
   * group is enough for all ports to which it comes.
   */
  #sendTowards(port: Port, stimulus: Stimulus, shared: SharedMarkers, marker?: Stimulus): readonly Awaited[] {
    const owner = ownerOf(this.#world, port)
    const sender = senderTowards(this.#world, port, this.#guestThatSent(stimulus))
    if (owner === undefined || sender === undefined) {
      return putTowards(this.#world, port).map(({ at, direction }) => {
        const frame = this.#sign(controlFrame(at), 'marker', at.id)
        this.steps.push({ kind: 'put', port: at.id, frames: [frame] })
        return { port: port.id, number: frame.number, direction }
      })
    }
    const dst = this.#destinationOf(stimulus, marker)
    const isToMany = isGroupMac(dst)
    const known = shared.get(sender)
    const frame = known ?? this.#marker(marker ?? stimulus, sender, isToMany ? dst : owner.mac)
    if (known === undefined) this.steps.push({ kind: 'send', guest: sender.name, frames: [frame] })
    if (isToMany) shared.set(sender, frame)
    return [{ port: port.id, number: frame.number, direction: port.kind === 'guest' ? 'in' : 'out' }]
  }

  #senderOf(stimulus: Stimulus): Sender {
    const sender = this.#senders.get(stimulus)
    if (sender === undefined)
      throw new CaseError(`${stimulus.summary}: inject it before proving anything of it`)
    return sender
  }

  #guestThatSent(stimulus: Stimulus): Guest | undefined {
    const sender = this.#senders.get(stimulus)
    return sender === undefined || 'kind' in sender ? undefined : sender
  }

  #destinationOf(stimulus: Stimulus, marker: Stimulus | undefined): string {
    const octets = marker === undefined ? this.firstOf(stimulus).octets : marker.build(NO_SIGNATURE)
    return allowedDestination(formatMac(octets))
  }

  #await(arrivals: readonly Awaited[]): void {
    this.steps.push({ kind: 'await', arrivals, deadlineMs: MARKER_DEADLINE_MS })
  }

  /** Like the stimulus, but signed as a marker, untagged as guests send, and from its sender's own address. */
  #marker(stimulus: Stimulus, sender: Guest, dst: string): SignedFrame {
    this.#watched.add(sender.port)
    const like = stimulus.signed ? stimulus : experimental({ from: sender, to: sender })
    return this.#sign(readdressed(like, sender.mac, dst), 'marker', sender.name)
  }

  #newFrame(stimulus: Stimulus, sender: Sender): SignedFrame {
    if (this.#frames.has(stimulus))
      throw new CaseError(
        `${stimulus.summary}: injected twice in one window: its proofs could not tell them apart`,
      )
    const frame = this.#sign(stimulus, 'stimulus', 'kind' in sender ? sender.id : sender.name)
    if (!stimulus.signed) this.#requireUnlike(frame)
    this.#frames.set(stimulus, frame)
    this.#senders.set(stimulus, sender)
    return frame
  }

  /** What has no signature is known by its octets. */
  #requireUnlike({ octets, summary }: SignedFrame): void {
    const key = Buffer.from(untagged(octets)).toString('latin1')
    if (this.#unsigned.has(key))
      throw new CaseError(
        `${summary}: another frame of this window has the same octets and no signature either`,
      )
    this.#unsigned.add(key)
  }

  #sign(stimulus: Stimulus, role: Role, from: string): SignedFrame {
    const number = this.#numbering.next()
    const { run, caseNumber } = this.#numbering
    const octets = stimulus.build(encodeSignature({ run, caseNumber, number }))
    const frame = { number, role, summary: stimulus.summary, from, octets, signed: stimulus.signed }
    this.sent.push(frame)
    return frame
  }
}
