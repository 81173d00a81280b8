/**
 *   [ red1 ]--( hv1: DHCP )
 *
 * Two clients have leases, and half of the lease time passes (with no window open; where the lab's clock is its own, it is
 * set forward). Then one asks its server, by unicast, to renew its lease, and the other any server, by broadcast, to bind
 * its own again. Each gets one ACK: the same address, the whole lease time. Offers and ACKs have both timers, and
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
  stranger,
} from '../../harness/index.ts'

requirement(
  'DHCP-04',
  'the server grants renewal and rebinding, and T1 < T2 < lease time',
  async ({ lab, window }) => {
    const { red1 } = lab.guests
    const clients = [dhcpClient(red1), dhcpClient(red1, { mac: stranger(401).mac })]
    const documented = await lab.dhcp('hv1')
    const settings = { ...settingsOf(documented), timersInOrder: true }
    const leases = await leaseAll(window, clients, settings)
    const [first, second] = leases
    expect(leases.length, 'clients that got a lease').toBe(clients.length)
    if (first === undefined || second === undefined) return releaseAll(window, leases)

    await lab.passTime(documented.leaseSeconds / 2)
    const asked = [
      { lease: first, question: first.client.renew(first) },
      { lease: second, question: second.client.rebind(second) },
    ]
    const seen = await askBound(window, asked)
    for (const { lease, question } of asked) {
      const { address } = lease
      expect(repliesTo(question, seen.at(red1.port))).toBeOne('ack', { ...settings, address })
    }
    await releaseAll(window, leases)
  },
)
