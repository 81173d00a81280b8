/** The packages with native parts that come without types of their own: what this project uses of them. */

declare module 'cap' {
  import type { EventEmitter } from 'node:events'

  /** Emits 'packet' (length: number, cut: boolean) with the octets in the buffer that `open` was given. */
  export class Cap extends EventEmitter {
    /** Returns the link type's name. */
    open(device: string, filter: string, kernelBufferOctets: number, buffer: Buffer): string
    send(frame: Uint8Array, length?: number): void
    close(): boolean
  }
}

declare module 'raw-socket' {
  import type { EventEmitter } from 'node:events'

  export interface SocketOptions {
    protocol: number
    addressFamily: number
    bufferSize: number
  }

  /** Emits 'message' (octets: Buffer, source: string), 'error' (error: Error) and 'close'. */
  export interface Socket extends EventEmitter {
    send(
      octets: Buffer,
      offset: number,
      length: number,
      address: string,
      done: (error: Error | null, octetsSent: number) => void,
    ): this
    setOption(level: number, option: number, value: number): void
    setOption(level: number, option: number, value: Buffer, length: number): void
    close(): this
  }

  export function createSocket(options: SocketOptions): Socket
  export const AddressFamily: Readonly<Record<'IPv4' | 'IPv6', number>>
}
