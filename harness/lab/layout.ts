/** A lab as data: what a test worker needs to put it on the sites that it is connected to. */
import type { CableEnd } from './fabric.ts'
import type { Feature } from './features.ts'
import type { Ground, Provider } from './ground.ts'
import { EmbeddedGround } from './grounds/embedded.ts'
import { MachinesGround } from './grounds/machines.ts'
import type { PlanChange } from './plan.ts'
import type { Site } from './site.ts'
import type { Topology } from './topology.ts'

export interface LabLayout {
  provider: Provider
  /** By name. The embedded lab has one. */
  sites: readonly string[]
  topology: Topology
  /** What the sites' kernels cannot do: cases that need it could not run. */
  missing: readonly Feature[]
  /** Values of the plan that hold there. */
  documented: PlanChange
  /** Null for namespaces on the one site. */
  machines: MachinesLayout | null
}

export interface MachinesLayout {
  /** The site of each hypervisor, by its name. */
  hypervisors: Readonly<Record<string, string>>
  /** Guests that are VMs with a site of their own: its name. */
  guests: Readonly<Record<string, string>>
  /** Vantage points outside: sw1:hv1, and where its frames can be seen. */
  captures: Readonly<Record<string, { site: string; interface: string }>>
  /** The site that is the physical switch and `outside`, and its NICs; null where the network outside is somebody's. */
  switch: { site: string; ends: readonly CableEnd[] } | null
  /** Whether configurations may be changed. */
  disposable: boolean
}

/** @param topology the layout's own, or one grown from it */
export function groundOf(layout: LabLayout, topology: Topology, sites: ReadonlyMap<string, Site>): Ground {
  const { provider, machines } = layout
  const siteOf = (name: string): Site => {
    const site = sites.get(name)
    if (site === undefined) throw new Error(`there is no site ${name}`)
    return site
  }
  if (machines === null) return new EmbeddedGround(siteOf(layout.sites[0] ?? ''), topology)
  const sitesOf = (names: Readonly<Record<string, string>>): ReadonlyMap<string, Site> =>
    new Map(Object.entries(names).map(([name, site]) => [name, siteOf(site)]))
  const captures = Object.entries(machines.captures).map(([port, vantage]) => {
    const place = { site: siteOf(vantage.site), namespace: null }
    return [port, { place, interface: vantage.interface }] as const
  })
  const setup = {
    provider,
    hypervisors: sitesOf(machines.hypervisors),
    guests: sitesOf(machines.guests),
    captures: new Map(captures),
    isDisposable: machines.disposable,
    switchMachine:
      machines.switch === null ? null : { site: siteOf(machines.switch.site), ends: machines.switch.ends },
  }
  return new MachinesGround(setup, topology)
}
