/**
 * The numbers of classic pcap that the reader and the writer share. A file header of 24 octets (magic, version 2.4,
 * two unused fields, snapshot length, link type), then records: 16 octets of header (seconds, microseconds or
 * nanoseconds, captured length, original length), and the captured octets. All in the byte order of the magic.
 * Source: draft-ietf-opsawg-pcap, 4 (file header) and 5 (packet record).
 */
import { PcapError, type PcapErrorDetails } from './types.ts'

export const MAGIC = { microseconds: 0xa1b2c3d4, nanoseconds: 0xa1b23c4d } as const

export const VERSION = { major: 2, minor: 4 } as const

export const FILE_HEADER_SIZE = 24
export const RECORD_HEADER_SIZE = 16

/** What is above has never been on an Ethernet, nor in its capture: the length is wrong, and so is all that follows. */
export const LARGEST = {
  snapLength: 0x7fffffff, // libpcap takes what is above for a mistake
  captured: 262_144, // libpcap's limit, and Wireshark's
  original: 0xffffff, // Linux hands 512 KiB at most over to a device that segments them
} as const

/** Of the least that the field can hold: what exceeds it belongs to the next second. */
export const TICKS_PER_SECOND = { microseconds: 1_000_000, nanoseconds: 1_000_000_000 } as const

export function pcapError(details: Omit<PcapErrorDetails, 'format'>): PcapError {
  return new PcapError({ format: 'pcap', ...details })
}

export function hex32(value: number): string {
  return `0x${value.toString(16).padStart(8, '0')}`
}

export function octetCount(count: number): string {
  return count === 1 ? '1 octet' : `${count} octets`
}
