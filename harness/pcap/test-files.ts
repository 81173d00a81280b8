/** Small valid files of every kind that is read, to be spoilt: written without the writers under test. */
import {
  BIG,
  block,
  enhancedPacket,
  interfaceDescription,
  join,
  LITTLE,
  type Order,
  option,
  sectionHeader,
  simplePacket,
  u32,
} from './test-blocks.ts'
import { fileHeader, MICROSECONDS, NANOSECONDS, record } from './test-records.ts'

const frame = Uint8Array.from({ length: 61 }, (_, index) => index)

export const PCAP_FILES: readonly Uint8Array[] = [LITTLE, BIG].flatMap((order) =>
  [MICROSECONDS, NANOSECONDS].map((magic) => pcapFile(order, magic)),
)

export const PCAPNG_FILES: readonly Uint8Array[] = [
  pcapngSection(LITTLE),
  pcapngSection(BIG),
  join(pcapngSection(BIG), pcapngSection(LITTLE)),
  join(sectionHeader(LITTLE), interfaceDescription(LITTLE), enhancedPacket(LITTLE, { octets: frame })),
]

function pcapFile(order: Order, magic: number): Uint8Array {
  return join(
    fileHeader(order, { magic, snapLength: 128 }),
    record(order, { seconds: 1_580_558_992, ticks: 123_456, octets: frame }),
    record(order, {
      seconds: 1_580_558_992,
      ticks: 999_999,
      octets: frame.subarray(0, 14),
      originalLength: 1_514,
    }),
    record(order),
    record(order, { seconds: 0xffffffff, octets: frame.subarray(0, 1) }),
  )
}

function pcapngSection(order: Order): Uint8Array {
  const names = join(option(2, 'tap', order), option(3, 'red1', order), option(9, Uint8Array.of(9), order))
  const comments = join(
    option(1, 'met: at red3', order),
    option(2, u32(2, order), order),
    option(0, '', order),
  )
  const body = join(
    interfaceDescription(order, { snapLength: 128, options: names }),
    interfaceDescription(order),
    enhancedPacket(order, { ticks: 1_580_558_992_123_456_789n, octets: frame, options: comments }),
    enhancedPacket(order, { id: 1, ticks: 7n, octets: frame.subarray(0, 14), originalLength: 1_514 }),
    simplePacket(order, { octets: frame.subarray(0, 6) }),
    block(5, join(u32(0, order), u32(0, order), u32(9, order)), order),
  )
  return join(sectionHeader(order, { length: BigInt(body.length) }), body)
}
