/**
 * The options of a DHCP message, in three layers: pieces as they lie on the wire, in any of the fields that hold
 * options; options put together from pieces of one code, RFC 3396; and their meaning.
 * Sources: RFC 2132 2 (form), 3 to 9 (options); RFC 3396 4 to 8 (long options).
 * Integers big-endian; lengths in octets, of data; offsets count from the start of the field.
 */
import { formatIpv4, type Ipv4Address, parseIpv4, writeIpv4 } from './address.ts'
import { NO_OCTETS, OctetReader, OctetWriter, viewOf } from './octets.ts'

/** Their codes on the wire; those that the harness names. */
export const DHCP_OPTION = {
  pad: 0,
  subnetMask: 1,
  router: 3,
  dns: 6,
  hostName: 12,
  broadcastAddress: 28,
  requestedAddress: 50,
  leaseTime: 51,
  overload: 52,
  messageType: 53,
  serverIdentifier: 54,
  parameterRequestList: 55,
  message: 56,
  maximumMessageSize: 57,
  renewalTime: 58,
  rebindingTime: 59,
  clientIdentifier: 61,
  end: 255,
} as const

/** RFC 2132 9.6. */
export const DHCP_TYPE = {
  discover: 1,
  offer: 2,
  request: 3,
  decline: 4,
  ack: 5,
  nak: 6,
  release: 7,
  inform: 8,
} as const

export type DhcpType = keyof typeof DHCP_TYPE

/** RFC 2132 9.3: which of the other two fields hold options, too. */
export const DHCP_OVERLOAD = { file: 1, sname: 2, both: 3 } as const

const PROTOCOL = 'dhcp-options'
const HEAD_SIZE = 2
const ADDRESS_SIZE = 4
const LARGEST_PIECE = 255

/** As on the wire. */
export type DhcpPiece =
  | { kind: 'pad' }
  | { kind: 'end'; padding?: Uint8Array } // all that follows; absent on encoding: nothing
  | { kind: 'option'; code: number; length?: number; data: Uint8Array } // absent length: of the data

/** Whole, and in its place the first of its pieces. */
export interface RawDhcpOption {
  code: number
  data: Uint8Array
}

type AddressKind = 'subnet mask' | 'broadcast address' | 'requested address' | 'server identifier'
type AddressesKind = 'router' | 'dns'
type TimeKind = 'lease time' | 'renewal time' | 'rebinding time'
type TextKind = 'host name' | 'message'

export type DhcpOption =
  | { kind: AddressKind; address: Ipv4Address }
  | { kind: AddressesKind; addresses: readonly Ipv4Address[] } // one or more
  | { kind: TimeKind; seconds: number } // 0xffffffff has no end: RFC 2131 3.3
  | { kind: TextKind; text: string } // one character an octet
  | { kind: 'message type'; type: number }
  | { kind: 'overload'; fields: number }
  | { kind: 'parameter request list'; codes: readonly number[] } // one or more
  | { kind: 'maximum message size'; sizeOctets: number }
  | { kind: 'client identifier'; type: number; id: Uint8Array } // id of one octet or more
  /** Of any code, those included that have a kind of their own: so that malformed options can be made. */
  | { kind: 'other'; code: number; data: Uint8Array }

const CODES: Readonly<Record<Exclude<DhcpOption['kind'], 'other'>, number>> = {
  'subnet mask': DHCP_OPTION.subnetMask,
  router: DHCP_OPTION.router,
  dns: DHCP_OPTION.dns,
  'host name': DHCP_OPTION.hostName,
  'broadcast address': DHCP_OPTION.broadcastAddress,
  'requested address': DHCP_OPTION.requestedAddress,
  'lease time': DHCP_OPTION.leaseTime,
  overload: DHCP_OPTION.overload,
  'message type': DHCP_OPTION.messageType,
  'server identifier': DHCP_OPTION.serverIdentifier,
  'parameter request list': DHCP_OPTION.parameterRequestList,
  message: DHCP_OPTION.message,
  'maximum message size': DHCP_OPTION.maximumMessageSize,
  'renewal time': DHCP_OPTION.renewalTime,
  'rebinding time': DHCP_OPTION.rebindingTime,
  'client identifier': DHCP_OPTION.clientIdentifier,
}
const KINDS: ReadonlyMap<number, string> = new Map(Object.entries(CODES).map(([kind, code]) => [code, kind]))

/** All of a field, to its end or the end option. @throws {WireError} if octets are missing */
export function decodeDhcpPieces(octets: Uint8Array): DhcpPiece[] {
  const reader = new OctetReader(PROTOCOL, octets)
  const pieces: DhcpPiece[] = []
  while (reader.left > 0) pieces.push(readPiece(reader))
  return pieces
}

/** Never pads or repairs. @throws {WireError} if a value exceeds its width */
export function encodeDhcpPieces(pieces: readonly DhcpPiece[]): Uint8Array {
  const size = pieces.reduce((sum, piece) => sum + pieceSize(piece), 0)
  const writer = new OctetWriter(PROTOCOL, size)
  for (const piece of pieces) writePiece(writer, piece)
  return writer.finish()
}

/** Pieces of one code are one option, wherever they lie. RFC 3396 7. */
export function joinedDhcpOptions(pieces: readonly DhcpPiece[]): RawDhcpOption[] {
  const byCode = new Map<number, Uint8Array[]>()
  for (const piece of pieces) {
    if (piece.kind === 'option') byCode.set(piece.code, [...(byCode.get(piece.code) ?? []), piece.data])
  }
  return [...byCode].map(([code, parts]) => ({ code, data: joined(parts) }))
}

/** What is longer than a piece is several. RFC 3396 6. */
export function splitDhcpOption({ code, data }: RawDhcpOption): DhcpPiece[] {
  const pieces: DhcpPiece[] = []
  for (let at = 0; at === 0 || at < data.length; at += LARGEST_PIECE)
    pieces.push({ kind: 'option', code, data: viewOf(data, at, Math.min(at + LARGEST_PIECE, data.length)) })
  return pieces
}

/** @throws {WireError} if the data are not of the size that the option has */
export function decodeDhcpOption({ code, data }: RawDhcpOption): DhcpOption {
  const kind = KINDS.get(code) as Exclude<DhcpOption['kind'], 'other'> | undefined
  const reader = new OctetReader(PROTOCOL, data)
  switch (kind) {
    case 'subnet mask':
    case 'broadcast address':
    case 'requested address':
    case 'server identifier':
      expectSize(reader, kind, ADDRESS_SIZE)
      return { kind, address: formatIpv4(data) }
    case 'router':
    case 'dns':
      return { kind, addresses: readAddresses(reader, kind) }
    case 'lease time':
    case 'renewal time':
    case 'rebinding time':
      expectSize(reader, kind, 4)
      return { kind, seconds: reader.u32(kind) }
    case 'host name':
    case 'message':
      expectSome(reader, kind)
      return { kind, text: Buffer.from(data).toString('latin1') }
    case 'message type':
      expectSize(reader, kind, 1)
      return { kind, type: reader.u8(kind) }
    case 'overload':
      expectSize(reader, kind, 1)
      return { kind, fields: reader.u8(kind) }
    case 'parameter request list':
      expectSome(reader, kind)
      return { kind, codes: [...data] }
    case 'maximum message size':
      expectSize(reader, kind, 2)
      return { kind, sizeOctets: reader.u16(kind) }
    case 'client identifier':
      if (data.length < 2) throw reader.fault(kind, 0, 'at least 2 octets', data.length)
      return { kind, type: reader.u8('type'), id: reader.rest() }
    case undefined:
      return { kind: 'other', code, data }
  }
}

/** Never pads or repairs. @throws {WireError} if a value exceeds its width */
export function encodeDhcpOption(option: DhcpOption): RawDhcpOption {
  if (option.kind === 'other') return { code: option.code, data: option.data }
  return { code: CODES[option.kind], data: dataOf(option) }
}

function dataOf(option: Exclude<DhcpOption, { kind: 'other' }>): Uint8Array {
  switch (option.kind) {
    case 'subnet mask':
    case 'broadcast address':
    case 'requested address':
    case 'server identifier':
      return parseIpv4(option.address)
    case 'router':
    case 'dns':
      return written(ADDRESS_SIZE * option.addresses.length, (writer) => {
        for (const address of option.addresses) writeIpv4(writer, option.kind, address)
      })
    case 'lease time':
    case 'renewal time':
    case 'rebinding time':
      return written(4, (writer) => writer.u32(option.kind, option.seconds))
    case 'host name':
    case 'message':
      return written(option.text.length, (writer) => {
        for (let at = 0; at < option.text.length; at += 1) writer.u8(option.kind, option.text.charCodeAt(at))
      })
    case 'message type':
      return written(1, (writer) => writer.u8(option.kind, option.type))
    case 'overload':
      return written(1, (writer) => writer.u8(option.kind, option.fields))
    case 'parameter request list':
      return written(option.codes.length, (writer) => {
        for (const code of option.codes) writer.u8(option.kind, code)
      })
    case 'maximum message size':
      return written(2, (writer) => writer.u16(option.kind, option.sizeOctets))
    case 'client identifier':
      return written(1 + option.id.length, (writer) => {
        writer.u8('type', option.type)
        writer.copy(option.id)
      })
  }
}

function readPiece(reader: OctetReader): DhcpPiece {
  const code = reader.u8('code')
  if (code === DHCP_OPTION.pad) return { kind: 'pad' }
  if (code === DHCP_OPTION.end) return { kind: 'end', padding: reader.rest() }
  const length = reader.u8('length')
  return { kind: 'option', code, data: reader.view('data', length) }
}

function pieceSize(piece: DhcpPiece): number {
  if (piece.kind === 'pad') return 1
  return piece.kind === 'end' ? 1 + (piece.padding?.length ?? 0) : HEAD_SIZE + piece.data.length
}

function writePiece(writer: OctetWriter, piece: DhcpPiece): void {
  if (piece.kind === 'pad') {
    writer.u8('code', DHCP_OPTION.pad)
    return
  }
  if (piece.kind === 'end') {
    writer.u8('code', DHCP_OPTION.end)
    writer.copy(piece.padding ?? NO_OCTETS)
    return
  }
  writer.u8('code', piece.code)
  writer.u8('length', piece.length ?? piece.data.length)
  writer.copy(piece.data)
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const [first = NO_OCTETS] = parts
  return parts.length === 1 ? first : new Uint8Array(Buffer.concat(parts))
}

function written(size: number, write: (writer: OctetWriter) => void): Uint8Array {
  const writer = new OctetWriter(PROTOCOL, size)
  write(writer)
  return writer.finish()
}

function expectSize(reader: OctetReader, field: string, size: number): void {
  if (reader.left !== size) throw reader.fault(field, 0, `${size} octets`, reader.left)
}

function expectSome(reader: OctetReader, field: string): void {
  if (reader.left === 0) throw reader.fault(field, 0, 'at least 1 octet', 0)
}

function readAddresses(reader: OctetReader, field: string): Ipv4Address[] {
  if (reader.left === 0 || reader.left % ADDRESS_SIZE !== 0)
    throw reader.fault(field, 0, `a multiple of ${ADDRESS_SIZE} octets, and not none`, reader.left)
  const addresses: Ipv4Address[] = []
  while (reader.left > 0) addresses.push(formatIpv4(reader.octets, reader.take(field, ADDRESS_SIZE)))
  return addresses
}
