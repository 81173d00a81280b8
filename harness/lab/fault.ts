/** Puts a fault in place, by the contract in docs/faults.md. It is never undone: the lab is built anew. */
import { BadInput } from './bad-input.ts'
import { bringFile } from './bring.ts'
import type { Action } from './configure.ts'
import type { Fault } from './fault-file.ts'
import type { Ground } from './ground.ts'
import type { Plan } from './plan.ts'
import { howItFailed, MARKED, runOnSite } from './run-on-site.ts'

const DEADLINE_MS = 10_000

/** A fault `when: ready`, once, where it is to act. @throws {BadInput} if it does not get into place */
export async function applyFault(
  ground: Ground,
  fault: Fault,
  plans: ReadonlyMap<string, Plan>,
): Promise<void> {
  if (fault.when !== 'ready') return
  const all = JSON.stringify([...plans.values()])
  for (const machine of fault.on === 'both' ? [...plans.keys()] : [fault.on]) {
    const plan = plans.get(machine)
    await runFault(ground, fault, machine, [], plan === undefined ? all : JSON.stringify(plan))
  }
}

/** A fault `when: always`, after each successful `configure` of the hypervisors it is for. */
export async function applyFaultAlways(
  ground: Ground,
  fault: Fault,
  plan: Plan,
  action: Action,
  guests: readonly string[],
): Promise<void> {
  if (fault.when !== 'always' || (fault.on !== 'both' && fault.on !== plan.hypervisor)) return
  await runFault(ground, fault, plan.hypervisor, [action, ...guests], JSON.stringify(plan))
}

async function runFault(
  ground: Ground,
  fault: Fault,
  machine: string,
  args: readonly string[],
  input: string,
): Promise<void> {
  if (!ground.has(machine))
    throw new BadInput(`${fault.path}: the fault acts on ${machine}, which this lab does not have`)
  const { site, namespace } = ground.placeOf(machine)
  const program = await bringFile(site, fault.path)
  const result = await runOnSite(site, {
    ...{ namespace, program, args, input },
    environment: MARKED,
    timeoutMs: DEADLINE_MS,
  })
  if (result.status === 0) return
  throw new BadInput(
    `${fault.path}: bad fault: on ${machine} it ${howItFailed(result)}; it must exit with 0 once it is in place`,
  )
}
