/**
 * Runs in a guest's network stack: sends spoilt DHCP messages, and after every few of them has a lease as any client gets
 * one. So they are sent no faster than the server takes them in, and it is known within a few when it serves no more.
 * Each of them, and each reply, goes through the codec, too. Arguments: JSON (ClientOrder). Its last line is a ClientResult.
 */
import { createSocket, type Socket } from 'node:dgram'
import { setTimeout } from 'node:timers/promises'
import {
  type DhcpMessage,
  type DhcpType,
  decodeDhcp,
  dhcpOption,
  dhcpOptionsOf,
  dhcpTypeOf,
  encodeDhcp,
  hexOf,
  sameOctets,
  WireError,
} from '../wire/index.ts'
import { Mutator } from '../wire/testing/mutations.ts'
import { clientMessage, wellFormed } from './messages.ts'

export interface ClientOrder {
  count: number
  server: string
  /** One of its range. */
  address: string
}

export interface ClientResult {
  sent: number
  /** Of the messages sent: what the codec read, and what it refused with an error of its own. */
  read: number
  refused: number
  /** Well-formed replies to spoilt messages, and others. */
  replies: number
  malformedReplies: number
  /** How often a well-formed client had its lease, in between and at the end. */
  leases: number
  /** How often it had to ask again, as clients do: datagrams may be lost. RFC 2131 4.1. */
  repeats: number
  /** What went wrong; null: nothing. */
  failure: string | null
}

const MAC = '02:00:5e:00:0f:fe'
/** So few that a server's socket surely holds them, and that it is known soon when it serves no more. */
const AT_ONCE = 10
/** RFC 2131 4.1: 4 s, then more; a server that answers none of these is gone. */
const PATIENCE_MS = [4_000, 8_000, 16_000]
/** Spoilt messages have other transactions, but for what chance makes of them. */
const FIRST_XID = 0x66700000
const TO = '255.255.255.255'

class Client {
  readonly result: ClientResult = {
    ...{ sent: 0, read: 0, refused: 0, replies: 0, malformedReplies: 0, leases: 0, repeats: 0 },
    failure: null,
  }
  readonly #socket: Socket
  readonly #order: ClientOrder
  readonly #awaited = new Map<number, (reply: { type: DhcpType | undefined; message: DhcpMessage }) => void>()
  #xid = FIRST_XID

  constructor(socket: Socket, order: ClientOrder) {
    this.#socket = socket
    this.#order = order
    socket.on('message', (octets) => this.#hear(octets))
  }

  async run(): Promise<void> {
    const { count, server, address } = this.#order
    const mutator = new Mutator('dhcp messages', wellFormed(server, address))
    await this.#lease()
    while (this.result.sent < count) {
      const batch = Array.from({ length: Math.min(AT_ONCE, count - this.result.sent) }, () => mutator.next())
      for (const octets of batch) {
        this.#readByCodec(octets)
        await this.#send(octets)
        this.result.sent += 1
      }
      try {
        await this.#lease()
      } catch (error) {
        throw new Error(`${(error as Error).message}, behind these:\n${batch.map(hexOf).join('\n')}`)
      }
    }
  }

  /** DISCOVER, OFFER, REQUEST, ACK. @throws {Error} if it gets none */
  async #lease(): Promise<void> {
    const xid = this.#nextXid()
    const offer = await this.#ask(clientMessage('discover', MAC, [], { xid }), xid, 'offer')
    const request = clientMessage(
      'request',
      MAC,
      [
        { kind: 'requested address', address: offer.yiaddr },
        { kind: 'server identifier', address: this.#order.server },
      ],
      { xid },
    )
    await this.#ask(request, xid, 'ack')
    this.result.leases += 1
  }

  async #ask(question: Uint8Array, xid: number, wanted: DhcpType): Promise<DhcpMessage> {
    const answered = new Promise<DhcpMessage>((resolve) => {
      this.#awaited.set(xid, ({ type, message }) => {
        if (type === wanted) resolve(message)
      })
    })
    for (const [index, patienceMs] of PATIENCE_MS.entries()) {
      if (index > 0) this.result.repeats += 1
      await this.#send(question)
      const message = await Promise.race([answered, setTimeout(patienceMs, null, { ref: false })])
      if (message === null) continue
      this.#awaited.delete(xid)
      return message
    }
    throw new Error(`after ${this.result.sent} messages a well-formed client got no ${wanted}`)
  }

  #hear(octets: Uint8Array): void {
    try {
      const message = decodeDhcp(octets)
      const type = dhcpTypeOf(dhcpOptionsOf(message))
      const own = this.#awaited.get(message.xid)
      if (own !== undefined) own({ type, message })
      else if (dhcpOption(dhcpOptionsOf(message), 'server identifier') === undefined)
        this.result.malformedReplies += 1
      else this.result.replies += 1
    } catch (error) {
      if (!(error instanceof WireError)) throw error
      this.result.malformedReplies += 1
    }
  }

  /** What is read is written again as the same octets; what is not is refused. */
  #readByCodec(octets: Uint8Array): void {
    try {
      const message = decodeDhcp(octets)
      if (!sameOctets(encodeDhcp(message), octets))
        throw new Error(`read and written again, it is another message: ${hexOf(octets)}`)
      dhcpOptionsOf(message)
      this.result.read += 1
    } catch (error) {
      if (!(error instanceof WireError)) throw error
      this.result.refused += 1
    }
  }

  #send(octets: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#socket.send(octets, 67, TO, (error) => (error === null ? resolve() : reject(error)))
    })
  }

  #nextXid(): number {
    this.#xid += 1
    return this.#xid
  }
}

const socket = createSocket('udp4')
await new Promise<void>((resolve) => socket.bind(68, () => resolve()))
socket.setBroadcast(true)
const client = new Client(socket, JSON.parse(process.argv[2] ?? '') as ClientOrder)
try {
  await client.run()
} catch (error) {
  client.result.failure = (error as Error).message
}
socket.close()
process.stdout.write(`${JSON.stringify(client.result)}\n`)
