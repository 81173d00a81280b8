/**
 * JSON-RPC over a byte stream, its messages in MessagePack: octets travel as octets, not as text.
 * The same for the agent and the controller, on a pipe, a serial line or ssh.
 */
import type { Readable, Writable } from 'node:stream'
import { deflateSync, inflateSync } from 'node:zlib'
import { Decoder, Encoder } from '@msgpack/msgpack'
import {
  createMessageConnection,
  type Message,
  type MessageConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-jsonrpc/node'

export interface TransportOptions {
  /** For lines that are slower than zlib: a window's frames are much alike, and become a tenth. */
  compress?: boolean
}

/** The first octet of a zlib stream, and never of a message: there it would be the number 120. RFC 1950, 2.2. */
const ZLIB = 0x78
const WORTH_COMPRESSING_OCTETS = 512
const FASTEST = { level: 1 }

export function connect(
  input: Readable,
  output: Writable,
  { compress = false }: TransportOptions = {},
): MessageConnection {
  const encoder = new Encoder()
  const decoder = new Decoder()
  const reader = new StreamMessageReader(input, {
    contentTypeDecoder: {
      name: 'application/msgpack',
      decode: async (octets: Uint8Array) =>
        decoder.decode(octets[0] === ZLIB ? inflateSync(octets) : octets) as Message,
    },
  })
  const writer = new StreamMessageWriter(output, {
    contentTypeEncoder: {
      name: 'application/msgpack',
      encode: async (message: Message) => {
        const octets = encoder.encode(message)
        const isWorthIt = compress && octets.length >= WORTH_COMPRESSING_OCTETS
        return isWorthIt ? deflateSync(octets, FASTEST) : octets
      },
    },
  })
  return createMessageConnection(reader, writer)
}

/** A message as `connect` would write it, for who puts it between the messages of somebody else. */
export function framed(message: Message): Uint8Array {
  const octets = new Encoder().encode(message)
  return Buffer.concat([Buffer.from(`Content-Length: ${octets.length}\r\n\r\n`), octets])
}
