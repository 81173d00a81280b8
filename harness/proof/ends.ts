/** Between whom a packet travels where it was seen: what its translator chose is learned there, and replies are made of it. */
import { fieldsOf } from '../wire/index.ts'
import type { Station } from './frames.ts'
import type { PortView } from './seen.ts'
import type { Stimulus } from './stimulus.ts'

/** A station, and the port of TCP or UDP, or the identifier of an ICMP echo; 0 where there is none. */
export type End = Station & { port: number }

/** Of the first copy of this stimulus that is there; undefined if there is none. */
export function endsOf(view: PortView, stimulus: Stimulus): { from: End; to: End } | undefined {
  const [frame] = view.carried(stimulus)
  if (frame === undefined) return undefined
  const fields = new Map(fieldsOf(frame.octets).map(({ name, value }) => [name, value]))
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
