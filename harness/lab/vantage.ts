/** The NICs of a lab's machines, by the names of their captures: NODE:INTERFACE. */
import type { PortId } from '../agent/messages/index.ts'
import { OUTSIDE_INTERFACE } from './fabric.ts'
import type { GuestNode, Topology } from './topology.ts'

/** A NIC of one of the lab's machines. */
export interface Vantage {
  node: string
  interface: string
}

export function portAt({ node, interface: nic }: Vantage): PortId {
  return `${node}:${nic}`
}

export function tapOf({ hypervisor, tap }: GuestNode): Vantage {
  return { node: hypervisor, interface: tap }
}

/** The ends of all cables but those of guests. */
export function cableEnds({ hypervisors, switchName, outsideName }: Topology): readonly Vantage[] {
  const switchPorts = [...hypervisors.map((hypervisor) => hypervisor.switchPort), outsideName]
  return [
    ...hypervisors.map(({ name, uplink }) => ({ node: name, interface: uplink })),
    ...switchPorts.map((port) => ({ node: switchName, interface: port })),
    { node: outsideName, interface: OUTSIDE_INTERFACE },
  ]
}

/** What is there now and was not before, the guests' TAPs apart. */
export function madeBetween(
  before: readonly Vantage[],
  after: readonly Vantage[],
  topology: Topology,
): readonly Vantage[] {
  const known = new Set([...before, ...topology.guests.map(tapOf)].map(portAt))
  return after.filter((nic) => !known.has(portAt(nic)))
}
