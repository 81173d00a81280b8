/**
 *   [ red1 ]--( hv1: DHCP )--[ red2 ]
 *
 * A client is known by its client identifier, and by its hardware address if it sends none. Three clients have a lease.
 * The one without an identifier asks anew, as after a restart, and is offered what it has. The one with an identifier
 * asks from another NIC, with another hardware address, and is offered what it has; from its old hardware address
 * somebody with another identifier is offered something else.
 *
 * Source: the article, 1.3.2.2; RFC 2131, 1.6, 4.2 and 4.3.1; RFC 2132, 9.14.
 */
import {
  dhcpClient,
  expect,
  leaseAll,
  releaseAll,
  requirement,
  settingsOf,
  stranger,
} from '../../harness/index.ts'

const FIRST = Uint8Array.from([0, 0x66, 0x70, 1])
const OTHER = Uint8Array.from([0, 0x66, 0x70, 2])

requirement('DHCP-03', 'the same client gets the same address again', async ({ lab, window }) => {
  const { red1, red2 } = lab.guests
  const settings = settingsOf(await lab.dhcp('hv1'))
  const plain = dhcpClient(red1)
  const named = dhcpClient(red1, { mac: stranger(301).mac, clientIdentifier: FIRST })

  const leases = await leaseAll(window, [plain, named], settings)
  const [ofPlain, ofNamed] = leases
  expect(leases.length, 'clients that got a lease').toBe(2)
  if (ofPlain === undefined || ofNamed === undefined) return releaseAll(window, leases)

  const again = await leaseAll(window, [plain], {
    ...settings,
    address: ofPlain.address,
    lasting: ofPlain,
  })
  const moved = dhcpClient(red2, { mac: stranger(302).mac, clientIdentifier: FIRST })
  const ofMoved = await leaseAll(window, [moved], {
    ...settings,
    address: ofNamed.address,
    lasting: ofNamed,
  })
  const renamed = dhcpClient(red1, { mac: named.mac, clientIdentifier: OTHER })
  const ofRenamed = await leaseAll(window, [renamed], settings)

  expect(again.length + ofMoved.length, 'clients that came again and got a lease').toBe(2)
  for (const { address } of ofRenamed)
    expect(address, 'the address of another client').not.toBe(ofNamed.address)
  await releaseAll(window, [...again, ...ofMoved, ...ofRenamed])
})
