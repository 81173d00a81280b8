/**
 * DHCP messages. Sources: RFC 2131 2 (format), 4.1 (which fields hold options); RFC 2132 2 and 9.3.
 * Integers big-endian; lengths in octets.
 */
import { type Ipv4Address, readIpv4, writeIpv4 } from './address.ts'
import {
  DHCP_OVERLOAD,
  DHCP_TYPE,
  type DhcpOption,
  type DhcpPiece,
  type DhcpType,
  decodeDhcpOption,
  decodeDhcpPieces,
  encodeDhcpOption,
  encodeDhcpPieces,
  joinedDhcpOptions,
  splitDhcpOption,
} from './dhcp-options.ts'
import { OctetReader, OctetWriter } from './octets.ts'

export const DHCP_PORT = { server: 67, client: 68 } as const
export const DHCP_OP = { request: 1, reply: 2 } as const
/** RFC 2132 2. */
export const DHCP_MAGIC = 0x63825363
/** The only flag: the client takes no unicast yet. RFC 2131, figure 2. */
export const DHCP_BROADCAST_FLAG = 0x8000
export const DHCP_CHADDR_SIZE = 16
export const DHCP_SNAME_SIZE = 64
export const DHCP_FILE_SIZE = 128
/** Up to the options, the magic cookie included. */
export const DHCP_HEADER_SIZE = 240

const PROTOCOL = 'dhcp'
const MAGIC_OFFSET = 236

export interface DhcpMessage {
  op: number
  htype: number
  hlen: number // octets of chaddr that count; beyond 16 is data
  hops: number
  xid: number
  secs: number
  flags: number
  ciaddr: Ipv4Address
  yiaddr: Ipv4Address
  siaddr: Ipv4Address
  giaddr: Ipv4Address
  chaddr: Uint8Array // 16 octets
  sname: Uint8Array // 64 octets
  file: Uint8Array // 128 octets
  magic?: number // absent on encoding: DHCP's
  options: readonly DhcpPiece[] // of the options field alone
}

/** @throws {WireError} if octets are missing or the magic cookie is another's */
export function decodeDhcp(octets: Uint8Array): Required<DhcpMessage> {
  const reader = new OctetReader(PROTOCOL, octets)
  const message = {
    op: reader.u8('op'),
    htype: reader.u8('htype'),
    hlen: reader.u8('hlen'),
    hops: reader.u8('hops'),
    xid: reader.u32('xid'),
    secs: reader.u16('secs'),
    flags: reader.u16('flags'),
    ciaddr: readIpv4(reader, 'ciaddr'),
    yiaddr: readIpv4(reader, 'yiaddr'),
    siaddr: readIpv4(reader, 'siaddr'),
    giaddr: readIpv4(reader, 'giaddr'),
    chaddr: reader.view('chaddr', DHCP_CHADDR_SIZE),
    sname: reader.view('sname', DHCP_SNAME_SIZE),
    file: reader.view('file', DHCP_FILE_SIZE),
    magic: reader.u32('magic'),
  }
  if (message.magic !== DHCP_MAGIC)
    throw reader.fault(
      'magic',
      MAGIC_OFFSET,
      '0x63825363',
      `0x${message.magic.toString(16).padStart(8, '0')}`,
    )
  return { ...message, options: decodeDhcpPieces(reader.rest()) }
}

/** Never pads or repairs. @throws {WireError} if a value exceeds its width */
export function encodeDhcp(message: DhcpMessage): Uint8Array {
  const options = encodeDhcpPieces(message.options)
  const writer = new OctetWriter(PROTOCOL, DHCP_HEADER_SIZE + options.length)
  writer.u8('op', message.op)
  writer.u8('htype', message.htype)
  writer.u8('hlen', message.hlen)
  writer.u8('hops', message.hops)
  writer.u32('xid', message.xid)
  writer.u16('secs', message.secs)
  writer.u16('flags', message.flags)
  writeIpv4(writer, 'ciaddr', message.ciaddr)
  writeIpv4(writer, 'yiaddr', message.yiaddr)
  writeIpv4(writer, 'siaddr', message.siaddr)
  writeIpv4(writer, 'giaddr', message.giaddr)
  writeField(writer, 'chaddr', message.chaddr, DHCP_CHADDR_SIZE)
  writeField(writer, 'sname', message.sname, DHCP_SNAME_SIZE)
  writeField(writer, 'file', message.file, DHCP_FILE_SIZE)
  writer.u32('magic', message.magic ?? DHCP_MAGIC)
  writer.copy(options)
  return writer.finish()
}

/**
 * What the message says, wherever it is: in the options field, and in file and sname, in this order, where the option
 * overload says so (RFC 2131 4.1). @throws {WireError} if the options of one of these cannot be read
 */
export function dhcpOptionsOf({ options, file, sname }: DhcpMessage): DhcpOption[] {
  const own = joinedDhcpOptions(options).map(decodeDhcpOption)
  const fields = dhcpOption(own, 'overload')?.fields ?? 0
  const more = [
    ...((fields & DHCP_OVERLOAD.file) !== 0 ? decodeDhcpPieces(file) : []),
    ...((fields & DHCP_OVERLOAD.sname) !== 0 ? decodeDhcpPieces(sname) : []),
  ]
  return more.length === 0 ? own : joinedDhcpOptions([...options, ...more]).map(decodeDhcpOption)
}

/** As they are written into one field, the end included; long ones in several pieces. @throws {WireError} */
export function dhcpPieces(options: readonly DhcpOption[]): DhcpPiece[] {
  return [...options.map(encodeDhcpOption).flatMap(splitDhcpOption), { kind: 'end' }]
}

/** The option of this kind, if there is one. */
export function dhcpOption<K extends DhcpOption['kind']>(
  options: readonly DhcpOption[],
  kind: K,
): (DhcpOption & { kind: K }) | undefined {
  return options.find((option): option is DhcpOption & { kind: K } => option.kind === kind)
}

/** Its name, or undefined where it has none or another than DHCP's. */
export function dhcpTypeOf(options: readonly DhcpOption[]): DhcpType | undefined {
  const number = dhcpOption(options, 'message type')?.type
  return (Object.keys(DHCP_TYPE) as DhcpType[]).find((name) => DHCP_TYPE[name] === number)
}

/** An address or a text at the beginning of a field, and zeros behind it. @throws {RangeError} if it does not fit */
export function dhcpField(size: number, octets: Uint8Array): Uint8Array {
  const field = new Uint8Array(size)
  field.set(octets)
  return field
}

function writeField(writer: OctetWriter, field: string, octets: Uint8Array, size: number): void {
  if (octets.length !== size) throw writer.fault(field, `${size} octets`, octets.length)
  writer.copy(octets)
}
