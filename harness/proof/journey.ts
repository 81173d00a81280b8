/** Each frame's way through the lab, hop by hop, and what changed on it. Order is the capture's time. */
import { decodeEthernet, differences, type VlanTag } from '../wire/index.ts'
import type { RecordedFrame } from './record.ts'

export interface Hop {
  frame: RecordedFrame
  delayNs: bigint // since the journey's first hop
  changes: readonly string[] // against the hop before: "tag added: VID 10", "ip.ttl 64 -> 63"
}

export function journey(frames: readonly RecordedFrame[]): readonly Hop[] {
  const ordered = [...frames].sort((a, b) => Number(a.timestampNs - b.timestampNs) || a.frame - b.frame)
  const [first] = ordered
  return ordered.map((frame, index) => {
    const before = ordered[index - 1]
    return {
      frame,
      delayNs: first === undefined ? 0n : frame.timestampNs - first.timestampNs,
      changes: before === undefined ? [] : changesBetween(before.octets, frame.octets),
    }
  })
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
