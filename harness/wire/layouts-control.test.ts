import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fieldsOf } from './fields.ts'
import type { Ipv4Option } from './ipv4-options.ts'
import type { Ipv6ExtensionHeader } from './ipv6-extensions.ts'
import { shownOctets } from './layout.ts'
import type { LldpTlv } from './lldp.ts'
import type { Bpdu } from './stp.ts'
import type { TcpOption } from './tcp-options.ts'
import { type Meaning, sample } from './testing/control-samples.ts'
import { holds } from './testing/properties.ts'

/** Values by field name. */
type Values = Readonly<Record<string, string>>

test('the tables say of any frame with options and of control protocols what was encoded', () => {
  const property = fc.property(sample, ({ frame, meaning }) => {
    const fields = Object.fromEntries(fieldsOf(frame).map(({ name, value }) => [name, value]))
    expect(fields).toMatchObject(valuesOf(meaning))
  })
  holds(property, 1_000)
})

function valuesOf(meaning: Meaning): Values {
  if (meaning.of === 'tcp options') return optionValues('tcp.option', meaning.options.map(tcpOption))
  if (meaning.of === 'ipv4 options') return optionValues('ip.option', meaning.options.map(ipv4Option))
  if (meaning.of === 'ipv6 extensions') return extensionValues(meaning.headers)
  if (meaning.of === 'icmp error') return prefixed('icmp', meaning.error)
  if (meaning.of === 'icmpv6 error') return prefixed('icmp6', meaning.error)
  if (meaning.of === 'bpdu') return stpValues(meaning.bpdu)
  if (meaning.of === 'lldp') return lldpValues(meaning.tlvs)
  const options = meaning.message.options.map((option): [string, Values] => [
    'icmp6.option',
    prefixed('', { ...option, reserved: undefined }),
  ])
  return { ...prefixed('icmp6', meaning.message), ...numbered(options) }
}

/** What is a number, a flag or text. */
function prefixed(prefix: string, meaning: object): Values {
  const shown = Object.entries(meaning).flatMap(([name, value]) => {
    if (name === 'kind' || name === 'type') return []
    if (typeof value === 'boolean') return [[`${prefix}.${name}`, String(Number(value))]]
    return typeof value === 'number' || typeof value === 'string'
      ? [[`${prefix}.${name}`, String(value)]]
      : []
  })
  return Object.fromEntries(shown)
}

/** With [1] at the second header of a name. */
function numbered(headers: readonly [string, Values][]): Values {
  const counts = new Map<string, number>()
  const values: Record<string, string> = {}
  for (const [name, header] of headers) {
    const count = counts.get(name) ?? 0
    counts.set(name, count + 1)
    const index = count === 0 ? '' : `[${count}]`
    for (const [part, value] of Object.entries(header)) values[`${name}${index}${part}`] = value
  }
  return values
}

function optionValues(base: string, options: readonly (readonly [string, string] | undefined)[]): Values {
  const named = options.filter((option) => option !== undefined)
  return numbered(named.map(([name, value]): [string, Values] => [`${base}.${name}`, { '': value }]))
}

function tcpOption(option: TcpOption): [string, string] | undefined {
  if (option.kind === 'maximum segment size') return ['mss', String(option.sizeOctets)]
  if (option.kind === 'window scale') return ['windowScale', String(option.shift)]
  if (option.kind === 'sack permitted') return ['sackPermitted', '1']
  if (option.kind === 'sack')
    return ['sack', option.blocks.map(({ left, right }) => `${left}:${right}`).join(',')]
  if (option.kind === 'timestamps') return ['timestamps', `${option.value},${option.echoReply}`]
  return option.kind === 'other' ? [`type${option.type}`, shownOctets(option.data)] : undefined
}

function ipv4Option(option: Ipv4Option): [string, string] | undefined {
  if (option.kind === 'router alert') return ['routerAlert', String(option.value)]
  if (option.kind === 'other') return [`type${option.type}`, shownOctets(option.data)]
  if (option.kind === 'end' || option.kind === 'nop' || option.kind === 'timestamp') return undefined
  const name = option.kind.replace(/ [a-z]/g, (letter) => letter.slice(1).toUpperCase())
  return [name, `${option.route.join(',') || 'none'} pointer ${option.pointer}`]
}

function extensionValues(headers: readonly Ipv6ExtensionHeader[]): Values {
  const names = {
    'hop-by-hop': 'ip6.hopByHop',
    routing: 'ip6.routing',
    fragment: 'ip6.fragment',
    'destination options': 'ip6.destinationOptions',
  }
  return numbered(headers.map((header) => [names[header.kind], extensionHeader(header)]))
}

function extensionHeader(header: Ipv6ExtensionHeader): Values {
  if (header.kind === 'routing') {
    const { routingType, segmentsLeft, data } = header
    return { '.type': String(routingType), '.segmentsLeft': String(segmentsLeft), '.data': shownOctets(data) }
  }
  if (header.kind !== 'fragment') return {}
  const { fragmentOffsetOctets, ...rest } = header
  return { '.offsetOctets': String(fragmentOffsetOctets), ...prefixed('', rest) }
}

function stpValues(bpdu: Bpdu): Values {
  if (bpdu.kind === 'topology change notification') return { 'stp.type': '128', ...prefixed('stp', bpdu) }
  const { flags, port, root, bridge, ...rest } = bpdu
  const portText = `0x${port.toString(16).padStart(4, '0')}`
  const role = String((flags >>> 2) & 3)
  const bridges = { ...prefixed('stp.root', root), ...prefixed('stp.bridge', bridge) }
  const { version1Length, ...common } = rest
  const own = bpdu.kind === 'rapid' ? { 'stp.version1Length': String(version1Length) } : {}
  return { ...prefixed('stp', common), ...bridges, ...own, 'stp.port': portText, 'stp.role': role }
}

function lldpValues(tlvs: readonly LldpTlv[]): Values {
  const [chassis, port] = tlvs.flatMap((tlv) => ('id' in tlv ? [Buffer.from(tlv.id).toString('latin1')] : []))
  const own = tlvs.find((tlv) => tlv.kind === 'other')
  const time = tlvs.find((tlv) => tlv.kind === 'time to live')
  return {
    'lldp.chassisId.id': chassis ?? '',
    'lldp.portId.id': port ?? '',
    'lldp.timeToLive.seconds': String(time?.seconds),
    'lldp.tlv127.value': shownOctets(own?.value ?? new Uint8Array(0)),
  }
}
