/**
 * pcapng, written and read. Source: draft-ietf-opsawg-pcapng.
 */

export { PcapngIndex, type PickedPacket } from './pcapng-pick.ts'
export { decodePcapng } from './pcapng-read.ts'
export { encodeLatePackets, encodePcapng } from './pcapng-write.ts'
export {
  type Capture,
  type CapturedPacket,
  type CaptureInterface,
  type CaptureSection,
  type DecodedCapture,
  type Direction,
  type InterfaceStatistics,
  PcapError,
} from './types.ts'
