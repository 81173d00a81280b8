/** Whole exchanges, of one client or of many at once: two windows, for an offer decides what is requested. */
import type { DhcpClient } from './dhcp.ts'
import { type DhcpReply, type DhcpSettings, isOneReply, repliesTo } from './dhcp-replies.ts'
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

/**
 * DISCOVER, OFFER, REQUEST, ACK, all clients at once. Each is to get one offer and one ACK of what was offered, with
 * these settings: that is asserted here. @returns the leases of those that got one
 */
export async function leaseAll(
  window: PlayWindow,
  clients: readonly DhcpClient[],
  wanted: DhcpSettings = {},
): Promise<readonly Lease[]> {
  const discovers = clients.map((client) => ({ client, question: client.discover() }))
  const offered = await ask(window, discovers)
  const requests = discovers.flatMap(({ client, question }) => {
    const offers = repliesTo(question, offered.at(client.guest.port))
    offered.judgement.add(isOneReply(offers, 'offer', wanted))
    const offer = offers.first
    return offer?.type === 'offer' ? [{ client, offer, question: client.select(offer) }] : []
  })
  if (requests.length === 0) return []
  const acknowledged = await ask(window, requests)
  return requests.flatMap(({ client, offer, question }) => {
    const acks = repliesTo(question, acknowledged.at(client.guest.port))
    const { address, server } = offer
    acknowledged.judgement.add(isOneReply(acks, 'ack', { ...wanted, address, server }))
    const ack = acks.first
    return ack?.type === 'ack' ? [{ ...ack, client }] : []
  })
}

/** They are given back: cases find a server as they would wish to leave it. Nothing answers a RELEASE. */
export async function releaseAll(window: PlayWindow, leases: readonly Lease[]): Promise<void> {
  if (leases.length === 0) return
  await window({}, async (w) => {
    for (const lease of leases) await w.inject(lease.client.guest, lease.client.release(lease))
  })
}

async function ask(
  window: PlayWindow,
  questions: readonly { client: DhcpClient; question: Stimulus }[],
): Promise<Seen> {
  const at = [...new Set(questions.map(({ client }) => client.guest.port))]
  return window({ at }, async (w) => {
    for (const { client, question } of questions) await w.inject(client.guest, question)
    await w.awaitAnswer({ to: questions.map(({ question }) => question) })
  })
}
