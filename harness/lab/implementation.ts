/** An implementation: the folder that configures the hypervisors, as its implementation.yaml describes it. */
import { accessSync, constants, existsSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import { BadInput } from './bad-input.ts'
import { SCENARIOS, type Scenario } from './scenario.ts'
import { readYaml } from './yaml-file.ts'

export interface Implementation {
  name: string
  description: string
  folder: string // absolute
  configure: string | null // absolute; null where the hypervisors are configured already, by whomever
  scenarios: readonly Scenario[]
  requires: readonly string[] // programs
  protects: readonly string[]
  settleMs: number
  notSupported: Readonly<Record<string, string>> // requirement: reason
}

export const IMPLEMENTATIONS = resolve(import.meta.dirname, '../../fixtures/implementations')
export const DEFAULT_IMPLEMENTATION = 'linux-bridge'

/** VLAN-06, or MY-01: a family of a user's own. */
export const REQUIREMENT_ID = /^[A-Z]{2,8}-\d{2}$/

const word = z.string().min(1)

export const implementationSchema = z
  .strictObject({
    name: word,
    description: word,
    scenarios: z.array(z.enum(SCENARIOS)).min(1).describe('what it offers; the others are "not supported"'),
    requires: z.array(word).describe('programs: a missing one is named before anything is changed'),
    protects: z.array(word).default([]).describe('rules that it promises beyond the article'),
    settleMs: z.int().min(0).default(0).describe('for implementations that reorder first packets'),
    notSupported: z
      .record(
        z.string().regex(REQUIREMENT_ID, 'this is no requirement’s ID: write one such as VLAN-06'),
        word,
      )
      .default({})
      .describe('requirement: reason'),
  })
  .describe('implementation.yaml: what an implementation is and offers')

/** @param nameOrFolder of fixtures/implementations; with a slash or a dot, a folder. @throws {BadInput} */
export function loadImplementation(nameOrFolder: string): Implementation {
  const folder = isFolder(nameOrFolder) ? resolve(nameOrFolder) : join(IMPLEMENTATIONS, nameOrFolder)
  if (!existsSync(folder)) {
    const wanted = `a name in ${IMPLEMENTATIONS}, or a folder (./${nameOrFolder})`
    throw new BadInput(
      isFolder(nameOrFolder)
        ? `${folder}: there is no such folder`
        : `there is no implementation ${nameOrFolder}: give ${wanted}`,
    )
  }
  const read = readYaml(join(folder, 'implementation.yaml'), implementationSchema)
  const configure = join(folder, 'configure')
  requireExecutable(configure)
  return { ...read, folder, configure }
}

/** Hypervisors that somebody configured for one scenario, and that stay as they are. */
export const NONE = 'none'

export function configuredAlready(scenario: Scenario): Implementation {
  return {
    ...{ name: NONE, description: 'configured already', folder: '', configure: null },
    ...{ scenarios: [scenario], requires: [], protects: [], settleMs: 0, notSupported: {} },
  }
}

/** Whether it is a folder that is meant, not a name in fixtures/implementations. */
export function isFolder(nameOrFolder: string): boolean {
  return /[/.\\]/.test(nameOrFolder)
}

/** @throws {BadInput} */
export function requireExecutable(path: string): void {
  if (!existsSync(path)) throw new BadInput(`${path}: there is no such file`)
  if (!statSync(path).isFile()) throw new BadInput(`${path}: this is not a file`)
  try {
    accessSync(path, constants.X_OK)
  } catch {
    throw new BadInput(`${path}: it may not be executed: chmod +x ${path}`)
  }
}
