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
  type CaseContext,
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

type Documented = Awaited<ReturnType<CaseContext['lab']['dhcp']>>

requirement(
  'DHCP-07',
  'with the pool used up there is no offer, and no lease is touched',
  async (context) => {
    const { lab } = context
    const dhcp = await lab.dhcp('hv1')
    const small = { ...dhcp, last: ipv4Range(dhcp)[ADDRESSES - 1] ?? dhcp.last }
    await lab.withPlan('hv1', { dhcp: [{ tenant: null, ...small }] }, () => isUsedUp(context, small))
  },
)

async function isUsedUp({ lab, window }: CaseContext, dhcp: Documented): Promise<void> {
  const { red1, red2 } = lab.guests
  const settings = settingsOf(dhcp)
  const clients = ipv4Range(dhcp).map((_, index) =>
    dhcpClient(index % 2 === 0 ? red1 : red2, { mac: stranger(900 + index).mac }),
  )
  const leases = await leaseAll(window, clients, settings)
  const addresses = leases.map(({ address }) => address)
  expect(addresses.toSorted(), 'the addresses that are leased').toEqual(ipv4Range(dhcp).toSorted())

  const newcomers = [red1, red2].map((guest, index) => ({
    guest,
    question: dhcpClient(guest, { mac: stranger(1100 + index).mac }).discover(),
  }))
  const renewals = leases.map((lease) => {
    const { client } = lease
    return { ...lease, find: client.find(lease), question: client.renew(lease) }
  })
  const seen = await window({ at: [red1.port, red2.port] }, async (w) => {
    for (const { client, find } of renewals) await w.inject(client.guest, find)
    await w.awaitAnswer({ to: renewals.map(({ find }) => find) })
    for (const { guest, question } of newcomers) await w.inject(guest, question)
    for (const { client, question } of renewals) await w.inject(client.guest, question)
    await w.awaitAnswer({ to: renewals.map(({ question }) => question) })
  })
  for (const { client, address, question } of renewals)
    expect(repliesTo(question, seen.at(client.guest.port))).toBeOne('ack', { ...settings, address })
  for (const { guest, question } of newcomers) {
    const own = renewals.find(({ client }) => client.guest === guest)
    if (own === undefined) continue
    const renewed = repliesTo(own.question, seen.at(guest.port))
    expect(repliesTo(question, seen.at(guest.port))).toBeNone({ after: renewed })
  }
  await releaseAll(window, leases)
}
