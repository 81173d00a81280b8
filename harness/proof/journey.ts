/**
 * Each frame's way through the lab, hop by hop, and what changed on it. Order is the capture's time, and of equal times
 * that of the ports along the way.
 */
import { decodeEthernet, differences, type VlanTag } from '../wire/index.ts'
import { cablesInOrder, passingOrder } from './hop-order.ts'
import type { ClockReading, RecordedFrame } from './record.ts'
import type { Port } from './world.ts'

export interface Hop {
  frame: RecordedFrame
  delayNs: bigint // since the journey's first hop
  before: RecordedFrame | null // the hop before, as far as it is known; null for the first
  changes: readonly string[] // against the hop before: "tag added: VID 10", "ip.ttl 64 -> 63"
}

/** @param ports with their cables, by which the hop before is found where a frame was flooded */
export function journey(frames: readonly RecordedFrame[], ports: readonly Port[]): readonly Hop[] {
  const place = passingOrder(frames, ports)
  const sorted = [...frames].sort(
    (a, b) => Number(a.timestampNs - b.timestampNs) || place(a) - place(b) || a.frame - b.frame,
  )
  const ordered = cablesInOrder(sorted, ports)
  const [first] = ordered
  return ordered.map((frame, index) => {
    const before = hopBefore(frame, ordered.slice(0, index), ports)
    return {
      frame,
      delayNs: first === undefined ? 0n : frame.timestampNs - first.timestampNs,
      before: before ?? null,
      changes: before === undefined ? [] : changesBetween(before.octets, frame.octets),
    }
  })
}

/**
 * Over a cable from its other end; else what this machine saw before; in an unknown topology whatever was last. Of
 * several copies the same one: a hop is said to have changed a frame only where no such copy had been before.
 */
function hopBefore(
  frame: RecordedFrame,
  earlier: readonly RecordedFrame[],
  ports: readonly Port[],
): RecordedFrame | undefined {
  const port = ports.find(({ id }) => id === frame.port)
  if (port === undefined) return earlier.at(-1)
  const overCable = earlier.filter((other) => other.port === port.wiredTo)
  const here = new Set(
    ports.filter(({ node, kind }) => node === port.node && kind !== 'guest').map(({ id }) => id),
  )
  const onMachine = earlier.filter((other) => here.has(other.port))
  const arrives = frame.direction === 'in' || port.kind === 'guest'
  const candidates = arrives && overCable.length > 0 ? overCable : onMachine
  const isSame = (other: RecordedFrame): boolean => Buffer.compare(other.octets, frame.octets) === 0
  return candidates.findLast(isSame) ?? candidates.at(-1)
}

/** Hops on machines with clocks of their own may stand in the wrong order, and that is said: " (3 clocks, ±4.2 ms)". */
export function clocksInWords(clocks: readonly ClockReading[]): string {
  if (clocks.length === 0) return ''
  const uncertaintyMs = Math.max(...clocks.map(({ uncertaintyNs }) => Number(uncertaintyNs))) / 1e6
  return ` (${clocks.length} clocks, ±${uncertaintyMs.toFixed(1)} ms)`
}

/** One line a hop: `frame 14   hv1:eth0       out  VID 10 PCP 0  60 octets  +25.1 µs  tag added: VID 10`. */
export function renderJourney(hops: readonly Hop[]): readonly string[] {
  const rows = hops.map(({ frame, delayNs, changes }) => [
    `frame ${frame.frame}`,
    frame.port,
    frame.direction,
    tagsOf(frame.octets),
    `${frame.originalLength} octets`,
    `+${(Number(delayNs) / 1000).toFixed(1)} µs`,
    changes.join('; '),
  ])
  const widths = rows.reduce<number[]>(
    (all, row) => row.map((cell, i) => Math.max(all[i] ?? 0, cell.length)),
    [],
  )
  return rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}

export function tagsOf(octets: Uint8Array): string {
  const tags = tagsIn(octets)
  return tags.length === 0 ? 'untagged' : tags.map(tagText).join(' in ')
}

function tagsIn(octets: Uint8Array): readonly VlanTag[] {
  try {
    return decodeEthernet(octets).tags
  } catch {
    return [] // too short to have any: a runt is shown as it is
  }
}

export function tagText(tag: VlanTag): string {
  const tpid = tag.tpid === 0x8100 ? '' : ` TPID 0x${tag.tpid.toString(16)}`
  return `VID ${tag.vid}${tag.pcp === 0 ? '' : ` PCP ${tag.pcp}`}${tag.dei ? ' DEI 1' : ''}${tpid}`
}

function changesBetween(before: Uint8Array, after: Uint8Array): readonly string[] {
  const [tagsBefore, tagsAfter] = [tagsOf(before), tagsOf(after)]
  const changes = tagsBefore === tagsAfter ? [] : [tagChange(tagsBefore, tagsAfter)]
  for (const { name, expected, seen } of differences(before, after)) {
    if (!name.startsWith('vlan') && name !== 'eth.type')
      changes.push(`${name} ${expected ?? '(none)'} -> ${seen ?? '(none)'}`)
  }
  return changes
}

function tagChange(before: string, after: string): string {
  if (before === 'untagged') return `tag added: ${after}`
  if (after === 'untagged') return `tag removed: ${before}`
  return `tag changed: ${before} -> ${after}`
}
