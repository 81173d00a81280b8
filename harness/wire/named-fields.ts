/** A frame's fields by name, for the lines that people read. */
import { type Field, fieldsOf } from './fields.ts'

export class NamedFields {
  private readonly fields: ReadonlyMap<string, Field>

  constructor(octets: Uint8Array) {
    this.fields = new Map(fieldsOf(octets).map((field) => [field.name, field]))
  }

  has(name: string): boolean {
    return this.fields.has(name)
  }

  text(name: string): string {
    return this.fields.get(name)?.value ?? '?'
  }

  number(name: string): number {
    return Number(this.text(name))
  }

  end(name: string): number {
    const field = this.fields.get(name)
    return field === undefined ? 0 : field.offset + field.sizeOctets
  }

  /** In their order on the wire. */
  names(): readonly string[] {
    return [...this.fields.keys()]
  }
}
