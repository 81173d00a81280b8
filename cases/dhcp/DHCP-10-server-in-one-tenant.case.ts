/**
 *   [ red1  ]--( hv1: DHCP in red )==trunk 10,20==( sw1 )==trunk 10,20==( hv2 )--[ red3  ]
 *   [ red2  ]--(                  )                                     (     )--[ blue2 ]
 *   [ blue1 ]--(                  )
 *
 * Only the first tenant has a server, on hv1. Its VMs get leases on both hypervisors. The other tenant's ask on both, too:
 * nothing of what they ask comes to the first tenant, and no server answers them, while it answers what is asked behind.
 *
 * Source: the article, 1.3.2.2 and 1.3.3; RFC 2131, 4.1; IEEE 802.1Q, 8.6.
 */
import {
  dhcpClient,
  expect,
  experimental,
  leaseAll,
  releaseAll,
  repliesTo,
  requirement,
  serverMessages,
  settingsOf,
} from '../../harness/index.ts'

const SERVED = {
  ...{ server: '198.51.100.1/24', first: '198.51.100.100', last: '198.51.100.149', router: '198.51.100.1' },
  ...{ dns: ['192.0.2.53'], leaseSeconds: 120 },
}

requirement('DHCP-10', 'a server in one tenant never answers another tenant', async ({ lab, window }) => {
  const { red1, red2, red3, blue1, blue2 } = lab.guests
  const settings = settingsOf(SERVED)
  await lab.withPlan('hv1', { dhcp: [{ tenant: red1.tenant, ...SERVED }] }, async () => {
    const leases = await leaseAll(
      window,
      [red1, red2, red3].map((guest) => dhcpClient(guest)),
      settings,
    )
    expect(leases.length, `leases of the VMs of ${red1.tenant}`).toBe(3)

    const asked = dhcpClient(red1).discover()
    const questions = [blue1, blue2].map((guest) => ({ guest, discover: dhcpClient(guest).discover() }))
    const redPorts = [red1, red2, red3].map(({ port }) => port)
    const seen = await window({ at: [red1.port, blue1.port, blue2.port] }, async (w) => {
      for (const { guest, discover } of questions) await w.inject(guest, discover)
      await w.inject(red1, asked)
      await w.awaitAnswer({ to: asked })
      for (const { guest, discover } of questions) {
        const other = guest === blue1 ? blue2 : blue1
        const marker = experimental({ from: guest, to: other })
        await w.proveAbsence({ of: discover, at: redPorts, marker })
      }
    })
    const offers = repliesTo(asked, seen.at(red1.port))
    expect(offers).toBeOne('offer', settings)
    for (const { guest, discover } of questions) {
      for (const port of redPorts) expect(seen.at(port)).not.toCarry(discover)
      expect(serverMessages(seen.at(guest.port))).toBeNone({ after: offers })
    }
    await releaseAll(window, leases)
  })
})
