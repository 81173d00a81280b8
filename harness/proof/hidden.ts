/**
 * That a machine shows nobody beyond it the addresses of its guests, given or leased: none of their network (/24) is in a
 * header of what it sends there. An ICMP error that quotes a packet as it came in by the same NIC shows nothing: whoever
 * sent that had written the address himself (a machine may reject what nobody asked for: RFC 1812, 4.3.3.1).
 */
import { type Field, fieldsOf, parseIpv4 } from '../wire/index.ts'
import type { Assertion } from './judgement.ts'
import { healthOf, type RecordedFrame } from './record.ts'
import type { PortView } from './seen.ts'
import type { Guest } from './world.ts'

const MOST_TOLD = 3
const QUOTED = 'quoted.'
const TELLING = [
  ...['ip.src', 'ip.dst', 'ip.identification', 'ip.protocol', 'ip.totalLength', 'ip.fragmentOffsetOctets'],
  ...['udp.srcPort', 'udp.dstPort', 'tcp.srcPort', 'tcp.dstPort', 'icmp.type', 'icmp.identifier'],
]

/** @param view of a machine's NIC: what comes in there is somebody else's */
export function hidesAddresses(view: PortView, guests: readonly Guest[]): Assertion {
  const { port, seen } = view
  const expected = `${port.id} sends nothing with the address of a guest`
  const isHidden = new Set(guests.map(({ address }) => networkOf(address)))
  const machines = new Set(seen.world.machines.map(({ address }) => address))
  const names = new Map(guests.map(({ address, name }) => [address, name]))
  const octets = [...isHidden].map((network) => parseIpv4(`${network}.0`).subarray(0, 3))
  const concerns = (frame: RecordedFrame): boolean =>
    octets.some((network) => Buffer.prototype.indexOf.call(frame.octets, network) !== -1)
  const came = new Set(
    view.frames
      .filter((frame) => frame.direction === 'in' && concerns(frame))
      .map((frame) => packetIn(fieldsOf(frame.octets), '')),
  )
  const shows = (frame: RecordedFrame): readonly string[] => {
    if (!concerns(frame)) return []
    const fields = fieldsOf(frame.octets)
    const isKnown = came.has(packetIn(fields, QUOTED))
    const shown = fields.filter(
      ({ name, value }) =>
        isHidden.has(networkOf(value)) && !machines.has(value) && !(isKnown && name.startsWith(QUOTED)),
    )
    return shown.map(({ name, value }) => `${name} ${value} is ${names.get(value) ?? 'a guest'}’s`)
  }
  const leaks = view.frames
    .filter(({ direction }) => direction === 'out')
    .map((frame) => ({ frame: frame.frame, shown: shows(frame) }))
    .filter(({ shown }) => shown.length > 0)
  const frames = leaks.map(({ frame }) => frame)
  if (leaks.length > 0) {
    const told = leaks.slice(0, MOST_TOLD).map(({ frame, shown }) => `frame ${frame}: ${shown.join(', ')}`)
    const rest = leaks.length > MOST_TOLD ? [`and ${leaks.length - MOST_TOLD} more`] : []
    const found = [
      `expected  ${expected} (${port.description})`,
      `seen      ${[...told, ...rest].join('; ')}`,
    ]
    return { verdict: 'deviates', expected, found: found.join('\n'), frames }
  }
  const drops = healthOf(seen.record, port.id)?.drops
  if (drops === 0) return { verdict: 'conforms', expected, found: null, frames }
  const why = drops === undefined ? 'it was not captured' : `its capture lost ${drops} frames`
  return { verdict: 'could not run', expected, found: `${expected}: not proved, for ${why}`, frames }
}

/** What tells a packet from others, and is the same in an error that quotes it, but for the TTL and what that changes. */
function packetIn(fields: readonly Field[], prefix: string): string {
  const values = new Map(fields.map(({ name, value }) => [name, value]))
  return TELLING.map((name) => values.get(`${prefix}${name}`) ?? '').join(' ')
}

/** The first three octets of an IPv4 address; of anything else, something that is no network. */
function networkOf(address: string): string {
  return /^(\d+\.\d+\.\d+)\.\d+$/.exec(address)?.[1] ?? 'none'
}
