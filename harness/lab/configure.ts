/** Calls an implementation's `configure` on a hypervisor, by the contract in docs/implementations.md. */
import { join } from 'node:path'
import type { RunResult } from '../agent/messages/index.ts'
import { BadInput } from './bad-input.ts'
import { bringImplementation } from './bring.ts'
import type { Implementation } from './implementation.ts'
import type { Place } from './place.ts'
import type { Plan } from './plan.ts'
import { howItFailed, MARKED, runOnSite } from './run-on-site.ts'
import { type Site, siteInWords } from './site.ts'

export type Action = 'up' | 'attach' | 'detach' | 'down'

const DEADLINE_MS = 30_000
const REFUSED = 3
const MOST_LINES_SAID = 20

export interface ConfigureCall {
  hypervisor: string
  action: Action
  guests: readonly string[]
  status: number | null
  outcome: 'done' | 'refused' | 'failed'
  /** Why it was not done, in one line; null where it was. */
  reason: string | null
  /** What it printed on standard error, line by line; the first few. */
  said: readonly string[]
  durationMs: number
}

/** The implementation could not be set up: the run ends, unless the call is what a rule judges. */
export class ConfigureFailed extends Error {
  override readonly name = 'ConfigureFailed'
}

/** An implementation where a site has it. */
export interface PlacedImplementation {
  name: string
  folder: string
}

export async function configure(
  place: Place,
  implementation: Implementation,
  plan: Plan,
  action: Action,
  guests: readonly string[],
): Promise<ConfigureCall> {
  return configureIn(place, await broughtTo(place, implementation), plan, action, guests)
}

export async function broughtTo(
  { site }: Place,
  implementation: Implementation,
): Promise<PlacedImplementation> {
  return { name: implementation.name, folder: await bringImplementation(site, implementation) }
}

export async function configureIn(
  { site, namespace }: Place,
  { name, folder }: PlacedImplementation,
  plan: Plan,
  action: Action,
  guests: readonly string[],
): Promise<ConfigureCall> {
  const result = await runOnSite(site, {
    namespace,
    program: join(folder, 'configure'),
    args: [action, ...guests],
    input: JSON.stringify(plan),
    directory: folder,
    environment: MARKED,
    timeoutMs: DEADLINE_MS,
  })
  const outcome = result.status === 0 ? 'done' : result.status === REFUSED ? 'refused' : 'failed'
  const call = `${name}: configure ${[action, ...guests].join(' ')} on ${plan.hypervisor}`
  const reason = outcome === 'done' ? null : `${call} ${inWords(outcome, result)}`
  const { status, durationMs, stderr } = result
  const said = stderr
    .split('\n')
    .filter((line) => line !== '')
    .slice(0, MOST_LINES_SAID)
  return { hypervisor: plan.hypervisor, action, guests, status, outcome, reason, said, durationMs }
}

/** What was found complete: a lab is built often, and programs do not go. */
const complete = new WeakMap<Site, Set<Implementation>>()

/** Once a site. @throws {BadInput} naming the programs that the implementation requires and the site lacks */
export async function checkRequirements(site: Site, implementation: Implementation): Promise<void> {
  const known = complete.get(site) ?? new Set()
  if (known.has(implementation)) return
  const script = 'for program; do command -v "$program" >/dev/null || echo "$program"; done'
  const { stdout } = await runOnSite(site, {
    program: 'sh',
    args: ['-c', script, 'sh', ...implementation.requires],
  })
  const missing = stdout
    .trim()
    .split('\n')
    .filter((program) => program !== '')
  if (missing.length === 0) {
    complete.set(site, known.add(implementation))
    return
  }
  throw new BadInput(
    `${implementation.name} requires ${missing.join(', ')}, which ${siteInWords(site.name, site.kind)} does not have: install it`,
  )
}

function inWords(outcome: 'refused' | 'failed', result: RunResult): string {
  if (result.timedOut) return `did not end within ${DEADLINE_MS / 1000} s and was killed`
  return outcome === 'refused' ? `refused the plan: ${howItFailed(result)}` : howItFailed(result)
}
