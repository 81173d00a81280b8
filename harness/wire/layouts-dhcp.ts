/**
 * Where each field lies in a DHCP message, and how people read its options. Written apart from the codecs, as all of
 * layouts.ts. Offsets and sizes in octets.
 */
import { formatIpv4, formatMac } from './address.ts'
import { decimal, hex, hexOctet, type Part, part, type Show, shownOctets } from './layout.ts'
import { hexOf, u8At, u16At, u32At, viewOf } from './octets.ts'

export const DHCP_PARTS: readonly Part[] = [
  part('dhcp.op', 0, 1, decimal(1)),
  part('dhcp.htype', 1, 1, decimal(1)),
  part('dhcp.hlen', 2, 1, decimal(1)),
  part('dhcp.hops', 3, 1, decimal(1)),
  part('dhcp.xid', 4, 4, raw(4)),
  part('dhcp.secs', 8, 2, decimal(2)),
  part('dhcp.flags', 10, 2, hex),
  part('dhcp.ciaddr', 12, 4, formatIpv4),
  part('dhcp.yiaddr', 16, 4, formatIpv4),
  part('dhcp.siaddr', 20, 4, formatIpv4),
  part('dhcp.giaddr', 24, 4, formatIpv4),
  part('dhcp.chaddr', 28, 6, formatMac),
  part('dhcp.chaddrRest', 34, 10, raw(10)),
  part('dhcp.sname', 44, 64, (octets, at) => shownOctets(viewOf(octets, at, at + 64))),
  part('dhcp.file', 108, 128, (octets, at) => shownOctets(viewOf(octets, at, at + 128))),
  part('dhcp.magic', 236, 4, raw(4)),
]

const TYPES = ['', 'Discover', 'Offer', 'Request', 'Decline', 'ACK', 'NACK', 'Release', 'Inform']

interface ShownDhcpOption {
  name: string
  /** Undefined: the data have another size than the option's. */
  show(data: Uint8Array): string | undefined
}

export const DHCP_OPTIONS: ReadonlyMap<number, ShownDhcpOption> = new Map([
  [1, one('subnetMask', 4, formatIpv4)],
  [3, addresses('router')],
  [6, addresses('dns')],
  [28, one('broadcastAddress', 4, formatIpv4)],
  [50, one('requestedAddress', 4, formatIpv4)],
  [51, one('leaseTimeSeconds', 4, (octets, at) => String(u32At(octets, at)))],
  [52, one('overload', 1, (octets, at) => String(u8At(octets, at)))],
  [53, one('messageType', 1, (octets, at) => TYPES[u8At(octets, at)] || hexOctet(octets, at))],
  [54, one('serverIdentifier', 4, formatIpv4)],
  [57, one('maximumMessageSize', 2, (octets, at) => String(u16At(octets, at)))],
  [58, one('renewalTimeSeconds', 4, (octets, at) => String(u32At(octets, at)))],
  [59, one('rebindingTimeSeconds', 4, (octets, at) => String(u32At(octets, at)))],
  [61, { name: 'clientIdentifier', show: shownOctets }],
])

function one(name: string, size: number, show: Show): ShownDhcpOption {
  return { name, show: (data) => (data.length === size ? show(data, 0) : undefined) }
}

function addresses(name: string): ShownDhcpOption {
  const show = (data: Uint8Array) => {
    if (data.length === 0 || data.length % 4 !== 0) return undefined
    return Array.from({ length: data.length / 4 }, (_, index) => formatIpv4(data, 4 * index)).join(',')
  }
  return { name, show }
}

function raw(size: number): Show {
  return (octets, at) => `0x${hexOf(viewOf(octets, at, at + size))}`
}
