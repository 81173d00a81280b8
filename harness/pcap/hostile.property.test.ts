/**
 * Files that were valid once. Each is refused with a PcapError, or read; and what is read is all that the file has:
 * written again, it gives the same packets, and no octet is left over or missing.
 * FRAMEPROOF_MUTATIONS=100000 tries as many files for each reader (5,000 otherwise); FRAMEPROOF_SEED has them again.
 */
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { holds } from '../wire/testing/properties.ts'
import { checkPcapStructure, decodeCapture, decodePcap, encodePcap } from './pcap.ts'
import { PcapReading } from './pcap-read.ts'
import { decodePcapng, encodePcapng } from './pcapng.ts'
import { PcapngReading } from './pcapng-pieces.ts'
import { PCAP_FILES, PCAPNG_FILES } from './test-files.ts'
import { mutationsOf } from './test-mutations.ts'
import { type CapturedPacket, type DecodedCapture, PcapError } from './types.ts'

const MUTATIONS = countFrom(process.env.FRAMEPROOF_MUTATIONS ?? '5000')
const ENOUGH_TIME = 30_000 + MUTATIONS * 5

describe(`${MUTATIONS} mutated files`, () => {
  it('of pcapng are refused or read whole', { timeout: ENOUGH_TIME }, () => {
    const outcomes = new Outcomes()
    const property = fc.property(mutationsOf(PCAPNG_FILES), (octets) => {
      const capture = outcomes.of(() => decodePcapng(octets))
      if (capture === undefined) return
      requireSame(sumOfBlocks(octets), octets.length)
      requireSame(contentOf(decodePcapng(encodePcapng(contentOf(capture)))), contentOf(capture))
    })
    holds(property, MUTATIONS)
    outcomes.expectBoth()
  })

  it('of pcap are refused or read whole', { timeout: ENOUGH_TIME }, () => {
    const outcomes = new Outcomes()
    const property = fc.property(mutationsOf(PCAP_FILES), (octets) => {
      const capture = outcomes.of(() => decodePcap(octets))
      if (capture === undefined) return
      requireSame(sumOfRecords(capture.packets), octets.length)
      const snapLength = capture.interfaces[0]?.snapLength ?? 0
      const again = decodePcap(encodePcap({ snapLength, packets: capture.packets }))
      requireSame(again, { ...capture, packets: capture.packets.map(inMicroseconds) })
    })
    holds(property, MUTATIONS)
    outcomes.expectBoth()
  })

  it('of pcap are read in pieces as they are whole, and refused in the same words', {
    timeout: ENOUGH_TIME,
  }, () => {
    const size = fc.integer({ min: 1, max: 80 })
    const property = fc.property(mutationsOf(PCAP_FILES), size, (octets, size) => {
      requireSame(
        resultOf(() => inPieces(octets, size)),
        resultOf(() => decodePcap(octets).packets),
      )
    })
    holds(property, MUTATIONS)
  })

  it('of pcapng are read in pieces as they are whole, and refused in the same words', {
    timeout: ENOUGH_TIME,
  }, () => {
    const size = fc.integer({ min: 1, max: 200 })
    const property = fc.property(mutationsOf(PCAPNG_FILES), size, (octets, size) => {
      const [pieces, whole] = [
        resultOf(() => pcapngInPieces(octets, size)),
        resultOf(() => decodePcapng(octets)),
      ]
      // a block of 16 MiB is not waited for: it is refused at once
      if (typeof pieces === 'string' && pieces.includes('wanted at most 16777216'))
        expect(whole).toBeTypeOf('string')
      else requireSame(pieces, whole)
    })
    holds(property, MUTATIONS)
  })

  it('of pcap pass the check of the structure if and only if they are read', { timeout: ENOUGH_TIME }, () => {
    const property = fc.property(mutationsOf(PCAP_FILES), (octets) => {
      requireSame(
        resultOf(() => checkPcapStructure(octets).records),
        resultOf(() => decodePcap(octets).packets.length),
      )
    })
    holds(property, MUTATIONS)
  })

  it('of either format are read by what they begin with', { timeout: ENOUGH_TIME }, () => {
    const property = fc.property(mutationsOf([...PCAP_FILES, ...PCAPNG_FILES]), (octets) => {
      const capture = valueIfRead(() => decodeCapture(octets))
      const either = valueIfRead(() => decodePcap(octets)) ?? valueIfRead(() => decodePcapng(octets))
      requireSame(capture, either)
    })
    holds(property, MUTATIONS)
  })
})

describe('cut off after every octet', () => {
  it.each(PCAP_FILES.map((file, index) => [index, file] as const))(
    'pcap file %i ends between records',
    (_, file) => {
      const whole = [...file.keys()].filter(
        (size) => valueIfRead(() => decodePcap(file.slice(0, size))) !== undefined,
      )
      expect(whole).toEqual([24, 101, 131, 147])
    },
  )

  it.each(PCAPNG_FILES.map((file, index) => [index, file] as const))(
    'pcapng file %i ends between blocks',
    (_, file) => {
      const whole = [...file.keys()].filter(
        (size) => valueIfRead(() => decodePcapng(file.slice(0, size))) !== undefined,
      )
      expect(whole.filter((size) => sumOfBlocks(file.subarray(0, size)) !== size)).toEqual([])
    },
  )
})

function countFrom(given: string): number {
  const count = Number(given)
  if (Number.isInteger(count) && count > 0) return count
  throw new Error(`FRAMEPROOF_MUTATIONS: wanted a whole number above 0, got ${given}`)
}

class Outcomes {
  #read = 0
  #refused = 0

  of<T>(read: () => T): T | undefined {
    const value = valueIfRead(read)
    if (value === undefined) this.#refused += 1
    else this.#read += 1
    return value
  }

  /** Mutations that are never read, or always, would prove nothing. */
  expectBoth(): void {
    process.stderr.write(`of ${MUTATIONS} mutated files ${this.#read} read, ${this.#refused} refused\n`)
    expect(this.#read).toBeGreaterThan(MUTATIONS / 100)
    expect(this.#refused).toBeGreaterThan(MUTATIONS / 100)
  }
}

/** Undefined for a PcapError; every other error is thrown on. */
function valueIfRead<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (error instanceof PcapError) return undefined
    throw error
  }
}

/** Its value, or the words in which it was refused. */
function resultOf<T>(read: () => T): T | string {
  try {
    return read()
  } catch (error) {
    if (error instanceof PcapError) return error.message
    throw error
  }
}

function requireSame(got: unknown, wanted: unknown): void {
  if (!isDeepStrictEqual(got, wanted)) expect(got).toEqual(wanted)
}

function inPieces(octets: Uint8Array, size: number): CapturedPacket[] {
  const packets: CapturedPacket[] = []
  const reading = new PcapReading((packet) => packets.push(packet))
  for (let start = 0; start < octets.length; start += size) reading.push(octets.slice(start, start + size))
  reading.end()
  return packets
}

function pcapngInPieces(octets: Uint8Array, size: number): DecodedCapture {
  const packets: CapturedPacket[] = []
  const reading = new PcapngReading(octets.length, (packet) => packets.push(packet))
  for (let start = 0; start < octets.length; start += size) reading.push(octets.slice(start, start + size))
  return { ...reading.end(), packets }
}

function inMicroseconds(packet: CapturedPacket): CapturedPacket {
  return { ...packet, timestampNs: packet.timestampNs - (packet.timestampNs % 1_000n) }
}

function sumOfRecords(packets: readonly CapturedPacket[]): number {
  return packets.reduce((sum, { octets }) => sum + 16 + octets.length, 24)
}

/** A walk by the lengths alone; each section header may turn the byte order. */
function sumOfBlocks(octets: Uint8Array): number {
  const view = new DataView(octets.buffer, octets.byteOffset, octets.byteLength)
  let littleEndian = true
  let end = 0
  while (end + 12 <= octets.length) {
    if (view.getUint32(end) === 0x0a0d0d0a) littleEndian = view.getUint32(end + 8, true) === 0x1a2b3c4d
    end += view.getUint32(end + 4, littleEndian)
  }
  return end
}

/** Our writer writes one section, and has no packets without time. */
function contentOf({ interfaces, packets, interfaceStatistics }: DecodedCapture) {
  return { interfaces, packets, interfaceStatistics }
}
