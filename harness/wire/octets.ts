/**
 * Octets in network order, read and written field by field. Every read is bounded, every written value is
 * checked against its width, and whatever does not fit is a WireError that says what and where.
 * Offsets and sizes are in octets and count from the start of what was given to the decoder.
 */

export const NO_OCTETS = new Uint8Array(0)

export interface WireFault {
  protocol: string
  field: string
  offset: number
  wanted: string
  got: string
}

/** Octets that cannot be what they are read as, or a value that has no place in its field. */
export class WireError extends Error implements WireFault {
  override readonly name = 'WireError'
  readonly protocol: string
  readonly field: string
  readonly offset: number
  readonly wanted: string
  readonly got: string

  constructor(fault: WireFault) {
    super(
      `${fault.protocol}.${fault.field} at octet ${fault.offset}: wanted ${fault.wanted}, got ${fault.got}`,
    )
    this.protocol = fault.protocol
    this.field = fault.field
    this.offset = fault.offset
    this.wanted = fault.wanted
    this.got = fault.got
  }
}

/** The caller has checked the bound. */
export function u8At(octets: Uint8Array, at: number): number {
  return octets[at] as number
}

/** The caller has checked the bound. */
export function u16At(octets: Uint8Array, at: number): number {
  return ((octets[at] as number) << 8) | (octets[at + 1] as number)
}

/** The caller has checked the bound. */
export function u32At(octets: Uint8Array, at: number): number {
  return u16At(octets, at) * 0x10000 + u16At(octets, at + 2)
}

/** A plain Uint8Array on the same memory, whatever kind of array was given. The caller has checked the bound. */
export function viewOf(octets: Uint8Array, start: number, end: number): Uint8Array {
  if (start === end) return NO_OCTETS
  return new Uint8Array(octets.buffer, octets.byteOffset + start, end - start)
}

export function sameOctets(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && Buffer.compare(a, b) === 0
}

export function hexOf(octets: Uint8Array): string {
  return Buffer.from(octets.buffer, octets.byteOffset, octets.length).toString('hex')
}

/** @throws {WireError} from each read that the octets cannot fill */
export class OctetReader {
  readonly protocol: string
  readonly octets: Uint8Array
  offset = 0

  constructor(protocol: string, octets: Uint8Array) {
    this.protocol = protocol
    this.octets = octets
  }

  get left(): number {
    return this.octets.length - this.offset
  }

  u8(field: string): number {
    return u8At(this.octets, this.take(field, 1))
  }

  u16(field: string): number {
    return u16At(this.octets, this.take(field, 2))
  }

  u32(field: string): number {
    return u32At(this.octets, this.take(field, 4))
  }

  /** The next octets as a view, not a copy. */
  view(field: string, size: number): Uint8Array {
    const start = this.take(field, size)
    return viewOf(this.octets, start, start + size)
  }

  rest(): Uint8Array {
    return this.view('rest', this.octets.length - this.offset)
  }

  /** A reader of the next octets only, of which offsets count from where this one's do. */
  within(field: string, size: number): OctetReader {
    const start = this.take(field, size)
    const reader = new OctetReader(this.protocol, viewOf(this.octets, 0, start + size))
    reader.offset = start
    return reader
  }

  /** Claims the next octets. @returns where they begin */
  take(field: string, size: number): number {
    const start = this.offset
    const left = this.octets.length - start
    if (size > left) throw this.fault(field, start, `${size} octets`, `${left}`)
    this.offset = start + size
    return start
  }

  fault(field: string, offset: number, wanted: string, got: string | number): WireError {
    return new WireError({ protocol: this.protocol, field, offset, wanted, got: String(got) })
  }
}

/** Writes exactly the size it was made for. @throws {WireError} if a value exceeds its width */
export class OctetWriter {
  readonly protocol: string
  readonly octets: Uint8Array
  offset = 0

  constructor(protocol: string, size: number) {
    this.protocol = protocol
    this.octets = new Uint8Array(size)
  }

  u8(field: string, value: number): void {
    this.octets[this.offset] = this.fitting(field, value, 8)
    this.offset += 1
  }

  u16(field: string, value: number): void {
    this.setU16(field, this.offset, value)
    this.offset += 2
  }

  u32(field: string, value: number): void {
    const fitting = this.fitting(field, value, 32)
    this.u16(field, Math.floor(fitting / 0x10000))
    this.u16(field, fitting % 0x10000)
  }

  copy(octets: Uint8Array): void {
    this.octets.set(octets, this.offset)
    this.offset += octets.length
  }

  /** Writes over what is there, as is needed for checksums. */
  setU16(field: string, at: number, value: number): void {
    const fitting = this.fitting(field, value, 16)
    this.octets[at] = fitting >>> 8
    this.octets[at + 1] = fitting & 0xff
  }

  /** @returns the value if it is a whole number of at most so many bits */
  fitting(field: string, value: number, bits: number): number {
    const largest = 2 ** bits - 1
    if (Number.isInteger(value) && value >= 0 && value <= largest) return value
    throw this.fault(field, `an integer from 0 to ${largest}`, value)
  }

  /** @returns in how many units the value is measured, if that is a whole number of at most so many bits */
  units(field: string, value: number, unit: number, bits: number): number {
    const largest = 2 ** bits - 1
    const units = value / unit
    if (Number.isInteger(units) && units >= 0 && units <= largest) return units
    throw this.fault(field, `a multiple of ${unit} from 0 to ${largest * unit}`, value)
  }

  fault(field: string, wanted: string, got: string | number): WireError {
    return new WireError({ protocol: this.protocol, field, offset: this.offset, wanted, got: String(got) })
  }

  /** @throws {Error} if the encoder has forgotten a field: a mistake in this project, not in the packet */
  finish(): Uint8Array {
    if (this.offset === this.octets.length) return this.octets
    throw new Error(`${this.protocol}: ${this.offset} of ${this.octets.length} octets were written`)
  }
}
