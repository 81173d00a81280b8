/**
 *   [ red1 ]--( hv1: DHCP, a range of eight, all leased )--[ red2 ]
 *
 * The range is made small. Clients take every address of it, and each has another. New ones ask from two VMs: they get
 * no offer, though the server answers what is asked behind them. Each client that has a lease renews it then, and keeps its
 * address.
 *
 * Source: the article, 1.3.2.2; RFC 2131, 4.3.1.
 */
import {
  askBound,
  dhcpClient,
  expect,
  ipv4Range,
  leaseAll,
  releaseAll,
  repliesTo,
  requirement,
  settingsOf,
  stranger,
} from '../../harness/index.ts'

const ADDRESSES = 8

requirement(
  'DHCP-07',
  'with the pool used up there is no offer, and no lease is touched',
  async ({ lab, window }) => {
    const { red1, red2 } = lab.guests
    await lab.withFewAddresses('hv1', ADDRESSES, async (dhcp) => {
      const settings = settingsOf(dhcp)
      const clients = ipv4Range(dhcp).map((_, index) =>
        dhcpClient(index % 2 === 0 ? red1 : red2, { mac: stranger(900 + index).mac }),
      )
      const leases = await leaseAll(window, clients, settings)
      const addresses = leases.map(({ address }) => address)
      expect(addresses.toSorted(), 'the addresses that are leased').toEqual(ipv4Range(dhcp).toSorted())

      const newcomers = [red1, red2].map((guest, index) => {
        const client = dhcpClient(guest, { mac: stranger(1100 + index).mac })
        return { client, question: client.discover() }
      })
      const renewals = leases.map((lease) => ({ lease, question: lease.client.renew(lease) }))
      const seen = await askBound(window, renewals, newcomers)
      for (const { lease, question } of renewals) {
        const { client, address } = lease
        expect(repliesTo(question, seen.at(client.guest.port))).toBeOne('ack', {
          ...settings,
          address,
          lasting: lease,
        })
      }
      for (const { client, question } of newcomers) {
        const { port } = client.guest
        const own = renewals.find(({ lease }) => lease.client.guest.port === port)
        if (own === undefined) continue
        const after = repliesTo(own.question, seen.at(port))
        expect(repliesTo(question, seen.at(port))).toBeNone({ after })
      }
      await releaseAll(window, leases)
    })
  },
)
