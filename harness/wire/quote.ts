/**
 * The beginning of a packet, as ICMP errors quote it. Sources: RFC 792 (the header and eight octets at least);
 * RFC 4443 2.4 (c) (as much as fits). What is cut off is absent; a quote is never required to be whole.
 * Lengths in octets.
 */
import { decodeIpv4Quote, IP_PROTOCOL, type Ipv4Packet } from './ipv4.ts'
import { decodeIpv6Quote, type Ipv6Packet } from './ipv6.ts'
import { decodeIpv6Extensions, type Ipv6Content } from './ipv6-extensions.ts'
import { u16At, WireError } from './octets.ts'

const PORTS_SIZE = 4

/** As TCP and UDP have them in their first four octets. */
export interface Ports {
  srcPort: number
  dstPort: number
}

export interface QuotedIpv4 {
  packet: Required<Ipv4Packet> // the payload as far as it is there; totalLength as it is written
  ports?: Ports // of TCP and UDP, if they are there
}

export interface QuotedIpv6 {
  packet: Required<Ipv6Packet> // the payload as far as it is there; payloadLength as it is written
  content?: Ipv6Content // the payload's extension headers and what follows; absent if they are cut off
  ports?: Ports // of TCP and UDP, if they are there
}

/** @throws {WireError} if there is no whole IPv4 header */
export function decodeQuotedIpv4(quote: Uint8Array): QuotedIpv4 {
  const packet = decodeIpv4Quote(quote)
  const ports = packet.fragmentOffsetOctets === 0 ? portsOf(packet.protocol, packet.payload) : undefined
  return { packet, ...(ports && { ports }) }
}

/** @throws {WireError} if there is no whole IPv6 header */
export function decodeQuotedIpv6(quote: Uint8Array): QuotedIpv6 {
  const packet = decodeIpv6Quote(quote)
  const content = contentOf(packet)
  if (content === undefined) return { packet }
  const last = content.headers.findLast(({ kind }) => kind === 'fragment')
  const isLaterFragment = last?.kind === 'fragment' && last.fragmentOffsetOctets > 0
  const ports = isLaterFragment ? undefined : portsOf(content.upperProtocol, content.payload)
  return { packet, content, ...(ports && { ports }) }
}

/** A quote may end within an extension header, which is no fault of it. */
function contentOf({ nextHeader, payload }: Ipv6Packet): Ipv6Content | undefined {
  try {
    return decodeIpv6Extensions(nextHeader, payload)
  } catch (error) {
    if (error instanceof WireError) return undefined
    throw error
  }
}

function portsOf(protocol: number, payload: Uint8Array): Ports | undefined {
  const hasPorts = protocol === IP_PROTOCOL.tcp || protocol === IP_PROTOCOL.udp
  if (!hasPorts || payload.length < PORTS_SIZE) return undefined
  return { srcPort: u16At(payload, 0), dstPort: u16At(payload, 2) }
}
