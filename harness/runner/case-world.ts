/** The world as a case finds it while it changes it: who is away, and who has moved. */
import type { Guest, Port, World } from '../proof/index.ts'
import { placedOn } from './world.ts'

export class CaseWorld implements World {
  readonly machines: World['machines']
  readonly hidesGuests: boolean
  /** MAC addresses that the case has learned to be routers'. */
  readonly routers = new Set<string>()
  readonly #first: World
  readonly #away = new Set<string>()
  #guests: readonly Guest[]
  #ports: readonly Port[]

  constructor(world: World) {
    this.#first = world
    this.#guests = world.guests
    this.#ports = world.ports
    this.machines = world.machines
    this.hidesGuests = world.hidesGuests ?? false
  }

  /** Each where it is now. */
  get guests(): readonly Guest[] {
    return this.#guests
  }

  /** Also those where a guest was before. */
  get ports(): readonly Port[] {
    return this.#ports
  }

  /** As the lab was built, and where a guest came to later. */
  get everyPort(): readonly Port[] {
    const known = new Set(this.#first.ports.map(({ id }) => id))
    return [...this.#first.ports, ...this.#ports.filter(({ id }) => !known.has(id))]
  }

  /** As the lab was built. */
  get firstGuests(): readonly Guest[] {
    return this.#first.guests
  }

  peersOf(guest: Guest, among: readonly Guest[] = this.#guests): readonly Guest[] {
    return this.#first.peersOf(
      guest,
      among.filter(({ name }) => !this.#away.has(name)),
    )
  }

  /** As it is now, whatever becomes of it. */
  snapshot(): World {
    const [guests, ports, away] = [this.#guests, this.#ports, new Set(this.#away)]
    const isHere = ({ name }: Guest): boolean => !away.has(name)
    return {
      ...{ guests, ports, machines: this.machines, hidesGuests: this.hidesGuests },
      routers: new Set(this.routers),
      peersOf: (guest, among = guests) => this.#first.peersOf(guest, among.filter(isHere)),
    }
  }

  /** Who is unplugged, or off, is nobody's peer: no marker can come there. */
  noteAway(names: readonly string[]): void {
    for (const name of names) this.#away.add(name)
  }

  isAway(name: string): boolean {
    return this.#away.has(name)
  }

  noteBack(names: readonly string[]): void {
    for (const name of names) this.#away.delete(name)
  }

  /** The guest, with its ports, where it is from now on. */
  move(name: string, hypervisor: string): Guest {
    const first = this.#first.guests.find((guest) => guest.name === name)
    if (first === undefined) throw new Error(`there is no guest ${name}`)
    const guest = placedOn(first, hypervisor)
    const own = new Map([guest.nic, guest.port].map((port) => [port.id, port]))
    const known = this.#ports.map((port) => own.get(port.id) ?? port)
    const isNew = this.#ports.every(({ id }) => id !== guest.port.id)
    this.#guests = this.#guests.map((other) => (other.name === name ? guest : other))
    this.#ports = isNew ? [...known, guest.port] : known
    return guest
  }
}
