/**
 * The options of an IPv4 packet, from and to the octets of Ipv4Packet.options.
 * Sources: RFC 791 3.1 (all but router alert); RFC 2113 2.1 (router alert).
 * Integers big-endian; lengths in octets.
 */
import { type Ipv4Address, readIpv4, writeIpv4 } from './address.ts'
import type { OctetReader, OctetWriter } from './octets.ts'
import {
  type CommonOption,
  decodeOptionList,
  encodeOptionList,
  expectDataSize,
  type OptionCodec,
} from './option-list.ts'

/** Their types: the copied flag (the highest bit), two bits of class and five of number. */
export const IPV4_OPTION = {
  end: 0,
  nop: 1,
  recordRoute: 7,
  timestamp: 68,
  looseSourceRoute: 131,
  strictSourceRoute: 137,
  routerAlert: 148,
} as const

/** What a timestamp option has in each entry. */
export const TIMESTAMP_FLAG = { timestampsOnly: 0, withAddresses: 1, prespecified: 3 } as const

const COPIED = 0x80
const ADDRESS_SIZE = 4
const TIMESTAMP_SIZE = 4
const POINTER_SIZE = 1
const TIMESTAMP_HEAD_SIZE = 2 // pointer, overflow and flag
const ROUTER_ALERT_SIZE = 2

export interface RouteOption {
  kind: 'record route' | 'loose source route' | 'strict source route'
  pointer: number // of the next address, from the option's start; the first octet is 1
  route: readonly Ipv4Address[]
}

export interface TimestampOption {
  kind: 'timestamp'
  pointer: number // of the next entry, from the option's start; the first octet is 1
  overflow: number // four bits: hosts that had no place
  flag: number // TIMESTAMP_FLAG, four bits
  entries: readonly TimestampEntry[]
}

export interface TimestampEntry {
  address?: Ipv4Address // absent with, and only with, TIMESTAMP_FLAG.timestampsOnly
  timestamp: number // 32 bits; milliseconds since midnight UT, or with the highest bit anything
}

export interface RouterAlertOption {
  kind: 'router alert'
  value: number
}

type OwnOption = RouteOption | TimestampOption | RouterAlertOption

export type Ipv4Option = OwnOption | CommonOption

const ROUTE_TYPES: Readonly<Record<RouteOption['kind'], number>> = {
  'record route': IPV4_OPTION.recordRoute,
  'loose source route': IPV4_OPTION.looseSourceRoute,
  'strict source route': IPV4_OPTION.strictSourceRoute,
}
const ROUTE_KINDS = Object.keys(ROUTE_TYPES) as RouteOption['kind'][]

const CODEC: OptionCodec<OwnOption> = {
  protocol: 'ipv4-options',
  decode: decodeOwn,
  typeOf,
  sizeOf,
  write: writeOwn,
}

/** @throws {WireError} if octets are missing, a length is not the option's, or a timestamp's flag is unknown */
export function decodeIpv4Options(octets: Uint8Array): Ipv4Option[] {
  return decodeOptionList(CODEC, octets)
}

/** Never pads or repairs: a packet takes multiples of four octets. @throws {WireError} if a value exceeds its width */
export function encodeIpv4Options(options: readonly Ipv4Option[]): Uint8Array {
  return encodeOptionList(CODEC, options)
}

/** Whether every fragment has an option of this type, or only the first. RFC 791 3.1. */
export function isCopiedOption(type: number): boolean {
  return (type & COPIED) !== 0
}

function decodeOwn(type: number, data: OctetReader): OwnOption | undefined {
  const routeKind = ROUTE_KINDS.find((kind) => ROUTE_TYPES[kind] === type)
  if (routeKind !== undefined) return readRoute(routeKind, data)
  if (type === IPV4_OPTION.timestamp) return readTimestamp(data)
  if (type !== IPV4_OPTION.routerAlert) return undefined
  expectDataSize(data, ROUTER_ALERT_SIZE)
  return { kind: 'router alert', value: data.u16('value') }
}

function readRoute(kind: RouteOption['kind'], data: OctetReader): RouteOption {
  expectEntries(data, POINTER_SIZE, ADDRESS_SIZE)
  const pointer = data.u8('pointer')
  const route: Ipv4Address[] = []
  while (data.left > 0) route.push(readIpv4(data, 'route'))
  return { kind, pointer, route }
}

function readTimestamp(data: OctetReader): TimestampOption {
  const lengthAt = data.offset - 1
  const pointer = data.u8('pointer')
  const overflowAndFlag = data.u8('flag')
  const flag = overflowAndFlag & 0xf
  if (!Object.values<number>(TIMESTAMP_FLAG).includes(flag)) {
    throw data.fault('flag', data.offset - 1, '0, 1 or 3', flag)
  }
  const size = entrySize(flag)
  if (data.left % size !== 0) {
    throw data.fault('length', lengthAt, `4 and a multiple of ${size}`, 4 + data.left)
  }
  const entries: TimestampEntry[] = []
  while (data.left > 0) entries.push(readEntry(flag, data))
  return { kind: 'timestamp', pointer, overflow: overflowAndFlag >>> 4, flag, entries }
}

function readEntry(flag: number, data: OctetReader): TimestampEntry {
  if (flag === TIMESTAMP_FLAG.timestampsOnly) return { timestamp: data.u32('timestamp') }
  return { address: readIpv4(data, 'address'), timestamp: data.u32('timestamp') }
}

function expectEntries(data: OctetReader, headSize: number, size: number): void {
  if (data.left >= headSize && (data.left - headSize) % size === 0) return
  const wanted = `${2 + headSize} and a multiple of ${size}`
  throw data.fault('length', data.offset - 1, wanted, 2 + data.left)
}

function typeOf(option: OwnOption): number {
  if (option.kind === 'timestamp') return IPV4_OPTION.timestamp
  return option.kind === 'router alert' ? IPV4_OPTION.routerAlert : ROUTE_TYPES[option.kind]
}

function sizeOf(option: OwnOption): number {
  if (option.kind === 'router alert') return ROUTER_ALERT_SIZE
  if (option.kind !== 'timestamp') return POINTER_SIZE + ADDRESS_SIZE * option.route.length
  return TIMESTAMP_HEAD_SIZE + entrySize(option.flag) * option.entries.length
}

function entrySize(flag: number): number {
  return flag === TIMESTAMP_FLAG.timestampsOnly ? TIMESTAMP_SIZE : ADDRESS_SIZE + TIMESTAMP_SIZE
}

function writeOwn(writer: OctetWriter, option: OwnOption): void {
  if (option.kind === 'router alert') {
    writer.u16('value', option.value)
    return
  }
  writer.u8('pointer', option.pointer)
  if (option.kind !== 'timestamp') {
    for (const address of option.route) writeIpv4(writer, 'route', address)
    return
  }
  const overflow = writer.fitting('overflow', option.overflow, 4)
  writer.u8('flag', (overflow << 4) | writer.fitting('flag', option.flag, 4))
  for (const entry of option.entries) writeEntry(writer, option.flag, entry)
}

function writeEntry(writer: OctetWriter, flag: number, { address, timestamp }: TimestampEntry): void {
  const wantsAddress = flag !== TIMESTAMP_FLAG.timestampsOnly
  if (wantsAddress !== (address !== undefined)) {
    const wanted = wantsAddress ? 'an address' : 'no address'
    throw writer.fault('address', `${wanted} with flag ${flag}`, address ?? 'none')
  }
  if (address !== undefined) writeIpv4(writer, 'address', address)
  writer.u32('timestamp', timestamp)
}
