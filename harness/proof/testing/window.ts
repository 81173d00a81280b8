/**
 * A window that no lab played: a network that does what it should carries the script's frames, and the test says what
 * goes wrong. The record has the form of the real one.
 */
import { findSignature, formatMac, isGroupMac, withTag } from '../../wire/index.ts'
import { Judgement } from '../judgement.ts'
import type { Awaited, PortHealth, RecordedFrame, SignedFrame, StoryStep, WindowRecord } from '../record.ts'
import { WindowScript } from '../script.ts'
import type { Numbering } from '../script-steps.ts'
import { Seen } from '../seen.ts'
import type { Guest, Port, World } from '../world.ts'
import { world as wholeWorld } from './world.ts'

export const RUN = 0x5eed
const START_NS = 1_700_000_000_000_000_000n
const HOP_NS = 10_000n

/** A frame at a port, not numbered yet. */
export type Passing = Pick<RecordedFrame, 'port' | 'direction' | 'octets'>

export interface Trouble {
  /** What is captured in place of a frame that passes a port: nothing, something else, more. */
  capture?: (frame: Passing, sent: SignedFrame) => readonly Passing[]
  /** Captured behind everything else. */
  noise?: readonly Passing[]
  health?: Readonly<Record<string, Partial<PortHealth>>>
  /** Why a guest, or the harness at a port, cannot send. */
  refuse?: Readonly<Record<string, string>>
  firstFrame?: number
}

export function numbering(run = RUN): Numbering {
  let number = 0
  return {
    run,
    caseNumber: 1,
    next(count = 1) {
      number += count
      return number - count + 1
    },
  }
}

export async function scriptOf(
  write: (script: WindowScript) => Promise<void> | void,
  { at = [], world = wholeWorld, numbers = numbering() }: ScriptOptions = {},
): Promise<WindowScript> {
  const script = new WindowScript(world, numbers, at)
  await write(script)
  return script
}

export interface ScriptOptions {
  at?: readonly Port[]
  world?: World
  numbers?: Numbering
}

/** Writes a script, lets the network carry it, and shows what was seen. */
export async function windowOf(
  write: (script: WindowScript) => Promise<void> | void,
  trouble: Trouble = {},
  options: ScriptOptions = {},
): Promise<Seen> {
  const script = await scriptOf(write, options)
  const world = options.world ?? wholeWorld
  return new Seen(play(script, world, trouble), script, world, new Judgement())
}

export function play(script: WindowScript, world: World, trouble: Trouble = {}): WindowRecord {
  const { steps, controls } = script.finish()
  const passed: Passing[] = []
  const story: StoryStep[] = []
  const missing: Awaited[] = []
  for (const step of steps) {
    if (step.kind !== 'settle' && step.kind !== 'await' && step.kind !== 'send' && step.kind !== 'put')
      continue
    if (step.kind === 'settle') story.push({ kind: 'settled', ms: step.ms })
    else if (step.kind === 'await') {
      const late = step.arrivals.filter((wanted) => !passed.some((frame) => isThis(frame, wanted)))
      missing.push(...late)
      story.push({ kind: 'awaited', arrivals: step.arrivals, missing: late, waitedMs: 0 })
    } else {
      const from = step.kind === 'send' ? step.guest : step.port
      const error = trouble.refuse?.[from] ?? null
      story.push({ kind: 'sent', from, numbers: step.frames.map((frame) => frame.number), error })
      for (const frame of error === null ? step.frames : []) {
        for (const hop of pathOf(world, from, frame.octets))
          passed.push(...(trouble.capture?.(hop, frame) ?? [hop]))
      }
    }
  }
  const controlAt = (port: string): PortHealth['control'] => {
    const control = controls.find((candidate) => candidate.port === port)
    if (control === undefined) return 'none'
    return missing.some((one) => one.port === port && one.number === control.number) ? 'missing' : 'seen'
  }
  const ports = world.ports.map(({ id }) => ({
    ...{ port: id, drops: 0, control: controlAt(id), exists: true, up: true, carrier: true },
    ...trouble.health?.[id],
  }))
  return {
    frames: recorded([...passed, ...(trouble.noise ?? [])], trouble.firstFrame),
    ports,
    story,
    sent: script.sent,
    series: script.series,
    clocks: [],
  }
}

export function recorded(passed: readonly Passing[], firstFrame = 1): readonly RecordedFrame[] {
  return passed.map((frame, index) => ({
    ...frame,
    frame: firstFrame + index,
    timestampNs: START_NS + BigInt(firstFrame + index) * HOP_NS,
    originalLength: frame.octets.length,
    signature: signatureOf(frame.octets),
  }))
}

function signatureOf(octets: Uint8Array): number | null {
  const signature = findSignature(octets)
  return signature?.run === RUN ? signature.number : null
}

function isThis(frame: Passing, { port, number, direction }: Awaited): boolean {
  const isThere = frame.port === port && (direction === null || frame.direction === direction)
  return isThere && signatureOf(frame.octets) === number
}

/** Every port that a frame passes in a network that does what it should. */
function pathOf(world: World, from: string, octets: Uint8Array): readonly Passing[] {
  const sender = world.guests.find((guest) => guest.name === from)
  if (sender === undefined) return putPath(world, from, octets)
  const dst = formatMac(octets)
  const peers = world.peersOf(sender)
  const known = isGroupMac(dst) ? undefined : peers.find((peer) => peer.mac === dst)
  const receivers = isReserved(dst) ? [] : known === undefined ? peers : [known]
  const local = receivers.filter((guest) => guest.hypervisor === sender.hypervisor)
  const remote = receivers.filter((guest) => guest.hypervisor !== sender.hypervisor)
  return [
    { port: sender.nic.id, direction: 'out', octets },
    { port: sender.port.id, direction: 'in', octets },
    ...local.flatMap((guest) => delivery(guest, octets)),
    ...(remote.length === 0 ? [] : crossing(world, sender, withTag(octets, tagOf(sender)))),
    ...remote.flatMap((guest) => delivery(guest, octets)),
  ]
}

function delivery(guest: Guest, octets: Uint8Array): readonly Passing[] {
  return [
    { port: guest.port.id, direction: 'out', octets },
    { port: guest.nic.id, direction: 'in', octets },
  ]
}

function crossing(world: World, sender: Guest, octets: Uint8Array): readonly Passing[] {
  const cables = world.ports.filter((port) => port.kind === 'uplink')
  const own = cables.filter((port) => port.node === sender.hypervisor)
  const others = cables.filter((port) => port.node !== sender.hypervisor)
  return [
    ...own.map(({ id }): Passing => ({ port: id, direction: 'out', octets })),
    ...own.map(({ wiredTo }): Passing => ({ port: wiredTo ?? '', direction: 'in', octets })),
    ...others.map(({ wiredTo }): Passing => ({ port: wiredTo ?? '', direction: 'out', octets })),
    ...others.map(({ id }): Passing => ({ port: id, direction: 'in', octets })),
  ]
}

/** The harness's own frame goes to the other end of the cable, and no further. */
function putPath(world: World, at: string, octets: Uint8Array): readonly Passing[] {
  const wiredTo = world.ports.find((port) => port.id === at)?.wiredTo
  const own: Passing = { port: at, direction: 'out', octets }
  return wiredTo === null || wiredTo === undefined ? [own] : [own, { port: wiredTo, direction: 'in', octets }]
}

function tagOf({ vid }: Guest) {
  return { tpid: 0x8100, vid, pcp: 0, dei: false }
}

function isReserved(dst: string): boolean {
  return dst.startsWith('01:80:c2:00:00:0')
}
