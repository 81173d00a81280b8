/**
 * The options behind a block's fixed fields: code, length, value, padding. Source: draft-ietf-opsawg-pcapng, 3.5.
 */
import type { OctetReader } from './octet-reader.ts'
import { OPTION, padding } from './pcapng-format.ts'
import { PcapError } from './types.ts'

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true })

export class Options {
  readonly #block: OctetReader
  readonly #values: readonly OptionValue[]

  constructor(block: OctetReader, values: readonly OptionValue[]) {
    this.#block = block
    this.#values = values
  }

  /** The first option of this code; null where there is none. */
  text(code: number): string | null {
    const value = this.#first(code)
    return value === null ? null : this.#textOf(value)
  }

  texts(code: number): string[] {
    return this.#values.filter((value) => value.code === code).map((value) => this.#textOf(value))
  }

  u8(code: number, field: string): number | null {
    return this.#integer(code, 1, field)?.u8(field) ?? null
  }

  u32(code: number, field: string): number | null {
    return this.#integer(code, 4, field)?.u32(field) ?? null
  }

  i64(code: number, field: string): bigint | null {
    return this.#integer(code, 8, field)?.i64(field) ?? null
  }

  count(code: number, field: string): number | undefined {
    const reader = this.#integer(code, 8, field)
    if (reader === null) return undefined
    const offset = reader.offset
    const value = reader.u64(field)
    if (value <= BigInt(Number.MAX_SAFE_INTEGER)) return Number(value)
    throw new PcapError({ field, offset, wanted: `at most ${Number.MAX_SAFE_INTEGER}`, got: String(value) })
  }

  #first(code: number): OptionValue | null {
    return this.#values.find((value) => value.code === code) ?? null
  }

  #integer(code: number, length: number, field: string): OctetReader | null {
    const value = this.#first(code)
    if (value === null) return null
    const reader = this.#readerOf(value)
    if (reader.remaining === length) return reader
    throw new PcapError({
      field: `length of ${field}`,
      offset: reader.offset,
      wanted: String(length),
      got: String(reader.remaining),
    })
  }

  #readerOf({ start, length }: OptionValue): OctetReader {
    return this.#block.within(start, start + length)
  }

  #textOf(value: OptionValue): string {
    return utf8.decode(this.#readerOf(value).take(value.length, 'text'))
  }
}

/** Where it lies; what it says is read when it is asked for: a capture has 500,000. */
interface OptionValue {
  code: number
  start: number
  length: number
}

/** What remains of the block is its options; the end mark may be absent, but nothing may follow it. */
export function readOptions(block: OctetReader): Options {
  const values: OptionValue[] = []
  while (block.remaining > 0) {
    const offset = block.offset
    const code = block.u16('option code')
    const length = block.u16('option length')
    if (code === OPTION.end) {
      requireEnd(block, length, offset)
      break
    }
    const start = block.offset
    block.skip(length, 'value of option', code)
    block.skip(padding(length), 'padding of option', code)
    values.push({ code, start, length })
  }
  return new Options(block, values)
}

function requireEnd(block: OctetReader, length: number, offset: number): void {
  if (length !== 0) {
    throw new PcapError({ field: 'length of opt_endofopt', offset, wanted: '0', got: String(length) })
  }
  if (block.remaining === 0) return
  throw new PcapError({
    field: 'octets behind opt_endofopt',
    offset: block.offset,
    wanted: 'none',
    got: String(block.remaining),
  })
}
