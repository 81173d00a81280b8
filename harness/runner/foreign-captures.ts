/**
 * Captures that somebody else made of a window, in place of our own: files, and which port each is of. A classic pcap
 * says neither directions nor losses: a direction follows from who sent what, losses must be stated.
 */
import { dirname, resolve } from 'node:path'
import { z } from 'zod'
import { BadInput } from '../lab/bad-input.ts'
import { readYaml } from '../lab/yaml-file.ts'
import { readCaptureFile } from '../pcap/pcap.ts'
import { type CapturedPacket, PcapError } from '../pcap/pcapng.ts'
import {
  markOf,
  type PortHealth,
  type RecordedFrame,
  type StoryStep,
  type WindowRecord,
} from '../proof/index.ts'
import { inOrder } from './frame-order.ts'
import { numberIn } from './live-window.ts'
import type { RecordedCase } from './recorded-case.ts'

const mapping = z.strictObject({
  captures: z.record(
    z.string(),
    z.strictObject({
      file: z.string().min(1),
      drops: z
        .int()
        .min(0)
        .optional()
        .describe('what the capturing program said it lost; pcapng may say it itself'),
    }),
  ),
})

interface ForeignCapture {
  packets: readonly CapturedPacket[]
  drops: number
}

export type ForeignCaptures = ReadonlyMap<string, ForeignCapture>

/** @throws {BadInput} naming the mapping or the capture, and where in it */
export function readForeignCaptures(path: string): ForeignCaptures {
  const { captures } = readYaml(path, mapping)
  const entries = Object.entries(captures).map(([port, { file, drops }]) => {
    const capture = readCapture(resolve(dirname(path), file))
    const told = capture.interfaceStatistics.map(({ dropped }) => dropped).filter((one) => one !== undefined)
    const lost = drops ?? (told.length === 0 ? undefined : told.reduce((sum, one) => sum + one, 0))
    if (lost === undefined)
      throw new BadInput(
        `${path}: ${port}: ${file} does not say how many frames it lost: add drops: 0, or how many`,
      )
    return [port, { packets: capture.packets, drops: lost }] as const
  })
  return new Map(entries)
}

function readCapture(path: string) {
  try {
    return readCaptureFile(path)
  } catch (error) {
    if (!(error instanceof PcapError) && (error as { code?: string }).code === undefined) throw error
    throw new BadInput(`${path}: ${(error as Error).message}`)
  }
}

/** The case with these captures in place of its own; ports without one were not captured. */
export function withForeignCaptures(recorded: RecordedCase, captures: ForeignCaptures): RecordedCase {
  for (const port of captures.keys()) {
    if (recorded.world.ports.every(({ id }) => id !== port))
      throw new BadInput(
        `--captures: the case has no port ${port}: ${recorded.world.ports.map(({ id }) => id).join(', ')}`,
      )
  }
  const frames = [...captures].flatMap(([port, { packets }]) => framesOf(port, packets, recorded))
  const placed = placeInWindows(frames, recorded.windows)
  let next = 1
  const windows = recorded.windows.map((window, index) => {
    const own = (placed[index] ?? []).map((frame, at) => ({ ...frame, frame: next + at }))
    next += own.length
    return asSeenBy(captures, { ...window, frames: own })
  })
  return { ...recorded, windows, late: [] }
}

type Unnumbered = Omit<RecordedFrame, 'frame'>

/** What a guest sent comes in at its TAP port and goes out of its own NIC; a second time it came back. */
function framesOf(
  port: string,
  packets: readonly CapturedPacket[],
  recorded: RecordedCase,
): readonly Unnumbered[] {
  const { observations, world, windows } = recorded
  const kind = world.ports.find(({ id }) => id === port)
  const sentHere = new Set(
    windows.flatMap(({ sent, series }) => [
      ...sent
        .filter(({ from }) => from === kind?.guest)
        .map((one) => markOf(one.octets, one.signed ? one.number : null)),
      ...series
        .filter(({ from }) => from === kind?.guest)
        .flatMap(({ firstNumber, count }) => {
          return Array.from({ length: count }, (_, at) => String(firstNumber + at))
        }),
    ]),
  )
  const seen = new Set<string>()
  return packets.map(({ timestampNs, direction, octets, originalLength }) => {
    const signature = numberIn(octets, observations.run)
    const mark = markOf(octets, signature)
    const isOwn = sentHere.has(mark) && !seen.has(mark)
    seen.add(mark)
    const away = kind?.kind === 'guest' ? 'out' : 'in'
    const guessed = isOwn ? away : away === 'in' ? 'out' : 'in'
    return {
      port,
      timestampNs,
      direction: direction === 'unknown' ? guessed : direction,
      octets,
      originalLength,
      signature,
    }
  })
}

/** By what was sent in it; what nobody of the harness sent, by its place in the capture: clocks of others may be wrong. */
function placeInWindows(
  frames: readonly Unnumbered[],
  windows: readonly WindowRecord[],
): readonly (readonly Unnumbered[])[] {
  const marks = windows.map(
    ({ sent }) => new Set(sent.map((one) => markOf(one.octets, one.signed ? one.number : null))),
  )
  const windowOf = ({ octets, signature }: Unnumbered): number => {
    const mark = markOf(octets, signature)
    const isInSeries = ({ series }: WindowRecord): boolean =>
      signature !== null &&
      series.some(({ firstNumber, count }) => signature >= firstNumber && signature < firstNumber + count)
    return windows.findIndex((window, index) => marks[index]?.has(mark) === true || isInSeries(window))
  }
  const placed: Unnumbered[][] = windows.map(() => [])
  const currentAt = new Map<string, number>()
  for (const frame of frames) {
    const own = windowOf(frame)
    if (own === -1 && frame.signature !== null) continue // of another case of the run
    const current = Math.max(currentAt.get(frame.port) ?? 0, own)
    currentAt.set(frame.port, current)
    placed[own === -1 ? current : own]?.push(frame)
  }
  return placed.map(inOrder)
}

function asSeenBy(captures: ForeignCaptures, window: WindowRecord): WindowRecord {
  const seen = new Set(window.frames.map(({ port, signature }) => `${port} ${signature}`))
  const isSeen = ({ port, number }: { port: string; number: number }): boolean =>
    seen.has(`${port} ${number}`)
  const story = window.story.map((step): StoryStep => {
    if (step.kind !== 'awaited') return step
    const elsewhere = step.missing.filter(({ port }) => !captures.has(port))
    const here = step.arrivals.filter((arrival) => captures.has(arrival.port) && !isSeen(arrival))
    return { ...step, missing: [...elsewhere, ...here] }
  })
  const ports = window.ports.flatMap((health): readonly PortHealth[] => {
    const capture = captures.get(health.port)
    if (capture === undefined) return []
    const control = health.control === 'none' ? 'none' : controlAt(health.port, window)
    return [{ ...health, drops: capture.drops, control }]
  })
  return { ...window, story, ports }
}

/** The harness's own frames are in the window's first step of waiting. */
function controlAt(port: string, { sent, frames }: WindowRecord): PortHealth['control'] {
  const controls = new Set(sent.filter(({ role }) => role === 'control').map(({ number }) => number))
  const isSeen = frames.some(
    (frame) => frame.port === port && frame.signature !== null && controls.has(frame.signature),
  )
  return isSeen ? 'seen' : 'missing'
}
