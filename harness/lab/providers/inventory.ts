/** Machines of an inventory: they are there, and are made bare again when a run has ended. */
import type { Inventory } from '../inventory.ts'
import type { PlanChange } from '../plan.ts'
import type { LabProvider } from '../provider.ts'
import { leaveMachines, sshMachines } from './ssh-machines.ts'

export async function inventoryProvider({
  file,
  written,
  topology,
  implementation,
  sshConfig,
}: Inventory): Promise<LabProvider> {
  const { sites, hypervisors, guests, fabric, disposable, documented } = written
  const hosts = Object.entries(sites).map(([name, { ssh, sudo }]) => ({
    name,
    host: ssh,
    sudo,
    configFile: sshConfig,
  }))
  const { start } = sshMachines(hosts)
  const placed = Object.entries(hypervisors).map(([name, { site }]) => [name, site] as const)
  const vms = Object.entries(guests).flatMap(([name, guest]) =>
    'site' in guest ? [[name, guest.site] as const] : [],
  )
  const mayChange = implementation.configure !== null
  return {
    layout: {
      ...{
        provider: 'inventory',
        sites: hosts.map(({ name }) => name),
        topology,
        missing: [],
        documented: planOf(documented),
      },
      machines: {
        hypervisors: Object.fromEntries(placed),
        guests: Object.fromEntries(vms),
        captures: fabric?.captures ?? {},
        ...{ switch: null, disposable },
      },
    },
    implementation,
    words: `${hosts.map(({ name }) => name).join(', ')} (${file})`,
    mostWorkers: 1,
    start: (_, site) => start(site),
    end: async (tell) => {
      if (mayChange) await leaveMachines(placed, start, tell)
    },
  }
}

function planOf({ mtu, ageingSeconds }: Inventory['written']['documented']): PlanChange {
  return { ...(mtu === undefined ? {} : { mtu }), ...(ageingSeconds === undefined ? {} : { ageingSeconds }) }
}
