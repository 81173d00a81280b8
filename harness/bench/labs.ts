/** A lab of many guests, used from code: windows without cases around them. */
import { startSite } from '../lab/choose-site.ts'
import { EmbeddedGround } from '../lab/grounds/embedded.ts'
import { loadImplementation } from '../lab/implementation.ts'
import { Lab } from '../lab/lab.ts'
import type { Scenario } from '../lab/scenario.ts'
import { connectSite, type LocalKind, type Site } from '../lab/site.ts'
import { scaledTopology } from '../lab/topology.ts'
import type { World } from '../proof/index.ts'
import { CaseRun } from '../runner/case-run.ts'
import { LiveSource } from '../runner/live-source.ts'
import { worldOf } from '../runner/world.ts'

const RUN = 1

export interface LabSize {
  kind: LocalKind
  scenario: Scenario
  guests: number
  tenants: number
}

export interface BenchLab {
  site: Site
  lab: Lab
  world: World
  /** From the start of the site, and of the building alone. */
  bootMs: number
  buildMs: number
  /** A case's run, with nothing judged yet. */
  newRun(): CaseRun
}

/** Everything goes with the site, however it ends. */
export async function withLab<T>(
  { kind, scenario, guests, tenants }: LabSize,
  use: (lab: BenchLab) => Promise<T>,
): Promise<T> {
  const begin = performance.now()
  const started = await startSite(kind, 0)
  try {
    const site = await connectSite(started)
    const bootMs = performance.now() - begin
    const topology = scaledTopology({ guests, tenants })
    const implementation = loadImplementation('linux-bridge')
    const lab = await Lab.build(new EmbeddedGround(site, topology), {
      topology,
      scenario,
      implementation,
      fault: null,
    })
    const buildMs = performance.now() - begin - bootMs
    const world = worldOf(topology, scenario, lab)
    let number = 0
    const next = (count = 1): number => {
      number += count
      return number - count + 1
    }
    const newRun = (): CaseRun =>
      new CaseRun({
        source: new LiveSource(lab, RUN),
        world,
        numbering: { run: RUN, caseNumber: 1, next },
        settleMs: 0,
        onLate: (late) => {
          if (late.length > 0) throw new Error(`${late.length} frames came late`)
        },
      })
    return await use({ site, lab, world, bootMs, buildMs, newRun })
  } finally {
    await started.kill()
  }
}
