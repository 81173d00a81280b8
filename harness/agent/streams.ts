/** Many numbered copies of one frame, sent as fast as they arrive; of two sites each does its half. */
import { NumberedFrame } from '../wire/series.ts'
import type { NumberRange, PartResult, PartStep, StepResult } from './messages/index.ts'
import type { Capture } from './port-records.ts'
import type { Window } from './window.ts'

type StepOf<K extends PartStep['kind']> = Extract<PartStep, { kind: K }>

export function playStream(window: Window, step: StepOf<'stream'>, captures: readonly Capture[]): StepResult {
  const { kept } = step
  if (kept === null) return stream(window, step)
  const others = captures.filter(({ port }) => !kept.includes(port))
  window.drain()
  for (const capture of others) capture.keepNothing()
  try {
    return stream(window, step)
  } finally {
    window.drain()
    for (const capture of others) capture.keepAll()
  }
}

/** Breaks off when what is on its way does not come: more of the same would show no more. */
function stream(
  window: Window,
  { guest, series, to, outstanding, deadlineMs }: StepOf<'stream'>,
): StepResult {
  const { firstNumber, count } = series
  let arrived = 0
  const stopListening = window.whenSigned((port, number, direction) => {
    if (isIn(series, number) && port === to && direction === 'in') arrived += 1
  })
  const frame = new NumberedFrame(series.template)
  let framesSent = 0
  let error: string | null = null
  try {
    while (framesSent < count && framesSent - arrived <= outstanding) {
      window.guest(guest).send(frame.numbered(firstNumber + framesSent))
      framesSent += 1
      window.drainNowAndThen(framesSent)
      if (framesSent - arrived >= outstanding || framesSent === count) {
        window.waitFor(deadlineMs, () => framesSent - arrived < (framesSent === count ? 1 : outstanding))
        if (framesSent - arrived >= outstanding) break
      }
    }
  } catch (failure) {
    error = (failure as Error).message
  }
  stopListening()
  return { kind: 'sent', error, framesSent }
}

export function playBurst(window: Window, { guest, series }: StepOf<'burst'>): StepResult {
  const frame = new NumberedFrame(series.template)
  let framesSent = 0
  try {
    for (; framesSent < series.count; framesSent += 1) {
      window.drainNowAndThen(framesSent)
      window.guest(guest).send(frame.numbered(series.firstNumber + framesSent))
    }
  } catch (error) {
    return { kind: 'sent', error: (error as Error).message, framesSent }
  }
  return { kind: 'sent', error: null, framesSent }
}

export function playCount(
  window: Window,
  { guest, numbers, atLeast, deadlineMs }: StepOf<'count'>,
): PartResult {
  const arrived = new Set<number>()
  window.waitFor(deadlineMs, () => {
    for (const number of rangeOf(numbers)) {
      if (!arrived.has(number) && window.hasArrived({ port: guest, number, direction: 'in' }))
        arrived.add(number)
    }
    return arrived.size >= atLeast
  })
  return { kind: 'counted', arrived: arrived.size }
}

export function isIn({ firstNumber, count }: NumberRange, number: number): boolean {
  return number >= firstNumber && number < firstNumber + count
}

function* rangeOf({ firstNumber, count }: NumberRange): Iterable<number> {
  for (let number = firstNumber; number < firstNumber + count; number += 1) yield number
}
