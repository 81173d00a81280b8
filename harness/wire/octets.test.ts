import { expect, test } from 'vitest'
import { hexOf, NO_OCTETS, OctetReader, OctetWriter, sameOctets, viewOf, WireError } from './octets.ts'
import { amidJunk, octetsOf, wireErrorOf } from './testing/octets.ts'

const OCTETS = octetsOf('01 0203 f4050607 08090a')

test('a WireError carries protocol, field, offset, wanted and got, and says them all', () => {
  const fault = { protocol: 'ipv4', field: 'ttl', offset: 8, wanted: '1 octets', got: '0' }
  const error = new WireError(fault)
  expect({ ...error }).toMatchObject(fault)
  expect(error.name).toBe('WireError')
  expect(error.message).toBe('ipv4.ttl at octet 8: wanted 1 octets, got 0')
})

test('integers are read in network order, and 32 bits without a sign', () => {
  const reader = new OctetReader('test', amidJunk(OCTETS))
  expect(reader.u8('a')).toBe(1)
  expect(reader.u16('b')).toBe(0x0203)
  expect(reader.u32('c')).toBe(0xf4050607)
  expect(hexOf(reader.view('d', 2))).toBe('0809')
  expect(hexOf(reader.rest())).toBe('0a')
  expect(reader.rest()).toBe(NO_OCTETS)
})

test.each([
  ['u8', 10, (reader: OctetReader) => reader.u8('x'), '1'],
  ['u16', 9, (reader: OctetReader) => reader.u16('x'), '2'],
  ['u32', 7, (reader: OctetReader) => reader.u32('x'), '4'],
  ['view', 6, (reader: OctetReader) => reader.view('x', 5), '5'],
])('%s does not read beyond the end, though there is memory', (_, offset, read, size) => {
  const reader = new OctetReader('test', amidJunk(OCTETS))
  reader.offset = offset
  const error = wireErrorOf(() => read(reader))
  expect(error).toMatchObject({
    protocol: 'test',
    field: 'x',
    offset,
    wanted: `${size} octets`,
    got: `${10 - offset}`,
  })
  expect(reader.offset).toBe(offset)
})

test('a view shares the memory, and is a plain Uint8Array also of a Buffer', () => {
  const buffer = Buffer.from('00010203', 'hex')
  const view = viewOf(buffer, 1, 3)
  buffer[1] = 9
  expect(view.constructor).toBe(Uint8Array)
  expect(view).toEqual(new Uint8Array([9, 2]))
})

test('integers are written in network order', () => {
  const writer = new OctetWriter('test', 10)
  writer.u8('a', 1)
  writer.u16('b', 0x0203)
  writer.u32('c', 0xf4050607)
  writer.copy(octetsOf('08090a'))
  expect(hexOf(writer.finish())).toBe(hexOf(OCTETS))
})

test('setU16 writes over, and does not move on', () => {
  const writer = new OctetWriter('test', 3)
  writer.copy(octetsOf('aabbcc'))
  writer.setU16('x', 1, 0x1234)
  expect(hexOf(writer.finish())).toBe('aa1234')
})

test.each([
  ['u8', 0xff, (writer: OctetWriter, value: number) => writer.u8('x', value)],
  ['u16', 0xffff, (writer: OctetWriter, value: number) => writer.u16('x', value)],
  ['u32', 0xffffffff, (writer: OctetWriter, value: number) => writer.u32('x', value)],
])('%s takes its largest value and refuses what exceeds its width', (_, largest, write) => {
  const writer = new OctetWriter('test', 8)
  write(writer, largest)
  expect(hexOf(writer.octets.subarray(0, writer.offset))).toBe(largest.toString(16))
  for (const value of [largest + 1, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
    const wanted = `an integer from 0 to ${largest}`
    const error = wireErrorOf(() => write(writer, value))
    expect(error).toMatchObject({
      protocol: 'test',
      field: 'x',
      offset: writer.offset,
      wanted,
      got: String(value),
    })
  }
})

test('units are whole and within their width', () => {
  const writer = new OctetWriter('test', 1)
  expect(writer.units('x', 60, 4, 4)).toBe(15)
  for (const value of [64, 61, -4]) {
    expect(wireErrorOf(() => writer.units('x', value, 4, 4))?.wanted).toBe('a multiple of 4 from 0 to 60')
  }
})

test('a writer that was not filled is a mistake of the encoder, not of the packet', () => {
  const writer = new OctetWriter('test', 2)
  writer.u8('x', 1)
  expect(() => writer.finish()).toThrow('test: 1 of 2 octets were written')
})

test('sameOctets compares all octets and the length', () => {
  expect(sameOctets(octetsOf('0102'), amidJunk(octetsOf('0102')))).toBe(true)
  expect(sameOctets(octetsOf('0102'), octetsOf('0103'))).toBe(false)
  expect(sameOctets(octetsOf('0102'), octetsOf('010200'))).toBe(false)
})
