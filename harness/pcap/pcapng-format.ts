/**
 * The numbers of pcapng that the reader and the writer share. Source: draft-ietf-opsawg-pcapng, 3 and 4.
 */
export const BLOCK = {
  interfaceDescription: 0x00000001,
  packet: 0x00000002, // obsolete
  simplePacket: 0x00000003,
  interfaceStatistics: 0x00000005,
  enhancedPacket: 0x00000006,
  sectionHeader: 0x0a0d0d0a, // reads the same in both byte orders
} as const

export const BYTE_ORDER_MAGIC = 0x1a2b3c4d
export const SECTION_LENGTH_UNKNOWN = 0xffffffffffffffffn

/** Type and total length in front, total length once more behind. */
export const BLOCK_OVERHEAD = 12

export const OPTION = {
  end: 0,
  comment: 1,
  sectionOs: 3,
  sectionApplication: 4,
  interfaceName: 2,
  interfaceDescription: 3,
  interfaceTimestampResolution: 9,
  interfaceTimestampOffset: 14,
  packetFlags: 2,
  statisticsReceived: 4,
  statisticsDropped: 5,
} as const

/** Bits 0 and 1 of epb_flags; 0 is "not available". */
export const DIRECTION_FLAG = { unknown: 0, in: 1, out: 2 } as const

export const LINKTYPE_ETHERNET = 1

/** Octets that fill a field of this length up to 32 bits. */
export function padding(length: number): number {
  return (4 - (length % 4)) % 4
}
