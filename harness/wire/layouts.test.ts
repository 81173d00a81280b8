import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeArp } from './arp.ts'
import type { DecodedControlMessage } from './echo.ts'
import { decodeEthernet, ETHER_TYPE } from './ethernet.ts'
import { fieldsOf } from './fields.ts'
import { decodeIcmp } from './icmp.ts'
import { isIcmpError } from './icmp-error.ts'
import { decodeIcmpv6 } from './icmpv6.ts'
import { isIcmpv6Error } from './icmpv6-error.ts'
import { decodeIpv4, IP_PROTOCOL } from './ipv4.ts'
import { decodeIpv6 } from './ipv6.ts'
import { LARGEST_SHOWN, shownOctets } from './layout.ts'
import { decodeLlc, LARGEST_LENGTH } from './llc.ts'
import { isNeighbourMessage } from './neighbour-discovery.ts'
import { decodeTcp } from './tcp.ts'
import { oracleFrame } from './testing/oracle-frames.ts'
import { holds } from './testing/properties.ts'
import { decodeUdp } from './udp.ts'

/** Values by field name, as the decoders see them. */
type Values = Readonly<Record<string, string | number | boolean>>

test('raw octets are shown whole up to 32, and beyond with their number', () => {
  expect(shownOctets(new Uint8Array(LARGEST_SHOWN).fill(0xab))).toBe('ab'.repeat(32))
  expect(shownOctets(new Uint8Array(LARGEST_SHOWN + 1).fill(0xab))).toBe(`${'ab'.repeat(32)}… (33 octets)`)
})

test('the tables say of any frame what the decoders say', () => {
  const property = fc.property(oracleFrame, (octets) => {
    const values = Object.entries(valuesOf(octets)).map(([name, value]) => [name, textOf(value)])
    const fields = fieldsOf(octets).filter(({ name }) => !isOfTablesOnly(name))
    expect(Object.fromEntries(fields.map(({ name, value }) => [name, value]))).toEqual(
      Object.fromEntries(values),
    )
  })
  holds(property, 500)
})

/** Sizes and versions that decoders check and do not return, and TCP's flags, whose names are tested in fields.test.ts. */
function isOfTablesOnly(name: string): boolean {
  return ['arp.hlen', 'arp.plen', 'ip.version', 'ip6.version', 'tcp.flags'].includes(name)
}

function textOf(value: string | number | boolean): string {
  return String(typeof value === 'boolean' ? Number(value) : value)
}

function valuesOf(octets: Uint8Array): Values {
  const { dst, src, tags, etherType, payload } = decodeEthernet(octets)
  const tagValues = tags.flatMap((tag, depth) => {
    const name = depth === 0 ? 'vlan' : `vlan[${depth}]`
    const { tpid, vid, pcp, dei } = tag
    return [{ [`${name}.tpid`]: hex(tpid), [`${name}.vid`]: vid, [`${name}.pcp`]: pcp, [`${name}.dei`]: dei }]
  })
  const ethernet = { 'eth.dst': dst, 'eth.src': src, 'eth.type': hex(etherType) }
  return Object.assign({ ...ethernet, ...contentOf(etherType, payload) }, ...tagValues)
}

function contentOf(etherType: number, payload: Uint8Array): Values {
  if (etherType === ETHER_TYPE.arp) return arpOf(payload)
  if (etherType === ETHER_TYPE.ipv4) return ipv4Of(payload)
  if (etherType === ETHER_TYPE.ipv6) return ipv6Of(payload)
  if (etherType <= LARGEST_LENGTH) return llcOf(etherType, payload)
  return raw('payload', payload)
}

function llcOf(etherType: number, octets: Uint8Array): Values {
  const { payload, trailer, length: _, ...rest } = decodeLlc({ etherType, payload: octets })
  const header = Object.entries(rest).map(([name, value]) => [name, hexOctet(value)])
  return {
    ...prefixed('llc', Object.fromEntries(header)),
    ...raw('payload', payload),
    ...raw('trailer', trailer),
  }
}

function arpOf(octets: Uint8Array): Values {
  const packet = decodeArp(octets)
  return {
    'arp.htype': packet.hardwareType,
    'arp.ptype': hex(packet.protocolType),
    'arp.op': packet.operation,
    'arp.sha': packet.senderMac,
    'arp.spa': packet.senderAddress,
    'arp.tha': packet.targetMac,
    'arp.tpa': packet.targetAddress,
    ...raw('trailer', packet.trailer),
  }
}

function ipv4Of(octets: Uint8Array): Values {
  const { payload, trailer, options, checksum, protocol, ...rest } = decodeIpv4(octets)
  return {
    ...prefixed('ip', { ...rest, protocol, checksum: hex(checksum) }),
    ...raw('ip.options', options),
    ...(rest.fragmentOffsetOctets === 0 ? upperOf(protocol, payload) : raw('payload', payload)),
    ...raw('trailer', trailer),
  }
}

function ipv6Of(octets: Uint8Array): Values {
  const { payload, trailer, ...rest } = decodeIpv6(octets)
  return { ...prefixed('ip6', rest), ...upperOf(rest.nextHeader, payload), ...raw('trailer', trailer) }
}

function upperOf(protocol: number, octets: Uint8Array): Values {
  if (protocol === IP_PROTOCOL.udp) return udpOf(octets)
  if (protocol === IP_PROTOCOL.tcp) return tcpOf(octets)
  if (protocol === IP_PROTOCOL.icmp) return messageOf('icmp', octets, decodeIcmp(octets))
  if (protocol === IP_PROTOCOL.icmpv6) return messageOf('icmp6', octets, decodeIcmpv6(octets))
  return raw('payload', octets)
}

function udpOf(octets: Uint8Array): Values {
  const { payload, trailer, checksum, ...rest } = decodeUdp(octets)
  return {
    ...prefixed('udp', { ...rest, checksum: hex(checksum) }),
    ...raw('payload', payload),
    ...raw('udp.trailer', trailer),
  }
}

function tcpOf(octets: Uint8Array): Values {
  const { payload, options, checksum, flags, ...rest } = decodeTcp(octets)
  return {
    ...prefixed('tcp', { ...rest, checksum: hex(checksum), reserved: flags >>> 8 }),
    ...raw('tcp.options', options),
    ...raw('payload', payload),
  }
}

function messageOf(name: string, octets: Uint8Array, message: DecodedControlMessage): Values {
  const head = { type: octets[0] ?? 0, code: message.code, checksum: hex(message.checksum) }
  if (message.kind === 'other') fc.pre(!isReadFurther(name, message.type)) // layouts-control.test.ts has them
  if (message.kind === 'other') return { ...prefixed(name, head), ...raw('payload', message.rest) }
  const { identifier, sequence, payload } = message
  return { ...prefixed(name, { ...head, identifier, sequence }), ...raw('payload', payload) }
}

function isReadFurther(name: string, type: number): boolean {
  return name === 'icmp' ? isIcmpError(type) : isIcmpv6Error(type) || isNeighbourMessage(type)
}

function prefixed(prefix: string, values: Values): Values {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [`${prefix}.${name}`, value]))
}

function raw(name: string, octets: Uint8Array): Values {
  return octets.length === 0 ? {} : { [name]: shownOctets(octets) }
}

function hex(value: number): string {
  return `0x${value.toString(16).padStart(4, '0')}`
}

function hexOctet(value: number): string {
  return `0x${value.toString(16).padStart(2, '0')}`
}
