/**
 * A frame on one line, in the notation that people know from tcpdump(8). It never throws: where a frame is cut off or
 * malformed, the line has the protocol in brackets, as in [|udp]. Lengths are those that the headers state, in octets,
 * so that a frame captured in part reads as it was on the wire.
 */
import { ETHER_TYPE, SMALLEST_ETHER_TYPE } from './ethernet.ts'
import { type Field, fieldsOf } from './fields.ts'
import { ICMP_TYPE } from './icmp.ts'
import { ICMPV6_TYPE } from './icmpv6.ts'
import { IP_PROTOCOL, IPV4_HEADER_SIZE } from './ipv4.ts'
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

export function summarise(octets: Uint8Array): string {
  const frame = new NamedFields(fieldsOf(octets))
  return [...tagsOf(frame), bodyOf(frame, octets.length)].join(', ')
}

class NamedFields {
  private readonly fields: ReadonlyMap<string, Field>

  constructor(fields: readonly Field[]) {
    this.fields = new Map(fields.map((field) => [field.name, field]))
  }

  has(name: string): boolean {
    return this.fields.has(name)
  }

  text(name: string): string {
    return this.fields.get(name)?.value ?? '?'
  }

  number(name: string): number {
    return Number(this.text(name))
  }

  end(name: string): number {
    const field = this.fields.get(name)
    return field === undefined ? 0 : field.offset + field.sizeOctets
  }
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
  const kind = etherType < SMALLEST_ETHER_TYPE ? '802.3' : `ethertype ${frame.text('eth.type')}`
  return `${frame.text('eth.src')} > ${frame.text('eth.dst')}, ${kind}, length ${length}`
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
  return upperOf(frame, {
    src: frame.text('ip6.src'),
    dst: frame.text('ip6.dst'),
    upper: frame.number('ip6.nextHeader'),
    length: frame.number('ip6.payloadLength'),
  })
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
  if (ip.upper === IP_PROTOCOL.icmp) return `${hosts}: ICMP ${messageOf(frame, 'icmp')}, length ${ip.length}`
  if (ip.upper === IP_PROTOCOL.icmpv6)
    return `${hosts}: ICMP6, ${messageOf(frame, 'icmp6')}, length ${ip.length}`
  return ip.upper === undefined
    ? `${hosts}: length ${ip.length}`
    : `${hosts}: ip-proto-${ip.upper}, length ${ip.length}`
}

function udpOf(frame: NamedFields, ip: IpPart): string {
  const length = frame.number('udp.length') - UDP_HEADER_SIZE
  if (!frame.has('udp.checksum') || length < 0) return `${ip.src} > ${ip.dst}: [|udp]`
  return `${portsOf(frame, ip, 'udp')}: UDP, length ${length}`
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

function messageOf(frame: NamedFields, protocol: 'icmp' | 'icmp6'): string {
  if (!frame.has(`${protocol}.checksum`)) return `[|${protocol}]`
  const type = frame.number(`${protocol}.type`)
  const name = nameOfType(type, protocol === 'icmp' ? ICMP_TYPE : ICMPV6_TYPE)
  if (!frame.has(`${protocol}.sequence`)) return `${name}, code ${frame.text(`${protocol}.code`)}`
  return `${name}, id ${frame.text(`${protocol}.identifier`)}, seq ${frame.text(`${protocol}.sequence`)}`
}

/** 'echo request' for echoRequest. */
function nameOfType(type: number, types: Readonly<Record<string, number>>): string {
  const name = Object.keys(types).find((key) => types[key] === type)
  return name?.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`) ?? `type ${type}`
}
