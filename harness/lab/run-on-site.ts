/** Programs that the harness itself runs on a site, and needs to succeed. */
import { type Namespace, type RunResult, run } from '../agent/messages/index.ts'
import type { Place } from './place.ts'
import { LabError, type Site } from './site.ts'

const DEADLINE_MS = 20_000

export interface Command {
  namespace?: Namespace
  program: string
  args?: readonly string[]
  input?: string
  directory?: string
  environment?: Readonly<Record<string, string>>
  timeoutMs?: number
}

/** In the environment of every `configure` and every fault: what they leave running is known by it. */
export const RUN_MARK = 'FRAMEPROOF_RUN'
export const MARKED = { [RUN_MARK]: '1' }

export function runOnSite(site: Site, command: Command): Promise<RunResult> {
  const {
    namespace = null,
    program,
    args = [],
    input = '',
    directory = null,
    environment = {},
    timeoutMs = DEADLINE_MS,
  } = command
  return site.ask(run, { namespace, program, args, input, directory, environment, timeoutMs })
}

/** A script for /bin/sh and its arguments. @throws {LabError} with what the script said last, if it fails */
export async function runScript(
  site: Site,
  purpose: string,
  script: string,
  args: readonly string[] = [],
): Promise<string> {
  const result = await runOnSite(site, { program: 'sh', args: ['-euc', script, 'sh', ...args] })
  if (result.status === 0) return result.stdout
  throw new LabError(`${purpose}: ${howItFailed(result)}`)
}

/** The options with which ip(8), bridge(8) and tc(8) act in a machine's namespace. */
export function inNamespace({ namespace }: Place): readonly string[] {
  return namespace === null ? [] : ['-n', namespace]
}

/** Commands for ip(8), all in one process. @throws {LabError} with what it said last, if it fails */
export async function runIp(
  site: Site,
  purpose: string,
  commands: readonly string[],
  options: readonly string[] = [],
): Promise<void> {
  const input = commands.map((command) => `${command}\n`).join('')
  const result = await runOnSite(site, { program: 'ip', args: [...options, '-batch', '-'], input })
  if (result.status !== 0) throw new LabError(`${purpose}: ${howItFailed(result)}`)
}

/** In words, with the last line of its standard error. */
export function howItFailed(result: RunResult): string {
  const how =
    result.notStarted !== null
      ? `could not be started (${result.notStarted})`
      : result.timedOut
        ? 'did not end in time'
        : result.signal !== null
          ? `was ended by ${result.signal}`
          : `ended with exit status ${result.status}`
  const said = lastLine(result.stderr)
  return said === '' ? how : `${how}, saying: ${said}`
}

export function lastLine(text: string): string {
  return text.trimEnd().split('\n').at(-1)?.trim() ?? ''
}
