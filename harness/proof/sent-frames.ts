/** What a window's script sends: every frame with its signature, its number and its sender. */
import { encodeSignature, untagged } from '../wire/index.ts'
import { firstOf, type Role, type SentSeries, type SignedFrame } from './record.ts'
import { CaseError, type Numbering, type Sender } from './script-steps.ts'
import type { Stimulus } from './stimulus.ts'
import type { Guest, Port } from './world.ts'

export class SentFrames {
  readonly sent: SignedFrame[] = []
  readonly series: SentSeries[] = []
  readonly #numbering: Numbering
  readonly #senders = new Map<Stimulus, Sender>()
  readonly #frames = new Map<Stimulus, SignedFrame>()
  readonly #seriesOf = new Map<Stimulus, SentSeries>()
  /** Of what was streamed while not all ports were captured: those that were. */
  readonly #keptAt = new Map<Stimulus, ReadonlySet<string>>()
  readonly #unsigned = new Set<string>()

  constructor(numbering: Numbering) {
    this.#numbering = numbering
  }

  /** @throws {CaseError} if it was never injected in this window */
  frameOf(stimulus: Stimulus): SignedFrame {
    const frame = this.#frames.get(stimulus)
    if (frame === undefined)
      throw new CaseError(`${stimulus.summary}: asserted, but never injected in this window`)
    return frame
  }

  /** @throws {CaseError} if it was not streamed in this window */
  seriesOf(stimulus: Stimulus): SentSeries {
    const series = this.#seriesOf.get(stimulus)
    if (series === undefined)
      throw new CaseError(`${stimulus.summary}: asserted, but never streamed in this window`)
    return series
  }

  /** What was sent first of this: of a stream its first frame. */
  firstOf(stimulus: Stimulus): SignedFrame {
    const series = this.#seriesOf.get(stimulus)
    return series === undefined ? this.frameOf(stimulus) : firstOf(series)
  }

  isStreamed(stimulus: Stimulus): boolean {
    return this.#seriesOf.has(stimulus)
  }

  /** @throws {CaseError} if nothing was captured there while this was streamed */
  requireKept(stimulus: Stimulus, port: Port): void {
    if (this.#keptAt.get(stimulus)?.has(port.id) ?? true) return
    throw new CaseError(`${stimulus.summary}: ${port.id} was not captured while it was streamed`)
  }

  /** @throws {CaseError} if nobody sent it */
  senderOf(stimulus: Stimulus): Sender {
    const sender = this.#senders.get(stimulus)
    if (sender === undefined)
      throw new CaseError(`${stimulus.summary}: inject it before proving anything of it`)
    return sender
  }

  guestThatSent(stimulus: Stimulus): Guest | undefined {
    const sender = this.#senders.get(stimulus)
    return sender === undefined || 'kind' in sender ? undefined : sender
  }

  /** Everything that the case itself sends, but for what it streams. */
  get stimuli(): readonly Stimulus[] {
    return [...this.#frames.keys()]
  }

  newFrame(stimulus: Stimulus, sender: Sender): SignedFrame {
    if (this.#frames.has(stimulus))
      throw new CaseError(
        `${stimulus.summary}: injected twice in one window: its proofs could not tell them apart`,
      )
    const frame = this.sign(stimulus, 'stimulus', nameOf(sender))
    if (!stimulus.signed) this.#requireUnlike(frame)
    this.#frames.set(stimulus, frame)
    this.#senders.set(stimulus, sender)
    return frame
  }

  newSeries(sender: Sender, stimulus: Stimulus, count: number): SentSeries {
    const { run, caseNumber } = this.#numbering
    const firstNumber = this.#numbering.next(count)
    const template = stimulus.build(encodeSignature({ run, caseNumber, number: firstNumber }))
    const from = nameOf(sender)
    const series = { firstNumber, count, from, summary: stimulus.summary, template }
    this.series.push(series)
    return series
  }

  /** @param keptAt where it is captured; null: everywhere */
  newStream(
    sender: Sender,
    stimulus: Stimulus,
    count: number,
    keptAt: readonly Port[] | null = null,
  ): SentSeries {
    const series = this.newSeries(sender, stimulus, count)
    if (keptAt !== null) this.#keptAt.set(stimulus, new Set(keptAt.map(({ id }) => id)))
    this.#seriesOf.set(stimulus, series)
    this.#senders.set(stimulus, sender)
    return series
  }

  sign(stimulus: Stimulus, role: Role, from: string): SignedFrame {
    const number = this.#numbering.next()
    const { run, caseNumber } = this.#numbering
    const octets = stimulus.build(encodeSignature({ run, caseNumber, number }))
    const frame = { number, role, summary: stimulus.summary, from, octets, signed: stimulus.signed }
    this.sent.push(frame)
    return frame
  }

  /** What has no signature is known by its octets. */
  #requireUnlike({ octets, summary }: SignedFrame): void {
    const key = Buffer.from(untagged(octets)).toString('latin1')
    if (this.#unsigned.has(key))
      throw new CaseError(
        `${summary}: another frame of this window has the same octets and no signature either`,
      )
    this.#unsigned.add(key)
  }
}

function nameOf(sender: Sender): string {
  return 'kind' in sender ? sender.id : sender.name
}
