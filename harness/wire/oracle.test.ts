import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeArp } from './arp.ts'
import type { IpAddresses } from './checksum.ts'
import type { DecodedControlMessage } from './echo.ts'
import { decodeEthernet, ETHER_TYPE, SMALLEST_ETHER_TYPE, type VlanTag } from './ethernet.ts'
import { decodeIcmp, icmpChecksumIsRight } from './icmp.ts'
import { decodeIcmpv6, icmpv6ChecksumIsRight } from './icmpv6.ts'
import { decodeIpv4, IP_PROTOCOL, ipv4ChecksumIsRight } from './ipv4.ts'
import { decodeIpv6 } from './ipv6.ts'
import { hexOf } from './octets.ts'
import { summarise } from './summary.ts'
import { decodeTcp, TCP_FLAG, tcpChecksumIsRight } from './tcp.ts'
import { oracleFrame } from './testing/oracle-frames.ts'
import { SEED } from './testing/properties.ts'
import { dissect } from './testing/tshark.ts'
import { decodeUdp, udpChecksumIsRight } from './udp.ts'

const FRAMES = 1_000

/** So that no protocol is forgotten: these come with any seed. */
const MUST_OCCUR = [
  ...['eth.type', 'eth.len', 'vlan.id', 'vlan.etype', 'ieee8021ad.id', 'ieee8021ad.svid', 'arp.opcode'],
  ...['ip.src', 'ipv6.src', 'udp.payload', 'tcp.options', 'tcp.payload'],
  ...['icmp.type', 'icmp.ident', 'icmpv6.type', 'icmpv6.echo.identifier'],
]

/** By tshark's names what our decoders see; a list where a frame may have several. */
type Row = Readonly<Record<string, Value>>
type Value = string | number | readonly number[]

/** tshark's checksum.status. */
const BAD = 0
const GOOD = 1
const NOT_PRESENT = 3
const ILLEGAL = 4 // none, in UDP over IPv6

test(`tshark sees in ${FRAMES} frames of all protocols what the decoders see`, {
  timeout: 60_000,
}, async () => {
  const frames = fc.sample(oracleFrame, { seed: SEED, numRuns: FRAMES })
  const rows = frames.map(rowOf)
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))]
  const dissected = await dissect(frames, columns)

  for (const [index, frame] of frames.entries()) {
    const where = `FRAMEPROOF_SEED=${SEED}, frame ${index}: ${summarise(frame)}\n${hexOf(frame)}`
    const row = rows[index] ?? {}
    expect(rowAsSeen(row, columns, dissected[index] ?? []), where).toEqual(row)
  }
  expect(columns).toEqual(expect.arrayContaining(MUST_OCCUR))
})

/** tshark's values in the form of ours. Beyond ours it may see more: packets inside of packets, guesses at payloads. */
function rowAsSeen(row: Row, columns: readonly string[], cells: readonly (readonly string[])[]): Row {
  const seen = Object.entries(row).map(([column, value]) => {
    const texts = cells[columns.indexOf(column)] ?? []
    if (Array.isArray(value)) return [column, texts.slice(0, value.length).map(Number)]
    const first = texts[0]
    return [column, typeof value === 'number' && first !== undefined ? Number(first) : first]
  })
  return Object.fromEntries(seen)
}

function rowOf(octets: Uint8Array): Row {
  const { dst, src, tags, etherType, payload } = decodeEthernet(octets)
  const first = tags[0]?.tpid ?? etherType
  return {
    'eth.dst': dst,
    'eth.src': src,
    [isLength(first) ? 'eth.len' : 'eth.type']: first,
    ...customerTagsRow(tags, etherType),
    ...serviceTagsRow(tags),
    ...contentRow(etherType, payload),
  }
}

function customerTagsRow(tags: readonly VlanTag[], etherType: number): Row {
  const tagged = tags.map((tag, index) => ({ ...tag, next: tags[index + 1]?.tpid ?? etherType }))
  const customer = tagged.filter(({ tpid }) => tpid === ETHER_TYPE.dot1q)
  const nextTypes = customer.map(({ next }) => next)
  return {
    ...listed(
      'vlan.id',
      customer.map(({ vid }) => vid),
    ),
    ...listed(
      'vlan.priority',
      customer.map(({ pcp }) => pcp),
    ),
    ...listed(
      'vlan.dei',
      customer.map(({ dei }) => Number(dei)),
    ),
    ...listed(
      'vlan.etype',
      nextTypes.filter((type) => !isLength(type)),
    ),
    ...listed('vlan.len', nextTypes.filter(isLength)),
  }
}

/** Two 802.1ad tags in a row have the VID in fields of their own, svid and cvid. */
function serviceTagsRow(tags: readonly VlanTag[]): Row {
  const service = tags.filter(({ tpid }) => tpid === ETHER_TYPE.dot1ad)
  const roles = serviceRolesOf(tags)
  const vidsOf = (role: string) => service.filter((_, index) => roles[index] === role).map(({ vid }) => vid)
  return {
    ...listed('ieee8021ad.id', vidsOf('id')),
    ...listed('ieee8021ad.svid', vidsOf('svid')),
    ...listed('ieee8021ad.cvid', vidsOf('cvid')),
    ...listed(
      'ieee8021ad.priority',
      service.map(({ pcp }) => pcp),
    ),
    ...listed(
      'ieee8021ad.dei',
      service.map(({ dei }) => Number(dei)),
    ),
  }
}

function serviceRolesOf(tags: readonly VlanTag[]): string[] {
  const letters = tags.map(({ tpid }) => (tpid === ETHER_TYPE.dot1ad ? 's' : 'c')).join('')
  return [...letters.matchAll(/ss|s/g)].flatMap(([run]) => (run === 'ss' ? ['svid', 'cvid'] : ['id']))
}

function isLength(type: number): boolean {
  return type < SMALLEST_ETHER_TYPE
}

function listed(column: string, values: readonly number[]): Row {
  return values.length === 0 ? {} : { [column]: values }
}

function contentRow(etherType: number, payload: Uint8Array): Row {
  if (etherType === ETHER_TYPE.arp) return arpRow(payload)
  if (etherType === ETHER_TYPE.ipv4) return ipv4Row(payload)
  if (etherType === ETHER_TYPE.ipv6) return ipv6Row(payload)
  return {}
}

function arpRow(octets: Uint8Array): Row {
  const packet = decodeArp(octets)
  return {
    'arp.hw.type': packet.hardwareType,
    'arp.proto.type': packet.protocolType,
    'arp.opcode': packet.operation,
    'arp.src.hw_mac': packet.senderMac,
    'arp.src.proto_ipv4': packet.senderAddress,
    'arp.dst.hw_mac': packet.targetMac,
    'arp.dst.proto_ipv4': packet.targetAddress,
  }
}

function ipv4Row(octets: Uint8Array): Row {
  const packet = decodeIpv4(octets)
  return {
    'ip.hdr_len': packet.headerLength,
    'ip.dsfield.dscp': packet.dscp,
    'ip.dsfield.ecn': packet.ecn,
    'ip.len': packet.totalLength,
    'ip.id': packet.identification,
    'ip.flags.rb': Number(packet.reservedFlag),
    'ip.flags.df': Number(packet.dontFragment),
    'ip.flags.mf': Number(packet.moreFragments),
    'ip.frag_offset': packet.fragmentOffsetOctets / 8, // in the wire's units
    'ip.ttl': packet.ttl,
    'ip.proto': packet.protocol,
    'ip.checksum': packet.checksum,
    'ip.checksum.status': statusOf(ipv4ChecksumIsRight(octets)),
    'ip.src': packet.src,
    'ip.dst': packet.dst,
    ...upperRow(packet.protocol, packet.payload, packet),
  }
}

function ipv6Row(octets: Uint8Array): Row {
  const packet = decodeIpv6(octets)
  return {
    'ipv6.tclass.dscp': packet.dscp,
    'ipv6.tclass.ecn': packet.ecn,
    'ipv6.flow': packet.flowLabel,
    'ipv6.plen': packet.payloadLength,
    'ipv6.nxt': packet.nextHeader,
    'ipv6.hlim': packet.hopLimit,
    'ipv6.src': packet.src,
    'ipv6.dst': packet.dst,
    ...upperRow(packet.nextHeader, packet.payload, packet),
  }
}

function upperRow(protocol: number, octets: Uint8Array, addresses: IpAddresses): Row {
  if (protocol === IP_PROTOCOL.udp) return udpRow(octets, addresses)
  if (protocol === IP_PROTOCOL.tcp) return tcpRow(octets, addresses)
  if (protocol === IP_PROTOCOL.icmp) return icmpRow(octets)
  if (protocol === IP_PROTOCOL.icmpv6) return icmpv6Row(octets, addresses)
  return {}
}

function udpRow(octets: Uint8Array, addresses: IpAddresses): Row {
  const datagram = decodeUdp(octets)
  return {
    'udp.srcport': datagram.srcPort,
    'udp.dstport': datagram.dstPort,
    'udp.length': datagram.length,
    'udp.checksum': datagram.checksum,
    'udp.checksum.status': udpStatusOf(datagram.checksum, udpChecksumIsRight(octets, addresses)),
    ...rawRow('udp.payload', datagram.payload),
  }
}

function tcpRow(octets: Uint8Array, addresses: IpAddresses): Row {
  const segment = decodeTcp(octets)
  const isReset = (segment.flags & TCP_FLAG.rst) !== 0
  return {
    'tcp.srcport': segment.srcPort,
    'tcp.dstport': segment.dstPort,
    'tcp.seq_raw': segment.sequence,
    'tcp.ack_raw': segment.acknowledgement,
    'tcp.hdr_len': segment.headerLength,
    'tcp.flags': segment.flags,
    'tcp.window_size_value': segment.window,
    'tcp.checksum': segment.checksum,
    'tcp.checksum.status': statusOf(tcpChecksumIsRight(octets, addresses)),
    'tcp.urgent_pointer': segment.urgentPointer,
    ...rawRow('tcp.options', segment.options),
    ...(isReset ? {} : rawRow('tcp.payload', segment.payload)), // tshark takes a reset's for the cause in words
  }
}

function icmpRow(octets: Uint8Array): Row {
  return messageRow('icmp', decodeIcmp(octets), icmpChecksumIsRight(octets), ['icmp.ident', 'icmp.seq'])
}

function icmpv6Row(octets: Uint8Array, addresses: IpAddresses): Row {
  const echoColumns = ['icmpv6.echo.identifier', 'icmpv6.echo.sequence_number'] as const
  return messageRow('icmpv6', decodeIcmpv6(octets), icmpv6ChecksumIsRight(octets, addresses), echoColumns)
}

function messageRow(
  protocol: string,
  message: DecodedControlMessage,
  isRight: boolean,
  [identifier, sequence]: readonly [string, string],
): Row {
  return {
    [`${protocol}.code`]: message.code,
    [`${protocol}.checksum`]: message.checksum,
    [`${protocol}.checksum.status`]: statusOf(isRight),
    ...(message.kind === 'other'
      ? { [`${protocol}.type`]: message.type }
      : { [identifier]: message.identifier, [sequence]: message.sequence }),
  }
}

function rawRow(column: string, octets: Uint8Array): Row {
  return octets.length === 0 ? {} : { [column]: hexOf(octets) }
}

function udpStatusOf(checksum: number, isRight: boolean): number {
  if (checksum !== 0) return statusOf(isRight)
  return isRight ? NOT_PRESENT : ILLEGAL
}

function statusOf(isRight: boolean): number {
  return isRight ? GOOD : BAD
}
