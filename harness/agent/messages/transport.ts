/**
 * JSON-RPC over a byte stream, its messages in MessagePack: octets travel as octets, not as text.
 * The same for the agent and the controller, on a pipe, a serial line or ssh.
 */
import type { Readable, Writable } from 'node:stream'
import { Decoder, Encoder } from '@msgpack/msgpack'
import {
  createMessageConnection,
  type Message,
  type MessageConnection,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-jsonrpc/node'

export function connect(input: Readable, output: Writable): MessageConnection {
  const encoder = new Encoder()
  const decoder = new Decoder()
  const reader = new StreamMessageReader(input, {
    contentTypeDecoder: {
      name: 'application/msgpack',
      decode: async (octets: Uint8Array) => decoder.decode(octets) as Message,
    },
  })
  const writer = new StreamMessageWriter(output, {
    contentTypeEncoder: {
      name: 'application/msgpack',
      encode: async (message: Message) => encoder.encode(message),
    },
  })
  return createMessageConnection(reader, writer)
}
