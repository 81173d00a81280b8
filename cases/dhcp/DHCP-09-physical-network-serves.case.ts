/**
 *   [ red1  ]--( hv1 )==eth0==( sw1 )==eth0==( hv2 )--[ red3  ]
 *   [ red2  ]--(     )           |           (     )--[ blue2 ]
 *   [ blue1 ]--(     )  ( outside: DHCP 192.0.2.1 )
 *
 * Each VM gets a lease of the physical network's server, with all that it hands out. It is the only one that answers: each
 * question has one reply, at each other VM and port no server's message is another's, and every reply came in by the
 * hypervisor's physical port. Had a hypervisor a server, it would be nearer: a second question is asked and answered
 * behind the first, and in that time it would have answered, too. Who only wants to be told the rest (INFORM) is told by the
 * same server.
 *
 * Source: the article, 1.3.2.2; RFC 2131, 4.1.
 */
import {
  askBound,
  dhcpClient,
  expect,
  releaseAll,
  repliesTo,
  requirement,
  serverMessages,
  settingsOf,
  stranger,
} from '../../harness/index.ts'

requirement(
  'DHCP-09',
  "in bridged mode the VM's server is the physical network's",
  async ({ lab, window }) => {
    const settings = settingsOf(await lab.serveDhcpOutside())
    for (const guest of lab.everyGuest) {
      const client = dhcpClient(guest)
      const trunk = lab.trunk(guest.hypervisor)
      const discover = client.discover()
      const behind = dhcpClient(guest, { mac: stranger(850).mac }).discover()
      const first = await window({ at: [guest.port, trunk, lab.outside] }, async (w) => {
        await w.inject(guest, discover)
        await w.proveDelivery({ of: discover, at: [trunk, lab.outside] })
        await w.awaitAnswer({ to: discover })
        await w.inject(guest, behind)
        await w.awaitAnswer({ to: behind })
      })
      const offers = repliesTo(discover, first.at(guest.port))
      expect(first.at(lab.outside)).toCarry(discover, { times: 1 })
      expect(offers).toBeOne('offer', settings)
      expect(repliesTo(behind, first.at(guest.port))).toBeOne('offer', settings)
      const [offer] = offers.replies
      if (offer === undefined) continue

      const request = client.select(offer)
      const second = await window({ at: [guest.port, trunk, lab.outside] }, async (w) => {
        await w.inject(guest, request)
        await w.awaitAnswer({ to: request })
      })
      const { address } = offer
      const acks = repliesTo(request, second.at(guest.port))
      expect(acks).toBeOne('ack', { ...settings, address })
      expect(repliesTo(request, second.at(trunk))).toBeOne('ack', { ...settings, address })
      for (const seen of [first, second]) {
        const macs = serverMessages(seen.at(guest.port)).replies.map(({ serverMac }) => serverMac)
        const known = serverMessages(seen.at(lab.outside)).replies.map(({ serverMac }) => serverMac)
        expect([...new Set(macs)], `who answers ${guest.name}`).toEqual([...new Set(known)])
      }
      const [ack] = acks.replies
      if (ack?.type !== 'ack') continue
      const lease = { ...ack, client }
      const inform = client.inform(address)
      // Had the hypervisor a server, it would know by now where to answer.
      const findHypervisor = client.find({ ...lease, server: lab.machine(guest.hypervisor).address })
      const before = [{ client, question: findHypervisor }]
      const third = await askBound(window, [{ lease, question: inform }], before)
      const { address: _, ...others } = settings
      expect(repliesTo(inform, third.at(guest.port))).toBeOne('ack', { ...others, leaseSeconds: 'none' })
      await releaseAll(window, [lease])
    }
  },
)
