/** A site on this host's own kernel, in namespaces of its own: as far as the kernel goes. */
import { join } from 'node:path'
import { bundleAgent } from '../agent-bundle.ts'
import { type SiteProcess, startContained } from './process-site.ts'

export async function startHost(): Promise<SiteProcess> {
  const agentProgram = await bundleAgent()
  return startContained('host', [join(import.meta.dirname, 'host-boot.sh'), process.execPath, agentProgram])
}
