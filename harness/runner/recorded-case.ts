/** A case as its evidence shows it: the two files of its folder, put together again. */
import { join } from 'node:path'
import { BadInput } from '../lab/bad-input.ts'
import { type DecodedCapture, PcapError, readCaptureFile } from '../pcap/pcap.ts'
import type { Guest, RecordedFrame, WindowRecord, World } from '../proof/index.ts'
import { OBSERVATIONS_FILE, PCAPNG_FILE } from '../report/evidence.ts'
import { numberIn } from './live-window.ts'
import { type Observations, readObservations } from './observations.ts'
import { reachIn } from './world.ts'

export interface RecordedCase {
  folder: string
  observations: Observations
  world: World
  windows: readonly WindowRecord[]
  /** What came behind the last window. */
  late: readonly RecordedFrame[]
}

/** @throws {BadInput} naming the file that cannot be read, or does not fit the other */
export function readCase(folder: string): RecordedCase {
  const observations = readObservations(join(folder, OBSERVATIONS_FILE))
  const path = join(folder, PCAPNG_FILE)
  const frames = framesOf(readCapture(path), observations.run, path)
  let next = 0
  const windows = observations.windows.map(({ frames: range, ...rest }, index) => {
    const own = frames.slice(next, next + range.count)
    next += range.count
    if (own.length < range.count)
      throw new BadInput(
        `${path}: window ${index + 1} has ${range.count} frames, and only ${own.length} are left`,
      )
    return { ...rest, frames: own }
  })
  return { folder, observations, world: worldIn(observations), windows, late: frames.slice(next) }
}

function readCapture(path: string): DecodedCapture {
  try {
    return readCaptureFile(path)
  } catch (error) {
    if (!(error instanceof PcapError) && (error as { code?: string }).code === undefined) throw error
    throw new BadInput(`${path}: ${(error as Error).message}`)
  }
}

function framesOf(capture: DecodedCapture, run: number, path: string): readonly RecordedFrame[] {
  return capture.packets.map(({ interface: index, timestampNs, direction, octets, originalLength }, at) => {
    const port = capture.interfaces[index]?.name ?? ''
    if (direction === 'unknown') throw new BadInput(`${path}: frame ${at + 1}: it has no direction`)
    const signature = numberIn(octets, run)
    return { frame: at + 1, port, timestampNs, direction, octets, originalLength, signature }
  })
}

function worldIn({ ports, guests, machines, result }: Observations): World {
  const portOf = (id: string) => {
    const port = ports.find((candidate) => candidate.id === id)
    if (port === undefined) throw new BadInput(`observations: there is no port ${id}`)
    return port
  }
  const known: readonly Guest[] = guests.map((guest) => {
    return { ...guest, port: portOf(guest.port), nic: portOf(guest.nic) }
  })
  return { ports, guests: known, machines, ...reachIn(result.scenario, known) }
}
