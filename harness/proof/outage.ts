/** What was lost of many numbered frames, and for how long nothing of them came: a move, a change, as its users feel it. */
import { isInSeries, type RecordedFrame, type SentSeries } from './record.ts'
import { CaseError } from './script-steps.ts'
import type { PortView } from './seen.ts'

export interface Outage {
  framesLost: number
  /** The longest time from one frame that came to the next, with lost ones between the two; 0 where none was lost. */
  interruptionMs: number
}

/** Of a talk or a call, at the port to which it goes. Lost before the first that came, or behind the last, has no end. */
export function outageOf(view: PortView, { firstNumber, summary }: SentSeries): Outage {
  const series = view.seen.record.series.find((sent) => sent.firstNumber === firstNumber)
  if (series === undefined) throw new CaseError(`${summary}: measured, but never sent in this window`)
  const came = firstOfEach(view.frames.filter(({ signature }) => isInSeries(series, signature)))
  const pausesMs = came.slice(1).map((frame, at) => pauseBefore(frame, came[at]))
  return { framesLost: series.count - came.length, interruptionMs: Math.max(0, ...pausesMs) }
}

/** By number, each once. */
function firstOfEach(frames: readonly RecordedFrame[]): readonly RecordedFrame[] {
  const byNumber = new Map<number, RecordedFrame>()
  for (const frame of frames) {
    const number = frame.signature ?? 0
    if (!byNumber.has(number)) byNumber.set(number, frame)
  }
  return [...byNumber.values()].sort((a, b) => (a.signature ?? 0) - (b.signature ?? 0))
}

function pauseBefore(frame: RecordedFrame, previous: RecordedFrame | undefined): number {
  if (previous === undefined || frame.signature === (previous.signature ?? 0) + 1) return 0
  return Number(frame.timestampNs - previous.timestampNs) / 1e6
}
