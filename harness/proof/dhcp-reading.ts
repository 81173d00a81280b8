/** A DHCP server's message, read from a frame, and what is wrong with it by itself. Source: RFC 2131 2, 4.3.1, table 3. */
import {
  DHCP_OP,
  DHCP_PORT,
  type DhcpMessage,
  type DhcpOption,
  type DhcpType,
  decodeDhcp,
  decodeEthernet,
  decodeIpv4,
  decodeUdp,
  dhcpOption,
  dhcpOptionsOf,
  dhcpTypeOf,
  ETHER_TYPE,
  IP_PROTOCOL,
  ipv4ChecksumIsRight,
  u16At,
  u32At,
  udpChecksumIsRight,
  WireError,
} from '../wire/index.ts'
import type { RecordedFrame } from './record.ts'

const NOBODY = '0.0.0.0'

export interface DhcpReply {
  frame: number
  timestampNs: bigint
  type: DhcpType | undefined
  xid: number
  /** The client's now: yiaddr. */
  address: string
  /** As it names itself; where it does not, the source of the packet. */
  server: string
  serverMac: string
  message: DhcpMessage
  options: readonly DhcpOption[]
  /** What is wrong with it, whatever it answers. */
  faults: readonly string[]
}

const UDP_AT = 34
const DHCP_AT = 42

/** Of what looks like a DHCP server's message, untagged, its xid; quickly, for many frames are none. */
export function transactionOf(octets: Uint8Array): number | undefined {
  const isReply = datagramPort(octets, UDP_AT) === DHCP_PORT.server && octets[DHCP_AT] === DHCP_OP.reply
  return isReply ? transactionIn(octets) : undefined
}

/** Of what a client sends to servers, well-formed or not. */
export function transactionAskedIn(octets: Uint8Array): number | undefined {
  return datagramPort(octets, UDP_AT + 2) === DHCP_PORT.server ? transactionIn(octets) : undefined
}

function datagramPort(octets: Uint8Array, at: number): number | undefined {
  if (octets.length < DHCP_AT + 8 || u16At(octets, 12) !== ETHER_TYPE.ipv4) return undefined
  return octets[14] === 0x45 && octets[23] === IP_PROTOCOL.udp ? u16At(octets, at) : undefined
}

function transactionIn(octets: Uint8Array): number {
  return u32At(octets, DHCP_AT + 4)
}

/** @param isComplete whether checksums are owed here */
export function replyIn(frame: RecordedFrame, isComplete: boolean): DhcpReply | undefined {
  try {
    const ethernet = decodeEthernet(frame.octets)
    if (ethernet.etherType !== ETHER_TYPE.ipv4) return undefined
    const packet = decodeIpv4(ethernet.payload)
    if (packet.protocol !== IP_PROTOCOL.udp || packet.fragmentOffsetOctets !== 0) return undefined
    const datagram = decodeUdp(packet.payload)
    if (datagram.srcPort !== DHCP_PORT.server || datagram.payload[0] !== DHCP_OP.reply) return undefined
    const isRight =
      !isComplete ||
      (ipv4ChecksumIsRight(ethernet.payload) &&
        udpChecksumIsRight(packet.payload, { src: packet.src, dst: packet.dst }))
    return read(frame, ethernet.src, packet.src, datagram.payload, isRight)
  } catch (error) {
    if (error instanceof WireError) return undefined // no whole datagram: not a server's message
    throw error
  }
}

function read(
  { frame, timestampNs }: RecordedFrame,
  serverMac: string,
  source: string,
  octets: Uint8Array,
  isRight: boolean,
): DhcpReply {
  const unread: DhcpMessage = { ...EMPTY, xid: octets.length >= 8 ? u32At(octets, 4) : 0 }
  const faults = isRight ? [] : ['a checksum is wrong']
  let message = unread
  let options: readonly DhcpOption[] = []
  try {
    message = decodeDhcp(octets)
    options = dhcpOptionsOf(message)
  } catch (error) {
    if (!(error instanceof WireError)) throw error
    faults.push(`it is malformed: ${error.message}`)
  }
  const server = dhcpOption(options, 'server identifier')?.address ?? source
  const type = dhcpTypeOf(options)
  return {
    ...{
      frame,
      timestampNs,
      type,
      xid: message.xid,
      address: message.yiaddr,
      server,
      serverMac,
      message,
      options,
    },
    faults: [...faults, ...(faults.length === 0 ? rulesBroken(type, message, options) : [])],
  }
}

const EMPTY: DhcpMessage = {
  ...{ op: DHCP_OP.reply, htype: 1, hlen: 6, hops: 0, xid: 0, secs: 0, flags: 0 },
  ...{ ciaddr: NOBODY, yiaddr: NOBODY, siaddr: NOBODY, giaddr: NOBODY },
  ...{ chaddr: new Uint8Array(16), sname: new Uint8Array(64), file: new Uint8Array(128), options: [] },
}

/** RFC 2131, table 3. */
function rulesBroken(
  type: DhcpType | undefined,
  { yiaddr, ciaddr }: DhcpMessage,
  options: readonly DhcpOption[],
): readonly string[] {
  const has = (kind: DhcpOption['kind']): boolean => options.some((option) => option.kind === kind)
  const broken: string[] = []
  const must = (holds: boolean, rule: string): void => {
    if (!holds) broken.push(`${rule}: RFC 2131, table 3`)
  }
  must(
    type === 'offer' || type === 'ack' || type === 'nak',
    `a server sends no ${type ?? 'message without a type'}`,
  )
  must(has('server identifier'), 'the server identifier is missing')
  for (const kind of ['requested address', 'parameter request list', 'maximum message size'] as const)
    must(!has(kind), `a server sends no ${kind}`)
  if (type === 'offer') must(ciaddr === NOBODY, `ciaddr of an offer is 0, not ${ciaddr}`)
  if (type === 'offer') must(has('lease time'), 'the lease time is missing')
  if (type === 'nak') must(yiaddr === NOBODY, `yiaddr of a NAK is 0, not ${yiaddr}`)
  if (type === 'nak') must(!has('lease time'), 'a NAK has no lease time')
  return broken
}
