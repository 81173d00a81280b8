import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { IpAddresses } from './checksum.ts'
import {
  type DecodedNeighbourMessage,
  decodeNeighbourMessage,
  encodeNeighbourMessage,
  type NeighbourMessage,
} from './neighbour-discovery.ts'
import type { NeighbourOption } from './neighbour-options.ts'
import { hexOf } from './octets.ts'
import { ipv6Addresses } from './testing/arbitraries.ts'
import { neighbourMessage } from './testing/control-arbitraries.ts'
import { amidJunk, expectGolden, octetsOf, wireErrorOf } from './testing/octets.ts'
import { holds } from './testing/properties.ts'

const BETWEEN: IpAddresses = { src: '2001:db8::b', dst: '2001:db8:0:1::d' }
const FOUND = { code: 0, checksumIsRight: true }
const TARGET = '2001:db8:0:1::d'
const SOURCE_ADDRESS: NeighbourOption = { kind: 'source link-layer address', address: '02:00:00:00:0a:01' }
const TARGET_ADDRESS: NeighbourOption = { kind: 'target link-layer address', address: '02:00:00:00:0a:02' }
const REDIRECTED = `6b9123450010113f 20010db800000000000000000000000b 20010db800000001000000000000000d
  03e807d00010eee468656c6c6f68656c`

// From testing/frames.ts, ICMPV6_SOLICITATION, and testing/control-frames.ts, with their provenance. Each with the sizes
// at which it is whole with fewer options.
const GOLDEN: [string, DecodedNeighbourMessage, number[]][] = [
  [
    '85 00 1228 00000000 0101 020000000a01',
    { ...FOUND, kind: 'router solicitation', checksum: 0x1228, reserved: 0, options: [SOURCE_ADDRESS] },
    [8],
  ],
  [
    `86 00 0635 40 80 0708 00007530 000003e8 0101 020000000a01 0501 0000 000005dc
    0304 40 c0 00278d00 00093a80 00000000 20010db8000000010000000000000000 fd01 010203040506`,
    {
      ...FOUND,
      kind: 'router advertisement',
      checksum: 0x0635,
      hopLimit: 64,
      managed: true,
      otherConfiguration: false,
      reservedFlags: 0,
      routerLifetimeSeconds: 1800,
      reachableTimeMs: 30_000,
      retransmitTimerMs: 1000,
      options: [
        SOURCE_ADDRESS,
        { kind: 'mtu', reserved: 0, mtu: 1500 },
        {
          kind: 'prefix information',
          prefixLength: 64,
          onLink: true,
          autonomous: true,
          reservedFlags: 0,
          validLifetimeSeconds: 30 * 86400,
          preferredLifetimeSeconds: 7 * 86400,
          reserved: 0,
          prefix: '2001:db8:0:1::',
        },
        { kind: 'other', type: 253, data: octetsOf('010203040506') },
      ],
    },
    [16, 24, 32, 64],
  ],
  [
    '87 00 e24f 00000000 20010db800000001000000000000000d 0101 020000000a02',
    {
      ...FOUND,
      kind: 'neighbour solicitation',
      checksum: 0xe24f,
      reserved: 0,
      target: TARGET,
      options: [{ kind: 'source link-layer address', address: '02:00:00:00:0a:02' }],
    },
    [24],
  ],
  [
    '88 00 804f 60000000 20010db800000001000000000000000d 0201 020000000a02',
    {
      ...FOUND,
      kind: 'neighbour advertisement',
      checksum: 0x804f,
      router: false,
      solicited: true,
      override: true,
      reserved: 0,
      target: TARGET,
      options: [TARGET_ADDRESS],
    },
    [24],
  ],
  [
    `89 00 0d39 00000000 20010db8000000000000000000000001 20010db800000001000000000000000d
    0201 020000000a02 0408 000000000000 ${REDIRECTED}`,
    {
      ...FOUND,
      kind: 'redirect',
      checksum: 0x0d39,
      reserved: 0,
      target: '2001:db8::1',
      destination: TARGET,
      options: [
        TARGET_ADDRESS,
        { kind: 'redirected header', reserved: octetsOf('000000000000'), quote: octetsOf(REDIRECTED) },
      ],
    },
    [40, 48],
  ],
]

const decode = (octets: Uint8Array) => decodeNeighbourMessage(octets, BETWEEN)
const encode = (message: NeighbourMessage) => encodeNeighbourMessage(message, BETWEEN)

describe.each(GOLDEN)('%s', (hex, meaning, wholeSizes) => {
  const octets = octetsOf(hex)

  test('golden octets', () => {
    expectGolden<NeighbourMessage>({ octets, meaning, decode, encode })
  })

  test('the checksum is computed if absent, and written as given otherwise', () => {
    const { checksum: _checksum, ...message } = meaning
    expect(hexOf(encode(message as NeighbourMessage))).toBe(hexOf(octets))
    expect(hexOf(encode({ ...meaning, checksum: 0 }).subarray(2, 4))).toBe('0000')
  })

  test('cut off anywhere but between options', () => {
    for (let size = 0; size < octets.length; size += 1) {
      const options: NeighbourOption[] = []
      const error = wireErrorOf(() => options.push(...decode(amidJunk(octets.subarray(0, size))).options))
      const isWhole = wholeSizes.includes(size)
      expect(error?.protocol, `cut off after ${size} octets`).toBe(isWhole ? undefined : 'icmpv6')
      expect(options).toEqual(isWhole ? meaning.options.slice(0, wholeSizes.indexOf(size)) : [])
    }
  })

  test('a wrong checksum is data', () => {
    const changed = octets.slice()
    changed[1] = 1
    expect(decode(changed)).toEqual({ ...meaning, code: 1, checksumIsRight: false })
  })
})

// RFC 4861 4.2 and 4.4: flags, from the left of their octet.
test.each([
  ['managed', 'router advertisement', 5, 0x80],
  ['otherConfiguration', 'router advertisement', 5, 0x40],
  ['router', 'neighbour advertisement', 4, 0x80],
  ['solicited', 'neighbour advertisement', 4, 0x40],
  ['override', 'neighbour advertisement', 4, 0x20],
])('the flag %s of a %s', (flag, kind, at, bit) => {
  const message = GOLDEN.map(([, meaning]) => meaning).find((meaning) => meaning.kind === kind)
  const none = { managed: false, otherConfiguration: false, router: false, solicited: false, override: false }
  expect(encode({ ...message, ...none, [flag]: true } as NeighbourMessage)[at]).toBe(bit)
})

test.each([
  ['an option of no length', '8500 0000 00000000 0100', 'option.length', 9, 'at least 8', '0'],
  [
    'a link-layer address of 14 octets',
    `8500 0000 00000000 0102${'00'.repeat(14)}`,
    'option.length',
    9,
    '8',
    '16',
  ],
  ['an MTU of 16 octets', `8500 0000 00000000 0502${'00'.repeat(14)}`, 'option.length', 9, '8', '16'],
  ['a prefix of 8 octets', '8500 0000 00000000 0301 000000000000', 'option.length', 9, '32', '8'],
  ['an echo request', '8000 0000 12340007', 'type', 0, 'one from 133 to 137', '128'],
])('%s is refused', (_, hex, field, offset, wanted, got) => {
  const error = wireErrorOf(() => decode(octetsOf(hex)))
  expect(error).toMatchObject({ protocol: 'icmpv6', field, offset, wanted, got })
})

const SOLICITATION: NeighbourMessage = { kind: 'router solicitation', code: 0, options: [] }

test.each<[string, NeighbourOption, string]>([
  ['option.length', { kind: 'other', type: 253, data: octetsOf('0102') }, '4'],
  ['option.type', { kind: 'other', type: 256, data: octetsOf('010203040506') }, '256'],
  ['option.mtu', { kind: 'mtu', mtu: 2 ** 32 }, '4294967296'],
  ['option.address', { kind: 'source link-layer address', address: '02' }, '02'],
  ['option.reserved', { kind: 'redirected header', reserved: octetsOf('00'), quote: octetsOf('') }, '1'],
  ['option.length', { kind: 'redirected header', quote: octetsOf('00') }, '9'],
])('%s has no place in the option', (field, option, got) => {
  const error = wireErrorOf(() => encode({ ...SOLICITATION, options: [option] }))
  expect(error).toMatchObject({ protocol: 'icmpv6', field, got })
})

test('a malformed option can be made', () => {
  const option: NeighbourOption = { kind: 'other', type: 1, length: 0, data: octetsOf('02') }
  expect(hexOf(encode({ ...SOLICITATION, options: [option] })).slice(16)).toBe('010002')
})

test('round trip of any message', () => {
  const property = fc.property(neighbourMessage, ipv6Addresses, (message, between) => {
    const octets = encodeNeighbourMessage(message, between)
    const decoded = decodeNeighbourMessage(octets, between)
    expect(decoded).toMatchObject({ ...message, checksumIsRight: true })
    expect(hexOf(encodeNeighbourMessage(decoded, between))).toBe(hexOf(octets))
  })
  holds(property)
})
