/**
 * That the ports of a window are there to be judged, and whose fault it is where one is not. A TAP port or uplink that
 * the implementation left down deviates; where the fabric or the harness failed, nothing can be said.
 */
import type { Assertion } from './judgement.ts'
import { healthOf, type PortHealth, type WindowRecord } from './record.ts'
import type { PortView, Seen } from './seen.ts'
import type { Port, World } from './world.ts'

interface Down {
  state: string // "is down"
  whose: 'implementation' | 'lab'
}

export function portsAreUp({ port, seen }: PortView): Assertion {
  const expected = `${port.id} is up and has carrier`
  const down = downAt(port, seen)
  if (down === null) return { verdict: 'conforms', expected, found: null, frames: [] }
  const verdict = down.whose === 'implementation' ? 'deviates' : 'could not run'
  return { verdict, expected, found: inWords(port, down), frames: [] }
}

/** Why a frame may be missing through no fault of the implementation: a cable or a port of the fabric is down. */
export function fabricDown(seen: Seen): string | null {
  return firstDown(seen, ['switch', 'outside', 'uplink'], 'lab')
}

/** An uplink that the implementation left down, by which nothing can come. */
export function uplinkLeftDown(seen: Seen): string | null {
  return firstDown(seen, ['uplink'], 'implementation')
}

function firstDown(seen: Seen, kinds: readonly Port['kind'][], whose: Down['whose']): string | null {
  for (const port of seen.world.ports) {
    const captured = healthOf(seen.record, port.id) !== undefined
    const down = captured && kinds.includes(port.kind) ? downAt(port, seen) : null
    if (down?.whose === whose) return inWords(port, down)
  }
  return null
}

function downAt(port: Port, { record, world }: Pick<Seen, 'record' | 'world'>): Down | null {
  const health = healthOf(record, port.id)
  if (health === undefined) return { state: 'was not captured', whose: 'lab' }
  const state = stateOf(health)
  return state === null
    ? null
    : { state, whose: isOwed(port, health, record, world) ? 'implementation' : 'lab' }
}

function stateOf({ exists, up, carrier }: PortHealth): string | null {
  if (!exists) return 'is not there'
  if (!up) return 'is down'
  return carrier ? null : 'has no carrier'
}

/** Whether it is the implementation's task to keep it up. */
function isOwed(port: Port, { exists, up }: PortHealth, record: WindowRecord, world: World): boolean {
  const otherEnd = port.wiredTo === null ? undefined : healthOf(record, port.wiredTo)
  switch (port.kind) {
    case 'tap': // a device that the harness does not hold open has neither a NIC nor carrier
      return (exists && !up) || otherEnd?.exists === true
    case 'uplink': // without carrier: nobody can pull a cable by configuring the host at its end
      return !exists || !up
    case 'switch': {
      const uplink = world.ports.find(({ id, kind }) => id === port.wiredTo && kind === 'uplink')
      return (
        uplink !== undefined && exists && up && otherEnd !== undefined && !(otherEnd.exists && otherEnd.up)
      )
    }
    default:
      return false
  }
}

function inWords(port: Port, { state, whose }: Down): string {
  const blame = whose === 'implementation' ? 'the implementation left it so' : 'the lab failed'
  return `${port.id} (${port.description}) ${state}: ${blame}`
}
