/** The frames that cases inject, as functions of who sends them and to whom. A frame of a guest is untagged. */
import {
  ARP_OPERATION,
  type Bpdu,
  BROADCAST_MAC,
  decodeIpv4,
  ETHER_TYPE,
  encodeArp,
  encodeEthernet,
  encodeIcmp,
  encodeIcmpError,
  encodeIcmpv6,
  encodeIpv4,
  encodeIpv6,
  encodeLlc,
  encodeLldp,
  encodeStp,
  encodeTcp,
  encodeUdp,
  ICMP_UNREACHABLE_CODE,
  IP_PROTOCOL,
  type IpAddresses,
  type Ipv4Packet,
  LLC_SAP,
  LLC_UI,
  LLDP_CHASSIS_ID,
  LLDP_MAC,
  LLDP_PORT_ID,
  parseIpv4,
  parseMac,
  SIGNATURE_SIZE,
  STP_MAC,
  summarise,
  type TcpSegment,
  u16At,
  untagged,
  type VlanTag,
  withTag,
} from '../wire/index.ts'
import { CaseError } from './script-steps.ts'
import type { AnswerPart, Stimulus } from './stimulus.ts'
import type { Guest } from './world.ts'

/** The shortest Ethernet frame, without FCS. */
const SHORTEST_FRAME = 60
const ETHERNET_HEADER_SIZE = 14
const TTL = 64
const ICMP_CHECKSUM = 2
const TCP_CHECKSUM = 16
const UDP_CHECKSUM = 6

/** A station as a frame names it: a guest is one. */
export type Station = Pick<Guest, 'mac' | 'address' | 'address6'>
interface Ends {
  from: Station
  to: Station
}

const ZEROS: Station = { mac: '00:00:00:00:00:00', address: '0.0.0.0', address6: '::' }
const SAMPLE_SIGNATURE = new Uint8Array(SIGNATURE_SIZE)

/** Who-has, broadcast. The signature is in the padding. */
export function arpRequest({ from, forAddress }: { from: Station; forAddress: string }): Stimulus {
  const request = arp(ARP_OPERATION.request, { from, to: { ...ZEROS, address: forAddress } }, BROADCAST_MAC)
  return { ...request, answer: () => isAt(forAddress) }
}

/** An ARP reply of whoever has this address. */
function isAt(address: string): readonly AnswerPart[] {
  const reply = [ETHER_TYPE.arp >>> 8, ETHER_TYPE.arp & 0xff, 0, 1, 8, 0, 6, 4, 0, ARP_OPERATION.reply]
  return [
    { at: 12, octets: Uint8Array.from(reply) },
    { at: 28, octets: parseIpv4(address) },
  ]
}

/** An announcement, broadcast: who has moved says where it is now. RFC 5227, 3. */
export function gratuitousArp({ from }: { from: Station }): Stimulus {
  return arp(ARP_OPERATION.request, { from, to: { ...ZEROS, address: from.address } }, BROADCAST_MAC)
}

/** Is-at, to who asked. */
export function arpReply({ from, to }: Ends): Stimulus {
  return arp(ARP_OPERATION.reply, { from, to }, to.mac)
}

function arp(operation: number, { from, to }: Ends, dst: string): Stimulus {
  return signed((signature) => {
    const message = encodeArp({
      operation,
      senderMac: from.mac,
      senderAddress: from.address,
      targetMac: to.mac,
      targetAddress: to.address,
      trailer: signature,
    })
    return ethernet(from.mac, dst, ETHER_TYPE.arp, message)
  })
}

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

export interface ExperimentalFrame {
  from: Pick<Station, 'mac'>
  to: Pick<Station, 'mac'>
  /** Of the whole frame, untagged and without FCS; the shortest without. */
  sizeOctets?: number
  etherType?: number
}

/** EtherType 0x88B5, for local experiments: no stack answers it. IEEE 802, 9.2.3. */
export function experimental({
  from,
  to,
  sizeOctets = SHORTEST_FRAME,
  etherType = ETHER_TYPE.localExperimental,
}: ExperimentalFrame): Stimulus {
  return signed((signature) => {
    const payload = Uint8Array.from({ length: sizeOctets - ETHERNET_HEADER_SIZE }, (_, at) => at & 0xff)
    payload.set(signature)
    return ethernet(from.mac, to.mac, etherType, payload)
  })
}

export interface BpduFrame {
  from: Pick<Station, 'mac'>
  kind?: Bpdu['kind']
}

/** Of the spanning tree: a bridge that claims to be its root. The signature is behind what the length counts. */
export function bpdu({ from, kind = 'configuration' }: BpduFrame): Stimulus {
  const itself = { priority: 0, systemId: 0, mac: from.mac }
  const times = { messageAgeSeconds: 0, maxAgeSeconds: 20, helloTimeSeconds: 2, forwardDelaySeconds: 15 }
  const claim = { flags: 0, root: itself, rootPathCost: 0, bridge: itself, port: 0x8001, ...times }
  const payload = encodeStp(kind === 'topology change notification' ? { kind } : { kind, ...claim })
  return signed((trailer) => {
    const llc = encodeLlc({ dsap: LLC_SAP.stp, ssap: LLC_SAP.stp, control: LLC_UI, payload, trailer })
    return ethernet(from.mac, STP_MAC, llc.etherType, llc.payload)
  })
}

/** A station tells its neighbour of itself. The signature is behind the end. */
export function lldp({ from }: { from: Pick<Station, 'mac'> }): Stimulus {
  const id = parseMac(from.mac)
  return signed((trailer) => {
    const unit = encodeLldp({
      tlvs: [
        { kind: 'chassis id', subtype: LLDP_CHASSIS_ID.mac, id },
        { kind: 'port id', subtype: LLDP_PORT_ID.mac, id },
        { kind: 'time to live', seconds: 120 },
        { kind: 'end' },
      ],
      trailer,
    })
    return ethernet(from.mac, LLDP_MAC, ETHER_TYPE.lldp, unit)
  })
}

/**
 * A frame given octet by octet: as long and as strange as the case likes. It carries no signature: a run must not
 * inject the same one twice.
 */
export function exactly(octets: Uint8Array, summary = summarise(octets)): Stimulus {
  return { summary, signed: false, build: () => octets }
}

/** The same frame with these tags, outermost first. */
export function tagged(stimulus: Stimulus, ...tags: readonly VlanTag[]): Stimulus {
  const build = (signature: Uint8Array): Uint8Array =>
    tags.reduceRight((octets, tag) => withTag(octets, tag), untagged(stimulus.build(signature)))
  return { ...stimulus, build, summary: summarise(build(SAMPLE_SIGNATURE)) }
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

/** Padded to the shortest frame, as a NIC would: a signature never falls into the padding by chance. */
function ethernet(src: string, dst: string, etherType: number, content: Uint8Array): Uint8Array {
  const payload = new Uint8Array(Math.max(content.length, SHORTEST_FRAME - ETHERNET_HEADER_SIZE))
  payload.set(content)
  return encodeEthernet({ dst, src, tags: [], etherType, payload })
}

function signed(build: (signature: Uint8Array) => Uint8Array): Stimulus {
  return { summary: summarise(build(SAMPLE_SIGNATURE)), signed: true, build }
}
