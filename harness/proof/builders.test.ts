/** What an author misspells is refused, and never passed over. */
import { expect, test } from 'vitest'
import { arpRequest, exactly, experimental, udp } from './builders.ts'
import { experimental as unchecked } from './frames.ts'
import { CaseError } from './script-steps.ts'
import { red1, red2 } from './testing/world.ts'

const signature = new Uint8Array(16)

test('known options pass', () => {
  const options = { from: red1, to: red2, sizeOctets: 100 }
  expect(experimental(options).build(signature)).toEqual(unchecked(options).build(signature))
})

test.each([
  [
    'an unknown option',
    () => udp({ from: red1, to: red2, ttl: 1 } as never),
    /udp: there is no option ttl, only from, to, srcPort/,
  ],
  [
    'another builder’s option',
    () => arpRequest({ from: red1, to: red2 } as never),
    /arpRequest: there is no option to, only from, forAddress/,
  ],
  [
    'a missing option',
    () => arpRequest({ from: red1 } as never),
    /arpRequest: the option forAddress is missing/,
  ],
  ['octets as text', () => exactly('ffff' as never), /exactly: wanted the octets as a Uint8Array/],
])('%s is refused', (_what, build, says) => {
  expect(build).toThrow(CaseError)
  expect(build).toThrow(says)
})
