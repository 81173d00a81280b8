/** Octets as Wireshark and `xxd` show them: offset, sixteen octets, their ASCII. */
import type { FieldChange } from '../model.ts'
import { el } from './dom.ts'

const ROW = 16

/** @param total octets on the wire. @param changes what is marked */
export function hexDump(
  octets: Uint8Array,
  total: number,
  changes: readonly FieldChange[] = [],
): HTMLElement {
  const isMarked = (at: number): boolean =>
    changes.some(({ offset, size }) => at >= offset && at < offset + size)
  const pre = el('pre', { tabindex: 0, role: 'group', 'aria-label': 'Octets' })
  for (let start = 0; start < octets.length; start += ROW) {
    const row = octets.subarray(start, start + ROW)
    pre.append(`${start.toString(16).padStart(4, '0')}  `)
    row.forEach((octet, at) => {
      const text = octet.toString(16).padStart(2, '0')
      pre.append(isMarked(start + at) ? el('mark', {}, text) : text, at === 7 ? '  ' : ' ')
    })
    const missing = ROW - row.length
    pre.append(' '.repeat(missing * 3 + (missing > 8 ? 1 : 0) + 1), ascii(row), '\n')
  }
  const rest = total - octets.length
  if (rest > 0) pre.append(`… ${rest} more octets: evidence.pcapng has what was captured of them\n`)
  return pre
}

function ascii(octets: Uint8Array): string {
  return Array.from(octets, (octet) =>
    octet >= 0x20 && octet < 0x7f ? String.fromCharCode(octet) : '.',
  ).join('')
}
