/** Random meanings for the codecs of options, extension headers, errors, neighbour discovery and bridges. */
import fc from 'fast-check'
import type { IcmpError } from '../icmp-error.ts'
import type { Icmpv6Error } from '../icmpv6-error.ts'
import { IPV4_OPTION, type Ipv4Option, TIMESTAMP_FLAG } from '../ipv4-options.ts'
import {
  IPV6_OPTION,
  type Ipv6Content,
  type Ipv6ExtensionHeader,
  type Ipv6Option,
  isIpv6Extension,
} from '../ipv6-extensions.ts'
import type { LlcPdu } from '../llc.ts'
import { LLDP_TLV, type LldpTlv, type LldpUnit } from '../lldp.ts'
import type { NeighbourMessage } from '../neighbour-discovery.ts'
import { NEIGHBOUR_OPTION, type NeighbourOption } from '../neighbour-options.ts'
import type { Bpdu, BridgeId } from '../stp.ts'
import { TCP_OPTION, type TcpOption } from '../tcp-options.ts'
import { ipv4Address, ipv6Address, mac, raw, u8, u16, u32 } from './arbitraries.ts'

const sized = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
const bitsOf = (bits: number) => fc.nat({ max: 2 ** bits - 1 })
const typeExcept = (known: Readonly<Record<string, number>>, max = 0xff) =>
  fc.nat({ max }).filter((type) => !Object.values(known).includes(type))
const kindOf = <const T extends string>(...kinds: T[]) => fc.constantFrom(...kinds)

/** In order, and perhaps the end with what follows it. */
function optionList<T extends { kind: string }>(option: fc.Arbitrary<T>) {
  const end = fc.record({ kind: kindOf('end'), padding: raw(6) })
  const nop = fc.constant({ kind: 'nop' as const })
  const list = fc.array(fc.oneof(option, nop), { maxLength: 5 })
  return fc.tuple(list, fc.option(end)).map(([options, last]) => (last ? [...options, last] : options))
}

const sackBlock = fc.record({ left: u32, right: u32 })
export const tcpOptions: fc.Arbitrary<TcpOption[]> = optionList<TcpOption>(
  fc.oneof<fc.Arbitrary<TcpOption>[]>(
    fc.record({ kind: kindOf('maximum segment size'), sizeOctets: u16 }),
    fc.record({ kind: kindOf('window scale'), shift: u8 }),
    fc.constant({ kind: 'sack permitted' }),
    fc.record({ kind: kindOf('sack'), blocks: fc.array(sackBlock, { maxLength: 4 }) }),
    fc.record({ kind: kindOf('timestamps'), value: u32, echoReply: u32 }),
    fc.record({ kind: kindOf('other'), type: typeExcept(TCP_OPTION), data: raw(10) }),
  ),
)

const addressedTimestamp = fc.record({ address: ipv4Address, timestamp: u32 })
const timestamp = (flag: fc.Arbitrary<number>, entry: fc.Arbitrary<{ timestamp: number }>) =>
  fc.record({
    kind: kindOf('timestamp'),
    pointer: u8,
    overflow: bitsOf(4),
    flag,
    entries: fc.array(entry, { maxLength: 4 }),
  })
export const ipv4Options: fc.Arbitrary<Ipv4Option[]> = optionList<Ipv4Option>(
  fc.oneof<fc.Arbitrary<Ipv4Option>[]>(
    fc.record({
      kind: kindOf('record route', 'loose source route', 'strict source route'),
      pointer: u8,
      route: fc.array(ipv4Address, { maxLength: 9 }),
    }),
    timestamp(fc.constant(TIMESTAMP_FLAG.timestampsOnly), fc.record({ timestamp: u32 })),
    timestamp(fc.constantFrom(TIMESTAMP_FLAG.withAddresses, TIMESTAMP_FLAG.prespecified), addressedTimestamp),
    fc.record({ kind: kindOf('router alert'), value: u16 }),
    fc.record({ kind: kindOf('other'), type: typeExcept(IPV4_OPTION), data: raw(10) }),
  ),
)

const ipv6Option: fc.Arbitrary<Ipv6Option> = fc.oneof<fc.Arbitrary<Ipv6Option>[]>(
  fc.constant({ kind: 'pad1' }),
  fc.record({ kind: kindOf('padN'), data: raw(7) }),
  fc.record({ kind: kindOf('router alert'), value: u16 }),
  fc.record({ kind: kindOf('other'), type: typeExcept(IPV6_OPTION), data: raw(20) }),
)
const optionsHeader: fc.Arbitrary<Ipv6ExtensionHeader> = fc
  .record({
    kind: kindOf('hop-by-hop', 'destination options'),
    options: fc.array(ipv6Option, { maxLength: 4 }),
  })
  .map((header) => ({ ...header, options: paddedToEight(header.options) }))
const extensionHeader: fc.Arbitrary<Ipv6ExtensionHeader> = fc.oneof<fc.Arbitrary<Ipv6ExtensionHeader>[]>(
  optionsHeader,
  fc.record({
    kind: kindOf('routing'),
    routingType: u8,
    segmentsLeft: u8,
    data: fc.nat({ max: 4 }).chain((units) => sized(4 + 8 * units)),
  }),
  fc.record({
    kind: kindOf('fragment'),
    reserved: u8,
    fragmentOffsetOctets: fc.constant(0),
    reservedBits: bitsOf(2),
    moreFragments: fc.boolean(),
    identification: u32,
  }),
)
/** Without later fragments, whose payload begins anywhere. */
export const ipv6Content: fc.Arbitrary<Ipv6Content> = fc.record({
  headers: fc.array(extensionHeader, { maxLength: 4 }),
  upperProtocol: u8.filter((protocol) => !isIpv6Extension(protocol)),
  payload: raw(40),
})

export const icmpError: fc.Arbitrary<IcmpError> = fc.oneof<fc.Arbitrary<IcmpError>[]>(
  fc.record({
    kind: kindOf('destination unreachable'),
    code: u8,
    unused: u16,
    nextHopMtu: u16,
    quote: raw(60),
  }),
  fc.record({ kind: kindOf('time exceeded'), code: u8, unused: u32, quote: raw(60) }),
  fc.record({ kind: kindOf('parameter problem'), code: u8, pointer: u8, unused: bitsOf(24), quote: raw(60) }),
  fc.record({ kind: kindOf('redirect'), code: u8, gateway: ipv4Address, quote: raw(60) }),
)
export const icmpv6Error: fc.Arbitrary<Icmpv6Error> = fc.oneof<fc.Arbitrary<Icmpv6Error>[]>(
  fc.record({
    kind: kindOf('destination unreachable', 'time exceeded'),
    code: u8,
    unused: u32,
    quote: raw(60),
  }),
  fc.record({ kind: kindOf('packet too big'), code: u8, mtu: u32, quote: raw(60) }),
  fc.record({ kind: kindOf('parameter problem'), code: u8, pointer: u32, quote: raw(60) }),
)

const neighbourOption: fc.Arbitrary<NeighbourOption> = fc.oneof<fc.Arbitrary<NeighbourOption>[]>(
  fc.record({ kind: kindOf('source link-layer address', 'target link-layer address'), address: mac }),
  fc.record({
    kind: kindOf('prefix information'),
    prefixLength: u8,
    onLink: fc.boolean(),
    autonomous: fc.boolean(),
    reservedFlags: bitsOf(6),
    validLifetimeSeconds: u32,
    preferredLifetimeSeconds: u32,
    reserved: u32,
    prefix: ipv6Address,
  }),
  fc.record({
    kind: kindOf('redirected header'),
    reserved: sized(6),
    quote: fc.nat({ max: 8 }).chain((units) => sized(8 * units)),
  }),
  fc.record({ kind: kindOf('mtu'), reserved: u16, mtu: u32 }),
  fc.record({
    kind: kindOf('other'),
    type: typeExcept(NEIGHBOUR_OPTION),
    data: fc.nat({ max: 3 }).chain((units) => sized(6 + 8 * units)),
  }),
)
const neighbourCommon = { code: u8, options: fc.array(neighbourOption, { maxLength: 4 }) }
export const neighbourMessage: fc.Arbitrary<NeighbourMessage> = fc.oneof<fc.Arbitrary<NeighbourMessage>[]>(
  fc.record({ ...neighbourCommon, kind: kindOf('router solicitation'), reserved: u32 }),
  fc.record({
    ...neighbourCommon,
    kind: kindOf('router advertisement'),
    hopLimit: u8,
    managed: fc.boolean(),
    otherConfiguration: fc.boolean(),
    reservedFlags: bitsOf(6),
    routerLifetimeSeconds: u16,
    reachableTimeMs: u32,
    retransmitTimerMs: u32,
  }),
  fc.record({
    ...neighbourCommon,
    kind: kindOf('neighbour solicitation'),
    reserved: u32,
    target: ipv6Address,
  }),
  fc.record({
    ...neighbourCommon,
    kind: kindOf('neighbour advertisement'),
    router: fc.boolean(),
    solicited: fc.boolean(),
    override: fc.boolean(),
    reserved: bitsOf(29),
    target: ipv6Address,
  }),
  fc.record({
    ...neighbourCommon,
    kind: kindOf('redirect'),
    reserved: u32,
    target: ipv6Address,
    destination: ipv6Address,
  }),
)

const sap = { dsap: u8, ssap: u8, payload: raw(60), trailer: raw(20) }
export const llcPdu: fc.Arbitrary<LlcPdu> = fc.oneof<fc.Arbitrary<LlcPdu>[]>(
  fc.record({ ...sap, control: bitsOf(6).map((bits) => (bits << 2) | 3) }),
  fc.record({ ...sap, control: u8.filter((octet) => (octet & 3) !== 3), secondControl: u8 }),
)

const bridgeId: fc.Arbitrary<BridgeId> = fc.record({
  priority: bitsOf(4).map((units) => 4096 * units),
  systemId: bitsOf(12),
  mac,
})
const seconds = u16.map((units) => units / 256)
const parameters = {
  flags: u8,
  root: bridgeId,
  rootPathCost: u32,
  bridge: bridgeId,
  port: u16,
  messageAgeSeconds: seconds,
  maxAgeSeconds: seconds,
  helloTimeSeconds: seconds,
  forwardDelaySeconds: seconds,
}
export const bpdu: fc.Arbitrary<Bpdu> = fc.oneof<fc.Arbitrary<Bpdu>[]>(
  fc.record({ kind: kindOf('configuration'), ...parameters, version: u8, trailer: raw(10) }),
  fc.record({ kind: kindOf('rapid'), ...parameters, version: u8, version1Length: u8, trailer: raw(10) }),
  fc.record({ kind: kindOf('topology change notification'), version: u8, trailer: raw(10) }),
)

const lldpTlv: fc.Arbitrary<LldpTlv> = fc.oneof<fc.Arbitrary<LldpTlv>[]>(
  fc.record({ kind: kindOf('chassis id', 'port id'), subtype: u8, id: raw(20) }),
  fc.record({ kind: kindOf('time to live'), seconds: u16 }),
  fc.record({
    kind: kindOf('other'),
    type: typeExcept({ ...LLDP_TLV, systemName: LLDP_TLV.end }, 127),
    value: fc.oneof(raw(20), sized(511)),
  }),
)
export const lldpUnit: fc.Arbitrary<LldpUnit> = fc
  .record({ tlvs: fc.array(lldpTlv, { maxLength: 6 }), trailer: raw(20) })
  .map(({ tlvs, trailer }) => ({ tlvs: [...tlvs, { kind: 'end' }], trailer }))

function paddedToEight(options: readonly Ipv6Option[]): Ipv6Option[] {
  const size = options.reduce((sum, option) => sum + ipv6OptionSize(option), 2)
  return [...options, ...Array.from({ length: (8 - (size % 8)) % 8 }, () => ({ kind: 'pad1' as const }))]
}

function ipv6OptionSize(option: Ipv6Option): number {
  if (option.kind === 'pad1') return 1
  return option.kind === 'router alert' ? 4 : 2 + option.data.length
}
