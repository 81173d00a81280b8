/**
 * A window over several sites, as each site's agent is asked for its part of it. Where a lab is one site, none of this
 * is needed: its window is one message.
 */
import { RequestType } from 'vscode-jsonrpc'
import type { PortId, Series, StackEnd, Step, StepResult, WindowResult } from './requests.ts'

/** What a site's clock says, CLOCK_REALTIME: the one that stamps frames. */
export interface ClockTime {
  seconds: number
  nanoseconds: number
}

/** What is done by two sites together, each its half; the rest is as in any window. */
export type PartStep =
  | Step
  /** The sender's half of a stream: these numbers, one after the other. */
  | { kind: 'burst'; guest: PortId; series: Series }
  /** The receiver's: waits until so many of these numbers have come to the guest since the window began. */
  | { kind: 'count'; guest: PortId; numbers: NumberRange; atLeast: number; deadlineMs: number }
  /** A transfer's halves: the server listens, then the client connects, then both are carried on side by side. */
  | { kind: 'listen'; server: StackEnd }
  | { kind: 'connect'; client: StackEnd; to: string; sizeOctets: number }
  /** Carries this site's half until it is over, or for so long. It goes on with the next such step. */
  | { kind: 'carry'; deadlineMs: number }
  | { kind: 'hang up' }

export interface NumberRange {
  firstNumber: number
  count: number
}

export type PartResult =
  | StepResult
  | { kind: 'counted'; arrived: number }
  /** How this site's half of the transfer fares. `received`, `intact` and `ended` are the server's to tell. */
  | {
      kind: 'carried'
      received: number
      intact: boolean
      ended: boolean
      error: string | null
      isOver: boolean
      tookMs: number
    }

export interface PartRequest {
  steps: readonly PartStep[]
  /** Numbers that other sites could not send: nobody need wait for them. */
  unsent: readonly number[]
}

export interface PartAnswer {
  steps: readonly PartResult[]
  /** Numbers that this site could not send, in these steps. */
  unsent: readonly number[]
}

/** One of two VMs that talk; its peer's agent plays the other. Both begin with the window's first word to them. */
export interface SpeakRequest {
  guest: PortId
  says: Series
  /** What its peer says: the highest number that came is answered by the next of its own. */
  hears: NumberRange
  /** The first to speak, and again when the answer has come and `paceMs` is over. */
  begins: boolean
  paceMs: number
  /** Where no answer has come by then, it speaks all the same; who does not begin waits twice as long. */
  lostAfterMs: number
}

export interface WindowPart {
  window: WindowResult
  clock: ClockTime
}

/** Answers at once: what is between question and answer is the line. */
export const readClock = new RequestType<void, ClockTime, void>('readClock')
/**
 * Opens a window that stays open while other requests are served, until `endWindow`. One that was left open, because
 * the rest of the lab failed, is thrown away.
 */
export const beginWindow = new RequestType<{ run: number }, ClockTime, void>('beginWindow')
export const playSteps = new RequestType<PartRequest, PartAnswer, void>('playSteps')
/** Its result has no steps: `playSteps` has told them. */
export const endWindow = new RequestType<void, WindowPart, void>('endWindow')
export const speak = new RequestType<SpeakRequest, void, void>('speak')
/** Answers when each who speaks at this site has said so many numbers more. */
export const speakOn = new RequestType<{ frames: number; deadlineMs: number }, void, void>('speakOn')
/** All that speak at this site say no more. Answers how many numbers each has said. */
export const hush = new RequestType<void, readonly { guest: PortId; said: number }[], void>('hush')
