/** That a machine shows nobody beyond it the addresses of its guests: in no header of what it sends there. */
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
  const addresses = new Map(guests.map(({ name, address }) => [address, name]))
  const octets = [...addresses.keys()].map(parseIpv4)
  const shows = (frame: RecordedFrame): readonly string[] =>
    octets.some((address) => Buffer.prototype.indexOf.call(frame.octets, address) !== -1)
      ? fieldsOf(frame.octets).flatMap(({ name, value }) => {
          const guest = addresses.get(value)
          return guest === undefined ? [] : [`${name} ${value} is ${guest}’s`]
        })
      : []
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
