/**
 * That a machine shows nobody beyond it the addresses of its guests, given or leased: none of their network (/24) is in a
 * header of what it sends there.
 */
import { fieldsOf, parseIpv4 } from '../wire/index.ts'
import type { Assertion } from './judgement.ts'
import { healthOf, type RecordedFrame } from './record.ts'
import type { PortView } from './seen.ts'
import type { Guest } from './world.ts'

const MOST_TOLD = 3

/** @param view of a machine's NIC: what comes in there is somebody else's */
export function hidesAddresses(view: PortView, guests: readonly Guest[]): Assertion {
  const { port, seen } = view
  const expected = `${port.id} sends nothing with the address of a guest`
  const isHidden = new Set(guests.map(({ address }) => networkOf(address)))
  const machines = new Set(seen.world.machines.map(({ address }) => address))
  const names = new Map(guests.map(({ address, name }) => [address, name]))
  const octets = [...isHidden].map((network) => parseIpv4(`${network}.0`).subarray(0, 3))
  const shows = (frame: RecordedFrame): readonly string[] => {
    if (octets.every((network) => Buffer.prototype.indexOf.call(frame.octets, network) === -1)) return []
    const shown = fieldsOf(frame.octets).filter(
      ({ value }) => isHidden.has(networkOf(value)) && !machines.has(value),
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

/** The first three octets of an IPv4 address; of anything else, something that is no network. */
function networkOf(address: string): string {
  return /^(\d+\.\d+\.\d+)\.\d+$/.exec(address)?.[1] ?? 'none'
}
