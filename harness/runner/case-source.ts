/**
 * Where a case's answers come from: a lab, or what one said before. A case and its verdict are the same for both.
 */
import type { Answer, Operation } from '../lab/operation.ts'
import type { ScriptStep, SentSeries, WindowRecord, WindowScript } from '../proof/index.ts'

export interface LateArrival {
  port: string
  /** Of its signature; null: it has none, and is a DHCP server's message. */
  number: number | null
  timestampNs: bigint
  direction: 'in' | 'out'
  octets: Uint8Array
  originalLength: number
}

export interface PlayedWindow {
  record: WindowRecord
  late: readonly LateArrival[]
  lostBetween: number
}

/** Two guests that answer each other, frame by frame. */
export interface TalkOrder {
  a: string
  b: string
  there: SentSeries
  back: SentSeries
}

/** Guests that send to another all the time. */
export interface CallOrder {
  callers: readonly { guest: string; says: SentSeries }[]
  to: string
}

/** Plays steps in a window that is open. */
export type PlayMore = (steps: readonly ScriptStep[]) => Promise<void>

export interface CaseSource {
  /** @param firstFrame the number of this window's first frame in the case's evidence */
  play(script: WindowScript, firstFrame: number): Promise<PlayedWindow>
  talk(
    script: WindowScript,
    talk: TalkOrder,
    firstFrame: number,
    meanwhile: () => Promise<void>,
  ): Promise<PlayedWindow>
  call(
    script: WindowScript,
    call: CallOrder,
    firstFrame: number,
    meanwhile: (play: PlayMore) => Promise<void>,
  ): Promise<PlayedWindow>
  perform(operation: Operation): Promise<Answer>
}
