/** The guests, machines and ports that a case names: each is there, or the case cannot run on this lab. */
import type { Guest, Machine, Port, World } from '../proof/index.ts'

/** A case wants what this lab does not have: it could not run there. */
export class NotHere extends Error {
  override readonly name = 'NotHere'
}

/** The guests of the usual topology. */
export type GuestName = 'red1' | 'red2' | 'red3' | 'blue1' | 'blue2'

/** @throws {NotHere}, as all of these */
export function guestIn({ guests }: World, name: string): Guest {
  const guest = guests.find((candidate) => candidate.name === name)
  if (guest === undefined) throw new NotHere(`this lab has no guest ${name}`)
  return guest
}

export function guestsOf(world: World): Readonly<Record<GuestName, Guest>> {
  const byName = Object.fromEntries(world.guests.map((guest) => [guest.name, guest]))
  return new Proxy(byName as Record<GuestName, Guest>, {
    get(known, name) {
      const guest = known[name as GuestName]
      if (guest === undefined) throw new NotHere(`this lab has no guest ${String(name)}`)
      return guest
    },
  })
}

export function uplinkOf(world: World, hypervisor: string): Port {
  const port = world.ports.find((candidate) => candidate.kind === 'uplink' && candidate.node === hypervisor)
  if (port === undefined) throw new NotHere(`this lab has no hypervisor ${hypervisor}`)
  return port
}

export function outsideOf(world: World): Port {
  const port = world.ports.find(({ kind }) => kind === 'outside')
  if (port === undefined) throw new NotHere('this lab has no host on the physical network to send from')
  return port
}

/** The uplink, and the switch's end of its cable where that can be seen. */
export function cableOf(world: World, hypervisor: string): readonly Port[] {
  const uplink = uplinkOf(world, hypervisor)
  return [uplink, ...world.ports.filter(({ id }) => id === uplink.wiredTo)]
}

export function switchPortOf(world: World, hypervisor: string): Port {
  const [, end] = cableOf(world, hypervisor)
  if (end === undefined)
    throw new NotHere(`this lab has no physical switch from which ${hypervisor} could be sent frames`)
  return end
}

export function machineOf(world: World, name: string): Machine {
  const machine = world.machines.find((candidate) => candidate.name === name)
  if (machine === undefined) throw new NotHere(`this lab has no machine ${name} with an address of its own`)
  return machine
}
