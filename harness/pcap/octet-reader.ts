import { PcapError } from './types.ts'

/** Reads fields one behind the other, never beyond its end, and names the field that did not fit. */
export class OctetReader {
  readonly littleEndian: boolean
  readonly #octets: Uint8Array
  readonly #view: DataView
  readonly #end: number
  /** Of all octets, those beyond this reader's end too. */
  readonly fileLength: number
  #offset: number

  constructor(
    octets: Uint8Array,
    { start, end, littleEndian, fileLength = octets.length, view }: ReaderSpan,
  ) {
    this.#octets = octets
    this.fileLength = fileLength
    this.#view = view ?? new DataView(octets.buffer, octets.byteOffset, octets.byteLength)
    this.#offset = start
    this.#end = end
    this.littleEndian = littleEndian
  }

  get offset(): number {
    return this.#offset
  }

  get remaining(): number {
    return this.#end - this.#offset
  }

  u8(field: string): number {
    return this.#view.getUint8(this.#advance(1, field))
  }

  u16(field: string): number {
    return this.#view.getUint16(this.#advance(2, field), this.littleEndian)
  }

  u32(field: string): number {
    return this.#view.getUint32(this.#advance(4, field), this.littleEndian)
  }

  u64(field: string): bigint {
    return this.#view.getBigUint64(this.#advance(8, field), this.littleEndian)
  }

  i64(field: string): bigint {
    return this.#view.getBigInt64(this.#advance(8, field), this.littleEndian)
  }

  /** A view of the octets, not a copy. */
  take(count: number, field: string): Uint8Array {
    const start = this.#advance(count, field)
    return this.#octets.subarray(start, start + count)
  }

  /** @param at joined to the field's name, should it not fit */
  skip(count: number, field: string, at: number): void {
    if (count > this.remaining) this.#advance(count, `${field} ${at}`)
    this.#offset += count
  }

  /** A reader of octets that this one has passed over. */
  within(start: number, end: number): OctetReader {
    return this.#of({ start, end })
  }

  /** A reader of the next octets, which this one passes over. */
  part(count: number, field: string): OctetReader {
    const start = this.#advance(count, field)
    return this.#of({ start, end: start + count })
  }

  /** Another reader of what remains; this one stays where it is. */
  fork(): OctetReader {
    return this.#of({ start: this.#offset, end: this.#end })
  }

  #of({ start, end }: Pick<ReaderSpan, 'start' | 'end'>): OctetReader {
    const { littleEndian, fileLength } = this
    return new OctetReader(this.#octets, { start, end, littleEndian, fileLength, view: this.#view })
  }

  #advance(count: number, field: string): number {
    const start = this.#offset
    if (count > this.remaining) {
      throw new PcapError({
        field,
        offset: start,
        wanted: octetCount(count),
        got: octetCount(this.remaining),
      })
    }
    this.#offset += count
    return start
  }
}

export interface ReaderSpan {
  start: number
  end: number
  littleEndian: boolean
  /** Where these octets are a piece of a file: the file's, less what is in front of them. */
  fileLength?: number
  /** Of these octets, where there is one already: they are slow to make. */
  view?: DataView | undefined
}

function octetCount(count: number): string {
  return count === 1 ? '1 octet' : `${count} octets`
}
