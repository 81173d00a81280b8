/**
 * What carries a lab: its sites, where each machine is, and how machines are made bare and cabled. The embedded lab is
 * one site of namespaces; on the others a hypervisor is a whole machine with a site of its own.
 */
import type { PortId } from '../agent/messages/index.ts'
import type { Implementation } from './implementation.ts'
import type { Place } from './place.ts'
import type { Plan } from './plan.ts'
import type { Scenario } from './scenario.ts'
import { LabError, type Site } from './site.ts'
import type { Topology } from './topology.ts'

export const PROVIDERS = ['embedded', 'vagrant', 'inventory'] as const
export type Provider = (typeof PROVIDERS)[number]

/** A NIC on a site that sees a port's frames: a mirror, a tap. */
export interface VantagePoint {
  place: Place
  interface: string
}

/** What is about to be built on a ground. */
export interface Building {
  topology: Topology
  scenario: Scenario
  /** Null: the hypervisors are configured already, and stay so. */
  implementation: Implementation | null
  plans: ReadonlyMap<string, Plan>
}

export interface Ground {
  readonly provider: Provider
  readonly sites: readonly Site[]
  /** Ports of machines that this lab does not have, and where their frames can be seen. */
  readonly captures: ReadonlyMap<PortId, VantagePoint>
  /** Whether configurations may be changed. */
  readonly isDisposable: boolean
  /** Whether hypervisors are thrown away with all that is in them; else `configure detach` and `down` come first. */
  readonly isThrownAway: boolean
  /** The hypervisors, the physical switch, `outside`: those that this ground has. */
  has(node: string): boolean
  /** @throws {LabError} for a machine that it does not have */
  placeOf(node: string): Place
  /** Bare hypervisors, and outside of them what the scenario wants, whatever was there before. */
  prepare(building: Building): Promise<void>
  /** Takes away what `prepare` made and what came after it. @throws {LabError} naming what stays */
  clear(building: Building): Promise<void>
}

export function placeIn(places: ReadonlyMap<string, Place>, node: string): Place {
  const place = places.get(node)
  if (place === undefined) throw new LabError(`this lab has no machine ${node}`)
  return place
}

/** The same of each site, with what concerns it; who has nothing to do is not asked. */
export async function bySite<T, R>(
  items: readonly T[],
  siteOf: (item: T) => Site,
  ask: (site: Site, own: readonly T[]) => Promise<R>,
): Promise<readonly R[]> {
  const groups = new Map<Site, T[]>()
  for (const item of items) {
    const site = siteOf(item)
    const group = groups.get(site)
    if (group === undefined) groups.set(site, [item])
    else group.push(item)
  }
  return Promise.all([...groups].map(([site, own]) => ask(site, own)))
}
