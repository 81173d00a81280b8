/** Between whom a packet travels where it was seen: what its translator chose is learned there, and replies are made of it. */
import { fieldsOf, TCP_FLAG } from '../wire/index.ts'
import { type IpFields, icmpEcho, ipv4Packet, type Station, tcp, udp } from './frames.ts'
import type { PortView } from './seen.ts'
import type { Stimulus } from './stimulus.ts'

/** A station, and the port of TCP or UDP, or the identifier of an ICMP echo; 0 where there is none. */
export type End = Station & { port: number }

export interface Ends {
  from: End
  to: End
}

/** Of the first copy of this stimulus that is there; undefined if there is none. */
export function endsOf(view: PortView, stimulus: Stimulus): Ends | undefined {
  const fields = fieldsSeen(view, stimulus)
  if (fields === undefined) return undefined
  const end = (side: 'src' | 'dst'): End => ({
    mac: fields.get(`eth.${side}`) ?? '',
    address: fields.get(`ip.${side}`) ?? '',
    address6: '::',
    port: Number(
      fields.get(`udp.${side}Port`) ?? fields.get(`tcp.${side}Port`) ?? fields.get('icmp.identifier') ?? 0,
    ),
  })
  return { from: end('src'), to: end('dst') }
}

export interface ReplyOptions {
  ip?: IpFields
  /** Of UDP. */
  checksum?: 'none'
  sizeOctets?: number
  /** Of TCP: raw. */
  options?: Uint8Array
}

/**
 * What a host answers to this stimulus as it was seen there: a datagram with its ports exchanged, a SYN-ACK to a SYN, an
 * echo reply; else a packet of the same protocol. Undefined if it was not seen.
 */
export function replyTo(view: PortView, question: Stimulus, more: ReplyOptions = {}): Stimulus | undefined {
  const fields = fieldsSeen(view, question)
  const seen = endsOf(view, question)
  if (fields === undefined || seen === undefined) return undefined
  const { ip, checksum, sizeOctets, options } = more
  const ends = { from: seen.to, to: seen.from, ...(ip && { ip }) }
  const ports = { srcPort: seen.to.port, dstPort: seen.from.port }
  if (fields.has('udp.srcPort'))
    return udp({ ...ends, ...ports, ...(checksum && { checksum }), ...(sizeOctets && { sizeOctets }) })
  if (fields.has('tcp.srcPort')) {
    const acknowledgement = (Number(fields.get('tcp.sequence')) + 1) >>> 0
    const flags = TCP_FLAG.syn | TCP_FLAG.ack
    return tcp({ ...ends, ...ports, sequence: 7000, acknowledgement, flags, ...(options && { options }) })
  }
  if (fields.has('icmp.identifier')) {
    const sequence = Number(fields.get('icmp.sequence'))
    return icmpEcho({ ...ends, kind: 'echo reply', identifier: seen.from.port, sequence })
  }
  return ipv4Packet({ ...ends, protocol: Number(fields.get('ip.protocol')) })
}

function fieldsSeen(view: PortView, stimulus: Stimulus): ReadonlyMap<string, string> | undefined {
  const [frame] = view.carried(stimulus)
  return frame && new Map(fieldsOf(frame.octets).map(({ name, value }) => [name, value]))
}
