/**
 *   [ red1 ]--( hv1: DHCP )
 *
 * A client with a lease asks its server, by unicast, to renew it, and then any server, by broadcast, to bind it again.
 * Each time it gets one ACK: the same address, the whole lease time. Offer and ACKs have both timers, and
 * T1 < T2 < lease time.
 *
 * Source: the article, 1.3.2.2; RFC 2131, 4.3.2 and 4.4.5; RFC 2132, 9.11 and 9.12.
 */
import {
  askBound,
  dhcpClient,
  expect,
  leaseAll,
  releaseAll,
  repliesTo,
  requirement,
  settingsOf,
} from '../../harness/index.ts'

requirement(
  'DHCP-04',
  'the server grants renewal and rebinding, and T1 < T2 < lease time',
  async ({ lab, window }) => {
    const { red1 } = lab.guests
    const client = dhcpClient(red1)
    const settings = { ...settingsOf(await lab.dhcp('hv1')), timersInOrder: true }
    const leases = await leaseAll(window, [client], settings)
    expect(leases.length, 'clients that got a lease').toBe(1)
    for (const lease of leases) {
      for (const question of [client.renew(lease), client.rebind(lease)]) {
        const seen = await askBound(window, [{ lease, question }])
        const { address } = lease
        expect(repliesTo(question, seen.at(red1.port))).toBeOne('ack', { ...settings, address })
      }
    }
    await releaseAll(window, leases)
  },
)
