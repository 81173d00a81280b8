/** What a script is made of: its steps, the promises that its assertions rely on, and what its author gives. */
import type { Awaited, SentSeries, SignedFrame, TransferOrder } from './record.ts'
import type { AnswerPart, Stimulus } from './stimulus.ts'
import type { Guest, Port } from './world.ts'

/** A lab's frame takes microseconds; this is for machines that are busy with something else. */
export const MARKER_DEADLINE_MS = 1000
/** An answer of a program takes longer than a kernel's: a DHCP server may look first whether an address is in use. */
export const ANSWER_DEADLINE_MS = 5000
/** What all the waits of a window may take together: where nothing comes at all, its answer must come all the same. */
const WINDOW_PATIENCE_MS = 30_000

export type ScriptStep =
  | { kind: 'send'; guest: string; frames: readonly SignedFrame[] }
  | { kind: 'put'; port: string; frames: readonly SignedFrame[] }
  | { kind: 'await'; arrivals: readonly Awaited[]; deadlineMs: number }
  | { kind: 'match'; patterns: readonly AnswerPattern[]; deadlineMs: number }
  | { kind: 'settle'; ms: number }
  | { kind: 'keep'; frames: readonly (readonly AnswerPart[])[] }
  | {
      kind: 'stream'
      guest: string
      series: SentSeries
      to: string
      kept: readonly string[] | null
      outstanding: number
      deadlineMs: number
    }
  | {
      kind: 'load'
      loads: readonly ScriptLoad[]
      kept: readonly string[]
      snapOctets: number
      durationMs: number
      deadlineMs: number
    }
  | { kind: 'transfer'; transfer: TransferOrder; client: Stack; server: Stack; deadlineMs: number }

/** One sender's share of a load. Times count from its begin. */
export interface ScriptLoad {
  from: string
  by: 'guest' | 'nic'
  series: SentSeries
  framesPerSecond: number
  beginMs: number
  endMs: number
}

/** What is offered: `Sender` sends this frame over and over, at this rate, from `beginMs` to `endMs`. */
export interface Offer {
  from: Sender
  frame: Stimulus
  /** Counted in octets of the frame as it is, without FCS. */
  rateBitsPerSecond: number
  beginMs?: number
  endMs: number
}

export interface LoadOptions {
  /** All octets of the frames are kept: where they are judged. */
  whole?: boolean
}

/** What answers the frame of this number has these octets at these places, and comes to this port. */
export interface AnswerPattern extends Awaited {
  parts: readonly AnswerPart[]
}

/** Who has a network stack: a guest is given one for the window, a machine has one. */
export interface Stack {
  name: string
  isGuest: boolean
  address: string
}

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

/** What is to be proved of which stimuli, and where. */
export interface Proof {
  of: Stimulus | readonly Stimulus[]
  at: readonly Port[]
  /** What markers look like, where a frame like the stimulus itself is not allowed or has no peer's address. */
  marker?: Stimulus
}

export interface AbsenceOptions extends Proof {
  /**
   * In place of markers: a frame that the case has sent behind them, from the same place, and that must come to each of
   * these ports. So where the harness puts frames, it is known which way they take.
   */
  behind?: Stimulus
}

export interface Numbering {
  run: number
  caseNumber: number
  /** The next number that no frame of this run has yet, or the first of so many. */
  next(count?: number): number
}

export interface StreamOptions {
  to: Guest
  count: number
  /** At most so many are on their way: a TAP device queues 1,000. */
  outstanding: number
  /** While it lasts these ports alone are captured, and both guests'; all where it is not given. */
  at?: readonly Port[]
}

/** The author of a case made a mistake; nothing is said about the implementation. */
export class CaseError extends Error {
  override readonly name = 'CaseError'
}

/** A guest, or a port at which the harness puts frames. */
export type Sender = Guest | Port

/** A guest, or a machine with an address of its own. */
export interface StackOwner {
  name: string
  address: string
  nic?: Port
}

export function stimuliOf(of: Stimulus | readonly Stimulus[]): readonly Stimulus[] {
  return 'build' in of ? [of] : of
}

/** Answers that a window waits for may come when it is over, too. */
export function keepSteps(stimuli: readonly Stimulus[]): readonly ScriptStep[] {
  const frames = [...new Set(stimuli.flatMap(({ kin }) => (kin === undefined ? [] : [kin])))]
  return frames.length === 0 ? [] : [{ kind: 'keep', frames }]
}

/** Those of one window: the more waits, the shorter each. */
export function hurried(steps: readonly ScriptStep[]): readonly ScriptStep[] {
  const waits = steps.filter((step) => step.kind === 'await').length
  const deadlineMs = Math.min(MARKER_DEADLINE_MS, WINDOW_PATIENCE_MS / waits)
  return steps.map((step) => (step.kind === 'await' ? { ...step, deadlineMs } : step))
}
