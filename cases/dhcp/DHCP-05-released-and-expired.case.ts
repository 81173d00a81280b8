/**
 *   [ red1 ]--( hv1: DHCP, a range of eight, all leased )--[ red2 ]
 *
 * The range is made small, and clients take every address of it. One that is new gets no offer: no lease has run out.
 * One address is released, and the new client gets that one. Then the lease time passes (with no window open; where the
 * lab's clock is its own, it is set forward); one client alone has its lease bound again before its end. New clients get
 * all the other addresses, and not that one.
 *
 * Source: the article, 1.3.2.2; RFC 2131, 4.3.1 and 4.3.4.
 */
import {
  askBound,
  type CaseContext,
  type DocumentedDhcp,
  dhcpClient,
  expect,
  ipv4Range,
  type Lease,
  leaseAll,
  releaseAll,
  repliesTo,
  requirement,
  settingsOf,
  stranger,
} from '../../harness/index.ts'

const ADDRESSES = 8
/** Servers count in seconds: what is over is over when the next has begun. */
const SERVERS_SECOND = 2

requirement('DHCP-05', 'released and expired addresses are leased again, unexpired ones are not', (context) =>
  context.lab.withFewAddresses('hv1', ADDRESSES, (dhcp) => areLeasedAgain(context, dhcp)),
)

async function areLeasedAgain({ lab, window }: CaseContext, dhcp: DocumentedDhcp): Promise<void> {
  const { red1 } = lab.guests
  const settings = settingsOf(dhcp)
  const clients = ipv4Range(dhcp).map((_, index) => dhcpClient(red1, { mac: stranger(500 + index).mac }))
  const leases = await leaseAll(window, clients, settings)
  const [released, kept] = leases
  expect(leases.length, 'addresses of the range that were leased').toBe(clients.length)
  if (released === undefined || kept === undefined || leases.length < clients.length)
    return releaseAll(window, leases)

  const newcomer = dhcpClient(red1, { mac: stranger(490).mac })
  const tooEarly = newcomer.discover()
  const renewal = kept.client.renew(kept)
  const full = await askBound(
    window,
    [{ lease: kept, question: renewal }],
    [{ client: newcomer, question: tooEarly }],
  )
  const renewed = repliesTo(renewal, full.at(red1.port))
  expect(renewed).toBeOne('ack', { ...settings, address: kept.address, lasting: kept })
  expect(repliesTo(tooEarly, full.at(red1.port))).toBeNone({ after: renewed })

  await window({}, (w) => w.inject(red1, released.client.release(released)))
  await lab.passTime(SERVERS_SECOND)
  const ofReleased = await leaseAll(window, [newcomer], { ...settings, address: released.address })
  expect(ofReleased.length, 'leases of the released address').toBe(1)

  await runOut({ lab, window }, dhcp, { kept, leases: [...leases.slice(1), ...ofReleased] })
}

interface Leased {
  /** Bound again before its end. */
  kept: Lease
  /** All that there are, this one too. */
  leases: readonly Lease[]
}

async function runOut(
  { lab, window }: Pick<CaseContext, 'lab' | 'window'>,
  dhcp: DocumentedDhcp,
  { kept, leases }: Leased,
): Promise<void> {
  const { red1, red2 } = lab.guests
  const settings = settingsOf(dhcp)
  const early = Math.ceil(dhcp.leaseSeconds * 0.9) - SERVERS_SECOND
  await lab.passTime(early)
  const rebinding = kept.client.rebind(kept)
  const rebound = await askBound(window, [{ lease: kept, question: rebinding }])
  const extended = repliesTo(rebinding, rebound.at(red1.port))
  expect(extended).toBeOne('ack', { ...settings, address: kept.address })

  await lab.passTime(dhcp.leaseSeconds - early + 5)
  // What it counts off by a timer, a server whose clock was set forward begins to count when it is woken.
  const waking = kept.client.renew(kept)
  const woken = await askBound(window, [{ lease: kept, question: waking }])
  expect(repliesTo(waking, woken.at(red1.port))).toBeOne('ack', {
    ...{ ...settings, address: kept.address },
    ...(extended.first === undefined ? {} : { lasting: extended.first }),
  })
  const others = leases.slice(1).map((_, index) => dhcpClient(red2, { mac: stranger(700 + index).mac }))
  const ofExpired = await leaseAll(window, others, settings)
  const addresses = ofExpired.map(({ address }) => address)
  expect(ofExpired.length, 'expired addresses that were leased again').toBe(others.length)
  expect(addresses, 'addresses of expired leases').not.toContain(kept.address)
  await releaseAll(window, [kept, ...ofExpired])
}
