/**
 * The options of neighbour discovery messages. Source: RFC 4861 4.6. Link-layer addresses are Ethernet's: RFC 2464 6.
 * Integers big-endian; lengths in octets, also where the wire counts in 8.
 */
import { type Ipv6Address, type MacAddress, readIpv6, readMac, writeIpv6, writeMac } from './address.ts'
import type { OctetReader, OctetWriter } from './octets.ts'

export const NEIGHBOUR_OPTION = {
  sourceLinkLayerAddress: 1,
  targetLinkLayerAddress: 2,
  prefixInformation: 3,
  redirectedHeader: 4,
  mtu: 5,
} as const

const UNIT = 8
const HEAD_SIZE = 2
const MAC_SIZE = 6
const PREFIX_SIZE = 30
const REDIRECTED_RESERVED_SIZE = 6
const MTU_SIZE = 6
const ON_LINK = 0x80
const AUTONOMOUS = 0x40

export interface LinkLayerAddressOption {
  kind: 'source link-layer address' | 'target link-layer address'
  address: MacAddress
}

/** What is reserved is 0 if absent. Lifetimes of 0xffffffff have no end. RFC 4861 4.6.2. */
export interface PrefixInformationOption {
  kind: 'prefix information'
  prefixLength: number // bits
  onLink: boolean
  autonomous: boolean
  reservedFlags?: number // six bits
  validLifetimeSeconds: number
  preferredLifetimeSeconds: number
  reserved?: number // 32 bits
  prefix: Ipv6Address
}

export type NeighbourOption =
  | LinkLayerAddressOption
  | PrefixInformationOption
  | { kind: 'redirected header'; reserved?: Uint8Array; quote: Uint8Array } // six octets; an IPv6 packet's beginning
  | { kind: 'mtu'; reserved?: number; mtu: number } // 16 bits; octets
  /** Of any type. An absent length, in octets, is computed on encoding. */
  | { kind: 'other'; type: number; length?: number; data: Uint8Array }

const TYPES: Readonly<Record<Exclude<NeighbourOption['kind'], 'other'>, number>> = {
  'source link-layer address': NEIGHBOUR_OPTION.sourceLinkLayerAddress,
  'target link-layer address': NEIGHBOUR_OPTION.targetLinkLayerAddress,
  'prefix information': NEIGHBOUR_OPTION.prefixInformation,
  'redirected header': NEIGHBOUR_OPTION.redirectedHeader,
  mtu: NEIGHBOUR_OPTION.mtu,
}

/** All that is left. @throws {WireError} if octets are missing or a length is zero or not the option's */
export function readNeighbourOptions(reader: OctetReader): NeighbourOption[] {
  const options: NeighbourOption[] = []
  while (reader.left > 0) options.push(readOption(reader))
  return options
}

/** In octets, of all options. */
export function neighbourOptionsSize(options: readonly NeighbourOption[]): number {
  return options.reduce((sum, option) => sum + sizeOf(option), 0)
}

/** Never pads or repairs. @throws {WireError} if a value exceeds its width or a size is no multiple of 8 */
export function writeNeighbourOption(writer: OctetWriter, option: NeighbourOption): void {
  writer.u8('option.type', option.kind === 'other' ? option.type : TYPES[option.kind])
  const length = (option.kind === 'other' ? option.length : undefined) ?? sizeOf(option)
  writer.u8('option.length', writer.units('option.length', length, UNIT, 8))
  writeData(writer, option)
}

function readOption(reader: OctetReader): NeighbourOption {
  const type = reader.u8('option.type')
  const length = UNIT * reader.u8('option.length')
  if (length === 0) throw reader.fault('option.length', reader.offset - 1, 'at least 8', 0) // RFC 4861 4.6
  const data = reader.within('option.data', length - HEAD_SIZE)
  if (type === NEIGHBOUR_OPTION.sourceLinkLayerAddress || type === NEIGHBOUR_OPTION.targetLinkLayerAddress) {
    return readLinkLayerAddress(type, data)
  }
  if (type === NEIGHBOUR_OPTION.prefixInformation) return readPrefixInformation(data)
  if (type === NEIGHBOUR_OPTION.redirectedHeader) {
    const reserved = data.view('option.reserved', REDIRECTED_RESERVED_SIZE)
    return { kind: 'redirected header', reserved, quote: data.rest() }
  }
  if (type !== NEIGHBOUR_OPTION.mtu) return { kind: 'other', type, data: data.rest() }
  expectSize(data, MTU_SIZE)
  return { kind: 'mtu', reserved: data.u16('option.reserved'), mtu: data.u32('option.mtu') }
}

function readLinkLayerAddress(type: number, data: OctetReader): LinkLayerAddressOption {
  expectSize(data, MAC_SIZE)
  const isSource = type === NEIGHBOUR_OPTION.sourceLinkLayerAddress
  const kind = isSource ? 'source link-layer address' : 'target link-layer address'
  return { kind, address: readMac(data, 'option.address') }
}

function readPrefixInformation(data: OctetReader): PrefixInformationOption {
  expectSize(data, PREFIX_SIZE)
  const prefixLength = data.u8('option.prefixLength')
  const flags = data.u8('option.flags')
  return {
    kind: 'prefix information',
    prefixLength,
    onLink: (flags & ON_LINK) !== 0,
    autonomous: (flags & AUTONOMOUS) !== 0,
    reservedFlags: flags & 0x3f,
    validLifetimeSeconds: data.u32('option.validLifetimeSeconds'),
    preferredLifetimeSeconds: data.u32('option.preferredLifetimeSeconds'),
    reserved: data.u32('option.reserved'),
    prefix: readIpv6(data, 'option.prefix'),
  }
}

function expectSize(data: OctetReader, size: number): void {
  if (data.left === size) return
  throw data.fault('option.length', data.offset - 1, String(HEAD_SIZE + size), HEAD_SIZE + data.left)
}

function sizeOf(option: NeighbourOption): number {
  if (option.kind === 'other') return HEAD_SIZE + option.data.length
  if (option.kind === 'prefix information') return HEAD_SIZE + PREFIX_SIZE
  if (option.kind === 'mtu') return HEAD_SIZE + MTU_SIZE
  if (option.kind !== 'redirected header') return HEAD_SIZE + MAC_SIZE
  return HEAD_SIZE + REDIRECTED_RESERVED_SIZE + option.quote.length
}

function writeData(writer: OctetWriter, option: NeighbourOption): void {
  if (option.kind === 'other') {
    writer.copy(option.data)
    return
  }
  if (option.kind === 'prefix information') {
    writePrefixInformation(writer, option)
    return
  }
  if (option.kind === 'mtu') {
    writer.u16('option.reserved', option.reserved ?? 0)
    writer.u32('option.mtu', option.mtu)
    return
  }
  if (option.kind !== 'redirected header') {
    writeMac(writer, 'option.address', option.address)
    return
  }
  writeReserved(writer, option.reserved ?? new Uint8Array(REDIRECTED_RESERVED_SIZE))
  writer.copy(option.quote)
}

function writeReserved(writer: OctetWriter, octets: Uint8Array): void {
  if (octets.length === REDIRECTED_RESERVED_SIZE) {
    writer.copy(octets)
    return
  }
  throw writer.fault('option.reserved', `${REDIRECTED_RESERVED_SIZE} octets`, octets.length)
}

function writePrefixInformation(writer: OctetWriter, option: PrefixInformationOption): void {
  const reservedFlags = writer.fitting('option.reservedFlags', option.reservedFlags ?? 0, 6)
  writer.u8('option.prefixLength', option.prefixLength)
  writer.u8(
    'option.flags',
    (option.onLink ? ON_LINK : 0) | (option.autonomous ? AUTONOMOUS : 0) | reservedFlags,
  )
  writer.u32('option.validLifetimeSeconds', option.validLifetimeSeconds)
  writer.u32('option.preferredLifetimeSeconds', option.preferredLifetimeSeconds)
  writer.u32('option.reserved', option.reserved ?? 0)
  writeIpv6(writer, 'option.prefix', option.prefix)
}
