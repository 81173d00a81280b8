/**
 * A frame on one line, in the notation that people know from tcpdump(8). It never throws: where a frame is cut off or
 * malformed, the line has the protocol in brackets, as in [|udp]. Lengths are those that the headers state, in octets,
 * so that a frame captured in part reads as it was on the wire.
 */
import { ETHER_TYPE, SMALLEST_ETHER_TYPE } from './ethernet.ts'
import { IP_PROTOCOL, IPV4_HEADER_SIZE } from './ipv4.ts'
import { isIpv6Extension } from './ipv6-extensions.ts'
import { LLC_SAP, LLC_UI } from './llc.ts'
import { NamedFields } from './named-fields.ts'
import { dhcpOf } from './summary-dhcp.ts'
import { icmpOf, icmpv6Of } from './summary-icmp.ts'
import { lldpOf, stpOf } from './summary-link.ts'
import { TCP_HEADER_SIZE } from './tcp.ts'
import { UDP_HEADER_SIZE } from './udp.ts'

const FLAG_LETTERS: Readonly<Record<string, string>> = {
  syn: 'S',
  fin: 'F',
  rst: 'R',
  psh: 'P',
  ack: '.',
  urg: 'U',
  ece: 'E',
  cwr: 'W',
}
const ARP_REQUEST = 1
const ARP_REPLY = 2
const LLC_UI_HEADER_SIZE = 3
const EXTENSION_FIELD = /^ip6\.(hopByHop|routing|fragment|destinationOptions)(\[\d+\])?\./

export function summarise(octets: Uint8Array): string {
  const frame = new NamedFields(octets)
  return [...tagsOf(frame), bodyOf(frame, octets.length)].join(', ')
}

function tagsOf(frame: NamedFields): string[] {
  const tags: string[] = []
  for (let depth = 0, tag = 'vlan'; frame.has(`${tag}.vid`); depth += 1, tag = `vlan[${depth}]`) {
    const kind = frame.number(`${tag}.tpid`) === ETHER_TYPE.dot1ad ? '802.1ad vlan' : 'vlan'
    const dei = frame.number(`${tag}.dei`) === 1 ? ', DEI' : ''
    tags.push(`${kind} ${frame.text(`${tag}.vid`)}, p ${frame.text(`${tag}.pcp`)}${dei}`)
  }
  return tags
}

function bodyOf(frame: NamedFields, frameLength: number): string {
  if (!frame.has('eth.type')) return `[|ether], length ${frameLength}`
  const etherType = frame.number('eth.type')
  const length = frameLength - frame.end('eth.type')
  if (etherType === ETHER_TYPE.arp) return `ARP, ${arpOf(frame)}, length ${length}`
  if (etherType === ETHER_TYPE.ipv4) return `IPv4 ${ipv4Of(frame)}`
  if (etherType === ETHER_TYPE.ipv6) return `IPv6 ${ipv6Of(frame)}`
  if (etherType === ETHER_TYPE.lldp) return lldpOf(frame, length)
  if (isStp(frame)) return stpOf(frame, etherType - LLC_UI_HEADER_SIZE)
  const kind = etherType < SMALLEST_ETHER_TYPE ? '802.3' : `ethertype ${frame.text('eth.type')}`
  return `${frame.text('eth.src')} > ${frame.text('eth.dst')}, ${kind}, length ${length}`
}

function isStp(frame: NamedFields): boolean {
  const isWhole = frame.has('llc.control')
  return isWhole && frame.number('llc.dsap') === LLC_SAP.stp && frame.number('llc.control') === LLC_UI
}

function arpOf(frame: NamedFields): string {
  if (!frame.has('arp.tpa')) return '[|arp]'
  const operation = frame.number('arp.op')
  if (operation === ARP_REQUEST)
    return `Request who-has ${frame.text('arp.tpa')} tell ${frame.text('arp.spa')}`
  if (operation === ARP_REPLY) return `Reply ${frame.text('arp.spa')} is-at ${frame.text('arp.sha')}`
  return `operation ${operation}`
}

function ipv4Of(frame: NamedFields): string {
  if (!frame.has('ip.dst')) return '[|ip]'
  const length = frame.number('ip.totalLength') - frame.number('ip.headerLength')
  if (frame.number('ip.headerLength') < IPV4_HEADER_SIZE || length < 0) return '[|ip]'
  const offset = frame.number('ip.fragmentOffsetOctets')
  const more = frame.number('ip.moreFragments') === 1
  const upper = offset === 0 ? frame.number('ip.protocol') : undefined
  const text = upperOf(frame, { src: frame.text('ip.src'), dst: frame.text('ip.dst'), upper, length })
  return offset === 0 && !more ? text : `${text} (frag ${offset}${more ? '+' : ''})`
}

function ipv6Of(frame: NamedFields): string {
  if (!frame.has('ip6.dst')) return '[|ip6]'
  const extensions = frame.names().filter((name) => EXTENSION_FIELD.test(name))
  const nextHeader = extensions.findLast((name) => name.endsWith('.nextHeader')) ?? 'ip6.nextHeader'
  const offset = frame.has('ip6.fragment.offsetOctets') ? frame.number('ip6.fragment.offsetOctets') : 0
  const more = frame.has('ip6.fragment.moreFragments') && frame.number('ip6.fragment.moreFragments') === 1
  const length = frame.number('ip6.payloadLength') - sizeOf(frame, extensions)
  const hosts = { src: frame.text('ip6.src'), dst: frame.text('ip6.dst') }
  const upper = offset === 0 ? frame.number(nextHeader) : undefined
  const isCutOff = length < 0 || (upper !== undefined && isIpv6Extension(upper))
  if (isCutOff) return `${hosts.src} > ${hosts.dst}: [|ip6]`
  const text = upperOf(frame, { ...hosts, upper, length })
  return offset === 0 && !more ? text : `${text} (frag ${offset}${more ? '+' : ''})`
}

/** In octets, of the fields that follow IPv6's own. */
function sizeOf(frame: NamedFields, extensions: readonly string[]): number {
  const last = extensions.at(-1)
  return last === undefined ? 0 : frame.end(last) - frame.end('ip6.dst')
}

interface IpPart {
  src: string
  dst: string
  upper: number | undefined // undefined: a later fragment, without the upper layer's header
  length: number // octets after the IP header
}

function upperOf(frame: NamedFields, ip: IpPart): string {
  const hosts = `${ip.src} > ${ip.dst}`
  if (ip.upper === IP_PROTOCOL.udp) return udpOf(frame, ip)
  if (ip.upper === IP_PROTOCOL.tcp) return tcpOf(frame, ip)
  if (ip.upper === IP_PROTOCOL.icmp) return `${hosts}: ICMP ${icmpOf(frame)}, length ${ip.length}`
  if (ip.upper === IP_PROTOCOL.icmpv6) return `${hosts}: ICMP6, ${icmpv6Of(frame)}, length ${ip.length}`
  return ip.upper === undefined
    ? `${hosts}: length ${ip.length}`
    : `${hosts}: ip-proto-${ip.upper}, length ${ip.length}`
}

function udpOf(frame: NamedFields, ip: IpPart): string {
  const length = frame.number('udp.length') - UDP_HEADER_SIZE
  if (!frame.has('udp.checksum') || length < 0) return `${ip.src} > ${ip.dst}: [|udp]`
  return `${portsOf(frame, ip, 'udp')}: ${dhcpOf(frame, length) ?? `UDP, length ${length}`}`
}

function tcpOf(frame: NamedFields, ip: IpPart): string {
  const headerLength = frame.number('tcp.headerLength')
  const length = ip.length - headerLength
  const isWhole = frame.has('tcp.urgentPointer') && headerLength >= TCP_HEADER_SIZE && length >= 0
  if (!isWhole) return `${ip.src} > ${ip.dst}: [|tcp]`
  const names = frame.text('tcp.flags').split(',')
  const letters = Object.keys(FLAG_LETTERS).filter((name) => names.includes(name))
  const flags = letters.map((name) => FLAG_LETTERS[name]).join('')
  const first = frame.number('tcp.sequence')
  const sequence = length > 0 ? `${first}:${(first + length) % 2 ** 32}` : `${first}`
  const acknowledgement = names.includes('ack') ? `, ack ${frame.text('tcp.acknowledgement')}` : ''
  const window = frame.text('tcp.window')
  const text = `Flags [${flags || 'none'}], seq ${sequence}${acknowledgement}, win ${window}, length ${length}`
  return `${portsOf(frame, ip, 'tcp')}: ${text}`
}

function portsOf(frame: NamedFields, ip: IpPart, protocol: string): string {
  return `${ip.src}.${frame.text(`${protocol}.srcPort`)} > ${ip.dst}.${frame.text(`${protocol}.dstPort`)}`
}
