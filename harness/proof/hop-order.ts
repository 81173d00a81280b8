/**
 * In which order a frame passes ports whose captures tell the same time. A kernel stamps a frame once when it comes in, so
 * a physical NIC and the VLAN NIC on it tell the same nanosecond: then the way through the machine tells, as the topology
 * has it, and never the order in which captures were read.
 */
import { decodeEthernet } from '../wire/index.ts'
import type { RecordedFrame } from './record.ts'
import type { Port } from './world.ts'

/** Along the way from the VM that sends to those that receive. A machine is `near` if the frame came into it by a TAP. */
const STAGES = [
  'sent by the VM',
  'into the near machine',
  'within the near machine',
  'out of the near machine',
  'into the switch',
  'within the switch',
  'out of the switch',
  'into the far machine',
  'within the far machine',
  'out of the far machine',
  'read by the VM',
] as const
type Stage = (typeof STAGES)[number]

/** Of places within one stage. */
const MOST_WITHIN = 10

/** Smaller is earlier. @param frames of one journey */
export function passingOrder(
  frames: readonly RecordedFrame[],
  ports: readonly Port[],
): (frame: RecordedFrame) => number {
  const byId = new Map(ports.map((port) => [port.id, port]))
  const near = nearMachines(frames, byId)
  const vids = vidsOnUplinks(frames, byId)
  return (frame) => {
    const port = byId.get(frame.port)
    if (port === undefined) return 0
    const stage = STAGES.indexOf(stageOf(port, frame.direction, near.has(port.node)))
    return stage * MOST_WITHIN + (port.kind === 'inner' ? placeWithin(port, frame, vids.get(port.node)) : 0)
  }
}

function stageOf({ kind }: Port, direction: RecordedFrame['direction'], isNear: boolean): Stage {
  const comesIn = direction === 'in'
  switch (kind) {
    case 'guest':
      return comesIn ? 'read by the VM' : 'sent by the VM'
    case 'switch':
      return comesIn ? 'into the switch' : 'out of the switch'
    case 'outside':
      return comesIn ? 'into the far machine' : 'out of the near machine'
    case 'inner':
      return isNear ? 'within the near machine' : 'within the far machine'
    case 'tap':
    case 'uplink':
      if (isNear) return comesIn ? 'into the near machine' : 'out of the near machine'
      return comesIn ? 'into the far machine' : 'out of the far machine'
  }
}

/** Those which the frame came into by a TAP, or which only ever sent it to the cable. */
function nearMachines(
  frames: readonly RecordedFrame[],
  byId: ReadonlyMap<string, Port>,
): ReadonlySet<string> {
  const entries = new Map<string, { atNs: bigint; isTap: boolean }>()
  for (const { port: id, direction, timestampNs } of frames) {
    const port = byId.get(id)
    if (port === undefined || (port.kind !== 'tap' && port.kind !== 'uplink')) continue
    const isTap = (port.kind === 'tap') === (direction === 'in') // out by the uplink: it was here before
    const known = entries.get(port.node)
    const isEarlier = known === undefined || timestampNs < known.atNs || (timestampNs === known.atNs && isTap)
    if (isEarlier) entries.set(port.node, { atNs: timestampNs, isTap })
  }
  return new Set([...entries].flatMap(([node, { isTap }]) => (isTap ? [node] : [])))
}

/** By machine: the outermost VIDs with which the frame passed its physical NIC. */
function vidsOnUplinks(
  frames: readonly RecordedFrame[],
  byId: ReadonlyMap<string, Port>,
): ReadonlyMap<string, ReadonlySet<number>> {
  const vids = new Map<string, Set<number>>()
  for (const { port: id, octets } of frames) {
    const port = byId.get(id)
    const vid = port?.kind === 'uplink' ? outermostVid(octets) : null
    if (port !== undefined && vid !== null) vids.set(port.node, (vids.get(port.node) ?? new Set()).add(vid))
  }
  return vids
}

/** Inward from the physical NIC its own VLAN's NIC, another VLAN's, a bridge; outward the other way round. */
function placeWithin(
  port: Port,
  { direction }: RecordedFrame,
  vids: ReadonlySet<number> = new Set(),
): number {
  const [, vid] = /\.(\d+)$/.exec(port.interface) ?? []
  const depth = vid === undefined ? 2 : vids.has(Number(vid)) ? 0 : 1
  return direction === 'in' ? depth : MOST_WITHIN - 1 - depth
}

export function outermostVid(octets: Uint8Array): number | null {
  try {
    return decodeEthernet(octets).tags[0]?.vid ?? null
  } catch {
    return null // a runt has no tag
  }
}
