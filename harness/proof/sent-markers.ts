/**
 * The markers of a window's proofs, as they are sent: behind stimuli, and towards ports. What they can be is in
 * markers.ts. Source: docs/proof.md.
 */
import { formatMac, isGroupMac, SIGNATURE_SIZE } from '../wire/index.ts'
import { controlFrame } from './control.ts'
import { experimental } from './frames.ts'
import { allowedDestination, behind, ownerOf, putTowards, senderTowards } from './markers.ts'
import type { Awaited, SignedFrame } from './record.ts'
import { CaseError, type ScriptStep } from './script-steps.ts'
import type { SentFrames } from './sent-frames.ts'
import { readdressed, type Stimulus } from './stimulus.ts'
import type { Guest, Port, World } from './world.ts'

/** Markers to groups: one of a sender is enough for all ports to which it comes. */
export type SharedMarkers = Map<Guest, SignedFrame>

const NO_SIGNATURE = new Uint8Array(SIGNATURE_SIZE)

interface Window {
  world: World
  frames: SentFrames
  push(step: ScriptStep): void
  /** The port matters in this window. */
  watch(port: Port): void
}

export class SentMarkers {
  readonly #world: World
  readonly #frames: SentFrames
  readonly #push: Window['push']
  readonly #watch: Window['watch']

  constructor({ world, frames, push, watch }: Window) {
    this.#world = world
    this.#frames = frames
    this.#push = push
    this.#watch = watch
  }

  /**
   * Stimuli of one sender that have the same marker share it: one, behind the last. All are to be waited for at
   * once: `arrivals`. `awaited` has those that stand for each stimulus. @throws {CaseError} if nothing could arrive
   */
  behindAll(
    stimuli: readonly Stimulus[],
    alsoAt: readonly Port[],
    marker: Stimulus | undefined,
  ): { awaited: ReadonlyMap<Stimulus, readonly Awaited[]>; arrivals: readonly Awaited[] } {
    const awaited = new Map<Stimulus, readonly Awaited[]>()
    const shared = new Map<string, readonly Awaited[]>()
    for (const stimulus of stimuli) {
      const { number, from, octets } = this.#frames.firstOf(stimulus)
      const isAlone = marker === undefined && stimulus.signed
      const likeness = isAlone ? String(number) : `${from} ${marker === undefined ? formatMac(octets) : ''}`
      const markers = shared.get(likeness) ?? this.#sendBehind(stimulus, alsoAt, marker)
      shared.set(likeness, markers)
      awaited.set(stimulus, markers)
    }
    return { awaited, arrivals: [...shared.values()].flat() }
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
        this.#watch(port)
        awaited.push({ port: port.id, number: frame.number, direction })
      }
      return frame
    })
    if (awaited.length === 0)
      throw new CaseError(`${sender.name} has no peer: nothing sent behind it could arrive`)
    this.#push({ kind: 'send', guest: sender.name, frames })
    return awaited
  }

  /** The harness puts another such frame at the same place. */
  #putBehind(stimulus: Stimulus, sender: Port, alsoAt: readonly Port[]): readonly Awaited[] {
    if (!stimulus.signed) throw new CaseError(`${stimulus.summary}: give a marker: it has no signature`)
    const ports = [...new Set([sender, ...alsoAt])]
    for (const port of ports) this.#watch(port)
    const frame = this.#frames.sign(stimulus, 'marker', sender.id)
    this.#push({ kind: 'put', port: sender.id, frames: [frame] })
    return ports.map((port) => ({ port: port.id, number: frame.number, direction: null }))
  }

  /**
   * "From a place that may reach P, a second marker": a guest that may, else the harness at the port's cable. One to a
   * group is enough for all ports to which it comes.
   */
  towards(port: Port, stimulus: Stimulus, shared: SharedMarkers, marker?: Stimulus): readonly Awaited[] {
    const owner = ownerOf(this.#world, port)
    const sender = senderTowards(this.#world, port, this.#frames.guestThatSent(stimulus))
    if (owner === undefined || sender === undefined) {
      return putTowards(this.#world, port).map(({ at, direction }) => {
        const frame = this.#frames.sign(controlFrame(at), 'marker', at.id)
        this.#push({ kind: 'put', port: at.id, frames: [frame] })
        return { port: port.id, number: frame.number, direction }
      })
    }
    const dst = this.#destinationOf(stimulus, marker)
    const isToMany = isGroupMac(dst)
    const known = shared.get(sender)
    const frame = known ?? this.#marker(marker ?? stimulus, sender, isToMany ? dst : owner.mac)
    if (known === undefined) this.#push({ kind: 'send', guest: sender.name, frames: [frame] })
    if (isToMany) shared.set(sender, frame)
    return [{ port: port.id, number: frame.number, direction: port.kind === 'guest' ? 'in' : 'out' }]
  }

  #destinationOf(stimulus: Stimulus, marker: Stimulus | undefined): string {
    const octets = marker === undefined ? this.#frames.firstOf(stimulus).octets : marker.build(NO_SIGNATURE)
    return allowedDestination(formatMac(octets))
  }

  /** Like the stimulus, but signed as a marker, untagged as guests send, and from its sender's own address. */
  #marker(stimulus: Stimulus, sender: Guest, dst: string): SignedFrame {
    this.#watch(sender.port)
    const like = stimulus.signed ? stimulus : experimental({ from: sender, to: sender })
    return this.#frames.sign(readdressed(like, sender.mac, dst), 'marker', sender.name)
  }
}
