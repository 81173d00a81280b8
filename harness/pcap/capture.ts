/** Reads a capture of either format, which its first four octets tell. */
import { hex32, MAGIC } from './pcap-format.ts'
import { decodePcap } from './pcap-read.ts'
import { isSectionHeader } from './pcapng-block.ts'
import { decodePcapng } from './pcapng-read.ts'
import { type DecodedCapture, PcapError } from './types.ts'

/** @throws {PcapError} of the format that the octets begin with, or if they begin with neither */
export function decodeCapture(octets: Uint8Array): DecodedCapture {
  if (isSectionHeader(octets, 0)) return decodePcapng(octets)
  if (isPcap(octets)) return decodePcap(octets)
  throw new PcapError({
    format: 'capture',
    field: 'magic number',
    offset: 0,
    wanted: 'pcapng or pcap',
    got: octets.length < 4 ? `${octets.length} octets` : hex32(magicOf(octets, { littleEndian: false })),
  })
}

export function isPcap(octets: Uint8Array): boolean {
  if (octets.length < 4) return false
  const magics = [magicOf(octets, { littleEndian: true }), magicOf(octets, { littleEndian: false })]
  return magics.includes(MAGIC.microseconds) || magics.includes(MAGIC.nanoseconds)
}

function magicOf(octets: Uint8Array, { littleEndian }: { littleEndian: boolean }): number {
  return new DataView(octets.buffer, octets.byteOffset, 4).getUint32(0, littleEndian)
}
