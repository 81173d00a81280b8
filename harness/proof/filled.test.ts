/** Frames of any content: their octets. */
import { expect, it } from 'vitest'
import { type Filling, filled } from './filled.ts'
import { red1, red3 } from './testing/world.ts'

const NO_SIGNATURE = new Uint8Array(16)
const frame = (payload: Filling, sizeOctets = 18) =>
  filled({ from: red1, to: red3, etherType: 0x0800, sizeOctets, payload })

it.each([
  ['zeros', '00000000'],
  ['ones', 'ffffffff'],
  ['counting', '00010203'],
  ['random', '9e3cda78'],
] as const)('%s', (payload, octets) => {
  const { build } = frame(payload)
  expect(Buffer.from(build(NO_SIGNATURE)).toString('hex')).toBe(`020000000a03020000000a010800${octets}`)
})

it('says what it is, and is as long as wanted, without a signature', () => {
  const longest = frame('random', 1514)
  expect(longest).toMatchObject({ summary: '1514 octets, EtherType 0x0800, random', signed: false })
  expect(longest.build(NO_SIGNATURE)).toHaveLength(1514)
})
