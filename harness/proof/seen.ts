/** A window after it ended: what was seen at each port, to be asserted on. */
import { fieldsOf, sameOctets, untagged } from '../wire/index.ts'
import type { Judgement } from './judgement.ts'
import {
  Arrivals,
  type Awaited,
  isInSeries,
  type PortHealth,
  type RecordedFrame,
  type SignedFrame,
  type WindowRecord,
} from './record.ts'
import type { WindowScript } from './script.ts'
import type { Stimulus } from './stimulus.ts'
import { type Transfer, TransferView } from './transfer.ts'
import type { Port, World } from './world.ts'

export class Seen {
  readonly record: WindowRecord
  readonly script: WindowScript
  readonly world: World
  readonly judgement: Judgement
  /** Each assertion asks for these, and there may be as many as pairs of guests; of a hundred thousand frames none may. */
  readonly #byMark: () => Groups
  readonly #byPort: () => Groups
  readonly #byMarkAndPort: () => Groups
  readonly #healthAt: ReadonlyMap<string, PortHealth>
  readonly #arrivals: Arrivals
  readonly #journeys = new Map<SignedFrame, readonly RecordedFrame[]>()
  readonly #missing = new Map<readonly Awaited[], Awaited | undefined>()

  constructor(record: WindowRecord, script: WindowScript, world: World, judgement: Judgement) {
    this.record = record
    this.script = script
    this.world = world
    this.judgement = judgement
    this.#byMark = grouping(record.frames, ({ octets, signature }) => markOf(octets, signature))
    this.#byPort = grouping(record.frames, ({ port }) => port)
    this.#byMarkAndPort = grouping(record.frames, ({ octets, signature, port }) =>
      placed(markOf(octets, signature), port),
    )
    this.#healthAt = new Map(record.ports.map((health) => [health.port, health]))
    this.#arrivals = new Arrivals(record)
  }

  /** What is delivered there: at a guest's port what goes out to it; elsewhere what passes, either way. */
  at(port: Port): PortView {
    return new PortView(this, port, 'delivered')
  }

  /** What comes from there: at a guest's port what the guest sent. */
  from(port: Port): PortView {
    return new PortView(this, port, 'sent')
  }

  transfer(transfer: Transfer): TransferView {
    return new TransferView(this, transfer)
  }

  /** Why a guest's device, or a NIC, refused this frame; null if it took it. */
  refusalOf(stimulus: Stimulus): string | null {
    const { number } = this.script.frameOf(stimulus)
    const step = this.record.story.find((one) => one.kind === 'sent' && one.numbers.includes(number))
    return step?.kind === 'sent' ? step.error : null
  }

  /** All that was seen of one injected frame, at every port, in the order of time. */
  journeyOf(sent: SignedFrame): readonly RecordedFrame[] {
    const known = this.#journeys.get(sent)
    if (known !== undefined) return known
    const alike = this.#byMark().get(markOf(sent.octets, sent.signed ? sent.number : null)) ?? []
    const journey = alike.filter((frame) => isOf(frame, sent))
    this.#journeys.set(sent, journey)
    return journey
  }

  /** Every frame there, whosever it is, in the order of time. */
  framesAt(port: Port): readonly RecordedFrame[] {
    return this.#byPort().get(port.id) ?? []
  }

  /** How its capture fared; undefined if there was none. */
  healthAt(port: Port): PortHealth | undefined {
    return this.#healthAt.get(port.id)
  }

  /** The first of these that was not awaited, or did not come. */
  firstMissing(awaited: readonly Awaited[]): Awaited | undefined {
    if (!this.#missing.has(awaited))
      this.#missing.set(
        awaited,
        awaited.find((arrival) => !this.#arrivals.has(arrival)),
      )
    return this.#missing.get(awaited)
  }

  /** The frames with this mark there. */
  markedAt(port: Port, mark: string): readonly RecordedFrame[] {
    return this.#byMarkAndPort().get(placed(mark, port.id)) ?? []
  }
}

export class PortView {
  readonly seen: Seen
  readonly port: Port
  readonly #side: 'delivered' | 'sent'

  constructor(seen: Seen, port: Port, side: 'delivered' | 'sent') {
    this.seen = seen
    this.port = port
    this.#side = side
  }

  /** Every frame here, whosever it is. */
  get frames(): readonly RecordedFrame[] {
    return this.seen.framesAt(this.port).filter((frame) => this.#isHere(frame))
  }

  /** The frames here that are this stimulus; of a stream, any of it. */
  carried(stimulus: Stimulus): readonly RecordedFrame[] {
    if (this.seen.script.isStreamed(stimulus)) {
      this.seen.script.requireKept(stimulus, this.port)
      const series = this.seen.script.seriesOf(stimulus)
      return this.frames.filter((frame) => isInSeries(series, frame.signature))
    }
    const sent = this.seen.script.frameOf(stimulus)
    const alike = this.seen.markedAt(this.port, markOf(sent.octets, sent.signed ? sent.number : null))
    return alike.filter((frame) => this.#isHere(frame) && isOf(frame, sent))
  }

  /** The frames here whose signature has this number. */
  numbered(number: number): readonly RecordedFrame[] {
    return this.seen.markedAt(this.port, String(number)).filter((frame) => this.#isHere(frame))
  }

  #isHere({ direction }: RecordedFrame): boolean {
    if (this.port.kind === 'tap') return direction === (this.#side === 'delivered' ? 'out' : 'in')
    if (this.port.kind === 'guest') return direction === (this.#side === 'delivered' ? 'in' : 'out')
    return this.#side === 'delivered' || direction === 'in'
  }
}

type Groups = ReadonlyMap<string, readonly RecordedFrame[]>

/** Grouped when they are first asked for. */
function grouping(frames: readonly RecordedFrame[], keyOf: (frame: RecordedFrame) => string): () => Groups {
  let groups: Groups | undefined
  return () => {
    groups ??= grouped(frames, keyOf)
    return groups
  }
}

function grouped(frames: readonly RecordedFrame[], keyOf: (frame: RecordedFrame) => string): Groups {
  const groups = new Map<string, RecordedFrame[]>()
  for (const frame of frames) {
    const key = keyOf(frame)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [frame])
    else group.push(frame)
  }
  return groups
}

function placed(mark: string, port: string): string {
  return `${port} ${mark}`
}

/** By its mark; but what quotes it, or gives its payload back, is an answer to it and not the frame. */
export function isOf(frame: Pick<RecordedFrame, 'octets' | 'signature'>, sent: SignedFrame): boolean {
  const isAlike =
    markOf(frame.octets, frame.signature) === markOf(sent.octets, sent.signed ? sent.number : null)
  return isAlike && (sameOctets(frame.octets, sent.octets) || !answers(frame.octets, sent.octets))
}

/** What a frame is known by: its signature's number; where it has no room for one, all its octets but the tags. */
export function markOf(octets: Uint8Array, signature: number | null): string {
  return signature === null ? Buffer.from(untagged(octets)).toString('latin1') : String(signature)
}

/** Echo replies and errors: ICMP's types 0, 3, 4, 5, 11 and 12 (RFC 792), ICMPv6's 1 to 4 and 129 (RFC 4443). */
const ANSWERS = /^(icmp\.type (0|3|4|5|11|12)|icmp6\.type (1|2|3|4|129))$/

function answers(octets: Uint8Array, question: Uint8Array): boolean {
  const message = messageOf(octets)
  return message !== null && ANSWERS.test(message) && message !== messageOf(question)
}

function messageOf(octets: Uint8Array): string | null {
  const type = fieldsOf(octets).find(({ name }) => name === 'icmp.type' || name === 'icmp6.type')
  return type === undefined ? null : `${type.name} ${type.value}`
}
