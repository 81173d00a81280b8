/** A fault: one executable file that breaks an implementation on purpose. Its first comment lines say what it is. */
import { dirname, resolve } from 'node:path'
import { BadInput } from './bad-input.ts'
import { DEFAULT_IMPLEMENTATION, isFolder, REQUIREMENT_ID, requireExecutable } from './implementation.ts'
import { SCENARIOS, type Scenario } from './scenario.ts'
import { readText } from './yaml-file.ts'

export const FAULT_PLACES = ['hv1', 'hv2', 'both', 'sw1', 'outside'] as const
export const FAULT_TIMES = ['ready', 'always'] as const

export type FaultPlace = (typeof FAULT_PLACES)[number]
export type FaultTime = (typeof FAULT_TIMES)[number]

export interface Fault {
  path: string // absolute
  title: string
  scenarios: readonly Scenario[]
  on: FaultPlace
  breaks: readonly [string, ...string[]] // the first must deviate, the others may
  when: FaultTime
  implementation: string // a name, or an absolute folder
}

const KEYS = ['fault', 'scenario', 'on', 'breaks', 'when', 'implementation'] as const
type Key = (typeof KEYS)[number]

interface Entry {
  value: string
  line: number // from 1
}

type Head = ReadonlyMap<Key, Entry>

const COMMENT = /^\s*(?:#|\/\/|--|;)+\s*(.*?)\s*$/
const ENTRY = /^([a-z]+):\s*(.*)$/

/** @throws {BadInput} naming file, line and what is wrong */
export function loadFault(path: string): Fault {
  const file = resolve(path)
  const head = readHead(path)
  const place = entry(path, head, 'on', 'hv1')
  const fault: Fault = {
    path: file,
    title: entry(path, head, 'fault', 'what is broken').value,
    scenarios: scenariosOf(path, entry(path, head, 'scenario', 'vlan')),
    on: oneOf(path, place, FAULT_PLACES),
    breaks: requirementsOf(path, entry(path, head, 'breaks', 'VLAN-06')),
    when: oneOf(path, head.get('when') ?? { value: 'ready', line: 1 }, FAULT_TIMES),
    implementation: implementationOf(file, head.get('implementation')?.value ?? DEFAULT_IMPLEMENTATION),
  }
  requireExecutable(path)
  return fault
}

/** The first comment lines, an interpreter's line before them apart; an empty line, or an empty comment, ends them. */
function readHead(path: string): Head {
  const head = new Map<Key, Entry>()
  const lines = readText(path).split(/\r?\n/)
  for (const [index, text] of lines.entries()) {
    const line = index + 1
    if (line === 1 && text.startsWith('#!')) continue
    const comment = COMMENT.exec(text)?.[1]
    if (comment === undefined || comment === '') break
    const [, word, value = ''] = ENTRY.exec(comment) ?? []
    if (word === undefined) continue
    const key = KEYS.find((known) => known === word)
    if (key === undefined) throw wrong(path, line, `unknown key ${word}: ${alternatives(KEYS)}`)
    if (head.has(key)) throw wrong(path, line, `${key} is said twice`)
    if (value === '') throw wrong(path, line, `${key} has no value`)
    head.set(key, { value, line })
  }
  return head
}

function entry(path: string, head: Head, key: Key, example: string): Entry {
  const found = head.get(key)
  if (found !== undefined) return found
  throw new BadInput(`${path}: its first comment lines do not say ${key}: add "# ${key}: ${example}"`)
}

function oneOf<T extends string>(path: string, { value, line }: Entry, known: readonly T[]): T {
  const found = known.find((candidate) => candidate === value)
  if (found === undefined) throw wrong(path, line, `unknown ${JSON.stringify(value)}: ${alternatives(known)}`)
  return found
}

function scenariosOf(path: string, { value, line }: Entry): readonly Scenario[] {
  return listOf(value).map((scenario) => oneOf(path, { value: scenario, line }, SCENARIOS))
}

function requirementsOf(path: string, { value, line }: Entry): readonly [string, ...string[]] {
  const ids = listOf(value)
  const bad = ids.find((id) => !REQUIREMENT_ID.test(id))
  if (bad !== undefined) throw wrong(path, line, `${bad} is no requirement's ID: write one such as VLAN-06`)
  const [first, ...others] = ids
  if (first === undefined) throw wrong(path, line, 'breaks names no requirement')
  return [first, ...others]
}

function implementationOf(file: string, value: string): string {
  return isFolder(value) ? resolve(dirname(file), value) : value
}

function listOf(value: string): string[] {
  return value.split(/[\s,]+/).filter((word) => word !== '')
}

function alternatives(known: readonly string[]): string {
  return `wanted one of ${known.join(', ')}`
}

function wrong(path: string, line: number, what: string): BadInput {
  return new BadInput(`${path}:${line}: ${what}`)
}
