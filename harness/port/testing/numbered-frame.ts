/** Frames that can be told apart, of an EtherType for experiments that no kernel answers. For tests only. */
const ETHER_TYPE = [0x88, 0xb5]
const HEADER_OCTETS = 14

export interface FrameShape {
  sizeOctets?: number
  /** Octets between the addresses and the EtherType. */
  tags?: readonly number[]
}

/** A broadcast whose number stands behind the EtherType; the octets after it depend on it. */
export function numberedFrame(number: number, { sizeOctets = 60, tags = [] }: FrameShape = {}): Uint8Array {
  const frame = Buffer.alloc(sizeOctets)
  frame.fill(0xff, 0, 6)
  frame.set([2, 0, 0, 0, 0, 1, ...tags, ...ETHER_TYPE], 6)
  const payload = frame.subarray(HEADER_OCTETS + tags.length)
  for (let at = 4; at < payload.length; at += 1) payload[at] = (number * 31 + at) & 0xff
  payload.writeUInt32BE(number, 0)
  return frame
}

/** Of an untagged frame, or one with a single tag. */
export function numberOf(frame: Buffer): number {
  const tagged = frame.readUInt16BE(12) === 0x8100
  return frame.readUInt32BE(HEADER_OCTETS + (tagged ? 4 : 0))
}
