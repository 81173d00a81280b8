/** A token bucket as a plan configures it, and its rate in the units that the arithmetic wants. */
export interface BucketLimit {
  rateBitsPerSecond: number
  burstOctets: number
}

const BITS_AN_OCTET = 8
const NS_A_SECOND = 1e9

export function octetsPerNs(rateBitsPerSecond: number): number {
  return rateBitsPerSecond / (BITS_AN_OCTET * NS_A_SECOND)
}

export function bitsPerSecond(octetsPerNsRate: number): number {
  return octetsPerNsRate * BITS_AN_OCTET * NS_A_SECOND
}
