/**
 * The form of option list that IPv4 and TCP have in common: an octet alone for the end and for no operation, and
 * type, length and data for all others. Sources: RFC 791 3.1; RFC 9293 3.1.
 * Lengths in octets, of type, length and data together; offsets count from the start of the list.
 */
import { NO_OCTETS, OctetReader, OctetWriter } from './octets.ts'

const END = 0
const NO_OPERATION = 1
const HEAD_SIZE = 2

/** Nothing that follows is an option. */
export interface EndOption {
  kind: 'end'
  padding?: Uint8Array // all that follows; absent on encoding: nothing
}

export interface NoOperationOption {
  kind: 'nop'
}

/** Of any type, those included that have a kind of their own: so that malformed options can be made. */
export interface OtherOption {
  kind: 'other'
  type: number
  length?: number // absent on encoding: of the data, with two octets before
  data: Uint8Array
}

export type CommonOption = EndOption | NoOperationOption | OtherOption

/** What the options are that a protocol has for itself. Sizes in octets, of the data. */
export interface OptionCodec<T> {
  protocol: string
  decode(type: number, data: OctetReader): T | undefined // undefined: none of its own
  typeOf(option: T): number
  sizeOf(option: T): number
  write(writer: OctetWriter, option: T): void
}

/** @throws {WireError} if octets are missing or a length is not the option's */
export function decodeOptionList<T>(codec: OptionCodec<T>, octets: Uint8Array): (T | Decoded)[] {
  const reader = new OctetReader(codec.protocol, octets)
  const options: (T | Decoded)[] = []
  while (reader.left > 0) options.push(readOption(codec, reader))
  return options
}

/** Never pads or repairs. @throws {WireError} if a value exceeds its width */
export function encodeOptionList<T extends { kind: string }>(
  codec: OptionCodec<T>,
  options: readonly (T | CommonOption)[],
): Uint8Array {
  const sizes = options.map((option) => (isCommon(option) ? commonSize(option) : ownSize(codec, option)))
  const writer = new OctetWriter(
    codec.protocol,
    sizes.reduce((sum, size) => sum + size, 0),
  )
  for (const option of options) {
    if (isCommon(option)) writeCommon(writer, option)
    else writeOwn(codec, writer, option)
  }
  return writer.finish()
}

/** @throws {WireError} if the data of an option are not of the size that its type has */
export function expectDataSize(data: OctetReader, size: number): void {
  if (data.left === size) return
  throw data.fault('length', data.offset - 1, String(HEAD_SIZE + size), HEAD_SIZE + data.left)
}

type Decoded = Required<EndOption> | NoOperationOption | Omit<OtherOption, 'length'>

function readOption<T>(codec: OptionCodec<T>, reader: OctetReader): T | Decoded {
  const type = reader.u8('type')
  if (type === END) return { kind: 'end', padding: reader.rest() }
  if (type === NO_OPERATION) return { kind: 'nop' }
  const length = reader.u8('length')
  if (length < HEAD_SIZE) throw reader.fault('length', reader.offset - 1, `at least ${HEAD_SIZE}`, length)
  const data = reader.within('data', length - HEAD_SIZE)
  return codec.decode(type, data) ?? { kind: 'other', type, data: data.rest() }
}

function isCommon(option: { kind: string }): option is CommonOption {
  return option.kind === 'end' || option.kind === 'nop' || option.kind === 'other'
}

function commonSize(option: CommonOption): number {
  if (option.kind === 'nop') return 1
  return option.kind === 'end' ? 1 + (option.padding?.length ?? 0) : HEAD_SIZE + option.data.length
}

function ownSize<T>(codec: OptionCodec<T>, option: T): number {
  return HEAD_SIZE + codec.sizeOf(option)
}

function writeCommon(writer: OctetWriter, option: CommonOption): void {
  if (option.kind === 'nop') {
    writer.u8('type', NO_OPERATION)
    return
  }
  if (option.kind === 'end') {
    writer.u8('type', END)
    writer.copy(option.padding ?? NO_OCTETS)
    return
  }
  writer.u8('type', option.type)
  writer.u8('length', option.length ?? commonSize(option))
  writer.copy(option.data)
}

function writeOwn<T>(codec: OptionCodec<T>, writer: OctetWriter, option: T): void {
  writer.u8('type', codec.typeOf(option))
  writer.u8('length', ownSize(codec, option))
  codec.write(writer, option)
}
