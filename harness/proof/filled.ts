/** Frames of any content, octet by octet, for rules that frames are not altered. */
import { encodeEthernet } from '../wire/index.ts'
import { exactly, type Station } from './frames.ts'
import type { Stimulus } from './stimulus.ts'

const ETHERNET_HEADER_SIZE = 14

const FILLINGS = {
  zeros: () => 0,
  ones: () => 0xff,
  counting: (index: number) => index & 0xff,
  random: (index: number) => (Math.imul(index + 1, 0x9e3779b1) >>> 24) & 0xff, // looks so, and is the same every time
}

export type Filling = keyof typeof FILLINGS

export interface FilledFrame {
  from: Pick<Station, 'mac'>
  to: Pick<Station, 'mac'>
  etherType: number
  /** Of the whole frame, without FCS. */
  sizeOctets: number
  payload: Filling
}

/** It carries no signature, as `exactly`: no octet of it is the harness's. */
export function filled({ from, to, etherType, sizeOctets, payload }: FilledFrame): Stimulus {
  const content = Uint8Array.from({ length: sizeOctets - ETHERNET_HEADER_SIZE }, (_, at) =>
    FILLINGS[payload](at),
  )
  const octets = encodeEthernet({ dst: to.mac, src: from.mac, tags: [], etherType, payload: content })
  const type = `0x${etherType.toString(16).padStart(4, '0')}`
  return exactly(octets, `${sizeOctets} octets, EtherType ${type}, ${payload}`)
}
