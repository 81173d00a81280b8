/** What an agent says of a window, as a record: frame by frame, with their signatures found, and how the ports fared. */
import { decodeFrames, type PortRecord, type StepResult, type WindowResult } from '../agent/messages/index.ts'
import type { LabWindow } from '../lab/player.ts'
import {
  type PortHealth,
  type RecordedFrame,
  type ScriptStep,
  type SentSeries,
  type SignedFrame,
  type StoryStep,
  transactionAskedIn,
  transactionOf,
  type WindowRecord,
} from '../proof/index.ts'
import { findSignature } from '../wire/index.ts'
import type { LateArrival, PlayedWindow } from './case-source.ts'
import { inOrder } from './frame-order.ts'
import { segmentsShortened, shortened } from './shortened.ts'

export interface Played {
  steps: readonly ScriptStep[]
  controls: readonly { port: string; number: number }[]
  sent: readonly SignedFrame[]
  series: readonly SentSeries[]
  run: number
  firstFrame: number
  /** Of a talk: where its frames are kept whole; elsewhere they are shortened. */
  wholeAt?: readonly string[]
}

export function windowRecord(result: LabWindow, played: Played): PlayedWindow {
  const { steps, controls, sent, run, firstFrame } = played
  const story = steps.flatMap((step, index) => storyStep(step, result.steps[index]))
  const missing = story.flatMap((step) => (step.kind === 'awaited' ? step.missing : []))
  const health = (port: PortRecord): PortHealth => ({
    port: port.port,
    drops: port.drops,
    control: controlAt(port.port, controls, missing),
    exists: port.state.exists,
    up: port.state.up,
    carrier: port.state.carrier,
  })
  const series = played.series.map((one) => ({ ...one, count: sentOf(one, story) }))
  const hasTransfer = story.some(({ kind }) => kind === 'transferred')
  const all = recordedFrames(result.ports, run, firstFrame)
  const frames = hasTransfer ? segmentsShortened(all) : all
  const record = {
    frames: played.wholeAt === undefined ? frames : shortened(frames, series, new Set(played.wholeAt)),
    ports: result.ports.map(health),
    story,
    sent,
    series,
    clocks: result.clocks,
  }
  return {
    record,
    late: [...lateArrivals(result, run), ...strangersIn(record)],
    lostBetween: result.lostBetween,
  }
}

/** What a stream broke off before was not sent. */
function sentOf(series: SentSeries, story: readonly StoryStep[]): number {
  const streamed = story.flatMap((step) =>
    step.kind === 'streamed' ? [step] : step.kind === 'loaded' ? step.loads : [],
  )
  return streamed.find(({ firstNumber }) => firstNumber === series.firstNumber)?.sent ?? series.count
}

/** Frames of earlier windows that came while this one lasted are late, too, and so are answers to those. */
function strangersIn({ frames, sent, series }: WindowRecord): readonly LateArrival[] {
  const own = new Set(sent.map((frame) => frame.number))
  const isOurs = (number: number): boolean =>
    own.has(number) ||
    series.some(({ firstNumber, count }) => number >= firstNumber && number < firstNumber + count)
  const asked = new Set(sent.map(({ octets }) => transactionAskedIn(octets)))
  const strangers = frames.filter(({ signature, octets }) => {
    if (signature !== null) return !isOurs(signature)
    const transaction = transactionOf(octets)
    return transaction !== undefined && !asked.has(transaction)
  })
  return strangers.map(({ frame: _, signature, ...arrival }) => ({ ...arrival, number: signature }))
}

function storyStep(step: ScriptStep, result: StepResult | undefined): StoryStep | readonly [] {
  switch (step.kind) {
    case 'send':
    case 'put': {
      const from = step.kind === 'send' ? step.guest : step.port
      const error = result?.kind === 'sent' ? result.error : 'the agent said nothing of it'
      return { kind: 'sent', from, numbers: step.frames.map((frame) => frame.number), error }
    }
    case 'await': {
      const { missing, waitedMs } =
        result?.kind === 'awaited' ? result : { missing: step.arrivals, waitedMs: 0 }
      return { kind: 'awaited', arrivals: step.arrivals, missing, waitedMs }
    }
    case 'match': {
      const arrivals = step.patterns.map(({ port, number, direction }) => ({ port, number, direction }))
      const { missing, waitedMs } = result?.kind === 'matched' ? result : { missing: arrivals, waitedMs: 0 }
      return { kind: 'answered', arrivals, missing, waitedMs }
    }
    case 'settle':
      return { kind: 'settled', ms: step.ms }
    case 'keep':
      return []
    case 'stream': {
      const { framesSent: sent, error } =
        result?.kind === 'sent' ? result : { framesSent: 0, error: 'the agent said nothing of it' }
      return { kind: 'streamed', from: step.guest, firstNumber: step.series.firstNumber, sent, error }
    }
    case 'load': {
      const loaded = result?.kind === 'loaded' ? result : { loads: [], longestPauseMs: 0 }
      const loads = step.loads.map(({ from, series: { firstNumber } }, at) => {
        const { framesSent, error } = loaded.loads[at] ?? {
          framesSent: 0,
          error: 'the agent said nothing of it',
        }
        return { from, firstNumber, sent: framesSent, error }
      })
      return { kind: 'loaded', loads, longestPauseMs: loaded.longestPauseMs }
    }
    case 'transfer': {
      const { received, intact, ended, error } =
        result?.kind === 'transferred'
          ? result
          : { received: 0, intact: true, ended: false, error: 'the agent said nothing of it' }
      return { kind: 'transferred', ...step.transfer, received, intact, ended, error }
    }
  }
}

function controlAt(
  port: string,
  controls: readonly { port: string; number: number }[],
  missing: readonly { port: string; number: number }[],
): PortHealth['control'] {
  const control = controls.find((candidate) => candidate.port === port)
  if (control === undefined) return 'none'
  return missing.some((other) => other.port === port && other.number === control.number) ? 'missing' : 'seen'
}

function recordedFrames(
  ports: readonly PortRecord[],
  run: number,
  firstFrame: number,
): readonly RecordedFrame[] {
  const seen = ports.flatMap(({ port, frames }) => decodeFrames(frames).map((frame) => ({ port, ...frame })))
  return inOrder(seen).map((frame, index) => {
    return { ...frame, frame: firstFrame + index, signature: numberIn(frame.octets, run) }
  })
}

/** Whether a frame that comes late may break a claim: what has no signature must be a DHCP server's message. */
export function isLooked(octets: Uint8Array, signature: number | null): boolean {
  return signature !== null || transactionOf(octets) !== undefined
}

/** The number of this run's signature in a frame; null if it carries none. */
export function numberIn(octets: Uint8Array, run: number): number | null {
  const signature = findSignature(octets)
  return signature?.run === run ? signature.number : null
}

export function lateArrivals(result: WindowResult, run: number): readonly LateArrival[] {
  return result.late.flatMap(({ port, frames }) =>
    decodeFrames(frames).flatMap((frame) => {
      const number = numberIn(frame.octets, run)
      return isLooked(frame.octets, number) ? [{ port, number, ...frame }] : []
    }),
  )
}
