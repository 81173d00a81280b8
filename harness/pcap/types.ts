/**
 * Captures as values: what a capture file says, whatever its format.
 */
export type Direction = 'in' | 'out' | 'unknown'

export interface CaptureInterface {
  name: string
  description: string
  snapLength: number // 0: no limit
  linkType?: number // LINKTYPE_…; 1, Ethernet, where it is not given
}

export interface CapturedPacket {
  interface: number // index into the capture's interfaces
  timestampNs: bigint // since 1970-01-01 UTC
  direction: Direction
  octets: Uint8Array // what was kept of the packet
  originalLength: number // what it had on the network
  comments: readonly string[]
}

/** What the capture of an interface says about itself: a capture that dropped packets proves no absence. */
export interface InterfaceStatistics {
  interface: number
  timestampNs: bigint
  received?: number
  dropped?: number
}

export interface Capture {
  interfaces: readonly CaptureInterface[]
  packets: readonly CapturedPacket[]
  interfaceStatistics?: readonly InterfaceStatistics[]
  application?: string
  os?: string
  comment?: string
}

export interface DecodedCapture {
  interfaces: readonly Required<CaptureInterface>[] // of all sections, in the file's order
  packets: readonly CapturedPacket[]
  interfaceStatistics: readonly InterfaceStatistics[]
  sections: readonly CaptureSection[]
  untimedPackets: number // packets of blocks that carry no time; their timestampNs is 0n
}

export interface CaptureSection {
  application: string | null
  os: string | null
  comments: readonly string[]
  firstInterface: number
}

export type CaptureFormat = 'pcapng' | 'pcap' | 'capture' // capture: neither of the two

export interface PcapErrorDetails {
  format?: CaptureFormat // pcapng where it is not given
  field: string
  offset: number // of the octet in the file; in encoding, of the element in its list
  wanted: string
  got: string
}

/** A capture that cannot be read, or a value that a capture cannot hold. */
export class PcapError extends Error implements PcapErrorDetails {
  override readonly name = 'PcapError'
  readonly format: CaptureFormat
  readonly field: string
  readonly offset: number
  readonly wanted: string
  readonly got: string

  constructor({ format = 'pcapng', field, offset, wanted, got }: PcapErrorDetails) {
    super(`${format}: ${field} at ${offset}: wanted ${wanted}, got ${got}`)
    this.format = format
    this.field = field
    this.offset = offset
    this.wanted = wanted
    this.got = got
  }
}
