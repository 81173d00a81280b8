import { expect, test } from 'vitest'
import { encodeIpv4, type Ipv4Packet } from './ipv4.ts'
import { hexOf } from './octets.ts'
import { decodeQuotedIpv4, decodeQuotedIpv6 } from './quote.ts'
import { IPV6_EXTENSIONS, IPV6_FRAGMENT, TCP_SYN_OPTIONS } from './testing/control-frames.ts'
import { FRAGMENT, TCP_SYN } from './testing/frames.ts'
import { amidJunk, expectTruncationsRefused, octetsOf } from './testing/octets.ts'

const ETHERNET_SIZE = 14

const IPV4 = TCP_SYN_OPTIONS.subarray(ETHERNET_SIZE)
const IPV6 = IPV6_EXTENSIONS.subarray(ETHERNET_SIZE)
const PORTS = { srcPort: 1000, dstPort: 2000 }

test('a quoted IPv4 header and the ports, as far as they are there', () => {
  expectTruncationsRefused(IPV4, 'ipv4', decodeQuotedIpv4, 20)
  for (let size = 20; size <= IPV4.length; size += 1) {
    const { packet, ports } = decodeQuotedIpv4(amidJunk(IPV4.subarray(0, size)))
    expect(packet).toMatchObject({ totalLength: 60, src: '198.51.100.11', dst: '198.51.100.13' })
    expect(hexOf(packet.payload)).toBe(hexOf(IPV4.subarray(20, size)))
    expect(ports).toEqual(size < 24 ? undefined : { srcPort: 49152, dstPort: 80 })
  }
})

test('what follows a quoted packet is its trailer', () => {
  const { packet } = decodeQuotedIpv4(new Uint8Array([...TCP_SYN.subarray(ETHERNET_SIZE), 1, 2]))
  expect(packet).toMatchObject({ totalLength: 48, trailer: octetsOf('0102') })
})

test('a later IPv4 fragment, or another protocol, has no ports', () => {
  expect(decodeQuotedIpv4(FRAGMENT.subarray(ETHERNET_SIZE))).not.toHaveProperty('ports')
  const { packet } = decodeQuotedIpv4(IPV4)
  const other: Ipv4Packet = { ...packet, protocol: 1 }
  expect(decodeQuotedIpv4(encodeIpv4(other))).not.toHaveProperty('ports')
})

test('a quoted IPv6 header, its extensions and the ports, as far as they are there', () => {
  expectTruncationsRefused(IPV6, 'ipv6', decodeQuotedIpv6, 40)
  for (let size = 40; size <= IPV6.length; size += 1) {
    const { packet, content, ports } = decodeQuotedIpv6(amidJunk(IPV6.subarray(0, size)))
    expect(packet).toMatchObject({ payloadLength: 61, nextHeader: 0, dst: '2001:db8:0:1::d' })
    expect(content?.upperProtocol).toBe(size < 88 ? undefined : 17)
    expect(ports).toEqual(size < 92 ? undefined : PORTS)
  }
})

test('a later IPv6 fragment has no ports', () => {
  const { content, ports } = decodeQuotedIpv6(IPV6_FRAGMENT.subarray(ETHERNET_SIZE))
  expect(content?.upperProtocol).toBe(17)
  expect(ports).toBeUndefined()
})

test('a quote that is not of its version is refused', () => {
  expectTruncationsRefused(IPV6, 'ipv4', decodeQuotedIpv4)
})
