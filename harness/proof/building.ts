/** What all builders of frames share: a station's names, the signature, and the shortest frame. */
import { encodeEthernet, SIGNATURE_SIZE, summarise } from '../wire/index.ts'
import type { Stimulus } from './stimulus.ts'
import type { Guest } from './world.ts'

/** The shortest Ethernet frame, without FCS. */
export const SHORTEST_FRAME = 60
export const ETHERNET_HEADER_SIZE = 14
export const SAMPLE_SIGNATURE = new Uint8Array(SIGNATURE_SIZE)

/** A station as a frame names it: a guest is one. */
export type Station = Pick<Guest, 'mac' | 'address' | 'address6'>
export interface Ends {
  from: Station
  to: Station
}

/** Padded to the shortest frame, as a NIC would: a signature never falls into the padding by chance. */
export function ethernet(src: string, dst: string, etherType: number, content: Uint8Array): Uint8Array {
  const payload = new Uint8Array(Math.max(content.length, SHORTEST_FRAME - ETHERNET_HEADER_SIZE))
  payload.set(content)
  return encodeEthernet({ dst, src, tags: [], etherType, payload })
}

export function signed(build: (signature: Uint8Array) => Uint8Array): Stimulus {
  return { summary: summarise(build(SAMPLE_SIGNATURE)), signed: true, build }
}
