/**
 *   [ red1  ]--( hv1: DHCP )      64 clients, each with a hardware address of its own, behind three NICs
 *   [ red2  ]--(           )
 *   [ blue1 ]--(           )
 *
 * 64 clients ask for an address at once: all DISCOVERs are sent before the first OFFER is read, then all REQUESTs. Each
 * gets one, and no two get the same.
 *
 * Source: the article, 1.3.2.2; RFC 2131, 1.6 and 4.3.1.
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

const CLIENTS = 64

requirement('DHCP-02', '64 VMs get 64 different addresses', async ({ lab, window }) => {
  const { red1, red2, blue1 } = lab.guests
  const guests = [red1, red2, blue1] as const
  const clients = Array.from({ length: CLIENTS }, (_, index) =>
    dhcpClient(guests[index % guests.length] ?? red1, { mac: stranger(200 + index).mac }),
  )
  const leases = await leaseAll(window, clients, settingsOf(await lab.dhcp('hv1')))
  const addresses = leases.map(({ address }) => address)
  const twice = addresses.filter((address, index) => addresses.indexOf(address) !== index)
  expect(leases.length, 'clients that got a lease').toBe(CLIENTS)
  expect(twice, 'addresses that two clients have').toEqual([])
  await releaseAll(window, leases)
})
