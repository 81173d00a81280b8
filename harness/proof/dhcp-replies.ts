/** What DHCP servers answered at a port: to one question, or whatever came. */
import { type DhcpMessage, decodeDhcp, viewOf, WireError } from '../wire/index.ts'
import { type DhcpReply, replyIn, transactionAskedIn } from './dhcp-reading.ts'
import type { Assertion } from './judgement.ts'
import type { PortView } from './seen.ts'
import type { Stimulus } from './stimulus.ts'

const DHCP_AT = 42

/** Server messages at a port: answers to one question, or whatever came. */
export class DhcpReplies {
  readonly view: PortView
  readonly question: Stimulus | null
  readonly replies: readonly DhcpReply[]

  constructor(view: PortView, question: Stimulus | null) {
    this.view = view
    this.question = question
    const xid = question === null ? null : transactionAskedIn(this.#asked)
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

  /** What an assertion on these is about. */
  get subject(): Pick<Assertion, 'about' | 'at'> {
    const at = this.view.port.id
    return this.question === null
      ? { at }
      : { about: this.view.seen.script.frameOf(this.question).number, at }
  }

  get #asked(): Uint8Array {
    return this.question === null ? new Uint8Array(0) : this.view.seen.script.frameOf(this.question).octets
  }

  /** The question's; without one, those of all questions of the window. */
  get transactions(): readonly number[] {
    const { sent } = this.view.seen.script
    const asked = this.question === null ? sent.map(({ octets }) => octets) : [this.#asked]
    return [...new Set(asked.flatMap((octets) => transactionAskedIn(octets) ?? []))]
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
