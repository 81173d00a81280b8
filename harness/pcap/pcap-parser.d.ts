/** What is used here of the npm package pcap-parser 0.2.1, which brings no types. */
declare module 'pcap-parser' {
  import type { EventEmitter } from 'node:events'

  export interface ParsedPacket {
    header: {
      timestampSeconds: number
      timestampMicroseconds: number
      capturedLength: number
      originalLength: number
    }
    data: Buffer
  }

  export interface Parser {
    on(event: 'packet', listener: (packet: ParsedPacket) => void): this
    on(event: 'error', listener: (error: Error) => void): this
  }

  export interface Source extends EventEmitter {
    pause(): unknown
    resume(): unknown
  }

  export function parse(source: Source): Parser
}
