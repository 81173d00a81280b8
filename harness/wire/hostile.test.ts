import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeArp, encodeArp } from './arp.ts'
import { decodeEthernet, encodeEthernet, untagged } from './ethernet.ts'
import { decodeIcmp, encodeIcmp, icmpChecksumIsRight } from './icmp.ts'
import { decodeIcmpv6, encodeIcmpv6, icmpv6ChecksumIsRight } from './icmpv6.ts'
import { decodeIpv4, encodeIpv4, ipv4ChecksumIsRight } from './ipv4.ts'
import { decodeIpv6, encodeIpv6 } from './ipv6.ts'
import { hexOf, NO_OCTETS } from './octets.ts'
import { findSignature } from './signature.ts'
import { decodeTcp, encodeTcp, tcpChecksumIsRight } from './tcp.ts'
import { hostileOctets } from './testing/hostile.ts'
import { wireErrorOf } from './testing/octets.ts'
import { holds } from './testing/properties.ts'
import { decodeUdp, encodeUdp, udpChecksumIsRight } from './udp.ts'

const RUNS = 2_000
const BETWEEN = { src: '2001:db8::b', dst: '2001:db8:0:1::d' }

/** Where in a frame the octets of each protocol may begin: behind headers without options or tags. */
const CODECS: [string, number, (octets: Uint8Array) => Uint8Array][] = [
  ['ethernet', 0, (octets) => encodeEthernet(decodeEthernet(octets))],
  ['arp', 14, (octets) => encodeArp(decodeArp(octets))],
  ['ipv4', 14, (octets) => encodeIpv4(decodeIpv4(octets))],
  ['ipv6', 14, (octets) => encodeIpv6(decodeIpv6(octets))],
  ['udp', 34, (octets) => encodeUdp(decodeUdp(octets), BETWEEN)],
  ['tcp', 34, (octets) => encodeTcp(decodeTcp(octets), BETWEEN)],
  ['icmp', 34, (octets) => encodeIcmp(decodeIcmp(octets))],
  ['icmpv6', 54, (octets) => encodeIcmpv6(decodeIcmpv6(octets), BETWEEN)],
]

describe.each(CODECS)('%s', (protocol, start, decodedAndEncoded) => {
  test('any octets are refused with a WireError, or decoded with nothing lost or made up', () => {
    const property = fc.property(hostileOctets, fc.boolean(), (frame, isWhole) => {
      const octets = isWhole ? frame : frame.subarray(start)
      let again: Uint8Array = NO_OCTETS
      const error = wireErrorOf(() => {
        again = decodedAndEncoded(octets)
      })
      if (error === undefined) expect(hexOf(again)).toBe(hexOf(octets))
      expect(error?.protocol ?? protocol).toBe(protocol)
      expect(error?.offset ?? 0).toBeLessThanOrEqual(octets.length)
    })
    holds(property, RUNS)
  })
})

test.each<[string, (octets: Uint8Array) => unknown]>([
  ['ipv4ChecksumIsRight', ipv4ChecksumIsRight],
  ['udpChecksumIsRight', (octets) => udpChecksumIsRight(octets, BETWEEN)],
  ['tcpChecksumIsRight', (octets) => tcpChecksumIsRight(octets, BETWEEN)],
  ['icmpChecksumIsRight', icmpChecksumIsRight],
  ['icmpv6ChecksumIsRight', (octets) => icmpv6ChecksumIsRight(octets, BETWEEN)],
  ['untagged', untagged],
  ['findSignature', findSignature],
])('%s answers or throws a WireError', (_, question) => {
  const property = fc.property(hostileOctets, (octets) => {
    wireErrorOf(() => question(octets))
  })
  holds(property, RUNS)
})
