/**
 * DHCP messages as fields. Options are fields beside the raw ones that have them all, piece by piece as they lie there:
 * of one that is in several pieces each is shown. Sources: as in the codecs.
 */
import { shownOctets } from './layout.ts'
import { DHCP_OPTIONS, DHCP_PARTS } from './layouts-dhcp.ts'
import { u8At, u32At, viewOf } from './octets.ts'
import type { Walk } from './walk.ts'

const SERVER_PORT = 67
const CLIENT_PORT = 68
const SNAME = { at: 44, size: 64 }
const FILE = { at: 108, size: 128 }
const MAGIC_AT = 236
const MAGIC = 0x63825363
const PAD = 0
const END = 255
const OVERLOAD = 52
const IN_FILE = 1
const IN_SNAME = 2

export function isDhcp(srcPort: number, dstPort: number): boolean {
  return [srcPort, dstPort].every((port) => port === SERVER_PORT || port === CLIENT_PORT)
}

export function walkDhcp(walk: Walk): void {
  const start = walk.offset
  if (!walk.takes(DHCP_PARTS) || u32At(walk.octets, start + MAGIC_AT) !== MAGIC) return
  const options = walk.offset
  const end = walk.end
  walk.raw('dhcp.options', walk.left)
  const overload = addOptions(walk, options, end)
  if ((overload & IN_FILE) !== 0) addOptions(walk, start + FILE.at, start + FILE.at + FILE.size)
  if ((overload & IN_SNAME) !== 0) addOptions(walk, start + SNAME.at, start + SNAME.at + SNAME.size)
}

/** Up to the end or the first that is cut off. @returns what the option overload says, if there is one */
function addOptions(walk: Walk, start: number, end: number): number {
  const { octets } = walk
  let overload = 0
  let at = start
  while (at < end && u8At(octets, at) !== END) {
    const code = u8At(octets, at)
    if (code === PAD) {
      at += 1
      continue
    }
    const length = at + 1 < end ? u8At(octets, at + 1) : 0
    if (at + 2 + length > end) return overload
    const data = viewOf(octets, at + 2, at + 2 + length)
    if (code === OVERLOAD && length === 1) overload = u8At(data, 0)
    const option = DHCP_OPTIONS.get(code)
    const value = option?.show(data)
    const name = option === undefined || value === undefined ? `type${code}` : option.name
    walk.also(walk.numbered(`dhcp.option.${name}`), value ?? (shownOctets(data) || 'none'), at, 2 + length)
    at += 2 + length
  }
  return overload
}
