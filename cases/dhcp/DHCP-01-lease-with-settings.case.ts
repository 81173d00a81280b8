/**
 *   [ red1  ]--( hv1: br0 203.0.113.1, DHCP )==( sw1 )==( hv2: br0 203.0.113.1, DHCP )--[ red3  ]
 *   [ red2  ]--(                            )           (                            )--[ blue2 ]
 *   [ blue1 ]--(                            )
 *
 * Each VM asks for an address: DISCOVER, OFFER, REQUEST, ACK, one reply to each message. The address is one of the
 * documented range; offer and ACK say the same, and all that the plan documents: mask, router (the gateway on the
 * bridge), DNS server, lease time, who the server is. A VM that has its address already asks for the rest (INFORM), and is
 * told the same, but for a lease.
 *
 * Source: the article, 1.3.2.2; RFC 2131, 3.1, 4.3.1 and 4.3.5; RFC 2132, 3 and 9.
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
  'DHCP-01',
  'a VM gets an address of the range, with the documented settings',
  async ({ lab, window }) => {
    for (const hypervisor of ['hv1', 'hv2']) {
      const dhcp = await lab.dhcp(hypervisor)
      const { nat } = await lab.plan(hypervisor)
      expect(`${dhcp.router}/24`, 'the documented router is the gateway on the bridge').toBe(nat?.gateway)
      expect(dhcp.leaseSeconds, 'the documented lease time').toBeGreaterThanOrEqual(120)

      const guests = lab.everyGuest.filter((guest) => guest.hypervisor === hypervisor)
      const settings = settingsOf(dhcp)
      const leases = await leaseAll(
        window,
        guests.map((guest) => dhcpClient(guest)),
        settings,
      )
      expect(leases.length, `leases of the VMs on ${hypervisor}`).toBe(guests.length)

      const { address: _, ...others } = settings
      for (const lease of leases.slice(0, 1)) {
        const { client, address } = lease
        const question = client.inform(address)
        const seen = await askBound(window, [{ lease, question }])
        const told = repliesTo(question, seen.at(client.guest.port))
        expect(told).toBeOne('ack', { ...others, leaseSeconds: 'none' })
      }
      await releaseAll(window, leases)
    }
  },
)
