/** What two sites do together: each plays its half, and the controller says when. */
import type { NumberRange, PartResult, PartStep, StepResult } from '../../agent/messages/index.ts'
import type { Site } from '../site.ts'
import type { LabStepOf } from './steps.ts'

/** Asks one site to play one step. */
export type PlayAt = (site: Site, step: PartStep) => Promise<PartResult>

/**
 * The sender sends as much as may be on its way, the receiver tells when there is room again. All ports are captured:
 * what is not asked for is more to keep, and nothing else.
 */
export async function streamAcross(
  playAt: PlayAt,
  { guest, series, to, outstanding, deadlineMs }: LabStepOf<'stream'>,
  sites: { from: Site; to: Site },
): Promise<StepResult> {
  const { firstNumber, count } = series
  let framesSent = 0
  let arrived = 0
  while (framesSent < count && framesSent - arrived < outstanding) {
    const room = Math.min(outstanding - (framesSent - arrived), count - framesSent)
    const part = { ...series, firstNumber: firstNumber + framesSent, count: room }
    const sent = await playAt(sites.from, { kind: 'burst', guest, series: part })
    if (sent.kind !== 'sent') throw unexpected(sent)
    framesSent += sent.framesSent
    if (sent.error !== null) return { kind: 'sent', error: sent.error, framesSent }
    const atLeast = framesSent === count ? count : framesSent - outstanding + 1
    const numbers: NumberRange = { firstNumber, count: framesSent }
    const counted = await playAt(sites.to, { kind: 'count', guest: to, numbers, atLeast, deadlineMs })
    if (counted.kind !== 'counted') throw unexpected(counted)
    arrived = counted.arrived
  }
  return { kind: 'sent', error: null, framesSent }
}

/** So long one end carries on alone before it is known how the other fares. */
const SLICE_MS = 250

/** The server listens, the client connects, then both are carried on side by side until it is over. */
export async function transferAcross(
  playAt: PlayAt,
  { client, server, sizeOctets, deadlineMs }: LabStepOf<'transfer'>,
): Promise<StepResult> {
  const [from, to] = [client.place, server.place]
  const half = async (site: Site, step: PartStep) => {
    const result = await playAt(site, step)
    if (result.kind !== 'carried') throw unexpected(result)
    return result
  }
  const listening = { namespace: to.namespace, address: server.address }
  let receiving = await half(to.site, { kind: 'listen', server: listening })
  if (receiving.error !== null) return transferred(receiving, null)
  const connecting = { namespace: from.namespace, address: client.address }
  const connect = { kind: 'connect', client: connecting, to: server.address, sizeOctets } as const
  let sending = await half(from.site, connect)
  let leftMs = deadlineMs
  while (leftMs > 0 && !receiving.isOver && sending.error === null) {
    const carry = { kind: 'carry', deadlineMs: Math.min(SLICE_MS, leftMs) } as const
    const [r, s] = await Promise.all([half(to.site, carry), half(from.site, carry)])
    receiving = r
    sending = s
    leftMs -= Math.max(r.tookMs, s.tookMs, 1)
  }
  const hangUp = { kind: 'hang up' } as const
  await Promise.all([half(to.site, hangUp), half(from.site, hangUp)])
  return transferred(receiving, sending.error)
}

type Half = Extract<PartResult, { kind: 'carried' }>

function transferred({ received, intact, ended, error }: Half, othersError: string | null): StepResult {
  return { kind: 'transferred', received, intact, ended, error: error ?? othersError }
}

function unexpected({ kind }: PartResult): Error {
  return new Error(`an agent answered something else: ${kind}`)
}
