/** Whole exchanges, of one client or of many at once: two windows, for an offer decides what is requested. */
import type { DhcpClient } from './dhcp.ts'
import { isOneReply } from './dhcp-assertions.ts'
import type { DhcpReply } from './dhcp-reading.ts'
import { repliesTo } from './dhcp-replies.ts'
import type { DhcpSettings } from './dhcp-settings.ts'
import type { Assertion } from './judgement.ts'
import type { WindowScript } from './script.ts'
import type { Seen } from './seen.ts'
import type { Stimulus } from './stimulus.ts'

/** How a case plays a window. */
export type PlayWindow = (
  options: object,
  write: (script: WindowScript) => Promise<void> | void,
) => Promise<Seen>

export interface Lease extends DhcpReply {
  client: DhcpClient
}

/** Who asks what. */
export interface Asked {
  client: DhcpClient
  question: Stimulus
}

/** What the harness did not see is no server's fault, and what builds on it says nothing. */
class Unproved extends Error {
  override readonly name = 'Unproved'
}

/** As often as clients that ask at once may be offered what another takes first. */
const MOST_ROUNDS = 20

/**
 * DISCOVER, OFFER, REQUEST, ACK, all clients at once. Each is to get one offer and one ACK of what was offered, with
 * these settings: that is asserted here. A server need not keep what it has offered (RFC 2131 3.1.2): where another
 * client was quicker, a NAK is as good, and the client begins again. @returns the leases of those that got one
 * @throws {Unproved} where captures lost what would have shown it
 */
export async function leaseAll(
  window: PlayWindow,
  clients: readonly DhcpClient[],
  wanted: DhcpSettings = {},
): Promise<readonly Lease[]> {
  const leases: Lease[] = []
  let left = clients
  for (let round = 1; left.length > 0; round += 1) {
    const mayBeLate = left.length > 1 && round < MOST_ROUNDS
    const { own, late } = await leaseOnce(window, left, wanted, mayBeLate)
    leases.push(...own)
    left = late
  }
  return clients.flatMap((client) => leases.filter((lease) => lease.client === client))
}

async function leaseOnce(
  window: PlayWindow,
  clients: readonly DhcpClient[],
  wanted: DhcpSettings,
  mayBeLate: boolean,
): Promise<{ own: readonly Lease[]; late: readonly DhcpClient[] }> {
  const discovers = clients.map((client) => ({ client, question: client.discover() }))
  const offered = await ask(window, discovers)
  const requests = discovers.flatMap(({ client, question }) => {
    const offers = repliesTo(question, offered.at(client.guest.port))
    judge(offered, isOneReply(offers, 'offer', wanted))
    const offer = offers.first
    return offer?.type === 'offer' ? [{ client, offer, question: client.select(offer) }] : []
  })
  if (requests.length === 0) return { own: [], late: [] }
  const acknowledged = await ask(window, requests)
  const own: Lease[] = []
  const late: DhcpClient[] = []
  for (const { client, offer, question } of requests) {
    const replies = repliesTo(question, acknowledged.at(client.guest.port))
    const { address, server } = offer
    const isTaken = requests.filter((other) => other.offer.address === address).length > 1
    const isLate = mayBeLate && isTaken && replies.first?.type === 'nak'
    const type = isLate ? 'nak' : 'ack'
    const settings = isLate ? { server } : { ...wanted, address, server }
    judge(acknowledged, isOneReply(replies, type, settings))
    if (isLate) late.push(client)
    else if (replies.first?.type === 'ack') own.push({ ...replies.first, client })
  }
  return { own, late }
}

/** @throws {Unproved} if it was not seen for a reason of the lab's: the leases that follow would be too few */
function judge({ judgement }: Seen, assertion: Assertion): void {
  judgement.add(assertion)
  if (assertion.verdict === 'could not run') throw new Unproved('without that exchange the case cannot go on')
}

/** They are given back: cases find a server as they would wish to leave it. Nothing answers a RELEASE. */
export async function releaseAll(window: PlayWindow, leases: readonly Lease[]): Promise<void> {
  if (leases.length === 0) return
  await window({}, async (w) => {
    for (const lease of leases) await w.inject(lease.client.guest, lease.client.release(lease))
  })
}

/** What who has a lease asks. */
export interface Bound {
  lease: Lease
  question: Stimulus
}

/**
 * Who has leases asks something of the server, all in one window, and waits for the answers. First each finds the
 * server, so that it can be answered by unicast. `before` is asked in front of that: that these are answered shows that the
 * server had the chance to answer those, too.
 */
export async function askBound(
  window: PlayWindow,
  bound: readonly Bound[],
  before: readonly Asked[] = [],
): Promise<Seen> {
  const finds = bound.map(({ lease: { client, ...lease } }) => ({ client, question: client.find(lease) }))
  const at = [...finds, ...before].map(({ client }) => client.guest.port)
  return window({ at: [...new Set(at)] }, async (w) => {
    for (const { client, question } of finds) await w.inject(client.guest, question)
    await w.awaitAnswer({ to: finds.map(({ question }) => question) })
    for (const { client, question } of before) await w.inject(client.guest, question)
    for (const { lease, question } of bound) await w.inject(lease.client.guest, question)
    await w.awaitAnswer({ to: bound.map(({ question }) => question) })
  })
}

async function ask(window: PlayWindow, questions: readonly Asked[]): Promise<Seen> {
  const at = [...new Set(questions.map(({ client }) => client.guest.port))]
  return window({ at }, async (w) => {
    for (const { client, question } of questions) await w.inject(client.guest, question)
    await w.awaitAnswer({ to: questions.map(({ question }) => question) })
  })
}
