/**
 * The extension headers between an IPv6 header and its upper layer. Sources: RFC 8200 4; RFC 2711 2.1 (router alert).
 * Integers big-endian; lengths and offsets in octets, also where the wire counts in 8. Offsets of errors count from the
 * end of the IPv6 header.
 */
import { OctetReader, OctetWriter } from './octets.ts'

/** Their numbers in a next header field. */
export const IPV6_EXTENSION = { hopByHop: 0, routing: 43, fragment: 44, destinationOptions: 60 } as const

/** Types of options in hop-by-hop and destination options headers. */
export const IPV6_OPTION = { pad1: 0, padN: 1, routerAlert: 5 } as const

const PROTOCOL = 'ipv6-extensions'
const UNIT = 8
const HEAD_SIZE = 2 // next header and length
const ROUTING_HEAD_SIZE = 4
const OPTION_HEAD_SIZE = 2
const ROUTER_ALERT_SIZE = 2

export type Ipv6Option =
  | { kind: 'pad1' }
  | { kind: 'padN'; data: Uint8Array } // zeros, if the sender keeps to RFC 8200 4.2
  | { kind: 'router alert'; value: number }
  /** Of any type. An absent length is computed on encoding. */
  | { kind: 'other'; type: number; length?: number; data: Uint8Array }

/** On encoding, absent, they are computed: present they are written as given, however wrong. Decoding has neither. */
interface Computed {
  nextHeader?: number
  length?: number // octets, of the whole header
}

export interface OptionsHeader extends Computed {
  kind: 'hop-by-hop' | 'destination options'
  options: readonly Ipv6Option[]
}

/** Of any type, raw from its fifth octet. */
export interface RoutingHeader extends Computed {
  kind: 'routing'
  routingType: number
  segmentsLeft: number
  data: Uint8Array
}

export interface FragmentHeader extends Omit<Computed, 'length'> {
  kind: 'fragment'
  reserved?: number // octet 1; absent: 0
  fragmentOffsetOctets: number // a multiple of 8
  reservedBits?: number // two, between offset and flag; absent: 0
  moreFragments: boolean
  identification: number
}

export type Ipv6ExtensionHeader = OptionsHeader | RoutingHeader | FragmentHeader

/** What follows an IPv6 header. */
export interface Ipv6Content {
  headers: readonly Ipv6ExtensionHeader[]
  upperProtocol: number // what the last header says; of a later fragment the payload does not begin with it
  payload: Uint8Array
}

const NUMBERS: Readonly<Record<Ipv6ExtensionHeader['kind'], number>> = {
  'hop-by-hop': IPV6_EXTENSION.hopByHop,
  routing: IPV6_EXTENSION.routing,
  fragment: IPV6_EXTENSION.fragment,
  'destination options': IPV6_EXTENSION.destinationOptions,
}

/**
 * Headers in any order and number, as read: what RFC 8200 4.1 recommends is not asked for. Behind a fragment header with
 * an offset there is a piece of something, so the list ends there.
 * @param nextHeader of the IPv6 header
 * @throws {WireError} if octets are missing or an option does not end where its header does
 */
export function decodeIpv6Extensions(nextHeader: number, payload: Uint8Array): Ipv6Content {
  const reader = new OctetReader(PROTOCOL, payload)
  const headers: Ipv6ExtensionHeader[] = []
  let upperProtocol = nextHeader
  while (isIpv6Extension(upperProtocol) && !isLaterFragment(headers.at(-1))) {
    const number = upperProtocol
    upperProtocol = reader.u8('nextHeader')
    headers.push(readHeader(number, reader))
  }
  return { headers, upperProtocol, payload: reader.rest() }
}

/** Never pads or repairs. @returns what to put into an Ipv6Packet @throws {WireError} if a value exceeds its width */
export function encodeIpv6Extensions({ headers, upperProtocol, payload }: Ipv6Content): {
  nextHeader: number
  payload: Uint8Array
} {
  const size = headers.reduce((sum, header) => sum + sizeOf(header), payload.length)
  const writer = new OctetWriter(PROTOCOL, size)
  const numbers = [...headers.map(({ kind }) => NUMBERS[kind]), upperProtocol]
  headers.forEach((header, index) => {
    writer.u8('nextHeader', header.nextHeader ?? numbers[index + 1] ?? upperProtocol)
    writeHeader(writer, header)
  })
  writer.copy(payload)
  return { nextHeader: numbers[0] ?? upperProtocol, payload: writer.finish() }
}

export function isIpv6Extension(nextHeader: number): boolean {
  return Object.values<number>(IPV6_EXTENSION).includes(nextHeader)
}

function isLaterFragment(header: Ipv6ExtensionHeader | undefined): boolean {
  return header?.kind === 'fragment' && header.fragmentOffsetOctets > 0
}

function readHeader(number: number, reader: OctetReader): Ipv6ExtensionHeader {
  if (number === IPV6_EXTENSION.fragment) return readFragment(reader)
  const size = UNIT + UNIT * reader.u8('length')
  const body = reader.within('header', size - HEAD_SIZE)
  if (number === IPV6_EXTENSION.routing) {
    const routingType = body.u8('routingType')
    return { kind: 'routing', routingType, segmentsLeft: body.u8('segmentsLeft'), data: body.rest() }
  }
  const kind = number === IPV6_EXTENSION.hopByHop ? 'hop-by-hop' : 'destination options'
  const options: Ipv6Option[] = []
  while (body.left > 0) options.push(readOption(body))
  return { kind, options }
}

function readFragment(reader: OctetReader): FragmentHeader {
  const reserved = reader.u8('reserved')
  const word = reader.u16('fragmentOffsetOctets')
  return {
    kind: 'fragment',
    reserved,
    fragmentOffsetOctets: word & 0xfff8, // 13 bits of units of 8, above three others
    reservedBits: (word >>> 1) & 3,
    moreFragments: (word & 1) === 1,
    identification: reader.u32('identification'),
  }
}

function readOption(body: OctetReader): Ipv6Option {
  const type = body.u8('type')
  if (type === IPV6_OPTION.pad1) return { kind: 'pad1' }
  const length = body.u8('length')
  if (type === IPV6_OPTION.routerAlert) {
    if (length !== ROUTER_ALERT_SIZE) throw body.fault('length', body.offset - 1, '2', length)
    return { kind: 'router alert', value: body.u16('value') }
  }
  const data = body.view('data', length)
  return type === IPV6_OPTION.padN ? { kind: 'padN', data } : { kind: 'other', type, data }
}

function sizeOf(header: Ipv6ExtensionHeader): number {
  if (header.kind === 'fragment') return UNIT
  if (header.kind === 'routing') return ROUTING_HEAD_SIZE + header.data.length
  return header.options.reduce((sum, option) => sum + optionSize(option), HEAD_SIZE)
}

function optionSize(option: Ipv6Option): number {
  if (option.kind === 'pad1') return 1
  return OPTION_HEAD_SIZE + (option.kind === 'router alert' ? ROUTER_ALERT_SIZE : option.data.length)
}

function writeHeader(writer: OctetWriter, header: Ipv6ExtensionHeader): void {
  if (header.kind === 'fragment') {
    writeFragment(writer, header)
    return
  }
  const length = writer.units('length', (header.length ?? sizeOf(header)) - UNIT, UNIT, 8)
  writer.u8('length', length)
  if (header.kind !== 'routing') {
    for (const option of header.options) writeOption(writer, option)
    return
  }
  writer.u8('routingType', header.routingType)
  writer.u8('segmentsLeft', header.segmentsLeft)
  writer.copy(header.data)
}

function writeFragment(writer: OctetWriter, header: FragmentHeader): void {
  writer.u8('reserved', header.reserved ?? 0)
  const units = writer.units('fragmentOffsetOctets', header.fragmentOffsetOctets, UNIT, 13)
  const reservedBits = writer.fitting('reservedBits', header.reservedBits ?? 0, 2)
  writer.u16('fragmentOffsetOctets', (units << 3) | (reservedBits << 1) | (header.moreFragments ? 1 : 0))
  writer.u32('identification', header.identification)
}

function writeOption(writer: OctetWriter, option: Ipv6Option): void {
  if (option.kind === 'pad1') {
    writer.u8('type', IPV6_OPTION.pad1)
    return
  }
  if (option.kind === 'router alert') {
    writer.u8('type', IPV6_OPTION.routerAlert)
    writer.u8('length', ROUTER_ALERT_SIZE)
    writer.u16('value', option.value)
    return
  }
  writer.u8('type', option.kind === 'padN' ? IPV6_OPTION.padN : option.type)
  writer.u8('length', (option.kind === 'other' ? option.length : undefined) ?? option.data.length)
  writer.copy(option.data)
}
