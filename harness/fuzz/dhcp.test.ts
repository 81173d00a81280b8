/** Few of what `npm run fuzz:dhcp` sends many of, against a real server. FRAMEPROOF_SEED gives the octets of an earlier run. */
import { expect, test } from 'vitest'
import { SEED } from '../wire/testing/properties.ts'
import { fuzzDhcp } from './dhcp.ts'

const COUNT = 400

test('spoilt DHCP messages: the codec reads or refuses them, and the server goes on serving', async () => {
  const fuzzed = await fuzzDhcp({ kind: 'uml', count: COUNT, seed: SEED })
  const { failure, sent, read, refused, servers, leases, leasedBehind } = fuzzed
  expect(failure).toBeNull()
  expect(read + refused).toBe(COUNT)
  expect({ sent, leases }).toEqual({ sent: COUNT, leases: 1 + COUNT / 10 })
  expect(servers[0]).not.toBeNull()
  expect(servers[1]).toBe(servers[0])
  expect(leasedBehind).not.toBeNull()
}, 180_000)
