/** The plans of a lab's hypervisors, as they are now. */
import type { LabSpecification } from './lab-specification.ts'
import { type Plan, type PlanChange, planFor } from './plan.ts'

export class LabPlans {
  /** By hypervisor. */
  readonly all: Map<string, Plan>
  readonly #specification: LabSpecification
  readonly #before = new Map<string, Plan>()

  constructor(specification: LabSpecification) {
    this.#specification = specification
    const { hypervisors } = specification.topology
    this.all = new Map(hypervisors.map(({ name }) => [name, this.#planFor(name, {})]))
  }

  of(hypervisor: string): Plan {
    const plan = this.all.get(hypervisor)
    if (plan === undefined) throw new Error(`no plan for ${hypervisor}`)
    return plan
  }

  ofAll(hypervisors: readonly string[]): readonly Plan[] {
    return [...this.all.values()].filter(({ hypervisor }) => hypervisors.includes(hypervisor))
  }

  /** The first plan, changed so. */
  change(hypervisor: string, change: PlanChange): void {
    this.#before.set(hypervisor, this.of(hypervisor))
    this.all.set(hypervisor, this.#planFor(hypervisor, change))
  }

  /** The last change never was. */
  takeBack(hypervisor: string): void {
    const before = this.#before.get(hypervisor)
    if (before !== undefined) this.all.set(hypervisor, before)
  }

  #planFor(hypervisor: string, change: PlanChange): Plan {
    const { topology, scenario, documented } = this.#specification
    const runDirectory = `/run/frameproof/${hypervisor}`
    return planFor({ topology, scenario, hypervisor, runDirectory, change: { ...documented, ...change } })
  }
}
