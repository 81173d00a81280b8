/**
 * Options of IPv4 and TCP as fields, beside the raw field that has them all. Those that are cut off or malformed, and
 * what follows them, are in the raw field only. Written apart from the codecs, as all of layouts.ts.
 */
import { formatIpv4 } from './address.ts'
import { shownOctets } from './layout.ts'
import { u8At, u16At, u32At, viewOf } from './octets.ts'
import type { Walk } from './walk.ts'

/** How people read the data of an option. Undefined: they have another size than the option's. */
interface ShownOption {
  name: string
  show(data: Uint8Array): string | undefined
}

type OptionsByType = ReadonlyMap<number, ShownOption>

const END = 0
const NO_OPERATION = 1

export const TCP_OPTIONS: OptionsByType = new Map<number, ShownOption>([
  [2, { name: 'mss', show: (data) => (data.length === 2 ? String(u16At(data, 0)) : undefined) }],
  [3, { name: 'windowScale', show: (data) => (data.length === 1 ? String(u8At(data, 0)) : undefined) }],
  [4, { name: 'sackPermitted', show: (data) => (data.length === 0 ? '1' : undefined) }],
  [5, { name: 'sack', show: (data) => entries(data, 0, 8, sackBlock) }],
  [8, { name: 'timestamps', show: (data) => (data.length === 8 ? timestamps(data, 0) : undefined) }],
])
export const IPV4_OPTIONS: OptionsByType = new Map<number, ShownOption>([
  [7, { name: 'recordRoute', show: route }],
  [68, { name: 'timestamp', show: shownOctets }],
  [131, { name: 'looseSourceRoute', show: route }],
  [137, { name: 'strictSourceRoute', show: route }],
  [148, { name: 'routerAlert', show: (data) => (data.length === 2 ? String(u16At(data, 0)) : undefined) }],
])

/** @param name of the raw field, as tcp.options: the options are tcp.option.mss and so on */
export function walkOptions(walk: Walk, name: string, size: number, known: OptionsByType): void {
  const end = walk.offset + size
  let at = walk.offset
  const isWhole = end <= walk.end
  walk.raw(name, size)
  while (isWhole && at < end && u8At(walk.octets, at) !== END) {
    const type = u8At(walk.octets, at)
    const length = type === NO_OPERATION ? 1 : lengthAt(walk.octets, at, end)
    if (length === undefined) return
    if (type !== NO_OPERATION) addOption(walk, name.slice(0, -1), at, length, known)
    at += length
  }
}

function lengthAt(octets: Uint8Array, at: number, end: number): number | undefined {
  if (at + 2 > end) return undefined
  const length = u8At(octets, at + 1)
  return length < 2 || at + length > end ? undefined : length
}

function addOption(walk: Walk, base: string, at: number, length: number, known: OptionsByType): void {
  const type = u8At(walk.octets, at)
  const data = viewOf(walk.octets, at + 2, at + length)
  const option = known.get(type)
  const value = option?.show(data)
  const name = option === undefined || value === undefined ? `type${type}` : option.name
  walk.also(walk.numbered(`${base}.${name}`), value ?? shownOctets(data), at, length)
}

function route(data: Uint8Array): string | undefined {
  const addresses = data.length === 0 ? undefined : entries(data, 1, 4, formatIpv4)
  return addresses === undefined ? undefined : `${addresses} pointer ${u8At(data, 0)}`
}

function sackBlock(octets: Uint8Array, at: number): string {
  return `${u32At(octets, at)}:${u32At(octets, at + 4)}`
}

function timestamps(octets: Uint8Array, at: number): string {
  return `${u32At(octets, at)},${u32At(octets, at + 4)}`
}

function entries(
  data: Uint8Array,
  start: number,
  size: number,
  show: (octets: Uint8Array, at: number) => string,
): string | undefined {
  if ((data.length - start) % size !== 0) return undefined
  const shown: string[] = []
  for (let at = start; at < data.length; at += size) shown.push(show(data, at))
  return shown.join(',') || 'none'
}
