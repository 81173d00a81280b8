/**
 * Octets that grow at their end, little-endian. One buffer for a whole file: a capture has 100,000 blocks.
 */
export class OctetSink {
  #buffer = new Uint8Array(4096)
  #view = new DataView(this.#buffer.buffer)
  #length = 0

  get length(): number {
    return this.#length
  }

  u16(value: number): void {
    this.#reserve(2)
    this.#view.setUint16(this.#length - 2, value, true)
  }

  u32(value: number): void {
    this.#reserve(4)
    this.#view.setUint32(this.#length - 4, value, true)
  }

  u64(value: bigint): void {
    this.#reserve(8)
    this.#view.setBigUint64(this.#length - 8, value, true)
  }

  octets(octets: Uint8Array): void {
    this.#reserve(octets.length)
    this.#buffer.set(octets, this.#length - octets.length)
  }

  zeros(count: number): void {
    this.#reserve(count)
    this.#buffer.fill(0, this.#length - count, this.#length)
  }

  setU32(offset: number, value: number): void {
    this.#view.setUint32(offset, value, true)
  }

  toOctets(): Uint8Array {
    return this.#buffer.slice(0, this.#length)
  }

  #reserve(count: number): void {
    const length = this.#length + count
    if (length > this.#buffer.length) this.#grow(length)
    this.#length = length
  }

  #grow(least: number): void {
    const grown = new Uint8Array(Math.max(least, this.#buffer.length * 2))
    grown.set(this.#buffer.subarray(0, this.#length))
    this.#buffer = grown
    this.#view = new DataView(grown.buffer)
  }
}
