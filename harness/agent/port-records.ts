/** What a window tells of its ports: the frames, what was lost, and how the NIC is. */
import type { LinkState } from '../port/packet-socket.ts'
import { type GuestCapture, NicCapture } from './capture.ts'
import type { PortId, PortRecord } from './messages/index.ts'

export type Capture = NicCapture | GuestCapture

const OPEN_DEVICE: LinkState = { exists: true, up: true, carrier: true }

/** The window ends for these captures. */
export function recordsOf(
  captures: readonly Capture[],
  ports: { statesOf(nics: readonly NicCapture[]): readonly LinkState[] },
): readonly PortRecord[] {
  const nics = captures.filter((capture) => capture instanceof NicCapture)
  const states = ports.statesOf(nics)
  const stateOf = new Map<Capture, LinkState>(nics.map((nic, index) => [nic, states[index] ?? OPEN_DEVICE]))
  return captures.map((capture) => ({
    port: capture.port,
    frames: capture.endWindow(),
    drops: capture.takeDrops(),
    state: { port: capture.port, ...(stateOf.get(capture) ?? OPEN_DEVICE) },
  }))
}

/** A port that went and came again is one port. */
export function merged(records: readonly PortRecord[]): readonly PortRecord[] {
  const byPort = new Map<PortId, PortRecord>()
  for (const record of records) {
    const earlier = byPort.get(record.port)
    const frames = earlier === undefined ? record.frames : Buffer.concat([earlier.frames, record.frames])
    byPort.set(record.port, { ...record, frames, drops: record.drops + (earlier?.drops ?? 0) })
  }
  return [...byPort.values()]
}
