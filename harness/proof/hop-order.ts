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
/** Inward from the physical NIC its own VLAN's NIC, another VLAN's, a bridge; outward the other way round. */
const WITHIN = {
  in: { 'own VLAN': 0, 'other VLAN': 1, bridge: 2, 'cable’s end': 4 },
  out: { 'cable’s end': 3, bridge: 6, 'other VLAN': 8, 'own VLAN': 9 },
} as const
/** A bridge tells the time of the NIC by which the frame came to it: of a cable's end it is behind that. */
const BRIDGE_BEHIND_CABLE = 5
type Inner = keyof typeof WITHIN.in

/** Smaller is earlier. @param frames of one journey */
export function passingOrder(
  frames: readonly RecordedFrame[],
  ports: readonly Port[],
): (frame: RecordedFrame) => number {
  const byId = new Map(ports.map((port) => [port.id, port]))
  const near = nearMachines(frames, byId)
  const vids = vidsOnUplinks(frames, byId)
  const kindOf = (port: Port): Inner => innerKind(port, vids.get(port.node))
  const byCable = enteredByCable(frames, byId, kindOf)
  return (frame) => {
    const port = byId.get(frame.port)
    if (port === undefined) return 0
    const stage = STAGES.indexOf(stageOf(port, frame.direction, near.has(port.node))) * MOST_WITHIN
    if (port.kind !== 'inner') return stage
    const kind = kindOf(port)
    const isBehindCable = kind === 'bridge' && frame.direction === 'in' && byCable.has(momentOf(port, frame))
    return stage + (isBehindCable ? BRIDGE_BEHIND_CABLE : WITHIN[frame.direction][kind])
  }
}

/** The same, where at one time a frame came out of a cable before it went in: it went in first. @param ordered by time */
export function cablesInOrder(
  ordered: readonly RecordedFrame[],
  ports: readonly Port[],
): readonly RecordedFrame[] {
  const otherEnds = new Map(ports.map(({ id, wiredTo }) => [id, wiredTo]))
  return ordered.reduce<RecordedFrame[]>((all, frame) => {
    const isBefore = (other: RecordedFrame): boolean =>
      other.timestampNs === frame.timestampNs &&
      other.direction === 'in' &&
      otherEnds.get(frame.port) === other.port &&
      Buffer.compare(other.octets, frame.octets) === 0
    const at = frame.direction === 'out' ? all.findIndex(isBefore) : -1
    all.splice(at === -1 ? all.length : at, 0, frame)
    return all
  }, [])
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

/** @param vids with which the frame passed the machine's physical NIC */
function innerKind({ interface: nic }: Port, vids: ReadonlySet<number> = new Set()): Inner {
  const [, vid] = /\.(\d+)$/.exec(nic) ?? []
  if (vid !== undefined) return vids.has(Number(vid)) ? 'own VLAN' : 'other VLAN'
  return nic.startsWith('br') ? 'bridge' : 'cable’s end'
}

/** On which machine, when. */
function momentOf({ node }: Port, { timestampNs }: RecordedFrame): string {
  return `${node} ${timestampNs}`
}

/** When a frame came out of a cable within a machine, and not into the machine as well. */
function enteredByCable(
  frames: readonly RecordedFrame[],
  byId: ReadonlyMap<string, Port>,
  kindOf: (port: Port) => Inner,
): ReadonlySet<string> {
  const [byCable, otherwise] = [new Set<string>(), new Set<string>()]
  for (const frame of frames) {
    const port = byId.get(frame.port)
    if (port === undefined || frame.direction === 'out') continue
    const kind = port.kind === 'inner' ? kindOf(port) : null
    if (kind === 'cable’s end') byCable.add(momentOf(port, frame))
    else if (kind !== 'bridge') otherwise.add(momentOf(port, frame))
  }
  return new Set([...byCable].filter((moment) => !otherwise.has(moment)))
}

export function outermostVid(octets: Uint8Array): number | null {
  try {
    return decodeEthernet(octets).tags[0]?.vid ?? null
  } catch {
    return null // a runt has no tag
  }
}
