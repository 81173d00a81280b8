/** A TCP transfer between two network stacks: it arrived whole, or what is known of why not. */
import type { Assertion } from './judgement.ts'
import { fabricDown } from './ports-up.ts'
import { healthOf, type StoryStep, type TransferOrder } from './record.ts'
import { CaseError, type ScriptStep, type Stack, type StackOwner } from './script-steps.ts'
import type { Seen } from './seen.ts'

const TRANSFER_DEADLINE_MS = 10_000

/** So many octets from one network stack to another. */
export interface Transfer {
  from: StackOwner
  to: StackOwner
  sizeOctets: number
}

export function transferStep({ from, to, sizeOctets }: Transfer): ScriptStep {
  const transfer = { from: from.name, to: to.name, sizeOctets }
  const [client, server] = [stackOf(from), stackOf(to)]
  return { kind: 'transfer', transfer, client, server, deadlineMs: TRANSFER_DEADLINE_MS }
}

function stackOf({ name, address, nic }: StackOwner): Stack {
  return { name, isGuest: nic !== undefined, address }
}

export class TransferView {
  readonly seen: Seen
  readonly transfer: Transfer

  constructor(seen: Seen, transfer: Transfer) {
    this.seen = seen
    this.transfer = transfer
  }
}

/** Made by the harness itself: nothing is said about the network. */
const OWN_FAILURE = /^(socket|bind|listen|setns|open|accept)\b/

export function arrivesWhole({ seen, transfer }: TransferView): Assertion {
  const order = { from: transfer.from.name, to: transfer.to.name, sizeOctets: transfer.sizeOctets }
  const { from, to, sizeOctets } = order
  const expected = `${sizeOctets} octets over TCP from ${from} come to ${to} whole`
  const step = seen.record.story.find((one) => isOf(one, order))
  if (step?.kind !== 'transferred') throw new CaseError(`${expected}: asserted, but not of this window`)
  const { received, intact, ended, error } = step
  if (received === sizeOctets && intact && ended)
    return { verdict: 'conforms', expected, found: null, frames: [] }
  const lossy = seen.record.ports.find(({ drops }) => drops > 0)
  const own = error !== null && OWN_FAILURE.test(error) ? error : null
  const excuse = intact ? (own ?? fabricDown(seen)) : null
  if (excuse !== null)
    return { verdict: 'could not run', expected, found: `${expected}: not proved, for ${excuse}`, frames: [] }
  const seenText = intact
    ? `${received} octets came${error === null ? ' within the time' : `: ${error}`}`
    : `${received} octets came, not all of them those that were sent`
  const note =
    lossy === undefined ? '' : ` (the capture at ${lossy.port} lost frames: the evidence is not whole)`
  return {
    verdict: 'deviates',
    expected,
    found: `expected  ${expected}\nseen      ${seenText}${note}`,
    frames: framesOf(seen, to),
  }
}

function isOf(step: StoryStep, { from, to, sizeOctets }: TransferOrder): boolean {
  const isIt = step.kind === 'transferred' && step.from === from && step.to === to
  return isIt && step.sizeOctets === sizeOctets
}

/** What the receiver saw of it, the first and the last. */
function framesOf(seen: Seen, to: string): readonly number[] {
  const health = healthOf(seen.record, to)
  const own = seen.record.frames.filter(({ port }) => port === (health === undefined ? null : to))
  return [own[0], own.at(-1)].flatMap((frame) => (frame === undefined ? [] : [frame.frame]))
}
