/**
 * What is asserted of DHCP servers' messages at a port: one reply of this type with these settings; or none, where another
 * exchange that came behind shows that the server had the chance.
 */
import { type DhcpType, hexOf, summarise } from '../wire/index.ts'
import type { DhcpReply } from './dhcp-reading.ts'
import type { DhcpReplies } from './dhcp-replies.ts'
import { type DhcpSettings, faultsOf, settingsInWords } from './dhcp-settings.ts'
import type { Assertion } from './judgement.ts'
import { fabricDown } from './ports-up.ts'
import type { RecordedFrame } from './record.ts'
import { CaseError } from './script-steps.ts'
import type { PortView } from './seen.ts'

export function isOneReply(of: DhcpReplies, type: DhcpType, wanted: DhcpSettings): Assertion {
  return { ...judgedReply(of, type, wanted), ...of.subject }
}

function judgedReply(of: DhcpReplies, type: DhcpType, wanted: DhcpSettings): Assertion {
  watch(of)
  const { view, replies } = of
  const expected = `${view.port.id} carries one DHCP ${type} to ${of.told}${settingsInWords(wanted)}`
  const frames = replies.map(({ frame }) => frame)
  const [first] = replies
  const faults = first === undefined ? [] : [...first.faults, ...faultsOf(first, of.asked, type, wanted)]
  if (replies.length > 1 || faults.length > 0) return deviates(of, expected, faults)
  const excuse = unfitness(view) ?? (first === undefined ? fabricDown(view.seen) : null)
  if (excuse !== null) return unproven(expected, excuse, frames)
  if (first === undefined) return deviates(of, expected, [])
  return { verdict: 'conforms', expected, found: null, frames }
}

/** Where the other was answered at another port, a marker must have come to this one behind the answer. */
export interface SilenceProof {
  /** Asked behind the question: the server that answered it had the chance to answer the question, too. */
  after: DhcpReplies
}

export function isNoReply(of: DhcpReplies, proof: SilenceProof): Assertion {
  return { ...judgedSilence(of, proof), ...of.subject }
}

function judgedSilence(of: DhcpReplies, proof: SilenceProof): Assertion {
  watch(of)
  const { view, replies } = of
  const expected = `${view.port.id} carries no DHCP reply to ${of.told}`
  const missed = chanceMissed(of, proof)
  if (replies.length > 0) return deviates(of, expected, [])
  const excuse = unfitness(view) ?? missed
  if (excuse !== null) return unproven(expected, excuse, [])
  return { verdict: 'conforms', expected, found: null, frames: proof.after.replies.map(({ frame }) => frame) }
}

/** What comes when the window is over is judged, too: it was not to be. */
function watch({ view, told, transactions }: DhcpReplies): void {
  const claim = { port: view.port.id, summary: `one more DHCP reply to ${told}` }
  for (const transaction of transactions) view.seen.judgement.watch({ ...claim, transaction })
}

/** None, or well-formed ones of these types: of a question that is malformed itself. */
export function areOnly(of: DhcpReplies, types: readonly DhcpType[], proof: SilenceProof): Assertion {
  return { ...judgedTypes(of, types, proof), ...of.subject }
}

function judgedTypes(of: DhcpReplies, types: readonly DhcpType[], proof: SilenceProof): Assertion {
  const { view, replies } = of
  const expected = `${view.port.id} carries no DHCP reply to ${of.told} but well-formed ones of ${types.join(', ')}`
  const faults = replies.flatMap((reply) => [
    ...reply.faults,
    ...(reply.type !== undefined && types.includes(reply.type) ? [] : [`it is of the type ${reply.type}`]),
  ])
  const missed = chanceMissed(of, proof)
  if (faults.length > 0) return deviates(of, expected, faults)
  const excuse = unfitness(view) ?? missed
  if (excuse !== null) return unproven(expected, excuse, [])
  return { verdict: 'conforms', expected, found: null, frames: replies.map(({ frame }) => frame) }
}

/** Why a silence proves nothing; null if the server had its chance, and what it sent would have come out. */
function chanceMissed(of: DhcpReplies, { after }: SilenceProof): string | null {
  const { script } = of.view.seen
  if (after.view.seen !== of.view.seen || after.question === null)
    throw new CaseError(`no DHCP reply to ${of.told}: what shows it is to be of the same window`)
  if (of.question !== null && script.frameOf(of.question).number >= script.frameOf(after.question).number)
    throw new CaseError(`no DHCP reply to ${of.told}: what shows it is to be asked behind it`)
  const [answer] = after.replies
  if (answer === undefined) return `no server answered ${after.told} behind it: silence is not proved`
  if (after.view.port === of.view.port) return null
  const answeredNs = timeOf(after, answer)
  const came = of.view.frames.some((frame) => frame.timestampNs >= answeredNs && isMarker(of.view, frame))
  return came ? null : `no marker came to ${of.view.port.id} behind that answer: silence is not proved`
}

function isMarker({ seen }: PortView, { signature }: RecordedFrame): boolean {
  return seen.record.sent.some(({ number, role }) => number === signature && role === 'marker')
}

function timeOf({ view }: DhcpReplies, { frame }: DhcpReply): bigint {
  return view.frames.find((other) => other.frame === frame)?.timestampNs ?? 0n
}

function unfitness({ seen, port }: PortView): string | null {
  const health = seen.healthAt(port)
  if (health === undefined) return `${port.id} was not captured`
  if (health.drops > 0) return `the capture at ${port.id} lost ${health.drops} frames`
  return health.control === 'seen' ? null : `the harness's control frame was not seen at ${port.id}`
}

function deviates(of: DhcpReplies, expected: string, faults: readonly string[]): Assertion {
  const { view, replies } = of
  const seen = replies.map(
    ({ frame, type, address, server }) => `frame ${frame}: ${type} of ${address} by ${server}`,
  )
  const found = [
    `expected  ${expected} (${view.port.description})`,
    `seen      ${seen.length === 0 ? 'no such reply' : seen.join('; ')}`,
    ...[...new Set(faults)].map((fault) => `          ${fault}`),
    `exchange  at ${view.port.id}:`,
    ...exchangeAt(of),
  ]
  return { verdict: 'deviates', expected, found: found.join('\n'), frames: replies.map(({ frame }) => frame) }
}

const MOST_LINES = 12

/** Every DHCP message of this client there, either way, in the order of time. */
function exchangeAt({ view: { seen, port }, asked }: DhcpReplies): readonly string[] {
  const chaddr = asked === null ? null : hexOf(asked.chaddr)
  const all = seen.framesAt(port).filter(({ octets }) => isOfClient(octets, chaddr))
  const [begin] = all
  const lines = all.slice(0, MOST_LINES).map(({ frame, direction, timestampNs, octets }) => {
    const laterMs = Number(timestampNs - (begin?.timestampNs ?? 0n)) / 1e6
    return `  frame ${frame}  ${direction.padEnd(3)}  +${laterMs.toFixed(1)} ms  ${summarise(octets)}`
  })
  const more = all.length - lines.length
  if (lines.length === 0) return ['  no DHCP message']
  return more > 0 ? [...lines, `  and ${more} more`] : lines
}

function isOfClient(octets: Uint8Array, chaddr: string | null): boolean {
  if (!summarise(octets).includes('BOOTP/DHCP')) return false
  return chaddr === null || hexOf(octets).includes(chaddr)
}

function unproven(expected: string, why: string, frames: readonly number[]): Assertion {
  return { verdict: 'could not run', expected, found: `${expected}: not proved, for ${why}`, frames }
}
