/**
 * Builds pcapng block by block for tests, in either byte order, right or wrong: written without the writer under test.
 */
export interface Order {
  littleEndian: boolean
}

export const LITTLE: Order = { littleEndian: true }
export const BIG: Order = { littleEndian: false }

export function u16(value: number, { littleEndian }: Order): Uint8Array {
  const octets = new Uint8Array(2)
  new DataView(octets.buffer).setUint16(0, value, littleEndian)
  return octets
}

export function u32(value: number, { littleEndian }: Order): Uint8Array {
  const octets = new Uint8Array(4)
  new DataView(octets.buffer).setUint32(0, value, littleEndian)
  return octets
}

export function i64(value: bigint, { littleEndian }: Order): Uint8Array {
  const octets = new Uint8Array(8)
  new DataView(octets.buffer).setBigInt64(0, value, littleEndian)
  return octets
}

export function join(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]))
}

export function padded(octets: Uint8Array): Uint8Array {
  return join(octets, new Uint8Array((4 - (octets.length % 4)) % 4))
}

export function option(code: number, value: Uint8Array | string, order: Order): Uint8Array {
  const octets = typeof value === 'string' ? new TextEncoder().encode(value) : value
  return join(u16(code, order), u16(octets.length, order), padded(octets))
}

export function endOfOptions(order: Order): Uint8Array {
  return option(0, '', order)
}

export function block(type: number, body: Uint8Array, order: Order): Uint8Array {
  const total = u32(body.length + 12, order)
  return join(u32(type, order), total, body, total)
}

export function sectionHeader(
  order: Order,
  { length = -1n, major = 1, minor = 0, options = EMPTY } = {},
): Uint8Array {
  const version = join(u16(major, order), u16(minor, order))
  return block(0x0a0d0d0a, join(u32(0x1a2b3c4d, order), version, i64(length, order), options), order)
}

export function interfaceDescription(order: Order, { snapLength = 0, options = EMPTY } = {}): Uint8Array {
  return block(1, join(u16(1, order), u16(0, order), u32(snapLength, order), options), order)
}

interface TestPacket {
  id?: number
  ticks?: bigint
  octets?: Uint8Array
  originalLength?: number
  options?: Uint8Array
}

export function enhancedPacket(order: Order, packet: TestPacket): Uint8Array {
  const { id = 0, ticks = 0n, octets = EMPTY, options = EMPTY } = packet
  const { originalLength = octets.length } = packet
  const time = join(u32(Number(ticks >> 32n), order), u32(Number(ticks & 0xffffffffn), order))
  const lengths = join(u32(octets.length, order), u32(originalLength, order))
  return block(6, join(u32(id, order), time, lengths, padded(octets), options), order)
}

export function simplePacket(
  order: Order,
  packet: Pick<TestPacket, 'octets' | 'originalLength'>,
): Uint8Array {
  const { octets = EMPTY } = packet
  const { originalLength = octets.length } = packet
  return block(3, join(u32(originalLength, order), padded(octets)), order)
}

const EMPTY: Uint8Array = new Uint8Array(0)
