/** A site on a User Mode Linux kernel: all that a lab needs, on any host, without asking its kernel for anything. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { bundleAgent } from '../agent-bundle.ts'
import { LabError } from '../site.ts'
import { ownCpu } from './own-cpu.ts'
import { type SiteProcess, startContained } from './process-site.ts'

export const UML_PROGRAM = '/usr/bin/linux.uml'
const MEMORY_MEGABYTES = 1024
/** @param worker which of the run's labs side by side this is: each is pinned to a CPU of its own */
export async function startUml(worker: number): Promise<SiteProcess> {
  if (!existsSync(UML_PROGRAM))
    throw new LabError('User Mode Linux is not installed: apt-get install user-mode-linux')
  const agentProgram = await bundleAgent()
  const here = import.meta.dirname
  return startContained('uml', [
    join(here, 'uml-boot.sh'),
    String(ownCpu(worker)),
    String(MEMORY_MEGABYTES),
    `init=${join(here, 'uml-init.sh')}`,
    `AGENT_NODE=${process.execPath}`,
    `AGENT_PROGRAM=${agentProgram}`,
  ])
}
