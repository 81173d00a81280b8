/**
 * Classic pcap, written and read, and either format by its magic number. Source: draft-ietf-opsawg-pcap.
 */
export { decodeCapture } from './capture.ts'
export { MOST_KEPT, readCaptureFile } from './capture-file.ts'
export { decodePcap, type PcapSummary, readPcap } from './pcap-read.ts'
export { checkPcapStructure, type PcapHeader } from './pcap-structure.ts'
export { encodePcap, type PcapFile, type PcapPacket } from './pcap-write.ts'
export { type CapturedPacket, type DecodedCapture, PcapError } from './types.ts'
