/** DHCP messages at random: as octets can hold them, and as frames with the meaning that was encoded. */
import fc from 'fast-check'
import { type DhcpMessage, dhcpField, dhcpPieces, encodeDhcp } from '../dhcp.ts'
import { type DhcpOption, type DhcpPiece, encodeDhcpOption, encodeDhcpPieces } from '../dhcp-options.ts'
import { ETHER_TYPE, encodeEthernet } from '../ethernet.ts'
import { encodeIpv4, IP_PROTOCOL } from '../ipv4.ts'
import { NO_OCTETS } from '../octets.ts'
import { encodeUdp } from '../udp.ts'
import { ipv4Address as ipv4, raw, u8, u16, u32 } from './arbitraries.ts'

const some = (max: number) => fc.uint8Array({ minLength: 1, maxLength: max })
const text = fc
  .array(fc.nat({ max: 25 }), { minLength: 1, maxLength: 40 })
  .map((letters) => letters.map((letter) => String.fromCharCode(97 + letter)).join(''))
const addressKind = fc.constantFrom(
  ...(['subnet mask', 'broadcast address', 'requested address', 'server identifier'] as const),
)
const timeKind = fc.constantFrom(...(['lease time', 'renewal time', 'rebinding time'] as const))

/** Of one piece each. */
export const option: fc.Arbitrary<DhcpOption> = fc.oneof(
  fc.record({ kind: addressKind, address: ipv4 }),
  fc.record({
    kind: fc.constantFrom(...(['router', 'dns'] as const)),
    addresses: fc.array(ipv4, { minLength: 1, maxLength: 4 }),
  }),
  fc.record({ kind: timeKind, seconds: u32 }),
  fc.record({ kind: fc.constantFrom(...(['host name', 'message'] as const)), text }),
  fc.record({ kind: fc.constant('message type' as const), type: fc.integer({ min: 1, max: 8 }) }),
  fc.record({ kind: fc.constant('parameter request list' as const), codes: fc.array(u8, { minLength: 1 }) }),
  fc.record({ kind: fc.constant('maximum message size' as const), sizeOctets: u16 }),
  fc.record({ kind: fc.constant('client identifier' as const), type: u8, id: some(20) }),
  fc.record({
    kind: fc.constant('other' as const),
    code: fc.integer({ min: 224, max: 254 }),
    data: raw(30),
  }), // RFC 3942: of private use
)

const piece: fc.Arbitrary<DhcpPiece> = fc.oneof(
  { weight: 1, arbitrary: fc.constant({ kind: 'pad' as const }) },
  { weight: 5, arbitrary: option.map((one) => ({ kind: 'option' as const, ...encodeDhcpOption(one) })) },
)
const end = fc.record({ kind: fc.constant('end' as const), padding: raw(8) })

export const pieces: fc.Arbitrary<DhcpPiece[]> = fc
  .tuple(fc.array(piece, { maxLength: 8 }), fc.option(end, { nil: undefined }))
  .map(([before, last]) => (last === undefined ? before : [...before, last]))

const sized = (size: number) => fc.uint8Array({ minLength: size, maxLength: size })

export const message: fc.Arbitrary<DhcpMessage> = fc.record({
  ...{ op: u8, htype: u8, hlen: u8, hops: u8, xid: u32, secs: u16, flags: u16 },
  ...{ ciaddr: ipv4, yiaddr: ipv4, siaddr: ipv4, giaddr: ipv4 },
  ...{ chaddr: sized(16), sname: sized(64), file: sized(128) },
  options: pieces,
})

export interface DhcpSample {
  frame: Uint8Array
  message: DhcpMessage
  options: readonly DhcpOption[]
}

/** From client to server or back, over Ethernet, each kind of option once: what an independent dissector reads alike. */
export const sample: fc.Arbitrary<DhcpSample> = fc
  .record({
    ...{ head: message, isReply: fc.boolean(), mac: sized(6), inFile: fc.boolean() },
    options: fc.uniqueArray(option, { selector: (one) => one.kind, maxLength: 8 }),
  })
  .map(({ head, isReply, mac, inFile, options: given }) => {
    const options: readonly DhcpOption[] = [
      { kind: 'message type', type: isReply ? 5 : 3 },
      ...given.filter(({ kind }) => kind !== 'message type').map(guessedAtByNobody),
    ]
    const [last] = inFile ? options.slice(1) : []
    const moved = last === undefined ? NO_OCTETS : encodeDhcpPieces(dhcpPieces([last]))
    const isMoved = last !== undefined && moved.length <= 128
    const overload: readonly DhcpOption[] = isMoved ? [{ kind: 'overload', fields: 1 }] : []
    const own = [...options.filter((one) => !(isMoved && one === last)), ...overload]
    const whole: DhcpMessage = {
      ...head,
      secs: head.secs | 1, // tshark takes what ends with a zero octet for little-endian
      ...{ op: isReply ? 2 : 1, htype: 1, hlen: 6, chaddr: dhcpField(16, mac) },
      ...{ sname: new Uint8Array(64), file: dhcpField(128, isMoved ? moved : NO_OCTETS) },
      options: dhcpPieces(own),
    }
    return { frame: frameOf(whole, isReply), message: whole, options: isMoved ? [...own, last] : own }
  })

/**
 * Of a client identifier tshark takes a type of hardware (RFC 2132 9.14: 0 is of none) for one more such field; to some
 * of the codes of private use it knows what Microsoft means.
 */
function guessedAtByNobody(given: DhcpOption): DhcpOption {
  if (given.kind === 'other') return { ...given, code: 230 }
  return given.kind === 'client identifier' ? { ...given, type: 0 } : given
}

/** The message in a frame of dhcp-frames.ts. */
export function messageOf(frame: Uint8Array): Uint8Array {
  return frame.subarray(14 + 20 + 8)
}

function frameOf(whole: DhcpMessage, isReply: boolean): Uint8Array {
  const addresses = isReply
    ? { src: '203.0.113.1', dst: '203.0.113.100' }
    : { src: '0.0.0.0', dst: '255.255.255.255' }
  const [srcPort, dstPort] = isReply ? [67, 68] : [68, 67]
  const packet = encodeIpv4({
    ...{ dscp: 0, ecn: 0, identification: 0, dontFragment: false, moreFragments: false },
    ...{ fragmentOffsetOctets: 0, ttl: 64, protocol: IP_PROTOCOL.udp, ...addresses, options: NO_OCTETS },
    payload: encodeUdp({ srcPort, dstPort, payload: encodeDhcp(whole) }, addresses),
  })
  const macs = { dst: '02:00:00:00:0a:02', src: '02:00:00:00:0a:01', tags: [] }
  return encodeEthernet({ ...macs, etherType: ETHER_TYPE.ipv4, payload: packet })
}
