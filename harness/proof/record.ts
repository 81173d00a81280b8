/**
 * A window as it was: every frame at every port, and how the harness fared. All verdicts are functions of this, and
 * evidence is this, written down.
 */

export type Role = 'stimulus' | 'marker' | 'control'

export interface SignedFrame {
  number: number
  role: Role
  summary: string
  from: string // the guest that sent it, or the port at which the harness put it
  octets: Uint8Array
  signed: boolean
}

export interface RecordedFrame {
  /** Counting from 1: the frame's number in the case's evidence.pcapng. */
  frame: number
  port: string
  timestampNs: bigint
  direction: 'in' | 'out'
  octets: Uint8Array
  originalLength: number
  /** Number of the signature of this run that it carries; null if it carries none. */
  signature: number | null
}

export interface PortHealth {
  port: string
  /** Frames that the capture lost within the window. */
  drops: number
  /** Whether the harness's own frame was seen there: the capture lived. `none`: not asked for. */
  control: 'seen' | 'missing' | 'none'
  exists: boolean
  up: boolean
  carrier: boolean
}

/** One step of the window as it went, for proofs and for people. */
export type StoryStep =
  | { kind: 'sent'; from: string; numbers: readonly number[]; error: string | null }
  | { kind: 'awaited'; arrivals: readonly Awaited[]; missing: readonly Awaited[]; waitedMs: number }
  /** Frames that others sent, as answers to those with these numbers. */
  | { kind: 'answered'; arrivals: readonly Awaited[]; missing: readonly Awaited[]; waitedMs: number }
  | { kind: 'settled'; ms: number }
  | { kind: 'streamed'; from: string; firstNumber: number; sent: number; error: string | null }
  /** Loads, side by side; for so long at the most no sender got its turn. */
  | { kind: 'loaded'; loads: readonly LoadStory[]; longestPauseMs: number }
  | ({ kind: 'transferred'; error: string | null } & TransferOrder & TransferOutcome)

/** Of all loads: for so long no sender got its turn. */
export function longestPauseMs({ story }: Pick<WindowRecord, 'story'>): number {
  return Math.max(0, ...story.map((step) => (step.kind === 'loaded' ? step.longestPauseMs : 0)))
}

export interface LoadStory {
  from: string
  firstNumber: number
  sent: number
  error: string | null
}

/** Many numbered copies of one frame: only the number in the signature differs. */
export interface SentSeries {
  firstNumber: number
  count: number
  from: string
  summary: string
  template: Uint8Array
}

export function isInSeries({ firstNumber, count }: SentSeries, number: number | null): boolean {
  return number !== null && number >= firstNumber && number < firstNumber + count
}

export function firstOf({ firstNumber, summary, from, template }: SentSeries): SignedFrame {
  return { number: firstNumber, role: 'stimulus', summary, from, octets: template, signed: true }
}

/** A TCP transfer between two network stacks, by the names of their owners. */
export interface TransferOrder {
  from: string
  to: string
  sizeOctets: number
}

export interface TransferOutcome {
  received: number // octets
  intact: boolean
  ended: boolean // the receiver saw the end of the stream
}

export interface Awaited {
  port: string
  number: number
  direction: 'in' | 'out' | null
}

export interface WindowRecord {
  frames: readonly RecordedFrame[]
  ports: readonly PortHealth[]
  story: readonly StoryStep[]
  /** What was injected: stimuli, markers, controls. */
  sent: readonly SignedFrame[]
  /** What was sent in numbers, and how many of it really. */
  series: readonly SentSeries[]
  /** Of a lab with several sites: how their clocks stood to the controller's, to which all times were brought. */
  clocks: readonly ClockReading[]
}

export interface ClockReading {
  site: string
  /** The site's clock less the controller's. */
  offsetNs: bigint
  uncertaintyNs: bigint
  /** By how much it was set while the window lasted; null if it was not. */
  steppedNs: bigint | null
}

export function healthOf(record: WindowRecord, port: string): PortHealth | undefined {
  return record.ports.find((health) => health.port === port)
}

/** What was awaited in a window and came. */
export class Arrivals {
  readonly #came = new Set<string>()

  constructor({ story }: WindowRecord) {
    const awaited = story.filter((step) => step.kind === 'awaited')
    for (const { arrivals } of awaited) for (const arrival of arrivals) this.#came.add(keyOf(arrival))
    for (const { missing } of awaited) for (const arrival of missing) this.#came.delete(keyOf(arrival))
  }

  has(wanted: Awaited): boolean {
    return this.#came.has(keyOf(wanted))
  }
}

function keyOf({ port, number }: Awaited): string {
  return `${number} ${port}`
}
