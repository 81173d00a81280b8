/** A broadcast of an EtherType that no kernel answers. Its size is in octets, without FCS. */
import { BROADCAST_MAC, ETHER_TYPE, encodeEthernet } from '../wire/index.ts'

const HEADER_OCTETS = 14

export function benchFrame(sizeOctets: number): Uint8Array {
  const payload = new Uint8Array(sizeOctets - HEADER_OCTETS)
  const etherType = ETHER_TYPE.localExperimental
  return encodeEthernet({ dst: BROADCAST_MAC, src: '02:00:00:00:00:01', tags: [], etherType, payload })
}
