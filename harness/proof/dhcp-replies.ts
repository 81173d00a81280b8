/**
 * What DHCP servers answered at a port, and what is asserted of it: one reply of this type with these settings; or none,
 * where another exchange that came behind shows that the server had the chance. Source: RFC 2131 4.3.1, table 3.
 */
import {
  DHCP_OP,
  DHCP_PORT,
  type DhcpMessage,
  type DhcpOption,
  type DhcpType,
  decodeDhcp,
  decodeEthernet,
  decodeIpv4,
  decodeUdp,
  dhcpOption,
  dhcpOptionsOf,
  dhcpTypeOf,
  ETHER_TYPE,
  hexOf,
  IP_PROTOCOL,
  ipv4ChecksumIsRight,
  parseIpv4,
  parseIpv4Prefix,
  summarise,
  u32At,
  udpChecksumIsRight,
  viewOf,
  WireError,
} from '../wire/index.ts'
import type { Assertion } from './judgement.ts'
import { fabricDown } from './ports-up.ts'
import type { RecordedFrame } from './record.ts'
import { CaseError } from './script-steps.ts'
import type { PortView } from './seen.ts'
import type { Stimulus } from './stimulus.ts'

const DHCP_AT = 42
const NOBODY = '0.0.0.0'

export interface DhcpReply {
  frame: number
  type: DhcpType | undefined
  xid: number
  /** The client's now: yiaddr. */
  address: string
  /** As it names itself; where it does not, the source of the packet. */
  server: string
  serverMac: string
  message: DhcpMessage
  options: readonly DhcpOption[]
  /** What is wrong with it, whatever it answers. */
  faults: readonly string[]
}

/** What a reply is to say. A range of addresses has its first and its last. */
export interface DhcpSettings {
  address?: string | { first: string; last: string }
  server?: string
  serverMac?: string
  mask?: string
  router?: string
  dns?: readonly string[]
  leaseSeconds?: number
  /** T1 and T2 are there, and T1 < T2 < lease time. */
  timersInOrder?: boolean
}

/** As a plan documents it. */
export interface DocumentedDhcp {
  server: string // with its prefix length
  first: string
  last: string
  router: string
  dns: readonly string[]
  leaseSeconds: number
}

/** What each offer and ACK is to say. */
export function settingsOf({ server, first, last, router, dns, leaseSeconds }: DocumentedDhcp): DhcpSettings {
  const { address, prefixLength } = parseIpv4Prefix(server)
  const bits = (0xffffffff << (32 - prefixLength)) >>> 0
  const mask = [24, 16, 8, 0].map((shift) => (bits >>> shift) & 0xff).join('.')
  return { address: { first, last }, server: address, mask, router, dns, leaseSeconds }
}

/** Server messages at a port: answers to one question, or whatever came. */
export class DhcpReplies {
  readonly view: PortView
  readonly question: Stimulus | null
  readonly replies: readonly DhcpReply[]

  constructor(view: PortView, question: Stimulus | null) {
    this.view = view
    this.question = question
    const xid = question === null ? null : xidIn(this.#asked)
    this.replies = view.frames.flatMap((frame) => {
      const reply = replyIn(frame, this.#isComplete)
      return reply === undefined || (question !== null && reply.xid !== xid) ? [] : [reply]
    })
  }

  /** Between machines of one lab a NIC's checksum may be left to the hardware; to a guest it is complete. */
  get #isComplete(): boolean {
    return this.view.port.kind === 'tap' || this.view.port.kind === 'guest'
  }

  /** The first, whatever it is. */
  get first(): DhcpReply | undefined {
    return this.replies[0]
  }

  get told(): string {
    return this.question === null
      ? 'a DHCP server'
      : `${this.question.summary} of ${this.view.seen.script.frameOf(this.question).from}`
  }

  get #asked(): Uint8Array {
    return this.question === null ? new Uint8Array(0) : this.view.seen.script.frameOf(this.question).octets
  }

  /** What the client sent, to be compared with what came back. */
  get asked(): DhcpMessage | null {
    if (this.question === null) return null
    try {
      return decodeDhcp(viewOf(this.#asked, DHCP_AT, this.#asked.length))
    } catch (error) {
      if (error instanceof WireError) return null // malformed on purpose
      throw error
    }
  }
}

export function repliesTo(question: Stimulus, view: PortView): DhcpReplies {
  return new DhcpReplies(view, question)
}

/** Every message of a server there, whomever it answers. */
export function serverMessages(view: PortView): DhcpReplies {
  return new DhcpReplies(view, null)
}

export function isOneReply(of: DhcpReplies, type: DhcpType, wanted: DhcpSettings): Assertion {
  const { view, replies } = of
  const expected = `${view.port.id} carries one DHCP ${type} to ${of.told}${inWords(wanted)}`
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
  const { view, replies } = of
  const expected = `${view.port.id} carries no DHCP reply to ${of.told}`
  const missed = chanceMissed(of, proof)
  if (replies.length > 0) return deviates(of, expected, [])
  const excuse = unfitness(view) ?? missed
  if (excuse !== null) return unproven(expected, excuse, [])
  return { verdict: 'conforms', expected, found: null, frames: proof.after.replies.map(({ frame }) => frame) }
}

/** None, or well-formed ones of these types: of a question that is malformed itself. */
export function areOnly(of: DhcpReplies, types: readonly DhcpType[], proof: SilenceProof): Assertion {
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

/** @param isComplete whether checksums are owed here */
function replyIn(frame: RecordedFrame, isComplete: boolean): DhcpReply | undefined {
  try {
    const ethernet = decodeEthernet(frame.octets)
    if (ethernet.etherType !== ETHER_TYPE.ipv4) return undefined
    const packet = decodeIpv4(ethernet.payload)
    if (packet.protocol !== IP_PROTOCOL.udp || packet.fragmentOffsetOctets !== 0) return undefined
    const datagram = decodeUdp(packet.payload)
    if (datagram.srcPort !== DHCP_PORT.server || datagram.payload[0] !== DHCP_OP.reply) return undefined
    const isRight =
      !isComplete ||
      (ipv4ChecksumIsRight(ethernet.payload) &&
        udpChecksumIsRight(packet.payload, { src: packet.src, dst: packet.dst }))
    return read(frame, ethernet.src, packet.src, datagram.payload, isRight)
  } catch (error) {
    if (error instanceof WireError) return undefined // no whole datagram: not a server's message
    throw error
  }
}

function read(
  { frame }: RecordedFrame,
  serverMac: string,
  source: string,
  octets: Uint8Array,
  isRight: boolean,
): DhcpReply {
  const unread: DhcpMessage = { ...EMPTY, xid: octets.length >= 8 ? u32At(octets, 4) : 0 }
  const faults = isRight ? [] : ['a checksum is wrong']
  let message = unread
  let options: readonly DhcpOption[] = []
  try {
    message = decodeDhcp(octets)
    options = dhcpOptionsOf(message)
  } catch (error) {
    if (!(error instanceof WireError)) throw error
    faults.push(`it is malformed: ${error.message}`)
  }
  const server = dhcpOption(options, 'server identifier')?.address ?? source
  const type = dhcpTypeOf(options)
  return {
    ...{ frame, type, xid: message.xid, address: message.yiaddr, server, serverMac, message, options },
    faults: [...faults, ...(faults.length === 0 ? rulesBroken(type, message, options) : [])],
  }
}

const EMPTY: DhcpMessage = {
  ...{ op: DHCP_OP.reply, htype: 1, hlen: 6, hops: 0, xid: 0, secs: 0, flags: 0 },
  ...{ ciaddr: NOBODY, yiaddr: NOBODY, siaddr: NOBODY, giaddr: NOBODY },
  ...{ chaddr: new Uint8Array(16), sname: new Uint8Array(64), file: new Uint8Array(128), options: [] },
}

/** RFC 2131, table 3. */
function rulesBroken(
  type: DhcpType | undefined,
  { yiaddr, ciaddr }: DhcpMessage,
  options: readonly DhcpOption[],
): readonly string[] {
  const has = (kind: DhcpOption['kind']): boolean => options.some((option) => option.kind === kind)
  const broken: string[] = []
  const must = (holds: boolean, rule: string): void => {
    if (!holds) broken.push(`${rule}: RFC 2131, table 3`)
  }
  must(
    type === 'offer' || type === 'ack' || type === 'nak',
    `a server sends no ${type ?? 'message without a type'}`,
  )
  must(has('server identifier'), 'the server identifier is missing')
  for (const kind of ['requested address', 'parameter request list', 'maximum message size'] as const)
    must(!has(kind), `a server sends no ${kind}`)
  if (type === 'offer') must(ciaddr === NOBODY, `ciaddr of an offer is 0, not ${ciaddr}`)
  if (type === 'offer') must(has('lease time'), 'the lease time is missing')
  if (type === 'nak') must(yiaddr === NOBODY, `yiaddr of a NAK is 0, not ${yiaddr}`)
  if (type === 'nak') must(!has('lease time'), 'a NAK has no lease time')
  return broken
}

function faultsOf(
  reply: DhcpReply,
  asked: DhcpMessage | null,
  type: DhcpType,
  wanted: DhcpSettings,
): readonly string[] {
  const { message, options } = reply
  const faults: string[] = []
  const same = (what: string, expected: unknown, seen: unknown): void => {
    if (String(expected) !== String(seen))
      faults.push(`${what}: expected ${expected}, seen ${seen ?? 'none'}`)
  }
  const optionOf = <K extends DhcpOption['kind']>(kind: K) => dhcpOption(options, kind)
  same('message type', type, reply.type ?? 'none')
  if (asked !== null) {
    same('chaddr', hexOf(asked.chaddr), hexOf(message.chaddr))
    same('hlen', asked.hlen, message.hlen)
    same('giaddr', asked.giaddr, message.giaddr)
    if (type !== 'nak') same('broadcast flag', asked.flags & 0x8000, message.flags & 0x8000)
  }
  const { address, mask, router, dns, leaseSeconds, server, serverMac } = wanted
  if (typeof address === 'string') same('yiaddr', address, reply.address)
  if (typeof address === 'object' && !isWithin(reply.address, address))
    faults.push(`yiaddr: expected ${address.first} to ${address.last}, seen ${reply.address}`)
  if (server !== undefined) same('server identifier', server, optionOf('server identifier')?.address)
  if (serverMac !== undefined) same('eth.src', serverMac, reply.serverMac)
  if (mask !== undefined) same('subnet mask', mask, optionOf('subnet mask')?.address)
  if (router !== undefined) same('router', router, optionOf('router')?.addresses)
  if (dns !== undefined) same('DNS servers', dns, optionOf('dns')?.addresses)
  const lease = optionOf('lease time')?.seconds
  if (leaseSeconds !== undefined) same('lease time', leaseSeconds, lease)
  if (wanted.timersInOrder === true) {
    const [t1, t2] = [optionOf('renewal time')?.seconds, optionOf('rebinding time')?.seconds]
    const isInOrder = t1 !== undefined && t2 !== undefined && lease !== undefined && t1 < t2 && t2 < lease
    if (!isInOrder)
      faults.push(`T1 < T2 < lease time: seen ${[t1, t2, lease].map((s) => s ?? 'none').join(', ')}`)
  }
  return faults
}

/** All addresses of a range, in their order. */
export function ipv4Range({ first, last }: { first: string; last: string }): readonly string[] {
  const [from, to] = [first, last].map((text) => u32At(parseIpv4(text), 0))
  const count = (to ?? 0) - (from ?? 0) + 1
  return Array.from({ length: count }, (_, index) => {
    const address = (from ?? 0) + index
    return [24, 16, 8, 0].map((shift) => (address >>> shift) & 0xff).join('.')
  })
}

export function isWithin(address: string, { first, last }: { first: string; last: string }): boolean {
  const [at, from, to] = [address, first, last].map((text) => u32At(parseIpv4(text), 0))
  return at !== undefined && from !== undefined && to !== undefined && at >= from && at <= to
}

function xidIn(question: Uint8Array): number | null {
  return question.length >= DHCP_AT + 8 ? u32At(question, DHCP_AT + 4) : null
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

function inWords({ address, timersInOrder, ...settings }: DhcpSettings): string {
  const range = typeof address === 'object' ? `${address.first} to ${address.last}` : address
  const told = Object.entries({ address: range, ...settings }).filter(([, value]) => value !== undefined)
  const words = [
    ...told.map(([name, value]) => `${name} ${value}`),
    ...(timersInOrder ? ['T1 < T2 < lease time'] : []),
  ]
  return words.length === 0 ? '' : `: ${words.join(', ')}`
}
