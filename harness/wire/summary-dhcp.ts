/** DHCP as tcpdump(8) prints it, and behind that, as it does when asked for more, the message's type. */
import type { NamedFields } from './named-fields.ts'

const REQUEST = 1
const REPLY = 2
const ETHERNET = 1

/** @param length of the message, in octets. Undefined: there is no whole DHCP header */
export function dhcpOf(frame: NamedFields, length: number): string | undefined {
  if (!frame.has('dhcp.magic')) return undefined
  const type = frame.has('dhcp.option.messageType') ? `: ${frame.text('dhcp.option.messageType')}` : ''
  return `BOOTP/DHCP, ${operationOf(frame)}, length ${length}${type}`
}

function operationOf(frame: NamedFields): string {
  const op = frame.number('dhcp.op')
  if (op === REPLY) return 'Reply'
  if (op !== REQUEST) return `unknown (0x${op.toString(16).padStart(2, '0')})`
  const isMac = frame.number('dhcp.htype') === ETHERNET && frame.number('dhcp.hlen') === 6
  return isMac ? `Request from ${frame.text('dhcp.chaddr')}` : 'Request'
}
