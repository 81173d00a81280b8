/** A site on this host's own kernel, in namespaces of its own: as far as the kernel goes. */
import { join } from 'node:path'
import { bundleAgent } from '../agent-bundle.ts'
import { ownCpu } from './own-cpu.ts'
import { type SiteProcess, startContained } from './process-site.ts'

/** @param worker which of the run's labs side by side this is: each is pinned to a CPU of its own */
export async function startHost(worker = 0): Promise<SiteProcess> {
  const agentProgram = await bundleAgent()
  const boot = join(import.meta.dirname, 'host-boot.sh')
  return startContained('host', [boot, String(ownCpu(worker)), process.execPath, agentProgram])
}
