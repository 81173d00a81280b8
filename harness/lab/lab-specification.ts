import type { Fault } from './fault-file.ts'
import type { Implementation } from './implementation.ts'
import type { PlanChange } from './plan.ts'
import type { Scenario } from './scenario.ts'
import type { Topology } from './topology.ts'

/** What a lab is to be. */
export interface LabSpecification {
  topology: Topology
  scenario: Scenario
  implementation: Implementation
  fault: Fault | null
  /** Values of the plan that hold on this ground. */
  documented?: PlanChange
  /** What the hypervisors hold before they are first configured is noted: somebody will ask what is left of it. */
  notesBare?: boolean
  /** What each port is to carry of other traffic, while the lab stands; none without. */
  noiseFramesPerSecond?: number | null
}
