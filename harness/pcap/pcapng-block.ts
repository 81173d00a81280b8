/**
 * The frame of every block: type, total length, body, total length once more. Source: draft-ietf-opsawg-pcapng, 3.1.
 */
import { OctetReader } from './octet-reader.ts'
import { BLOCK, BLOCK_OVERHEAD, BYTE_ORDER_MAGIC, SECTION_LENGTH_UNKNOWN } from './pcapng-format.ts'
import { PcapError } from './types.ts'

export interface Section {
  littleEndian: boolean
  end: number | null // where its last block must end, if it says so
}

export interface Block {
  type: number
  body: OctetReader
  end: number
}

/**
 * A block whose two lengths agree and which its section, or else the file, holds whole.
 * @param view of the octets, where there is one already
 */
export function openBlock(
  octets: Uint8Array,
  start: number,
  { littleEndian, end: sectionEnd }: Section,
  fileLength: number,
  view: DataView | undefined,
): Block {
  const limit = Math.min(sectionEnd ?? octets.length, octets.length)
  const head = new OctetReader(octets, { start, end: limit, littleEndian, fileLength, view })
  const type = head.u32('block type')
  const total = head.u32('block total length')
  if (total < BLOCK_OVERHEAD || total % 4 !== 0) {
    throw new PcapError({
      field: 'block total length',
      offset: start + 4,
      wanted: `a multiple of 4, at least ${BLOCK_OVERHEAD}`,
      got: String(total),
    })
  }
  const body = head.part(total - BLOCK_OVERHEAD, 'block body')
  const offset = head.offset
  const repeated = head.u32('block total length (repeated)')
  if (repeated === total) return { type, body, end: head.offset }
  throw new PcapError({
    field: 'block total length (repeated)',
    offset,
    wanted: String(total),
    got: String(repeated),
  })
}

/** 0x0a0d0d0a reads the same in both byte orders. Asked of every block: no reader is made for it. */
export function isSectionHeader(octets: Uint8Array, start: number): boolean {
  return (
    octets[start] === 0x0a &&
    octets[start + 1] === 0x0d &&
    octets[start + 2] === 0x0d &&
    octets[start + 3] === 0x0a
  )
}

function readType(octets: Uint8Array, start: number): number {
  return new OctetReader(octets, { start, end: octets.length, littleEndian: true }).u32('block type')
}

export function requireSectionHeader(octets: Uint8Array): void {
  const type = readType(octets, 0)
  if (type === BLOCK.sectionHeader) return
  throw new PcapError({
    field: 'block type',
    offset: 0,
    wanted: 'a Section Header Block, 0x0a0d0d0a',
    got: `0x${type.toString(16).padStart(8, '0')}`,
  })
}

/** True for little-endian. */
export function readByteOrder(octets: Uint8Array, start: number): boolean {
  const reader = new OctetReader(octets, { start, end: octets.length, littleEndian: true })
  reader.take(8, 'block head')
  const offset = reader.offset
  const little = reader.u32('byte-order magic')
  if (little === BYTE_ORDER_MAGIC) return true
  if (little === 0x4d3c2b1a) return false
  throw new PcapError({
    field: 'byte-order magic',
    offset,
    wanted: '0x1a2b3c4d',
    got: `0x${little.toString(16).padStart(8, '0')}`,
  })
}

/** The section's length counts from behind its header. */
export function sectionEnd(body: OctetReader, headerEnd: number): number | null {
  const offset = body.offset
  const length = body.u64('section length')
  if (length === SECTION_LENGTH_UNKNOWN) return null
  const most = BigInt(body.fileLength - headerEnd)
  if (length <= most && length % 4n === 0n) return headerEnd + Number(length)
  throw new PcapError({
    field: 'section length',
    offset,
    wanted: `a multiple of 4, at most ${most}`,
    got: String(length),
  })
}

export function requireNothingLeft(body: OctetReader): void {
  if (body.remaining === 0) return
  throw new PcapError({
    field: 'octets behind the packet',
    offset: body.offset,
    wanted: 'none',
    got: String(body.remaining),
  })
}
