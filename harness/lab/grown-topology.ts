/**
 * A topology with more guests and tenants, and perhaps other VIDs. Its own stay where they are, so that what knows them by name (a fault, say)
 * finds them there, too; the others fill up tenants and hypervisors evenly.
 */
import { BadInput } from './bad-input.ts'
import { draw, letters, MOST_SCALED_GUESTS, modelOf, type Topology } from './topology.ts'

export interface Growth {
  guests: number
  tenants: number
  /** One for each tenant; without, those of the topology, and for new tenants higher ones. */
  vids?: readonly number[]
  /** The physical switch carries every VID. */
  everyVid?: boolean
}

/** Whether more guests can be added: a larger lab is drawn anew, and what was given of a guest would be lost. */
export function mayGrow({ hypervisors, guests }: Topology): boolean {
  const [first] = hypervisors
  const isUsual = hypervisors.map(({ name }) => name).join() === 'hv1,hv2'
  const hasOneUplink = hypervisors.every(({ uplink }) => uplink === first?.uplink)
  return (
    isUsual && hasOneUplink && guests.every(({ vm, address }) => vm === undefined && address === undefined)
  )
}

/** @throws {BadInput} if it would have to shrink, or there is no room for so many */
export function grownTopology(base: Topology, { guests, tenants, vids, everyVid = false }: Growth): Topology {
  if (guests < base.guests.length || guests > MOST_SCALED_GUESTS || tenants < base.tenants.length) {
    const wanted = `${base.guests.length} to ${MOST_SCALED_GUESTS} guests and ${base.tenants.length} tenants or more`
    throw new BadInput(`${base.name} cannot grow to ${guests} guests in ${tenants} tenants: ${wanted}`)
  }
  const known = [...base.tenants, ...moreTenants(base, tenants - base.tenants.length)]
  if (vids !== undefined && vids.length !== tenants)
    throw new BadInput(`${tenants} tenants need as many VIDs, not ${vids.length}`)
  const owners = known.map(({ name, vid }, at) => ({ name, vid: vids?.[at] ?? vid }))
  const hypervisors = base.hypervisors.map(({ name }) => name)
  const places = base.guests.map(({ name, tenant, hypervisor }) => ({ name, tenant, hypervisor }))
  while (places.length < guests) {
    const taken = places.map((place) => place.tenant)
    const tenant = rarest(
      owners.map(({ name }) => name),
      taken,
    )
    const own = places.filter((place) => place.tenant === tenant)
    const hypervisor = rarest(
      hypervisors,
      [...places, ...own].map((place) => place.hypervisor),
    )
    places.push({ name: `${tenant}${own.length + 1}`, tenant, hypervisor })
  }
  const [left, right] = hypervisors.map((hypervisor) =>
    places.filter((place) => place.hypervisor === hypervisor).map(({ name }) => name),
  )
  const name = `${base.name}, grown to ${guests} guests in ${tenants} tenants`
  const uplink = base.hypervisors[0]?.uplink
  return { ...modelOf(name, draw(left ?? [], right ?? [], uplink), owners), everyVid }
}

function moreTenants(base: Topology, count: number) {
  const highest = Math.max(...base.tenants.map(({ vid }) => vid))
  return Array.from({ length: count }, (_, index) => ({
    name: letters(index),
    vid: highest + 10 * (index + 1),
  }))
}

/** The candidate that was taken least often, of several the first. */
function rarest(candidates: readonly string[], taken: readonly string[]): string {
  const count = (candidate: string): number => taken.filter((one) => one === candidate).length
  const [first = '', ...others] = candidates
  return others.reduce((best, candidate) => (count(candidate) < count(best) ? candidate : best), first)
}
