/** Vagrant's virtual machines: brought up if they are not, and destroyed after the run unless they are to stay. */
import { join, resolve } from 'node:path'
import type { LabProvider } from '../provider.ts'
import { loadTopology } from '../topology.ts'
import { bringUp } from '../vagrant/index.ts'
import { leaveMachines, sshMachines } from './ssh-machines.ts'

const TOPOLOGY = join(resolve(import.meta.dirname, '../../..'), 'fixtures/topologies/vagrant.yaml')
export const VAGRANT_MACHINES = ['hv1', 'hv2', 'fabric'] as const
/** The fabric's NICs, as vagrant/Vagrantfile gives them. */
const ENDS = [
  { port: 'hv1', mac: '02:00:00:ff:02:01' },
  { port: 'hv2', mac: '02:00:00:ff:02:02' },
]

export interface VagrantWanted {
  /** Leave them running. */
  keep: boolean
  tell(progress: string): void
}

/** @throws {BadInput} for what is missing here; {LabError} if they do not come up */
export async function vagrantProvider({ keep, tell }: VagrantWanted): Promise<LabProvider> {
  const vagrant = await bringUp(tell, { keep })
  const { sshConfigFile: configFile } = vagrant
  const { start } = sshMachines(
    VAGRANT_MACHINES.map((name) => ({ name, host: name, sudo: true, configFile })),
  )
  const hypervisors = [
    ['hv1', 'hv1'],
    ['hv2', 'hv2'],
  ] as const
  return {
    layout: {
      ...{
        provider: 'vagrant',
        sites: VAGRANT_MACHINES,
        topology: loadTopology(TOPOLOGY),
        missing: [],
        documented: {},
      },
      machines: {
        hypervisors: Object.fromEntries(hypervisors),
        ...{ guests: {}, captures: {}, disposable: true },
        switch: { site: 'fabric', ends: ENDS },
      },
    },
    implementation: null,
    words: `${VAGRANT_MACHINES.join(', ')} (vagrant)`,
    mostWorkers: 1,
    start: (_, site) => start(site),
    end: async (tellEnd) => {
      if (keep || vagrant.wasUp) await leaveMachines(hypervisors, start, tellEnd)
      else await vagrant.destroy(tellEnd)
    },
  }
}
