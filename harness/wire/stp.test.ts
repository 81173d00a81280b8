import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hexOf, NO_OCTETS } from './octets.ts'
import { type Bpdu, type ConfigurationBpdu, decodeStp, encodeStp, STP_FLAG, STP_ROLE } from './stp.ts'
import { bpdu } from './testing/control-arbitraries.ts'
import { expectGolden, expectTruncationsRefused, octetsOf, wireErrorOf } from './testing/octets.ts'
import { holds } from './testing/properties.ts'

const BRIDGES = '8001 020000000b01 00000004 9001 020000000b02 8003 0100 1400 0200 0f00'
const CONFIGURATION: ConfigurationBpdu = {
  kind: 'configuration',
  version: 0,
  flags: STP_FLAG.topologyChange | STP_FLAG.topologyChangeAcknowledgement,
  root: { priority: 32768, systemId: 1, mac: '02:00:00:00:0b:01' },
  rootPathCost: 4,
  bridge: { priority: 36864, systemId: 1, mac: '02:00:00:00:0b:02' },
  port: 0x8003,
  messageAgeSeconds: 1,
  maxAgeSeconds: 20,
  helloTimeSeconds: 2,
  forwardDelaySeconds: 15,
  trailer: NO_OCTETS,
}

// From testing/control-frames.ts, with their provenance; the last with what a multiple spanning tree adds, cut short.
const GOLDEN: [string, string, number, Bpdu][] = [
  ['configuration', `0000 00 00 81 ${BRIDGES}`, 35, CONFIGURATION],
  [
    'topology change notification',
    '0000 00 80',
    4,
    { kind: 'topology change notification', version: 0, trailer: NO_OCTETS },
  ],
  [
    'rapid',
    `0000 02 02 3e ${BRIDGES} 00`,
    36,
    {
      ...CONFIGURATION,
      kind: 'rapid',
      version: 2,
      flags: STP_FLAG.proposal | STP_FLAG.learning | STP_FLAG.forwarding | STP_ROLE.designated,
      version1Length: 0,
    },
  ],
  [
    'multiple',
    `0000 03 02 00 ${BRIDGES} 00 0040`,
    36,
    { ...CONFIGURATION, kind: 'rapid', version: 3, flags: 0, version1Length: 0, trailer: octetsOf('0040') },
  ],
]

test.each(GOLDEN)('golden octets: %s', (_, hex, __, meaning) => {
  expectGolden({ octets: octetsOf(hex), meaning, decode: decodeStp, encode: encodeStp })
})

test.each(GOLDEN)('cut off anywhere before the trailer: %s', (_, hex, size) => {
  expectTruncationsRefused(octetsOf(hex), 'stp', decodeStp, size)
})

test.each(GOLDEN.slice(0, 3))('what may be absent: %s', (_, hex, __, meaning) => {
  const { version: _version, trailer: _trailer, ...bare } = meaning
  if (bare.kind === 'rapid') delete bare.version1Length
  expect(hexOf(encodeStp(bare))).toBe(hexOf(octetsOf(hex)))
})

test.each([
  ['another protocol', '0001 00 00', 'protocolIdentifier', 0, '0', '1'],
  ['another type', '0000 00 01', 'type', 3, '0, 2 or 128', '1'],
])('%s is refused', (_, hex, field, offset, wanted, got) => {
  const error = wireErrorOf(() => decodeStp(octetsOf(hex)))
  expect(error).toMatchObject({ protocol: 'stp', field, offset, wanted, got })
})

test.each<[string, Partial<ConfigurationBpdu>, string]>([
  ['version', { version: 256 }, '256'],
  ['flags', { flags: 256 }, '256'],
  ['root.priority', { root: { ...CONFIGURATION.root, priority: 32769 } }, '32769'],
  ['root.systemId', { root: { ...CONFIGURATION.root, systemId: 4096 } }, '4096'],
  ['bridge.mac', { bridge: { ...CONFIGURATION.bridge, mac: '02' } }, '02'],
  ['rootPathCost', { rootPathCost: 2 ** 32 }, '4294967296'],
  ['port', { port: 65536 }, '65536'],
  ['maxAgeSeconds', { maxAgeSeconds: 256 }, '256'],
  ['helloTimeSeconds', { helloTimeSeconds: 0.001 }, '0.001'],
])('%s has no place in the BPDU', (field, changes, got) => {
  const error = wireErrorOf(() => encodeStp({ ...CONFIGURATION, ...changes }))
  expect(error).toMatchObject({ protocol: 'stp', field, got })
})

test('round trip of any BPDU', () => {
  const property = fc.property(bpdu, (original) => {
    expect(decodeStp(encodeStp(original))).toEqual(original)
  })
  holds(property)
})
