/**
 * Which octets of a frame a limiter counts. tc on egress: the Ethernet frame without FCS, and without a VLAN tag that is
 * not in the octets yet when the qdisc sees them (the kernel keeps it beside them). `police` on ingress: the L3 packet.
 * tc-stab(8) and `overhead` of tc-tbf(8), tc-htb(8), tc-police(8) add octets to each frame.
 */
export interface Counting {
  layer: 'L2' | 'L3'
  /** Added to every frame; may be negative. */
  overheadOctets?: number
  /** Whether a VLAN tag that the capture shows was in the octets that were counted. */
  tag?: 'counted' | 'not counted'
}

/** tbf and htb as they come. */
export const EGRESS: Counting = { layer: 'L2', tag: 'not counted' }
/** `police` as it comes. */
export const POLICE: Counting = { layer: 'L3' }

const ETHERNET_HEADER = 14
const VLAN_TAG = 4

/**
 * @param lengthOctets of the frame as captured: without FCS, tags included
 * @param tags how many VLAN tags are in that length
 */
export function countedOctets(lengthOctets: number, counting: Counting, tags = 0): number {
  const tagOctets = tags * VLAN_TAG
  const overhead = counting.overheadOctets ?? 0
  if (counting.layer === 'L3') return lengthOctets - ETHERNET_HEADER - tagOctets + overhead
  return lengthOctets - (counting.tag === 'not counted' ? tagOctets : 0) + overhead
}

/** In words, for expectations: "L2 octets without FCS, with 4 octets of overhead a frame". */
export function inCountedWords({ layer, overheadOctets = 0, tag }: Counting): string {
  const what = layer === 'L3' ? 'L3 octets' : 'L2 octets without FCS'
  const tags = layer === 'L2' && tag === 'counted' ? ', VLAN tags included' : ''
  return `${what}${tags}${overheadOctets === 0 ? '' : ` + ${overheadOctets} a frame`}`
}
