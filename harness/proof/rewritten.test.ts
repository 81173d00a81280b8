import { describe, expect, it } from 'vitest'
import {
  decodeEthernet,
  decodeIcmpError,
  decodeIpv4,
  decodeUdp,
  differences,
  icmpChecksumIsRight,
  internetChecksum,
  ipv4ChecksumIsRight,
  tcpChecksumIsRight,
  udpChecksumIsRight,
} from '../wire/index.ts'
import { icmpEcho, icmpError, ipv4Packet, type Station, tcp, udp } from './frames.ts'
import { asRewritten, type Rewriting } from './rewritten.ts'
import type { Stimulus } from './stimulus.ts'

const guest: Station = { mac: '02:00:00:00:0a:01', address: '203.0.113.11', address6: '::' }
const gateway: Station = { mac: '02:00:00:ff:00:01', address: '203.0.113.1', address6: '::' }
const uplink: Station = { mac: '02:00:00:ff:00:01', address: '192.0.2.11', address6: '::' }
const router: Station = { mac: '02:00:00:ff:01:00', address: '192.0.2.1', address6: '::' }
const far = { address: '198.51.100.7', address6: '::' }

const SIGNATURE = Uint8Array.from({ length: 16 }, (_, at) => 200 + at)
const octets = (stimulus: Stimulus): Uint8Array => stimulus.build(SIGNATURE)

/** What a translator makes of what is sent, built anew by the codecs: the second opinion. */
function isOwed(sent: Stimulus, wanted: Rewriting, translated: Stimulus): void {
  const { expected, compared } = asRewritten(octets(sent), wanted, octets(translated))
  expect(differences(expected, compared)).toEqual([])
}

const outward = { from: guest, to: { ...gateway, ...far } }
const outside = { from: uplink, to: { ...router, ...far } }
const ip = { ttl: 63 }
const out = { sourceAddress: uplink.address }

describe('what is owed', () => {
  it('is the frame with the physical address, whatever port the translator chose', () => {
    isOwed(udp({ ...outward, srcPort: 5000 }), out, udp({ ...outside, srcPort: 61000, ip }))
    const segment = { dstPort: 80, sequence: 7, flags: 2, options: Uint8Array.of(2, 4, 5, 180) }
    isOwed(tcp({ ...outward, ...segment, srcPort: 1 }), out, tcp({ ...outside, ...segment, srcPort: 2, ip }))
    isOwed(icmpEcho({ ...outward, identifier: 1 }), out, icmpEcho({ ...outside, identifier: 9, ip }))
    isOwed(ipv4Packet({ ...outward, protocol: 253 }), out, ipv4Packet({ ...outside, protocol: 253, ip }))
  })

  it('leaves a UDP checksum of 0 as it is, and what was wrong as wrong', () => {
    isOwed(udp({ ...outward, checksum: 'none' }), out, udp({ ...outside, checksum: 'none', ip }))
    const { expected } = asRewritten(
      octets(udp({ ...outward, checksum: 'wrong' })),
      out,
      octets(udp({ ...outside, ip })),
    )
    const packet = decodeIpv4(decodeEthernet(expected).payload)
    expect(udpChecksumIsRight(packet.payload, packet)).toBe(false)
  })

  it('restores address and port of a reply, and of an echo reply the identifier', () => {
    const back = { from: { ...router, ...far }, to: uplink }
    const inward = { from: { ...gateway, ...far }, to: guest }
    const wanted = { destinationAddress: guest.address, destinationPort: 5000, from: gateway, to: guest }
    isOwed(udp({ ...back, dstPort: 61000 }), wanted, udp({ ...inward, dstPort: 5000, ip }))
    const kind = 'echo reply'
    isOwed(
      icmpEcho({ ...back, kind, identifier: 9 }),
      wanted,
      icmpEcho({ ...inward, kind, identifier: 5000, ip }),
    )
  })

  it.each([[undefined], [28], [48]])(
    'restores the packet that an ICMP error quotes, %s octets',
    (quoteOctets) => {
      const seen = udp({ ...outside, srcPort: 61000, ip: { ttl: 60 } })
      const own = udp({ from: guest, to: { ...router, ...far }, srcPort: 5000, ip: { ttl: 60 } })
      const error = {
        error: 'port unreachable',
        ...(quoteOctets === undefined ? {} : { quoteOctets }),
      } as const
      const back = { from: { ...router, ...far }, to: uplink }
      const inward = { from: { ...gateway, ...far }, to: guest }
      isOwed(
        icmpError({ ...back, ...error, about: seen }),
        { destinationAddress: guest.address, quoted: { sourceAddress: guest.address, sourcePort: 5000 } },
        icmpError({ ...inward, ...error, about: own, ip }),
      )
    },
  )

  it('has right checksums throughout', () => {
    for (const sent of [udp(outward), tcp({ ...outward, srcPort: 1, dstPort: 2, sequence: 3, flags: 2 })]) {
      const { expected } = asRewritten(octets(sent), { ...out, sourcePort: 4 }, octets(sent))
      const { payload } = decodeEthernet(expected)
      expect(ipv4ChecksumIsRight(payload)).toBe(true)
      const packet = decodeIpv4(payload)
      const isRight = packet.protocol === 17 ? udpChecksumIsRight : tcpChecksumIsRight
      expect(isRight(packet.payload, packet)).toBe(true)
    }
    const sent = icmpError({ from: router, to: uplink, error: 'time exceeded', about: udp(outside) })
    const wanted = { quoted: { sourceAddress: guest.address, sourcePort: 5 } }
    const { payload } = decodeIpv4(
      decodeEthernet(asRewritten(octets(sent), wanted, octets(sent)).expected).payload,
    )
    expect(icmpChecksumIsRight(payload)).toBe(true)
    const quoted = decodeIpv4(decodeIcmpError(payload).quote)
    expect(udpChecksumIsRight(quoted.payload, quoted)).toBe(true)
    expect(decodeUdp(quoted.payload).srcPort).toBe(5)
  })
})

describe('a frame is not as owed', () => {
  const sent = octets(udp({ ...outward, ip: { identification: 77, dscp: 46 } }))
  const good = octets(udp({ ...outside, ip: { ttl: 63, identification: 77, dscp: 46 } }))
  const namesOf = (seen: Uint8Array, wanted: Rewriting = out): readonly string[] => {
    const { expected, compared } = asRewritten(sent, wanted, seen)
    return differences(expected, compared).map(({ name }) => name)
  }
  const changed = (at: number, value: number): Uint8Array => {
    const seen = good.slice()
    seen[at] = value
    return seen
  }

  it('where anything but the translation changed', () => {
    expect(namesOf(good)).toEqual([])
    expect(namesOf(changed(15, 0))).toEqual(['ip.dscp'])
    expect(namesOf(changed(18, 1))).toEqual(['ip.identification'])
    expect(namesOf(changed(22, 64))).toEqual(['ip.ttl'])
    expect(namesOf(changed(24, 1))).toEqual(['ip.checksum'])
    expect(namesOf(changed(40, 1))).toEqual(['udp.checksum'])
    expect(namesOf(changed(50, 1))).toEqual(['payload'])
    expect(namesOf(good, { sourceAddress: '192.0.2.99' })).toContain('ip.src')
    expect(namesOf(good, { ...out, to: guest })).toEqual(['eth.dst'])
  })

  it('but both zeros of one’s complement are the same, of all but UDP', () => {
    const header = good.slice()
    // An identification with which the header's checksum is 0.
    header.set([0, 0], 18)
    header.set([0, 0], 24)
    const missing = internetChecksum(header.subarray(14, 34))
    const own = octets(udp({ ...outward, ip: { identification: missing, dscp: 46 } }))
    const seen = octets(udp({ ...outside, ip: { ttl: 63, identification: missing, dscp: 46 } }))
    expect(seen[24]).toBe(0)
    const other = seen.slice()
    other.set([0xff, 0xff], 24)
    const { expected, compared } = asRewritten(own, out, other)
    expect(differences(expected, compared)).toEqual([])
  })
})
