/**
 * What a window does, written down before anything is sent: the whole of it goes to the agent as one message.
 * Proofs of absence choose their own markers: sent-markers.ts. Source: docs/proof.md.
 */
import { controlSteps } from './control.ts'
import { loadStep } from './load-step.ts'
import { answersTo, directionAt } from './markers.ts'
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
import { SentMarkers, type SharedMarkers } from './sent-markers.ts'
import type { Stimulus } from './stimulus.ts'
import { type Transfer, transferStep } from './transfer.ts'
import type { Guest, Port, World } from './world.ts'

export class WindowScript {
  readonly steps: ScriptStep[] = []
  readonly proofs = new Proofs()
  readonly #world: World
  readonly #frames: SentFrames
  readonly #markers: SentMarkers
  readonly #watched = new Set<Port>()

  constructor(world: World, numbering: Numbering, at: readonly Port[]) {
    this.#world = world
    this.#frames = new SentFrames(numbering)
    for (const port of at) this.#watched.add(port)
    this.#markers = new SentMarkers({
      world,
      frames: this.#frames,
      push: (step) => this.steps.push(step),
      watch: (port) => this.#watched.add(port),
    })
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
    const { awaited, arrivals } = this.#markers.behindAll(stimuliOf(of), at, marker)
    this.#await(arrivals)
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
    const { awaited, arrivals } = this.#markers.behindAll(stimuli, [], marker)
    this.#await(arrivals)
    const shared: SharedMarkers = new Map()
    const towards = at.map((port) => ({ port, markers: this.#markers.towards(port, first, shared, marker) }))
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

  #await(arrivals: readonly Awaited[]): void {
    this.steps.push({ kind: 'await', arrivals, deadlineMs: MARKER_DEADLINE_MS })
  }
}
