/**
 * What a window does, written down before anything is sent: the whole of it goes to the agent as one message.
 * Proofs of absence choose their own markers here. Source: docs/proof.md.
 */
import { encodeSignature, formatMac, isGroupMac } from '../wire/index.ts'
import { controlFrame, controlPortFor } from './control.ts'
import { experimental } from './frames.ts'
import type { Awaited } from './record.ts'
import { readdressed, type Stimulus } from './stimulus.ts'
import type { Guest, Port, World } from './world.ts'

export type Role = 'stimulus' | 'marker' | 'control'

export interface SignedFrame {
  number: number
  role: Role
  summary: string
  from: string // the guest that sent it, or the port at which the harness put it
  octets: Uint8Array
  signed: boolean
}

export type ScriptStep =
  | { kind: 'send'; guest: string; frames: readonly SignedFrame[] }
  | { kind: 'put'; port: string; frames: readonly SignedFrame[] }
  | { kind: 'await'; arrivals: readonly Awaited[]; deadlineMs: number }
  | { kind: 'settle'; ms: number }

/** The promise that a stimulus is not at a port, and the markers without which it proves nothing. */
export interface AbsenceProof {
  stimulus: Stimulus
  port: string
  /** Behind the stimulus, wherever such a frame must arrive. */
  behind: readonly Awaited[]
  /** Towards the port, from a place that may reach it. */
  towards: readonly Awaited[]
}

/** A stimulus, the ports at which it was waited for, and the markers behind it. */
export interface DeliveryProof {
  stimulus: Stimulus
  port: string
  behind: readonly Awaited[]
}

export interface Numbering {
  run: number
  caseNumber: number
  /** The next number that no frame of this run has yet. */
  next(): number
}

/** The author of a case made a mistake; nothing is said about the implementation. */
export class CaseError extends Error {
  override readonly name = 'CaseError'
}

/** A lab's frame takes microseconds; these are for machines that are busy with something else. */
const CONTROL_DEADLINE_MS = 1000
const MARKER_DEADLINE_MS = 1000

export class WindowScript {
  readonly steps: ScriptStep[] = []
  readonly sent: SignedFrame[] = []
  readonly absences: AbsenceProof[] = []
  readonly deliveries: DeliveryProof[] = []
  readonly #world: World
  readonly #numbering: Numbering
  readonly #senders = new Map<Stimulus, Guest>()
  readonly #frames = new Map<Stimulus, SignedFrame>()
  readonly #watched = new Set<Port>()

  constructor(world: World, numbering: Numbering, at: readonly Port[]) {
    this.#world = world
    this.#numbering = numbering
    for (const port of at) this.#watched.add(port)
  }

  /** A guest sends these frames, in this order. */
  async inject(guest: Guest, ...stimuli: readonly Stimulus[]): Promise<void> {
    const frames = stimuli.map((stimulus) => this.#frameOf(stimulus, guest))
    this.#watched.add(guest.port)
    this.steps.push({ kind: 'send', guest: guest.name, frames })
  }

  /** Waits until these frames, or what was sent behind them, have come to these ports. */
  async proveDelivery({
    of,
    at,
  }: {
    of: Stimulus | readonly Stimulus[]
    at: readonly Port[]
  }): Promise<void> {
    const behind = this.#sendBehindAll(stimuliOf(of), at)
    for (const port of at) {
      this.#watched.add(port)
      for (const [stimulus, awaited] of behind)
        this.deliveries.push({ stimulus, port: port.id, behind: awaited })
    }
  }

  /** Sends the markers without which "not seen" would say nothing, and waits for them. */
  async proveAbsence({ of, at }: { of: Stimulus | readonly Stimulus[]; at: readonly Port[] }): Promise<void> {
    const stimuli = stimuliOf(of)
    const [first] = stimuli
    if (first === undefined || at.length === 0) throw new CaseError('proveAbsence: of what, and where?')
    const behind = this.#sendBehindAll(stimuli, [])
    const towards = new Map(at.map((port) => [port, this.#sendTowards(port, first)]))
    this.#await([...towards.values()])
    for (const port of at) {
      this.#watched.add(port)
      for (const stimulus of stimuli) {
        const marker = towards.get(port)
        this.absences.push({
          stimulus,
          port: port.id,
          behind: behind.get(stimulus) ?? [],
          towards: marker === undefined ? [] : [marker],
        })
      }
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
    for (const [putAt, ports] of this.#controlPorts(this.watched)) {
      const frame = this.#sign(controlFrame(putAt), 'control', putAt.id)
      steps.push({ kind: 'put', port: putAt.id, frames: [frame] })
      for (const port of ports) controls.push({ port: port.id, number: frame.number, direction: null })
    }
    steps.push({ kind: 'await', arrivals: controls, deadlineMs: CONTROL_DEADLINE_MS })
    return { steps: [...steps, ...this.steps], controls }
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

  #controlPorts(watched: readonly Port[]): Map<Port, Port[]> {
    const byPlace = new Map<Port, Port[]>()
    for (const port of watched) {
      const putAt = controlPortFor(port, this.#world)
      byPlace.set(putAt, [...(byPlace.get(putAt) ?? []), port])
    }
    return byPlace
  }

  /** Stimuli of one sender to one address that carry no signature have the same marker: one, behind the last. */
  #sendBehindAll(stimuli: readonly Stimulus[], alsoAt: readonly Port[]): Map<Stimulus, readonly Awaited[]> {
    const behind = new Map<Stimulus, readonly Awaited[]>()
    const shared = new Map<string, readonly Awaited[]>()
    for (const stimulus of stimuli) {
      const frame = this.frameOf(stimulus)
      const likeness = stimulus.signed ? String(frame.number) : `${frame.from} ${destinationOf(frame)}`
      const awaited = shared.get(likeness) ?? this.#sendBehind(stimulus, alsoAt)
      shared.set(likeness, awaited)
      behind.set(stimulus, awaited)
    }
    return behind
  }

  /** "From the same place a marker of the same kind, VID and class, and wait for it wherever it must arrive." */
  #sendBehind(stimulus: Stimulus, alsoAt: readonly Port[]): readonly Awaited[] {
    const sender = this.#senders.get(stimulus)
    if (sender === undefined)
      throw new CaseError(`${stimulus.summary}: inject it before proving anything of it`)
    const peers = this.#world.peersOf(sender)
    const dst = destinationOf(this.frameOf(stimulus))
    const isUnicast = !isGroupMac(dst) && this.#world.guests.some((guest) => guest.mac === dst)
    const awaited: Awaited[] = []
    const frames: SignedFrame[] = []
    const send = (to: string, ports: readonly Port[]): void => {
      const frame = this.#marker(stimulus, sender, to)
      frames.push(frame)
      for (const port of new Set(ports)) {
        awaited.push({ port: port.id, number: frame.number, direction: directionAt(port, sender) })
      }
    }
    if (!isUnicast) send(dst, [...peers.map((peer) => peer.port), ...alsoAt])
    for (const peer of isUnicast ? peers : []) {
      send(peer.mac, peer.mac === dst ? [peer.port, ...alsoAt] : [peer.port])
    }
    if (frames.length === 0)
      throw new CaseError(`${sender.name} has no peer: nothing sent behind it could arrive`)
    for (const port of [...peers.map((peer) => peer.port), ...alsoAt]) this.#watched.add(port)
    this.steps.push({ kind: 'send', guest: sender.name, frames })
    return this.#await(awaited)
  }

  /** "From a place that may reach P, a second marker": a guest that may, else the harness at the port itself. */
  #sendTowards(port: Port, stimulus: Stimulus): Awaited {
    const owner = this.#world.guests.find((guest) => guest.port === port)
    const sender = owner === undefined ? undefined : this.#peerFor(owner, stimulus)
    if (owner === undefined || sender === undefined) {
      const frame = this.#sign(controlFrame(port), 'marker', port.id)
      this.steps.push({ kind: 'put', port: port.id, frames: [frame] })
      return { port: port.id, number: frame.number, direction: 'out' }
    }
    const dst = destinationOf(this.frameOf(stimulus))
    const frame = this.#marker(stimulus, sender, isGroupMac(dst) ? dst : owner.mac)
    this.steps.push({ kind: 'send', guest: sender.name, frames: [frame] })
    return { port: port.id, number: frame.number, direction: 'out' }
  }

  #peerFor(owner: Guest, stimulus: Stimulus): Guest | undefined {
    const peers = this.#world.peersOf(owner).filter((peer) => peer !== this.#senders.get(stimulus))
    return peers.find((peer) => peer.hypervisor !== owner.hypervisor) ?? peers[0]
  }

  #await(arrivals: readonly Awaited[]): readonly Awaited[] {
    this.steps.push({ kind: 'await', arrivals, deadlineMs: MARKER_DEADLINE_MS })
    return arrivals
  }

  /** Like the stimulus, but signed as a marker, and from its sender's own address. */
  #marker(stimulus: Stimulus, sender: Guest, dst: string): SignedFrame {
    this.#watched.add(sender.port)
    const like = stimulus.signed ? stimulus : experimental({ from: sender, to: sender })
    return this.#sign(readdressed(like, sender.mac, dst), 'marker', sender.name)
  }

  #frameOf(stimulus: Stimulus, guest: Guest): SignedFrame {
    const known = this.#frames.get(stimulus)
    if (known !== undefined) return known
    const frame = this.#sign(stimulus, 'stimulus', guest.name)
    this.#frames.set(stimulus, frame)
    this.#senders.set(stimulus, guest)
    return frame
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

/** A frame comes to a guest's port outward; at the sender's own port it comes from the guest; else either way. */
function directionAt(port: Port, sender: Guest): 'in' | 'out' | null {
  if (port === sender.port) return 'in'
  return port.kind === 'tap' ? 'out' : null
}

function destinationOf(frame: SignedFrame): string {
  return formatMac(frame.octets)
}

function stimuliOf(of: Stimulus | readonly Stimulus[]): readonly Stimulus[] {
  return 'build' in of ? [of] : of
}
