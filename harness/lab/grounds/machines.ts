/**
 * Hypervisors as whole machines, each with a site of its own, and perhaps a site that is the physical switch: Vagrant's
 * VMs, or machines of an inventory. What is done to a machine is noted there first, so that it can be made bare again by
 * whoever comes next, should this program be killed.
 */
import type { PortId } from '../../agent/messages/index.ts'
import { broughtTo } from '../configure.ts'
import { buildSwitch, type CableEnd, removeSwitch } from '../fabric.ts'
import { type Building, type Ground, type Provider, placeIn, type VantagePoint } from '../ground.ts'
import { makeBare, noteMachine } from '../machine-notes.ts'
import type { Place } from '../place.ts'
import { runScript } from '../run-on-site.ts'
import type { Site } from '../site.ts'

/** The site that is the physical switch and `outside`, and its NICs. */
export interface SwitchMachine {
  site: Site
  ends: readonly CableEnd[]
}

export interface MachinesSetup {
  provider: Provider
  /** By the hypervisor's name. */
  hypervisors: ReadonlyMap<string, Site>
  switchMachine: SwitchMachine | null
  /** Guests that are machines of their own, by name. */
  guests: ReadonlyMap<string, Site>
  captures: ReadonlyMap<PortId, VantagePoint>
  isDisposable: boolean
}

/** Handed over as the contract says: down, without an address. Source: docs/implementations.md. */
const HAND_OVER = `
  [ -e "/sys/class/net/$1" ] || { echo "there is no NIC $1" >&2; exit 1; }
  ip link set dev "$1" nomaster down
  ip address flush dev "$1"
  for call in /proc/sys/net/bridge/bridge-nf-call-*; do [ ! -e "$call" ] || echo 0 >"$call"; done`

export class MachinesGround implements Ground {
  readonly provider: Provider
  readonly isThrownAway = false
  readonly isDisposable: boolean
  readonly captures: ReadonlyMap<PortId, VantagePoint>
  readonly sites: readonly Site[]
  readonly #setup: MachinesSetup
  readonly #places = new Map<string, Place>()

  constructor(setup: MachinesSetup, names: { switchName: string; outsideName: string }) {
    this.#setup = setup
    this.provider = setup.provider
    this.isDisposable = setup.isDisposable
    this.captures = setup.captures
    const { hypervisors, guests, captures, switchMachine } = setup
    for (const [name, site] of [...hypervisors, ...guests]) this.#places.set(name, { site, namespace: null })
    if (switchMachine !== null)
      for (const name of [names.switchName, names.outsideName])
        this.#places.set(name, { site: switchMachine.site, namespace: name })
    const places = [...this.#places.values(), ...[...captures.values()].map(({ place }) => place)]
    this.sites = [...new Set(places.map(({ site }) => site))]
  }

  has(node: string): boolean {
    return this.#places.has(node)
  }

  placeOf(node: string): Place {
    return placeIn(this.#places, node)
  }

  async prepare(building: Building): Promise<void> {
    const { topology, scenario, implementation, plans } = building
    if (implementation === null) return
    await Promise.all([
      this.#prepareSwitch(building),
      ...topology.hypervisors.map(async ({ name, uplink }) => {
        const place = this.placeOf(name)
        await makeBare(place, name)
        await runScript(place.site, `${name} cannot be handed over`, HAND_OVER, [uplink])
        const plan = plans.get(name)
        if (plan === undefined) throw new Error(`no plan for ${name} in ${scenario}`)
        await noteMachine(place, name, plan, await broughtTo(place, implementation))
      }),
    ])
  }

  async clear({ topology, implementation }: Building): Promise<void> {
    if (implementation === null) return
    const { switchMachine } = this.#setup
    await Promise.all([
      switchMachine === null ? undefined : removeSwitch(switchMachine.site, topology, switchMachine.ends),
      ...topology.hypervisors.map(({ name }) => makeBare(this.placeOf(name), name)),
    ])
  }

  async #prepareSwitch({ topology, scenario }: Building): Promise<void> {
    const { switchMachine } = this.#setup
    if (switchMachine === null) return
    await removeSwitch(switchMachine.site, topology, switchMachine.ends)
    await buildSwitch(switchMachine.site, topology, scenario, switchMachine.ends)
  }
}
