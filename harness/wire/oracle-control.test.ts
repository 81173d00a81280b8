import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { IcmpError } from './icmp-error.ts'
import type { Icmpv6Error } from './icmpv6-error.ts'
import type { Ipv4Option } from './ipv4-options.ts'
import type { Ipv6ExtensionHeader } from './ipv6-extensions.ts'
import type { LldpTlv } from './lldp.ts'
import type { NeighbourMessage } from './neighbour-discovery.ts'
import type { NeighbourOption } from './neighbour-options.ts'
import { hexOf } from './octets.ts'
import type { Bpdu } from './stp.ts'
import { summarise } from './summary.ts'
import type { TcpOption } from './tcp-options.ts'
import { FRAGMENT_PACKETS, UNFRAGMENTED_PACKET } from './testing/control-frames.ts'
import { type Meaning, sample } from './testing/control-samples.ts'
import { octetsOf } from './testing/octets.ts'
import { SEED } from './testing/properties.ts'
import { dissect } from './testing/tshark.ts'

const FRAMES = 1_000

/** So that nothing is forgotten: these come with any seed. */
const MUST_OCCUR = [
  ...[
    'tcp.options.mss_val',
    'tcp.options.wscale.shift',
    'tcp.options.sack_le',
    'tcp.options.timestamp.tsval',
  ],
  ...['ip.opt.ptr', 'ip.opt.ra', 'ip.opt.time_stamp', 'ip.opt.time_stamp_addr'],
  ...['ipv6.routing.segleft', 'ipv6.fraghdr.ident', 'ipv6.opt.type', 'ipv6.opt.router_alert'],
  ...[
    'icmp.mtu',
    'icmp.redir_gw',
    'icmp.pointer',
    'icmpv6.mtu',
    'icmpv6.pointer',
    'icmpv6.nd.ns.target_address',
  ],
  ...['icmpv6.nd.na.flag.s', 'icmpv6.nd.ra.router_lifetime', 'icmpv6.rd.na.destination_address'],
  ...['icmpv6.opt.src_linkaddr', 'icmpv6.opt.prefix', 'icmpv6.opt.mtu'],
  ...['stp.root.prio', 'stp.flags.port_role', 'stp.version_1_length', 'lldp.time_to_live', 'lldp.tlv.len'],
]

type Value = string | number | boolean
/** By tshark's names what was encoded, in the order of the frame. */
type Row = Readonly<Record<string, readonly Value[]>>

test(`tshark sees in ${FRAMES} frames with options and of control protocols what was encoded`, {
  timeout: 60_000,
}, async () => {
  const samples = fc.sample(sample, { seed: SEED, numRuns: FRAMES })
  const rows = samples.map(({ meaning }) => withoutEmpty(rowOf(meaning)))
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))]
  const dissected = await dissect(
    samples.map(({ frame }) => frame),
    columns,
  )
  for (const [index, { frame }] of samples.entries()) {
    const row = rows[index] ?? {}
    const seen = Object.keys(row).map((column) => [column, dissected[index]?.[columns.indexOf(column)]])
    const where = `FRAMEPROOF_SEED=${SEED}, frame ${index}: ${summarise(frame)}\n${hexOf(frame)}`
    expect(normalised(Object.fromEntries(seen)), where).toEqual(normalised(row))
  }
  expect(columns).toEqual(expect.arrayContaining(MUST_OCCUR))
})

test('tshark puts the golden fragments together to the golden packet', { timeout: 60_000 }, async () => {
  const frames = [UNFRAGMENTED_PACKET, ...FRAGMENT_PACKETS].map((packet) =>
    octetsOf(`020000000a02 020000000a01 0800 ${hexOf(packet)}`),
  )
  const cells = await dissect(frames, ['udp.checksum.status', 'udp.payload'], ['ip.defragment:TRUE'])
  expect(cells.at(-1)?.[0]).toEqual(['1'])
  expect(cells.at(-1)).toEqual(cells[0])
})

/** Numbers and addresses in one form: tshark writes some in hexadecimal, some without colons. */
function normalised(row: Readonly<Record<string, readonly Value[] | undefined>>): Record<string, string[]> {
  const text = (value: Value) => {
    if (typeof value === 'boolean') return String(Number(value))
    const number = Number(value)
    return Number.isNaN(number) ? String(value).replaceAll(':', '') : String(number)
  }
  return Object.fromEntries(Object.entries(row).map(([column, values]) => [column, (values ?? []).map(text)]))
}

function withoutEmpty(row: Row): Row {
  return Object.fromEntries(Object.entries(row).filter(([, values]) => values.length > 0))
}

function rowOf(meaning: Meaning): Row {
  if (meaning.of === 'tcp options') return tcpOptionsRow(meaning.options)
  if (meaning.of === 'ipv4 options') return ipv4OptionsRow(meaning.options)
  if (meaning.of === 'ipv6 extensions') return ipv6ExtensionsRow(meaning.headers)
  if (meaning.of === 'icmp error') return icmpErrorRow(meaning.error)
  if (meaning.of === 'icmpv6 error') return icmpv6ErrorRow(meaning.error)
  if (meaning.of === 'neighbour') return neighbourRow(meaning.message)
  return meaning.of === 'bpdu' ? stpRow(meaning.bpdu) : lldpRow(meaning.tlvs)
}

/** The values that some of a list have. */
function each<T>(list: readonly T[], values: (item: T) => readonly Value[]): readonly Value[] {
  return list.flatMap(values)
}

function tcpOptionsRow(options: readonly TcpOption[]): Row {
  const ofKind = <K extends TcpOption['kind']>(kind: K) =>
    options.filter((option): option is Extract<TcpOption, { kind: K }> => option.kind === kind)
  const blocks = ofKind('sack').flatMap((option) => option.blocks)
  return {
    'tcp.options.mss_val': each(ofKind('maximum segment size'), (option) => [option.sizeOctets]),
    'tcp.options.wscale.shift': each(ofKind('window scale'), (option) => [option.shift]),
    'tcp.options.timestamp.tsval': each(ofKind('timestamps'), (option) => [option.value]),
    'tcp.options.timestamp.tsecr': each(ofKind('timestamps'), (option) => [option.echoReply]),
    'tcp.options.sack_le': each(blocks, (block) => [block.left]),
    'tcp.options.sack_re': each(blocks, (block) => [block.right]),
  }
}

function ipv4OptionsRow(options: readonly Ipv4Option[]): Row {
  const timestamps = options.filter((option) => option.kind === 'timestamp')
  const entries = timestamps.flatMap((option) => option.entries)
  return {
    'ip.opt.ptr': each(options, (option) => ('pointer' in option ? [option.pointer] : [])),
    'ip.opt.ra': each(options, (option) => (option.kind === 'router alert' ? [option.value] : [])),
    'ip.opt.overflow': each(timestamps, (option) => [option.overflow]),
    'ip.opt.flag': each(timestamps, (option) => [option.flag]),
    'ip.opt.time_stamp': each(entries, (entry) => [entry.timestamp]),
    'ip.opt.time_stamp_addr': each(entries, (entry) => (entry.address === undefined ? [] : [entry.address])),
  }
}

function ipv6ExtensionsRow(headers: readonly Ipv6ExtensionHeader[]): Row {
  const options = headers.flatMap((header) => ('options' in header ? header.options : []))
  const types = { pad1: 0, padN: 1, 'router alert': 5 } as const
  const routing = headers.filter((header) => header.kind === 'routing')
  const fragments = headers.filter((header) => header.kind === 'fragment')
  return {
    'ipv6.opt.type': each(options, (option) => [option.kind === 'other' ? option.type : types[option.kind]]),
    'ipv6.opt.router_alert': each(options, (option) =>
      option.kind === 'router alert' ? [option.value] : [],
    ),
    'ipv6.routing.type': each(routing, (header) => [header.routingType]),
    'ipv6.routing.segleft': each(routing, (header) => [header.segmentsLeft]),
    'ipv6.fraghdr.reserved_octet': each(fragments, (header) => [header.reserved ?? 0]),
    'ipv6.fraghdr.reserved_bits': each(fragments, (header) => [header.reservedBits ?? 0]),
    'ipv6.fraghdr.ident': each(fragments, (header) => [header.identification]),
  }
}

function icmpErrorRow(error: IcmpError): Row {
  const common = { 'icmp.code': [error.code], 'icmp.checksum.status': [1] }
  if (error.kind === 'redirect') return { ...common, 'icmp.redir_gw': [error.gateway] }
  if (error.kind === 'parameter problem') return { ...common, 'icmp.pointer': [error.pointer] }
  const isTooLarge = error.kind === 'destination unreachable' && error.code === 4
  return isTooLarge ? { ...common, 'icmp.mtu': [error.nextHopMtu ?? 0] } : common
}

function icmpv6ErrorRow(error: Icmpv6Error): Row {
  const common = { 'icmpv6.code': [error.code], 'icmpv6.checksum.status': [1] }
  if (error.kind === 'packet too big') return { ...common, 'icmpv6.mtu': [error.mtu] }
  return error.kind === 'parameter problem' ? { ...common, 'icmpv6.pointer': [error.pointer] } : common
}

function neighbourRow(message: NeighbourMessage): Row {
  const common = {
    'icmpv6.code': [message.code],
    'icmpv6.checksum.status': [1],
    ...optionsRow(message.options),
  }
  if (message.kind === 'router advertisement') {
    return {
      ...common,
      'icmpv6.nd.ra.cur_hop_limit': [message.hopLimit],
      'icmpv6.nd.ra.flag.m': [message.managed],
      'icmpv6.nd.ra.flag.o': [message.otherConfiguration],
      'icmpv6.nd.ra.router_lifetime': [message.routerLifetimeSeconds],
      'icmpv6.nd.ra.reachable_time': [message.reachableTimeMs],
      'icmpv6.nd.ra.retrans_timer': [message.retransmitTimerMs],
    }
  }
  if (message.kind === 'neighbour solicitation') {
    return { ...common, 'icmpv6.nd.ns.target_address': [message.target] }
  }
  if (message.kind === 'neighbour advertisement') {
    return {
      ...common,
      'icmpv6.nd.na.flag.r': [message.router],
      'icmpv6.nd.na.flag.s': [message.solicited],
      'icmpv6.nd.na.flag.o': [message.override],
      'icmpv6.nd.na.target_address': [message.target],
    }
  }
  if (message.kind === 'router solicitation') return common
  return {
    ...common,
    'icmpv6.nd.rd.target_address': [message.target],
    'icmpv6.rd.na.destination_address': [message.destination],
  }
}

function optionsRow(options: readonly NeighbourOption[]): Row {
  const ofKind = <K extends NeighbourOption['kind']>(kind: K) =>
    options.filter((option): option is Extract<NeighbourOption, { kind: K }> => option.kind === kind)
  const addresses = options.filter((option) => 'address' in option)
  const prefixes = ofKind('prefix information')
  const sent = (kind: string) => each(addresses, (option) => (option.kind === kind ? [option.address] : []))
  return {
    'icmpv6.opt.src_linkaddr': sent('source link-layer address'),
    'icmpv6.opt.target_linkaddr': sent('target link-layer address'),
    'icmpv6.opt.mtu': each(ofKind('mtu'), (option) => [option.mtu]),
    'icmpv6.opt.prefix.length': each(prefixes, (option) => [option.prefixLength]),
    'icmpv6.opt.prefix.flag.l': each(prefixes, (option) => [option.onLink]),
    'icmpv6.opt.prefix.flag.a': each(prefixes, (option) => [option.autonomous]),
    'icmpv6.opt.prefix.valid_lifetime': each(prefixes, (option) => [option.validLifetimeSeconds]),
    'icmpv6.opt.prefix.preferred_lifetime': each(prefixes, (option) => [option.preferredLifetimeSeconds]),
    'icmpv6.opt.prefix': each(prefixes, (option) => [option.prefix]),
  }
}

function stpRow(bpdu: Bpdu): Row {
  const head = { 'llc.dsap': [0x42], 'stp.version': [bpdu.version ?? 0] }
  if (bpdu.kind === 'topology change notification') return { ...head, 'stp.type': [0x80] }
  return {
    ...head,
    'stp.type': [bpdu.kind === 'rapid' ? 2 : 0],
    'stp.flags.tc': [(bpdu.flags & 1) !== 0],
    'stp.flags.tcack': [(bpdu.flags & 0x80) !== 0],
    'stp.root.prio': [bpdu.root.priority],
    'stp.root.ext': [bpdu.root.systemId],
    'stp.root.hw': [bpdu.root.mac],
    'stp.root.cost': [bpdu.rootPathCost],
    'stp.bridge.prio': [bpdu.bridge.priority],
    'stp.bridge.ext': [bpdu.bridge.systemId],
    'stp.bridge.hw': [bpdu.bridge.mac],
    'stp.port': [bpdu.port],
    ...(bpdu.kind === 'rapid' && {
      'stp.flags.port_role': [(bpdu.flags >>> 2) & 3],
      'stp.version_1_length': [bpdu.version1Length ?? 0],
    }),
  }
}

function lldpRow(tlvs: readonly LldpTlv[]): Row {
  const ids = tlvs.filter((tlv) => 'id' in tlv)
  const [chassis, port] = ids
  const sizes = tlvs.map((tlv) => {
    if (tlv.kind === 'end') return 0
    if (tlv.kind === 'time to live') return 2
    return 'id' in tlv ? 1 + tlv.id.length : tlv.value.length
  })
  return {
    'lldp.chassis.subtype': chassis === undefined ? [] : [chassis.subtype],
    'lldp.port.subtype': port === undefined ? [] : [port.subtype],
    'lldp.time_to_live': each(tlvs, (tlv) => (tlv.kind === 'time to live' ? [tlv.seconds] : [])),
    'lldp.tlv.len': sizes,
  }
}
