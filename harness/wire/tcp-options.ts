/**
 * The options of a TCP segment, from and to the octets of TcpSegment.options.
 * Sources: RFC 9293 3.2 (end, no operation, maximum segment size); RFC 7323 2.2 and 3.2 (window scale, timestamps);
 * RFC 2018 2 and 3 (selective acknowledgement). Integers big-endian; lengths in octets.
 */
import type { OctetReader, OctetWriter } from './octets.ts'
import {
  type CommonOption,
  decodeOptionList,
  encodeOptionList,
  expectDataSize,
  type OptionCodec,
} from './option-list.ts'

/** Their kinds on the wire. */
export const TCP_OPTION = {
  end: 0,
  nop: 1,
  maximumSegmentSize: 2,
  windowScale: 3,
  sackPermitted: 4,
  sack: 5,
  timestamps: 8,
} as const

const BLOCK_SIZE = 8

/** Sequence numbers: of the first octet received, and of the one behind the last. RFC 2018 3. */
export interface SackBlock {
  left: number
  right: number
}

type OwnOption =
  | { kind: 'maximum segment size'; sizeOctets: number }
  | { kind: 'window scale'; shift: number } // as on the wire: RFC 7323 2.3 uses 14 for more
  | { kind: 'sack permitted' }
  | { kind: 'sack'; blocks: readonly SackBlock[] }
  | { kind: 'timestamps'; value: number; echoReply: number }

export type TcpOption = OwnOption | CommonOption

const TYPES: Readonly<Record<OwnOption['kind'], number>> = {
  'maximum segment size': TCP_OPTION.maximumSegmentSize,
  'window scale': TCP_OPTION.windowScale,
  'sack permitted': TCP_OPTION.sackPermitted,
  sack: TCP_OPTION.sack,
  timestamps: TCP_OPTION.timestamps,
}
const SIZES: Readonly<Record<Exclude<OwnOption['kind'], 'sack'>, number>> = {
  'maximum segment size': 2,
  'window scale': 1,
  'sack permitted': 0,
  timestamps: 8,
}

const CODEC: OptionCodec<OwnOption> = {
  protocol: 'tcp-options',
  decode: decodeOwn,
  typeOf: ({ kind }) => TYPES[kind],
  sizeOf: (option) => (option.kind === 'sack' ? BLOCK_SIZE * option.blocks.length : SIZES[option.kind]),
  write: writeOwn,
}

/** @throws {WireError} if octets are missing or a length is not the option's */
export function decodeTcpOptions(octets: Uint8Array): TcpOption[] {
  return decodeOptionList(CODEC, octets)
}

/** Never pads or repairs: a segment takes multiples of four octets. @throws {WireError} if a value exceeds its width */
export function encodeTcpOptions(options: readonly TcpOption[]): Uint8Array {
  return encodeOptionList(CODEC, options)
}

function decodeOwn(type: number, data: OctetReader): OwnOption | undefined {
  if (type === TCP_OPTION.maximumSegmentSize) {
    expectDataSize(data, SIZES['maximum segment size'])
    return { kind: 'maximum segment size', sizeOctets: data.u16('sizeOctets') }
  }
  if (type === TCP_OPTION.windowScale) {
    expectDataSize(data, SIZES['window scale'])
    return { kind: 'window scale', shift: data.u8('shift') }
  }
  if (type === TCP_OPTION.sackPermitted) {
    expectDataSize(data, SIZES['sack permitted'])
    return { kind: 'sack permitted' }
  }
  if (type === TCP_OPTION.sack) return { kind: 'sack', blocks: readBlocks(data) }
  if (type !== TCP_OPTION.timestamps) return undefined
  expectDataSize(data, SIZES.timestamps)
  return { kind: 'timestamps', value: data.u32('value'), echoReply: data.u32('echoReply') }
}

function readBlocks(data: OctetReader): SackBlock[] {
  if (data.left % BLOCK_SIZE !== 0) {
    throw data.fault('length', data.offset - 1, `2 and a multiple of ${BLOCK_SIZE}`, 2 + data.left)
  }
  const blocks: SackBlock[] = []
  while (data.left > 0) blocks.push({ left: data.u32('left'), right: data.u32('right') })
  return blocks
}

function writeOwn(writer: OctetWriter, option: OwnOption): void {
  if (option.kind === 'maximum segment size') writer.u16('sizeOctets', option.sizeOctets)
  if (option.kind === 'window scale') writer.u8('shift', option.shift)
  if (option.kind === 'sack') {
    for (const block of option.blocks) {
      writer.u32('left', block.left)
      writer.u32('right', block.right)
    }
  }
  if (option.kind === 'timestamps') {
    writer.u32('value', option.value)
    writer.u32('echoReply', option.echoReply)
  }
}
