/** The lab that needs nothing: a kernel on this machine, which goes with its process. */
import { chooseSite, startSite } from '../choose-site.ts'
import type { LabProvider } from '../provider.ts'
import { type LocalKind, ONLY_SITE } from '../site.ts'
import type { Topology } from '../topology.ts'

/** Each takes a CPU and 1 GB of memory. */
const MOST_LABS = 16

/** @throws {BadInput} if no kernel here will do */
export async function embeddedProvider(topology: Topology, forced: LocalKind | null): Promise<LabProvider> {
  const { kind, missing } = await chooseSite(forced)
  return {
    layout: { provider: 'embedded', sites: [ONLY_SITE], topology, missing, documented: {}, machines: null },
    implementation: null,
    words: `the ${kind} site`,
    mostWorkers: MOST_LABS,
    start: (worker) => startSite(kind, worker),
    end: async () => undefined,
  }
}
