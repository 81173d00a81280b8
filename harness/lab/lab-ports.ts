/** The ports of a lab: where each is, with its guests where they are now, and their captures. */
import {
  type CaptureRequest,
  closeCaptures,
  closeTaps,
  type Link,
  links,
  openCaptures,
  openTaps,
  type PortId,
  renewCaptures,
} from '../agent/messages/index.ts'
import { bySite, type Ground } from './ground.ts'
import type { Place } from './place.ts'
import type { Site } from './site.ts'
import type { GuestNode, Topology } from './topology.ts'
import { cableEnds, madeBetween, portAt, tapOf, type Vantage } from './vantage.ts'

/** Beyond it the NICs that an implementation makes for itself are not looked into: a ring of 1 MB each is too much. */
const MOST_GUESTS_OF_WHOLE_JOURNEYS = 100

interface PlacedCapture {
  port: PortId
  place: Place
  interface: string
}

export class LabPorts {
  readonly #ground: Ground
  readonly #topology: Topology
  #guests: readonly GuestNode[]
  #inner: readonly Vantage[] = []

  constructor(ground: Ground, topology: Topology) {
    this.#ground = ground
    this.#topology = topology
    this.#guests = topology.guests
  }

  /** Each where it is now. */
  get guests(): readonly GuestNode[] {
    return this.#guests
  }

  /** NICs that the implementation made for itself. */
  get inner(): readonly Vantage[] {
    return this.#inner
  }

  /** The TAP port of each guest that has a TAP device. */
  get tapPorts(): ReadonlyMap<string, PortId> {
    return new Map(this.#tapGuests.map((guest) => [guest.name, portAt(tapOf(guest))]))
  }

  guestsOn(hypervisor: string): readonly GuestNode[] {
    return this.#guests.filter((guest) => guest.hypervisor === hypervisor)
  }

  /** A VM that is a machine of its own stays where it is. */
  place(name: string, hypervisor: string): void {
    this.#guests = this.#guests.map((guest) => (guest.name === name ? { ...guest, hypervisor } : guest))
  }

  /** Whether the port is captured. */
  sees(vantage: Vantage): boolean {
    return this.#ground.has(vantage.node) || this.#ground.captures.has(portAt(vantage))
  }

  /** Of a NIC, `hv1:eth0`, or a guest's device, `red1`. */
  placeOf(port: PortId): Place {
    const outside = this.#ground.captures.get(port)
    if (outside !== undefined) return outside.place
    const [node = ''] = port.split(':')
    const guest = this.#guests.find(({ name }) => name === port)
    return this.#ground.placeOf(guest !== undefined && guest.vm === undefined ? guest.hypervisor : node)
  }

  /** @param keeps whether the TAPs are somebody's, and stay when their devices are closed */
  async openTaps(keeps: boolean): Promise<void> {
    await bySite(this.#tapGuests, this.#siteOfGuest, (site, own) => {
      const requests = own.map(({ name, hypervisor, tap }) => {
        return { guest: name, namespace: this.#ground.placeOf(hypervisor).namespace, name: tap, keeps }
      })
      return site.ask(openTaps, requests)
    })
  }

  async closeTaps(): Promise<void> {
    await bySite(this.#tapGuests, this.#siteOfGuest, (site, own) => {
      return site.ask(
        closeTaps,
        own.map(({ name }) => name),
      )
    })
  }

  async openCaptures(): Promise<void> {
    await bySite(this.#captures(), siteOf, (site, own) => site.ask(openCaptures, own.map(captureRequest)))
  }

  async closeCaptures(): Promise<void> {
    await bySite(this.#captures(), siteOf, (site, own) => site.ask(closeCaptures, own.map(portOf)))
  }

  /** What is there now and was not before, the implementation made. */
  async findInner(before: readonly Vantage[]): Promise<void> {
    if (this.#topology.guests.length > MOST_GUESTS_OF_WHOLE_JOURNEYS) return
    this.#inner = madeBetween(before, await this.hypervisorsNics(), this.#topology)
  }

  /** Its inner NICs may be others of the same names. */
  async lookInside(hypervisor: string): Promise<void> {
    const own = this.#inner.filter(({ node }) => node === hypervisor)
    if (own.length > 0) await this.#ground.placeOf(hypervisor).site.ask(renewCaptures, own.map(portAt))
  }

  async hypervisorsNics(): Promise<readonly Vantage[]> {
    const { hypervisors } = this.#topology
    const all = await Promise.all(hypervisors.map(({ name }) => this.#linksOf(name)))
    return hypervisors.flatMap(({ name }, index) =>
      (all[index] ?? []).map((nic) => ({ node: name, interface: nic.name })),
    )
  }

  /** The NICs of every machine with their state, in words that are the same where they are. */
  async nicStates(): Promise<readonly (readonly string[])[]> {
    const { hypervisors, switchName, outsideName } = this.#topology
    const nodes = [...hypervisors.map(({ name }) => name), switchName, outsideName]
    const there = nodes.filter((node) => this.#ground.has(node))
    const nics = await Promise.all(there.map((node) => this.#linksOf(node)))
    return nics.map((all) => all.map((nic) => JSON.stringify(nic)).sort())
  }

  #linksOf(node: string): Promise<readonly Link[]> {
    const { site, namespace } = this.#ground.placeOf(node)
    return site.ask(links, namespace)
  }

  get #tapGuests(): readonly GuestNode[] {
    return this.#guests.filter(({ vm }) => vm === undefined)
  }

  readonly #siteOfGuest = ({ hypervisor }: GuestNode): Site => this.#ground.placeOf(hypervisor).site

  /** Every NIC that is captured, and where: a VM's own, and vantage points outside, too. */
  #captures(): readonly PlacedCapture[] {
    const taps = this.#guests.filter(({ tap }) => tap !== '').map(tapOf)
    const own = [...taps, ...this.#inner, ...cableEnds(this.#topology)]
      .filter(({ node }) => this.#ground.has(node))
      .map((vantage) => {
        const place = this.#ground.placeOf(vantage.node)
        return { port: portAt(vantage), place, interface: vantage.interface }
      })
    const vms = this.#topology.guests.flatMap(({ name, vm }) => {
      return vm === undefined
        ? []
        : [{ port: name, place: this.#ground.placeOf(name), interface: vm.interface }]
    })
    return [...own, ...vms, ...[...this.#ground.captures].map(([port, vantage]) => ({ port, ...vantage }))]
  }
}

function siteOf({ place }: PlacedCapture): Site {
  return place.site
}

function portOf({ port }: PlacedCapture): PortId {
  return port
}

function captureRequest({ port, place: { namespace }, interface: nic }: PlacedCapture): CaptureRequest {
  return { port, namespace, interface: nic, ring: null }
}
