/** IP packets that cases inject: ICMP, UDP, TCP and others, usual ones and such as are wrong on purpose. */
import {
  decodeIpv4,
  ETHER_TYPE,
  encodeIcmp,
  encodeIcmpError,
  encodeIcmpv6,
  encodeIpv4,
  encodeIpv6,
  encodeTcp,
  encodeUdp,
  ICMP_UNREACHABLE_CODE,
  IP_PROTOCOL,
  type IpAddresses,
  type Ipv4Packet,
  SIGNATURE_SIZE,
  type TcpSegment,
  u16At,
} from '../wire/index.ts'
import { type Ends, ETHERNET_HEADER_SIZE, ethernet, signed } from './building.ts'
import { CaseError } from './script-steps.ts'
import type { Stimulus } from './stimulus.ts'

const TTL = 64
const ICMP_CHECKSUM = 2
const TCP_CHECKSUM = 16
const UDP_CHECKSUM = 6

/** Of the IPv4 header, where it is not as usual. */
export type IpFields = Partial<
  Pick<
    Ipv4Packet,
    | 'ttl'
    | 'identification'
    | 'dontFragment'
    | 'moreFragments'
    | 'fragmentOffsetOctets'
    | 'dscp'
    | 'ecn'
    | 'options'
  >
>
const IP_FIELDS = [
  ...['ttl', 'identification', 'dontFragment', 'moreFragments', 'fragmentOffsetOctets'],
  ...['dscp', 'ecn', 'options'],
]

/** Of TCP, UDP or ICMP: wrong on purpose, or with UDP none at all. Without it, the right one. */
export type ChecksumKind = 'wrong' | 'none'

export interface IcmpEcho extends Ends {
  kind?: 'echo request' | 'echo reply'
  identifier?: number
  sequence?: number
  ip?: IpFields
  checksum?: 'wrong'
}

/** ICMP over IPv4. RFC 792. */
export function icmpEcho({
  from,
  to,
  kind = 'echo request',
  identifier = 1,
  sequence = 1,
  ip,
  checksum,
}: IcmpEcho): Stimulus {
  return ipv4({ from, to, ip }, IP_PROTOCOL.icmp, (signature) => {
    const message = { kind, code: 0, identifier, sequence, payload: signature }
    return withChecksum(checksum, ICMP_CHECKSUM, (given) => encodeIcmp({ ...message, ...given }))
  })
}

export interface IcmpErrorFrame extends Ends {
  error: 'port unreachable' | 'fragmentation needed' | 'time exceeded'
  /** The packet that it is about, as whoever answers has seen it: a stimulus that is not sent. */
  about: Stimulus
  /** Of the quoted packet; all of it, if not given. The signature may lie behind. */
  quoteOctets?: number
  ip?: IpFields
}

const ICMP_ERRORS = {
  'port unreachable': { kind: 'destination unreachable', code: ICMP_UNREACHABLE_CODE.port },
  'fragmentation needed': {
    kind: 'destination unreachable',
    code: ICMP_UNREACHABLE_CODE.fragmentationNeeded,
    nextHopMtu: 1280,
  },
  'time exceeded': { kind: 'time exceeded', code: 0 },
} as const

/** Its signature is in the quoted packet. RFC 792, RFC 1812 4.3.2.3. */
export function icmpError({ from, to, error, about, quoteOctets, ip }: IcmpErrorFrame): Stimulus {
  return ipv4({ from, to, ip }, IP_PROTOCOL.icmp, (signature) => {
    const packet = about.build(signature).subarray(ETHERNET_HEADER_SIZE)
    const quote = encodeIpv4({ ...decodeIpv4(packet), trailer: new Uint8Array(0) })
    return encodeIcmpError({ ...ICMP_ERRORS[error], quote: quote.subarray(0, quoteOctets) })
  })
}

export interface Ipv4Frame extends Ends {
  protocol: number
  ip?: IpFields
}

/** An IPv4 packet of any protocol; its content is the signature. */
export function ipv4Packet({ from, to, protocol, ip }: Ipv4Frame): Stimulus {
  return ipv4({ from, to, ip }, protocol, (signature) => signature)
}

/** ICMPv6. RFC 4443. */
export function icmpv6Echo({
  from,
  to,
  kind = 'echo request',
  identifier = 1,
  sequence = 1,
}: IcmpEcho): Stimulus {
  return ipv6({ from, to }, IP_PROTOCOL.icmpv6, (signature, addresses) =>
    encodeIcmpv6({ kind, code: 0, identifier, sequence, payload: signature }, addresses),
  )
}

export interface UdpFrame extends Ends {
  srcPort?: number
  dstPort?: number
  /** Octets of UDP payload, the signature's 16 included. */
  sizeOctets?: number
  ip?: IpFields
  checksum?: ChecksumKind
}

export function udp({
  from,
  to,
  srcPort = 40000,
  dstPort = 40001,
  sizeOctets = SIGNATURE_SIZE,
  ip,
  checksum,
}: UdpFrame): Stimulus {
  return ipv4({ from, to, ip }, IP_PROTOCOL.udp, (signature, addresses) => {
    const payload = new Uint8Array(Math.max(sizeOctets, SIGNATURE_SIZE))
    payload.set(signature)
    const datagram = { srcPort, dstPort, payload }
    return withChecksum(checksum, UDP_CHECKSUM, (given) => encodeUdp({ ...datagram, ...given }, addresses))
  })
}

export interface TcpFrame extends Ends {
  srcPort: number
  dstPort: number
  sequence: number
  acknowledgement?: number
  flags: number
  /** Raw, a multiple of 4 octets. */
  options?: Uint8Array
  ip?: IpFields
  checksum?: 'wrong'
}

/** One crafted segment. The signature is its payload, on a SYN too: what bridges carry need not please a TCP. */
export function tcp({ from, to, ip, checksum, ...segment }: TcpFrame): Stimulus {
  return ipv4({ from, to, ip }, IP_PROTOCOL.tcp, (signature, addresses) => {
    const whole: TcpSegment = {
      acknowledgement: 0,
      window: 64240,
      urgentPointer: 0,
      options: new Uint8Array(0),
      ...segment,
      payload: signature,
    }
    return withChecksum(checksum, TCP_CHECKSUM, (given) => encodeTcp({ ...whole, ...given }, addresses))
  })
}

/** @param at where the checksum is in what is encoded. */
function withChecksum(
  kind: ChecksumKind | undefined,
  at: number,
  encode: (given: { checksum?: number }) => Uint8Array,
): Uint8Array {
  if (kind === undefined) return encode({})
  return encode({ checksum: kind === 'none' ? 0 : wrong(u16At(encode({}), at)) })
}

/** Never 0, which UDP takes for none. */
function wrong(checksum: number): number {
  return checksum === 0x5555 ? 0xaaaa : checksum ^ 0x5555
}

function ipv4(
  { from, to, ip = {} }: Ends & { ip?: IpFields | undefined },
  protocol: number,
  payload: (signature: Uint8Array, addresses: IpAddresses) => Uint8Array,
): Stimulus {
  const unknown = Object.keys(ip).find((field) => !IP_FIELDS.includes(field))
  if (unknown !== undefined)
    throw new CaseError(`ip: there is no field ${unknown}, only ${IP_FIELDS.join(', ')}`)
  const addresses = { src: from.address, dst: to.address }
  return signed((signature) => {
    const packet = encodeIpv4({
      dscp: 0,
      ecn: 0,
      identification: 0,
      dontFragment: true,
      moreFragments: false,
      fragmentOffsetOctets: 0,
      ttl: TTL,
      protocol,
      ...addresses,
      options: new Uint8Array(0),
      ...ip,
      payload: payload(signature, addresses),
    })
    return ethernet(from.mac, to.mac, ETHER_TYPE.ipv4, packet)
  })
}

function ipv6(
  { from, to }: Ends,
  nextHeader: number,
  payload: (signature: Uint8Array, addresses: IpAddresses) => Uint8Array,
): Stimulus {
  const addresses = { src: from.address6, dst: to.address6 }
  return signed((signature) => {
    const packet = encodeIpv6({
      dscp: 0,
      ecn: 0,
      flowLabel: 0,
      nextHeader,
      hopLimit: TTL,
      ...addresses,
      payload: payload(signature, addresses),
    })
    return ethernet(from.mac, to.mac, ETHER_TYPE.ipv6, packet)
  })
}
