/**
 * Where each field lies in LLC's header, spanning tree BPDUs and LLDP's TLVs, and how people read it. Written apart from
 * the codecs, as all of layouts.ts. Offsets and sizes in octets.
 */
import { formatMac } from './address.ts'
import { bits, decimal, flagNames, hex, hexOctet, type Part, part } from './layout.ts'
import { u8At, u16At } from './octets.ts'
import { STP_FLAG } from './stp.ts'

export const LLC_PARTS: readonly Part[] = [
  part('llc.dsap', 0, 1, hexOctet),
  part('llc.ssap', 1, 1, hexOctet),
  part('llc.control', 2, 1, hexOctet),
]
export const LLC_SECOND_CONTROL_PARTS: readonly Part[] = [part('llc.secondControl', 0, 1, hexOctet)]

export const STP_HEAD_PARTS: readonly Part[] = [
  part('stp.protocolIdentifier', 0, 2, decimal(2)),
  part('stp.version', 2, 1, decimal(1)),
  part('stp.type', 3, 1, decimal(1)),
]
export const STP_PARAMETERS_PARTS: readonly Part[] = [
  part('stp.flags', 0, 1, (octets, at) => flagNames(STP_FLAG, u8At(octets, at))),
  part('stp.role', 0, 1, bits(1, 2, 2)),
  ...bridgeParts('root', 1),
  part('stp.rootPathCost', 9, 4, decimal(4)),
  ...bridgeParts('bridge', 13),
  part('stp.port', 21, 2, hex),
  part('stp.messageAgeSeconds', 23, 2, seconds),
  part('stp.maxAgeSeconds', 25, 2, seconds),
  part('stp.helloTimeSeconds', 27, 2, seconds),
  part('stp.forwardDelaySeconds', 29, 2, seconds),
]
export const STP_RAPID_PARTS: readonly Part[] = [part('stp.version1Length', 0, 1, decimal(1))]

export const LLDP_TLV_PARTS: readonly Part[] = [
  part('.type', 0, 1, bits(1, 1, 7)),
  part('.length', 0, 2, bits(2, 0, 9)),
]
export const LLDP_SUBTYPE_PARTS: readonly Part[] = [part('.subtype', 0, 1, decimal(1))]
export const LLDP_TIME_PARTS: readonly Part[] = [part('.seconds', 0, 2, decimal(2))]

function bridgeParts(name: string, at: number): readonly Part[] {
  return [
    part(`stp.${name}.priority`, at, 1, priority),
    part(`stp.${name}.systemId`, at, 2, bits(2, 0, 12)),
    part(`stp.${name}.mac`, at + 2, 6, formatMac),
  ]
}

function priority(octets: Uint8Array, at: number): string {
  return String((u8At(octets, at) >>> 4) * 4096)
}

function seconds(octets: Uint8Array, at: number): string {
  return String(u16At(octets, at) / 256)
}
