/**
 * Everything that reads octets, with octets that were valid and have been spoilt: a value or a WireError comes out, and
 * nothing else; and what a decoder reads without an error is written again as the same octets, so that nothing is
 * accepted silently.
 *
 * FRAMEPROOF_SEED=n gives the octets of an earlier run again. FRAMEPROOF_MUTATIONS=100000 has so many for each test,
 * instead of 5,000, and takes a minute or two.
 */
import { describe, expect, test } from 'vitest'
import { decodeArp, encodeArp } from './arp.ts'
import { decodeDhcp, encodeDhcp } from './dhcp.ts'
import {
  type DhcpPiece,
  decodeDhcpOption,
  decodeDhcpPieces,
  encodeDhcpOption,
  encodeDhcpPieces,
} from './dhcp-options.ts'
import { differences } from './differences.ts'
import { decodeEthernet, encodeEthernet, untagged } from './ethernet.ts'
import { type Field, fieldsOf } from './fields.ts'
import { decodeIcmp, encodeIcmp, icmpChecksumIsRight } from './icmp.ts'
import { decodeIcmpError, encodeIcmpError } from './icmp-error.ts'
import { decodeIcmpv6, encodeIcmpv6, icmpv6ChecksumIsRight } from './icmpv6.ts'
import { decodeIcmpv6Error, encodeIcmpv6Error } from './icmpv6-error.ts'
import { decodeIpv4, encodeIpv4, type Ipv4Packet, ipv4ChecksumIsRight } from './ipv4.ts'
import { fragmentIpv4, reassembleIpv4 } from './ipv4-fragments.ts'
import { decodeIpv4Options, encodeIpv4Options } from './ipv4-options.ts'
import { decodeIpv6, encodeIpv6 } from './ipv6.ts'
import { decodeIpv6Extensions, encodeIpv6Extensions, IPV6_EXTENSION } from './ipv6-extensions.ts'
import { decodeLlc, encodeLlc } from './llc.ts'
import { decodeLldp, encodeLldp } from './lldp.ts'
import { decodeNeighbourMessage, encodeNeighbourMessage } from './neighbour-discovery.ts'
import { hexOf, NO_OCTETS, sameOctets, u16At, viewOf, WireError } from './octets.ts'
import { decodeQuotedIpv4, decodeQuotedIpv6, type QuotedIpv6 } from './quote.ts'
import { encodeSignature, findSignature } from './signature.ts'
import { decodeStp, encodeStp } from './stp.ts'
import { summarise } from './summary.ts'
import { decodeTcp, encodeTcp, tcpChecksumIsRight } from './tcp.ts'
import { decodeTcpOptions, encodeTcpOptions } from './tcp-options.ts'
import { MUTATIONS, Mutator } from './testing/mutations.ts'
import { BETWEEN, originals, wholeFrames } from './testing/originals.ts'
import { SEED } from './testing/properties.ts'
import { decodeUdp, encodeUdp, udpChecksumIsRight } from './udp.ts'

const TIMEOUT = { timeout: 300_000 }
/** No input is larger than a few kilobytes: what takes as long hangs, and is not only kept waiting by others. */
const LONGEST_MS = 5_000
const SMALLEST_MTU = 68 // RFC 791 3.2

/** What was read is written again as octets: all of them, for no decoder throws away what follows. */
type Reading = (octets: Uint8Array) => () => Uint8Array

function reading<T>(decode: (octets: Uint8Array) => T, encode: (meaning: T) => Uint8Array): Reading {
  return (octets) => {
    const meaning = decode(octets)
    return () => encode(meaning)
  }
}

const CODECS: [string, readonly Uint8Array[], Reading][] = [
  ['ethernet', originals.ethernet, reading(decodeEthernet, encodeEthernet)],
  ['arp', originals.arp, reading(decodeArp, encodeArp)],
  ['ipv4', originals.ipv4, reading(decodeIpv4, encodeIpv4)],
  ['ipv4-options', originals.ipv4Options, reading(decodeIpv4Options, encodeIpv4Options)],
  ['ipv6', originals.ipv6, reading(decodeIpv6, encodeIpv6)],
  ...Object.entries(IPV6_EXTENSION).map(([name, number]): [string, readonly Uint8Array[], Reading] => [
    `ipv6-extensions, ${name}`,
    originals.ipv6Extensions,
    extensionsFrom(number),
  ]),
  ['udp', originals.udp, reading(decodeUdp, (datagram) => encodeUdp(datagram, BETWEEN))],
  ['tcp', originals.tcp, reading(decodeTcp, (segment) => encodeTcp(segment, BETWEEN))],
  ['tcp-options', originals.tcpOptions, reading(decodeTcpOptions, encodeTcpOptions)],
  ['icmp', originals.icmp, reading(decodeIcmp, encodeIcmp)],
  ['icmp, errors', originals.icmpError, reading(decodeIcmpError, encodeIcmpError)],
  ['icmpv6', originals.icmpv6, reading(decodeIcmpv6, (message) => encodeIcmpv6(message, BETWEEN))],
  [
    'icmpv6, errors',
    originals.icmpv6Error,
    reading(
      (octets) => decodeIcmpv6Error(octets, BETWEEN),
      (error) => encodeIcmpv6Error(error, BETWEEN),
    ),
  ],
  [
    'icmpv6, neighbour discovery',
    originals.neighbour,
    reading(
      (octets) => decodeNeighbourMessage(octets, BETWEEN),
      (message) => encodeNeighbourMessage(message, BETWEEN),
    ),
  ],
  ['dhcp', originals.dhcp, reading(decodeDhcp, encodeDhcp)],
  ['dhcp, options', originals.dhcpOptions, reading(decodeDhcpPieces, encodeDhcpPieces)],
  ['dhcp, what options mean', originals.dhcpOptions, readDhcpMeanings],
  ['llc', originals.llc, readLlc],
  ['stp', originals.stp, reading(decodeStp, encodeStp)],
  ['lldp', originals.lldp, reading(decodeLldp, encodeLldp)],
  ['ipv4, quoted', originals.ipv4, reading(decodeQuotedIpv4, ({ packet }) => encodeIpv4(packet))],
  ['ipv6, quoted', originals.ipv6, reading(decodeQuotedIpv6, quotedAgain)],
]

describe.each(CODECS)('%s', (name, of, read) => {
  test(
    `${MUTATIONS} spoilt octets are refused with a WireError, or read with nothing lost or made up`,
    TIMEOUT,
    () => {
      let readings = 0
      survives(name, of, (octets) => {
        const encode = readOrRefused(name, octets, read)
        if (encode === undefined) return
        readings += 1
        const again = encode() // outside: what was read has to have a place
        if (!sameOctets(again, octets)) throw new Error(`written again as ${hexOf(again)}`)
      })
      expect(readings).toBeGreaterThan(0) // or the octets were too spoilt to show anything
      expect(readings).toBeLessThan(MUTATIONS) // or too little
    },
  )
})

const QUESTIONS: [string, readonly Uint8Array[], (octets: Uint8Array) => unknown][] = [
  ['ipv4ChecksumIsRight', originals.ipv4, ipv4ChecksumIsRight],
  ['udpChecksumIsRight', originals.udp, (octets) => udpChecksumIsRight(octets, BETWEEN)],
  ['tcpChecksumIsRight', originals.tcp, (octets) => tcpChecksumIsRight(octets, BETWEEN)],
  ['icmpChecksumIsRight', originals.icmp, icmpChecksumIsRight],
  ['icmpv6ChecksumIsRight', originals.icmpv6, (octets) => icmpv6ChecksumIsRight(octets, BETWEEN)],
]

test.each(QUESTIONS)('%s answers or throws a WireError', TIMEOUT, (name, of, question) => {
  survives(name, of, (octets) => {
    readOrRefused(name, octets, () => {
      question(octets)
      return () => NO_OCTETS
    })
  })
})

test('fieldsOf covers every octet, and no two fields have one name', TIMEOUT, () => {
  survives('fieldsOf', wholeFrames, (octets) => {
    const fields = fieldsOf(octets)
    expectCovered(fields, octets.length)
    if (new Set(fields.map(({ name }) => name)).size < fields.length) throw new Error('two of one name')
  })
})

test('summarise has one line without holes', TIMEOUT, () => {
  survives('summarise', wholeFrames, (octets) => {
    const line = summarise(octets)
    const isFull = line.includes('LLDP, ') || /^[^?]+$/.test(line) // LLDP may tell a name with anything in it
    if (!isFull || /\n|undefined|NaN|length -/.test(line)) throw new Error(line)
  })
})

test('differences are none if and only if the octets are the same', TIMEOUT, () => {
  const others = new Mutator('another', wholeFrames)
  survives('differences', wholeFrames, (octets) => {
    const other = others.below(2) === 0 ? others.original() : oneBitFlipped(octets, others)
    const isSame = differences(other, octets).length === 0
    if (isSame !== sameOctets(other, octets)) throw new Error(`the other frame is ${hexOf(other)}`)
  })
})

test('untagged leaves no whole tag', TIMEOUT, () => {
  survives('untagged', wholeFrames, (octets) => {
    const bare = untagged(octets)
    if (untagged(bare) !== bare) throw new Error(`there is one left in ${hexOf(bare)}`)
  })
})

test('findSignature finds what was written', TIMEOUT, () => {
  survives('findSignature', originals.signature, (octets) => {
    const found = findSignature(octets)
    if (found === undefined) return
    const again = encodeSignature(found)
    const seen = viewOf(octets, found.offset, found.offset + again.length)
    if (!sameOctets(again, seen)) throw new Error(`written again as ${hexOf(again)}`)
  })
})

test('a packet in fragments is whole again', TIMEOUT, () => {
  survives('fragments', originals.ipv4, (octets) => {
    readOrRefused('ipv4', octets, () => {
      const packet = {
        ...decodeIpv4(octets),
        dontFragment: false,
        moreFragments: false,
        fragmentOffsetOctets: 0,
      }
      const whole = reassembleIpv4(fragmentIpv4(packet, SMALLEST_MTU).toReversed())
      if (whole === undefined || !sameOctets(whole.payload, packet.payload))
        throw new Error('not whole again')
      return () => NO_OCTETS
    })
  })
})

test('any fragments are whole, not yet whole, or refused', TIMEOUT, () => {
  const others = new Mutator('other fragments', originals.ipv4)
  survives('reassembly', originals.ipv4, (octets) => {
    readOrRefused('ipv4', octets, () => {
      const packet = decodeIpv4(octets)
      const pieces = fragmentIpv4({ ...packet, dontFragment: false }, SMALLEST_MTU)
      const spoilt = pieces.map((piece) => spoiltFragment(piece, others))
      const whole = reassembleIpv4(spoilt)
      return () => (whole === undefined ? NO_OCTETS : encodeIpv4(whole))
    })?.()
  })
})

/** @throws {Error} with the seed, the number and the octets of the first that it fails for */
function survives(name: string, of: readonly Uint8Array[], check: (octets: Uint8Array) => void): void {
  const mutator = new Mutator(name, of)
  for (let number = 0; number < MUTATIONS; number += 1) {
    const octets = mutator.next()
    const start = performance.now()
    try {
      check(octets)
      if (performance.now() - start > LONGEST_MS) throw new Error(`took more than ${LONGEST_MS} ms`)
    } catch (cause) {
      throw new Error(`FRAMEPROOF_SEED=${SEED}, ${name}, number ${number}: ${hexOf(octets)}: ${cause}`, {
        cause,
      })
    }
  }
}

/** Undefined: refused with a WireError that tells a place in the octets. Any other error passes through. */
function readOrRefused(name: string, octets: Uint8Array, read: Reading): (() => Uint8Array) | undefined {
  try {
    return read(octets)
  } catch (error) {
    if (!(error instanceof WireError)) throw error
    const isOfPlace = error.offset >= 0 && error.offset <= octets.length
    if (isOfPlace && error.protocol !== '') return undefined
    throw new Error(`${name} refused without a place`, { cause: error })
  }
}

function extensionsFrom(nextHeader: number): Reading {
  return (octets) => {
    const content = decodeIpv6Extensions(nextHeader, octets)
    return () => {
      const again = encodeIpv6Extensions(content)
      if (again.nextHeader !== nextHeader) throw new Error(`written again as header ${again.nextHeader}`)
      return again.payload
    }
  }
}

/** Each piece as an option of its own. */
function readDhcpMeanings(octets: Uint8Array): () => Uint8Array {
  const meant = decodeDhcpPieces(octets).map((piece) =>
    piece.kind === 'option' ? decodeDhcpOption(piece) : piece,
  )
  const again = (one: (typeof meant)[number]): DhcpPiece =>
    one.kind === 'pad' || one.kind === 'end' ? one : { kind: 'option', ...encodeDhcpOption(one) }
  return () => encodeDhcpPieces(meant.map(again))
}

/** The frame's length is in front. */
function readLlc(octets: Uint8Array): () => Uint8Array {
  if (octets.length < 2) return () => octets
  const pdu = decodeLlc({ etherType: u16At(octets, 0), payload: viewOf(octets, 2, octets.length) })
  return () => {
    const { etherType, payload } = encodeLlc(pdu)
    return new Uint8Array([etherType >>> 8, etherType & 0xff, ...payload])
  }
}

function quotedAgain({ packet, content }: QuotedIpv6): Uint8Array {
  const again = content === undefined ? packet : { ...packet, ...encodeIpv6Extensions(content) }
  return encodeIpv6({ ...again, payloadLength: packet.payloadLength })
}

function expectCovered(fields: readonly Field[], size: number): void {
  const covered = new Uint8Array(size)
  for (const { name, offset, sizeOctets } of fields) {
    if (offset < 0 || sizeOctets < 1 || offset + sizeOctets > size) throw new Error(`${name} is not within`)
    covered.fill(1, offset, offset + sizeOctets)
  }
  if (covered.includes(0)) throw new Error(`octet ${covered.indexOf(0)} is in no field`)
}

function oneBitFlipped(octets: Uint8Array, mutator: Mutator): Uint8Array {
  const copy = octets.slice()
  const at = mutator.below(copy.length)
  if (copy.length > 0) copy[at] = (copy[at] ?? 0) ^ (1 << mutator.below(8))
  return copy
}

/** Most are not. */
function spoiltFragment(fragment: Ipv4Packet, mutator: Mutator): Ipv4Packet {
  const change = mutator.below(20)
  if (change === 0) return { ...fragment, fragmentOffsetOctets: 8 * mutator.below(0x2000) }
  if (change === 1) return { ...fragment, moreFragments: !fragment.moreFragments }
  if (change === 2)
    return { ...fragment, payload: viewOf(fragment.payload, 0, mutator.below(fragment.payload.length)) }
  return change === 3 ? { ...fragment, identification: mutator.below(0x10000) } : fragment
}
