/**
 * Which frames show that what was before them has been handled: behind a stimulus one of its class, awaited wherever
 * such a frame must arrive; towards a port one from a place that may reach it. Source: docs/proof.md.
 */
import { BROADCAST_MAC } from '../wire/index.ts'
import type { Awaited, SignedFrame } from './record.ts'
import type { AnswerPattern, Sender } from './script-steps.ts'
import type { SentFrames } from './sent-frames.ts'
import type { Stimulus } from './stimulus.ts'
import type { Guest, Port, World } from './world.ts'

export interface MarkerPlan {
  dst: string
  arrivals: readonly MarkerArrival[]
}

export interface MarkerArrival {
  port: Port
  direction: 'in' | 'out' | null
}

/** 01-80-C2-00-00-0X: no bridge need forward what is addressed so. IEEE 802.1Q, table 8-1. */
const RESERVED_GROUP = /^01:80:c2:00:00:0/i

/** The stimulus's own, or one of the same kind at which bridges must deliver. */
export function allowedDestination(dst: string): string {
  return RESERVED_GROUP.test(dst) ? BROADCAST_MAC : dst
}

/**
 * To a router: the same, where its delivery is to be proved, for it goes to no guest as it is. To a group or to nobody's
 * address: the same, at all who may be reached. To a guest's: where its delivery is to be
 * proved, the same; else one to each of them, for nobody knows where the stimulus went. `alsoAt` are the ports at which
 * the case waits for the stimulus.
 */
export function behind(
  world: World,
  sender: Guest,
  dst: string,
  alsoAt: readonly Port[],
): readonly MarkerPlan[] {
  const peers = world.peersOf(sender)
  const plan = (to: string, ports: readonly Port[]): MarkerPlan => ({
    dst: to,
    arrivals: [...new Set(ports)].map((port) => ({ port, direction: directionAt(port, sender) })),
  })
  if (world.routers?.has(dst)) return [plan(dst, alsoAt)]
  if (world.guests.every((guest) => guest.mac !== dst)) {
    return [plan(dst, [...peers.map((peer) => peer.port), ...alsoAt])]
  }
  const addressee = peers.find((peer) => peer.mac === dst)
  if (addressee !== undefined && alsoAt.length > 0) return [plan(dst, [addressee.port, ...alsoAt])]
  const plans = peers.map((peer) => plan(peer.mac, [peer.port]))
  return alsoAt.length === 0 ? plans : [...plans, plan(dst, alsoAt)]
}

/** Who sends towards a guest's port: another than the stimulus's sender, from afar if possible. */
export function senderTowards(world: World, port: Port, not: Guest | undefined): Guest | undefined {
  const owner = ownerOf(world, port)
  const peers = owner === undefined ? [] : world.peersOf(owner).filter((peer) => peer !== not)
  return peers.find((peer) => peer.hypervisor !== owner?.hypervisor) ?? peers[0]
}

export function ownerOf(world: World, port: Port): Guest | undefined {
  return world.guests.find((guest) => guest.port === port || guest.nic === port)
}

/** Where the harness itself puts frames that pass a port which no guest may reach: at both ends of its cable. */
export function putTowards(world: World, port: Port): readonly { at: Port; direction: 'in' | 'out' }[] {
  const otherEnd = world.ports.find((candidate) => candidate.id === port.wiredTo)
  if (port.kind === 'guest') return [{ at: otherEnd ?? port, direction: 'in' }]
  const own = { at: port, direction: 'out' } as const
  return otherEnd === undefined || port.kind === 'tap' ? [own] : [own, { at: otherEnd, direction: 'in' }]
}

/** A frame comes to a guest outward at its TAP port, inward at its NIC; at the sender's own it is the other way. */
export function directionAt(port: Port, sender: Sender): 'in' | 'out' | null {
  if (!('kind' in sender)) {
    if (port === sender.nic) return 'out'
    if (port === sender.port) return 'in'
  }
  if (port.kind === 'tap') return 'out'
  return port.kind === 'guest' ? 'in' : null
}

/** What comes back to who sent these: with the frame's own number, or with what the frame says that its answer has. */
export function answersTo(
  stimuli: readonly Stimulus[],
  frames: SentFrames,
): { arrivals: readonly Awaited[]; patterns: readonly AnswerPattern[] } {
  const arrivals: Awaited[] = []
  const patterns: AnswerPattern[] = []
  for (const stimulus of stimuli) {
    const frame = frames.frameOf(stimulus)
    const arrival = answerTo(frame, frames.senderOf(stimulus))
    const parts = stimulus.answer?.(frame.octets)
    if (parts === undefined) arrivals.push(arrival)
    else patterns.push({ ...arrival, parts })
  }
  return { arrivals, patterns }
}

function answerTo({ number }: SignedFrame, sender: Sender): Awaited {
  if ('kind' in sender) return { port: sender.id, number, direction: 'in' }
  return { port: sender.port.id, number, direction: sender.port === sender.nic ? 'in' : 'out' }
}
