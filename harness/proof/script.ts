/**
 * What a window does, written down before anything is sent: the whole of it goes to the agent as one message.
 * Proofs of absence choose their own markers here. Source: docs/proof.md.
 */
import { formatMac, isGroupMac, SIGNATURE_SIZE } from '../wire/index.ts'
import { controlFrame, controlSteps } from './control.ts'
import { experimental } from './frames.ts'
import { loadStep } from './load-step.ts'
import {
  allowedDestination,
  answersTo,
  behind,
  directionAt,
  ownerOf,
  putTowards,
  senderTowards,
} from './markers.ts'
import { Proofs } from './proofs.ts'
import type { Awaited, SentSeries, SignedFrame } from './record.ts'
import {
  type AbsenceOptions,
  ANSWER_DEADLINE_MS,
  CaseError,
  hurried,
  keepSteps,
  type LoadOptions,
  MARKER_DEADLINE_MS,
  type Numbering,
  type Offer,
  type Proof,
  type ScriptStep,
  type Sender,
  type StreamOptions,
  stimuliOf,
} from './script-steps.ts'
import { SentFrames } from './sent-frames.ts'
import { readdressed, type Stimulus } from './stimulus.ts'
import { type Transfer, transferStep } from './transfer.ts'
import type { Guest, Port, World } from './world.ts'

type SharedMarkers = Map<Guest, SignedFrame>

const NO_SIGNATURE = new Uint8Array(SIGNATURE_SIZE)

export class WindowScript {
  readonly steps: ScriptStep[] = []
  readonly proofs = new Proofs()
  readonly #world: World
  readonly #frames: SentFrames
  readonly #watched = new Set<Port>()

  constructor(world: World, numbering: Numbering, at: readonly Port[]) {
    this.#world = world
    this.#frames = new SentFrames(numbering)
    for (const port of at) this.#watched.add(port)
  }

  /** A guest sends these frames, in this order; each once in a window. */
  async inject(guest: Guest, ...stimuli: readonly Stimulus[]): Promise<void> {
    const frames = stimuli.map((stimulus) => this.#frames.newFrame(stimulus, guest))
    this.#watched.add(guest.port)
    this.steps.push({ kind: 'send', guest: guest.name, frames })
  }

  /** In a window that is open already: the guest sends this frame, and it is waited for at these ports. */
  async say(guest: Guest, stimulus: Stimulus, at: readonly Port[]): Promise<void> {
    const frame = this.#frames.newFrame(stimulus, guest)
    const behind = at.map((port) => {
      return { port: port.id, number: frame.number, direction: directionAt(port, guest) }
    })
    this.steps.push({ kind: 'send', guest: guest.name, frames: [frame] })
    this.#await(behind)
    for (const { port } of behind) this.proofs.addDelivery({ stimulus, port, behind })
  }

  /** The harness itself puts these frames on a NIC, outward, as the machine it belongs to would send them. */
  async put(port: Port, ...stimuli: readonly Stimulus[]): Promise<void> {
    const frames = stimuli.map((stimulus) => this.#frames.newFrame(stimulus, port))
    this.#watched.add(port)
    this.steps.push({ kind: 'put', port: port.id, frames })
  }

  /** A guest sends this frame so many times, numbered. Its octets may have no checksum over the signature. */
  async stream(
    guest: Guest,
    stimulus: Stimulus,
    { to, at, count, outstanding }: StreamOptions,
  ): Promise<void> {
    const ends = [guest.port, guest.nic, to.port, to.nic]
    for (const port of ends) this.#watched.add(port)
    const keptAt = at === undefined ? null : [...ends, ...at]
    const series = this.#frames.newStream(guest, stimulus, count, keptAt)
    const kept = keptAt === null ? null : keptAt.map(({ id }) => id)
    const [step, deadlineMs] = [{ kind: 'stream', guest: guest.name, series } as const, MARKER_DEADLINE_MS]
    this.steps.push({ ...step, to: to.nic.id, kept, outstanding, deadlineMs })
  }

  /**
   * Rates are offered, side by side, and it is waited until nothing more of it comes. Meanwhile these ports alone are
   * captured, of each frame the first octets as a rule; what is really offered shows where it comes in.
   */
  async load(offers: readonly Offer[], at: readonly Port[], options: LoadOptions = {}): Promise<void> {
    for (const port of at) this.#watched.add(port)
    this.steps.push(loadStep(offers, at, this.#frames, options))
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
    const { arrivals, patterns } = answersTo(stimuliOf(to), this.#frames)
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
    const sender = this.#frames.senderOf(follower)
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
    const { steps, controls } = controlSteps(this.watched, this.#world, this.#frames)
    return { steps: [...keepSteps(this.#frames.stimuli), ...steps, ...hurried(this.steps)], controls }
  }

  /** The ports that matter in this window: named by the case, or by its proofs, or senders'. */
  get watched(): readonly Port[] {
    return [...this.#watched]
  }

  get sent(): readonly SignedFrame[] {
    return this.#frames.sent
  }

  get series(): readonly SentSeries[] {
    return this.#frames.series
  }

  frameOf(stimulus: Stimulus): SignedFrame {
    return this.#frames.frameOf(stimulus)
  }

  seriesOf(stimulus: Stimulus): SentSeries {
    return this.#frames.seriesOf(stimulus)
  }

  firstOf(stimulus: Stimulus): SignedFrame {
    return this.#frames.firstOf(stimulus)
  }

  isStreamed(stimulus: Stimulus): boolean {
    return this.#frames.isStreamed(stimulus)
  }

  /** @throws {CaseError} if nothing was captured there while this was streamed */
  requireKept(stimulus: Stimulus, port: Port): void {
    this.#frames.requireKept(stimulus, port)
  }

  newSeries(sender: Sender, stimulus: Stimulus, count: number): SentSeries {
    return this.#frames.newSeries(sender, stimulus, count)
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
    const sender = this.#frames.senderOf(stimulus)
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
    const frame = this.#frames.sign(stimulus, 'marker', sender.id)
    this.steps.push({ kind: 'put', port: sender.id, frames: [frame] })
    return ports.map((port) => ({ port: port.id, number: frame.number, direction: null }))
  }

  /**
   * "From a place that may reach P, a second marker": a guest that may, else the harness at the port's cable. One to a
   * group is enough for all ports to which it comes.
   */
  #sendTowards(port: Port, stimulus: Stimulus, shared: SharedMarkers, marker?: Stimulus): readonly Awaited[] {
    const owner = ownerOf(this.#world, port)
    const sender = senderTowards(this.#world, port, this.#frames.guestThatSent(stimulus))
    if (owner === undefined || sender === undefined) {
      return putTowards(this.#world, port).map(({ at, direction }) => {
        const frame = this.#frames.sign(controlFrame(at), 'marker', at.id)
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
    return this.#frames.sign(readdressed(like, sender.mac, dst), 'marker', sender.name)
  }
}
