/** Steps of windows over two sites, whose frames are numbered, and what a window saw of them. For tests only. */
import * as messages from '../../../agent/messages/index.ts'
import { encodeSignature, findSignature } from '../../../wire/signature.ts'
import type { LabStep, LabWindow } from '../../player.ts'

export const RUN = 9

/** A broadcast with a signature behind the EtherType. */
export function frame(number: number): Uint8Array {
  const octets = new Uint8Array(60)
  octets.fill(0xff, 0, 6)
  octets.set([2, 0, 0, 0, 0, 1, 0x88, 0xb5], 6)
  octets.set(encodeSignature({ run: RUN, caseNumber: 1, number }), 14)
  return octets
}

export function framesAt({ ports }: LabWindow, port: string, direction: messages.Direction) {
  return ports
    .filter((one) => one.port === port)
    .flatMap((one) => messages.decodeFrames(one.frames))
    .filter((one) => one.direction === direction)
    .flatMap((one) => {
      const number = findSignature(one.octets)?.number
      return number === undefined ? [] : [{ number, timestampNs: one.timestampNs }]
    })
}

export const numbersAt = (window: LabWindow, port: string, direction: messages.Direction) =>
  framesAt(window, port, direction).map(({ number }) => number)
export const counting = (first: number, count: number) => Array.from({ length: count }, (_, at) => first + at)
export const send = (guest: string, ...numbers: number[]): LabStep => ({
  kind: 'send',
  guest,
  frames: numbers.map(frame),
})
export const put = (port: string, number: number): LabStep => ({ kind: 'put', port, frames: [frame(number)] })
export const at = (port: string, number: number): messages.Arrival => ({ port, number, direction: null })
export const awaits = (arrivals: readonly messages.Arrival[], deadlineMs = 2000): LabStep => ({
  kind: 'await',
  arrivals,
  deadlineMs,
})
export const stream = (firstNumber: number, count: number, to = 'b'): LabStep => {
  const series = { template: frame(firstNumber), firstNumber, count }
  return { kind: 'stream', guest: 'a', series, to, kept: null, outstanding: 500, deadlineMs: 300 }
}
export const talk = (firstNumber: number): messages.TalkRequest => ({
  ...{ run: RUN, steps: [], a: 'a', b: 'b', paceMs: 1, lostAfterMs: 100 },
  fromA: { template: frame(firstNumber), firstNumber, count: 10_000 },
  fromB: { template: frame(firstNumber + 10_000), firstNumber: firstNumber + 10_000, count: 10_000 },
})
