/**
 * The reading of a frame into fields: where it is, how far the protocol being read may go, and under what names.
 * Offsets and sizes in octets; fields that share an octet both count it.
 */
import { type Part, shownOctets } from './layout.ts'
import { u8At, u16At, viewOf } from './octets.ts'

export interface Field {
  name: string // vlan.vid; the second tag's is vlan[1].vid
  value: string // for people: of many raw octets only the first are shown
  offset: number // of the first octet that the field has a part of
  sizeOctets: number
}

export class Walk {
  readonly octets: Uint8Array
  readonly fields: Field[] = []
  offset = 0
  end: number
  private prefix = ''
  private counts: Map<string, number> | undefined // made when needed: most frames have no header twice

  constructor(octets: Uint8Array) {
    this.octets = octets
    this.end = octets.length
  }

  get left(): number {
    return this.end - this.offset
  }

  get isInQuote(): boolean {
    return this.prefix !== ''
  }

  /** The next octet, of which the caller knows that it is there. */
  peek8(): number {
    return u8At(this.octets, this.offset)
  }

  /** The next two octets, of which the caller knows that they are there. */
  peek16(): number {
    return u16At(this.octets, this.offset)
  }

  /**
   * Takes the parts up to the first that does not fit, with which the raw rest begins.
   * @param header of those parts that have no full name @returns whether all fitted
   */
  takes(parts: readonly Part[], header = ''): boolean {
    const start = this.offset
    for (const { name, at, size, show } of parts) {
      const offset = start + at
      const isWhole = offset + size <= this.end
      this.offset = isWhole ? offset + size : offset
      if (!isWhole) return false
      this.also(header + name, show(this.octets, offset), offset, size)
    }
    return true
  }

  /** Takes raw octets, as many as there are. */
  raw(name: string, size: number): void {
    const taken = Math.min(size, this.left)
    if (taken <= 0) return
    const value = shownOctets(viewOf(this.octets, this.offset, this.offset + taken))
    this.also(name, value, this.offset, taken)
    this.offset += taken
  }

  /** A field of octets that are taken otherwise. */
  also(name: string, value: string, offset: number, sizeOctets: number): void {
    this.fields.push({ name: this.prefix + name, value, offset, sizeOctets })
  }

  /** The name for the first header of its kind, and with [1] for the second. */
  numbered(name: string): string {
    const full = this.prefix + name
    this.counts ??= new Map()
    const count = this.counts.get(full) ?? 0
    this.counts.set(full, count + 1)
    return count === 0 ? name : `${name}[${count}]`
  }

  /** So many octets, or as many as there are, of which the walk leaves the rest under a name. */
  inside(size: number, rest: string, walk: () => void): void {
    const outerEnd = this.end
    this.end = Math.min(outerEnd, this.offset + size)
    walk()
    this.raw(rest, this.left)
    this.end = outerEnd
  }

  /** The rest of a protocol that states its length is payload; what follows it on the wire has another name. */
  within(size: number, trailer: string, walk: () => void): void {
    this.inside(size, 'payload', walk)
    this.raw(trailer, this.left)
  }

  /** All that is left is a packet that another one quotes. */
  quoted(walk: () => void): void {
    const outerPrefix = this.prefix
    this.prefix = `${outerPrefix}${this.numbered('quoted')}.`
    walk()
    this.raw('payload', this.left)
    this.prefix = outerPrefix
  }

  finish(): readonly Field[] {
    this.raw('payload', this.left)
    return this.fields
  }
}
