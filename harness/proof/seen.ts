/** A window after it ended: what was seen at each port, to be asserted on. */
import { untagged } from '../wire/index.ts'
import type { Judgement } from './judgement.ts'
import type { RecordedFrame, WindowRecord } from './record.ts'
import type { SignedFrame, WindowScript } from './script.ts'
import type { Stimulus } from './stimulus.ts'
import type { Port, World } from './world.ts'

export class Seen {
  readonly record: WindowRecord
  readonly script: WindowScript
  readonly world: World
  readonly judgement: Judgement

  constructor(record: WindowRecord, script: WindowScript, world: World, judgement: Judgement) {
    this.record = record
    this.script = script
    this.world = world
    this.judgement = judgement
  }

  /** What is delivered there: at a guest's port what goes out to it; elsewhere what passes, either way. */
  at(port: Port): PortView {
    return new PortView(this, port, 'delivered')
  }

  /** What comes from there: at a guest's port what the guest sent. */
  from(port: Port): PortView {
    return new PortView(this, port, 'sent')
  }

  /** All that was seen of one injected frame, at every port, in the order of time. */
  journeyOf(sent: SignedFrame): readonly RecordedFrame[] {
    return this.record.frames.filter((frame) => isOf(frame, sent))
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
    return this.seen.record.frames.filter((frame) => frame.port === this.port.id && this.#isHere(frame))
  }

  /** The frames here that are this stimulus. */
  carried(stimulus: Stimulus): readonly RecordedFrame[] {
    const sent = this.seen.script.frameOf(stimulus)
    return this.frames.filter((frame) => isOf(frame, sent))
  }

  #isHere({ direction }: RecordedFrame): boolean {
    if (this.port.kind === 'tap') return direction === (this.#side === 'delivered' ? 'out' : 'in')
    if (this.port.kind === 'guest') return direction === (this.#side === 'delivered' ? 'in' : 'out')
    return this.#side === 'delivered' || direction === 'in'
  }
}

/** By its signature; where it has no room for one, by all its octets but the tags. */
export function isOf(frame: RecordedFrame, sent: SignedFrame): boolean {
  if (sent.signed) return frame.signature === sent.number
  return frame.signature === null && Buffer.compare(untagged(frame.octets), untagged(sent.octets)) === 0
}
