/** LLC with spanning tree BPDUs, and LLDP, as fields. Sources: as in the codecs. */
import { formatMac } from './address.ts'
import { shownOctets } from './layout.ts'
import * as layouts from './layouts-link.ts'
import { LLC_SAP, LLC_UI } from './llc.ts'
import { LLDP_CHASSIS_ID, LLDP_PORT_ID, LLDP_TLV } from './lldp.ts'
import { u8At, viewOf } from './octets.ts'
import { STP_TYPE } from './stp.ts'
import type { Walk } from './walk.ts'

const UNNUMBERED = 3 // in the two lowest bits of LLC's control field
const MAC_SIZE = 6
const PRINTABLE = /^[\x20-\x7e]+$/

const TLV_NAMES: ReadonlyMap<number, string> = new Map([
  [LLDP_TLV.end, 'lldp.end'],
  [LLDP_TLV.chassisId, 'lldp.chassisId'],
  [LLDP_TLV.portId, 'lldp.portId'],
  [LLDP_TLV.timeToLive, 'lldp.timeToLive'],
  [LLDP_TLV.systemName, 'lldp.systemName'],
])

/** @param length the frame's */
export function walkLlc(walk: Walk, length: number): void {
  walk.within(length, 'trailer', () => {
    const start = walk.offset
    if (!walk.takes(layouts.LLC_PARTS)) return
    const control = u8At(walk.octets, start + 2)
    const isUnnumbered = (control & UNNUMBERED) === UNNUMBERED
    if (!isUnnumbered) walk.takes(layouts.LLC_SECOND_CONTROL_PARTS)
    const isStp = u8At(walk.octets, start) === LLC_SAP.stp && control === LLC_UI
    if (isStp) walkStp(walk)
  })
}

function walkStp(walk: Walk): void {
  const start = walk.offset
  const isStp = walk.left >= 2 && walk.peek16() === 0
  if (!isStp || !walk.takes(layouts.STP_HEAD_PARTS)) return
  const type = u8At(walk.octets, start + 3)
  if (type !== STP_TYPE.configuration && type !== STP_TYPE.rapid) return
  const isWhole = walk.takes(layouts.STP_PARAMETERS_PARTS)
  if (isWhole && type === STP_TYPE.rapid) walk.takes(layouts.STP_RAPID_PARTS)
}

/** Up to the end TLV, or to one that is cut off. */
export function walkLldp(walk: Walk): void {
  let isOver = false
  while (!isOver && walk.left >= 2 && (walk.peek16() & 0x1ff) <= walk.left - 2) {
    const type = walk.peek8() >>> 1
    walkTlv(walk, type, walk.peek16() & 0x1ff)
    isOver = type === LLDP_TLV.end
  }
  if (isOver) walk.raw('trailer', walk.left)
}

function walkTlv(walk: Walk, type: number, length: number): void {
  const name = walk.numbered(TLV_NAMES.get(type) ?? `lldp.tlv${type}`)
  walk.takes(layouts.LLDP_TLV_PARTS, name)
  walk.inside(length, `${name}.value`, () => {
    const subtypeAt = walk.offset
    if (type === LLDP_TLV.timeToLive && length === 2) walk.takes(layouts.LLDP_TIME_PARTS, name)
    if (type === LLDP_TLV.systemName) walkText(walk, `${name}.text`, false)
    if (type !== LLDP_TLV.chassisId && type !== LLDP_TLV.portId) return
    if (!walk.takes(layouts.LLDP_SUBTYPE_PARTS, name)) return
    walkText(walk, `${name}.id`, isMac(type, u8At(walk.octets, subtypeAt)) && walk.left === MAC_SIZE)
  })
}

function isMac(type: number, subtype: number): boolean {
  return subtype === (type === LLDP_TLV.chassisId ? LLDP_CHASSIS_ID.mac : LLDP_PORT_ID.mac)
}

/** All that is left: an address, or text if it can be printed. */
function walkText(walk: Walk, name: string, isAddress: boolean): void {
  const octets = viewOf(walk.octets, walk.offset, walk.end)
  if (octets.length === 0) return
  const text = Buffer.from(octets).toString('latin1')
  const readable = PRINTABLE.test(text) ? text : shownOctets(octets)
  walk.also(name, isAddress ? formatMac(octets) : readable, walk.offset, octets.length)
  walk.offset = walk.end
}
