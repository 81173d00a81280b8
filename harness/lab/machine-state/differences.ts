/** What is there and was not, is gone, or has changed. */
import { type Fields, type MachineState, nameOf, nicOf, PARTS, type Part } from './state.ts'
import { setBy } from './sysctls.ts'

/** A thing with what it was and what it is: undefined where it was not, or is not. */
export interface Change {
  part: Part
  key: string
  was: Fields | undefined
  is: Fields | undefined
}

/** All of them, each for itself: also what follows from another. */
export function changesBetween(before: MachineState, after: MachineState): readonly Change[] {
  const aliveBefore = new Set(before.alive)
  const aliveAfter = new Set(after.alive)
  return PARTS.flatMap((part) => {
    const [old, now] = [before.things[part], after.things[part]]
    const keys = [...new Set([...Object.keys(old), ...Object.keys(now)])]
    return keys
      .map((key): Change => ({ part, key, was: old[key], is: now[key] }))
      .filter(({ key, was, is }) => {
        if (part === 'sysctl' && (was === undefined || is === undefined)) return false // a module or a NIC made it
        if (part === 'process') return is === undefined ? !aliveAfter.has(key) : !aliveBefore.has(key)
        return !isSame(was, is)
      })
  })
}

/** A line each, for people; what goes or comes with its NIC, and what another setting sets, is not told of. */
export function differences(before: MachineState, after: MachineState): readonly string[] {
  const changes = changesBetween(before, after)
  const made = new Set(changes.filter(isNicThatCameOrWent).map(({ key }) => key))
  const sysctls = new Map(
    changes.filter(({ part }) => part === 'sysctl').map((change) => [change.key, change]),
  )
  const follows = ({ part, key, was, is }: Change): boolean =>
    part === 'sysctl'
      ? setBy(key).some((path) => isSame(sysctls.get(path)?.was, was) && isSame(sysctls.get(path)?.is, is))
      : made.has(nicOf(part, key) ?? '')
  return changes.filter((change) => !follows(change)).flatMap(inWords)
}

function isNicThatCameOrWent({ part, was, is }: Change): boolean {
  return part === 'nic' && (was === undefined || is === undefined)
}

function isSame(a: Fields | undefined, b: Fields | undefined): boolean {
  if (a === undefined || b === undefined) return a === b
  const names = Object.keys(a)
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name])
}

function inWords({ part, key, was, is }: Change): readonly string[] {
  const name = nameOf(part, key, is ?? was ?? {})
  if (part === 'iptables') return fieldsInWords(name, was ?? {}, is ?? {})
  if (was === undefined) return [`${name} is new`]
  if (is === undefined) return [`${name} is gone`]
  if (part === 'file') return [`${name} has changed`]
  if (part === 'nic' && was.index !== is.index) return [`${name} was made anew`]
  return fieldsInWords(name, was, is)
}

function fieldsInWords(name: string, was: Fields, is: Fields): readonly string[] {
  const fields = [...new Set([...Object.keys(was), ...Object.keys(is)])]
  return fields
    .filter((field) => was[field] !== is[field])
    .flatMap((field) => {
      const what =
        field === '' ? name : field.startsWith('chain ') ? `${name}, ${field}` : `${name}: ${field}`
      return /^(chain|set|map) /.test(field)
        ? linesInWords(what, was[field], is[field])
        : [`${what} was ${was[field] ?? 'none'}, is ${is[field] ?? 'none'}`]
    })
}

/** Rules in their order. */
function linesInWords(what: string, was: string | undefined, is: string | undefined): readonly string[] {
  const [old, now] = [was ?? '', is ?? ''].map((text) => text.split('\n').filter((line) => line !== ''))
  const added = (now ?? [])
    .filter((line) => old?.includes(line) !== true)
    .map((line) => `${what}: "${line}" is new`)
  const lost = (old ?? [])
    .filter((line) => now?.includes(line) !== true)
    .map((line) => `${what}: "${line}" is gone`)
  if (added.length + lost.length > 0) return [...added, ...lost]
  if (was === undefined) return [`${what} is new`]
  return [is === undefined ? `${what} is gone` : `${what}: its rules are others in number or order`]
}
