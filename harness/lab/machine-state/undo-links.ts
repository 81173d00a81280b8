/** Commands for ip(8) that take away new NICs, and make those that were there what they were. */
import type { Change } from './differences.ts'
import type { Fields, MachineState } from './state.ts'

export function undoLinks(
  changes: readonly Change[],
  before: MachineState,
  after: MachineState,
): readonly string[] {
  const renamed = new Map(
    changes.flatMap(({ key, was, is }) => {
      const old = is === undefined ? undefined : was === undefined ? nameBefore(is, before, after) : undefined
      return old === undefined ? [] : [[key, old] as const]
    }),
  )
  const added = changes.filter(({ key, was }) => was === undefined && !renamed.has(key))
  const changed = changes.filter(({ was, is }) => was !== undefined && is !== undefined)
  return [
    ...[...renamed].flatMap(([now, old]) => [`link set dev ${now} down`, `link set dev ${now} name ${old}`]),
    ...added.map(({ key }) => `link delete dev ${key}`),
    ...changed.flatMap(({ key, was = {}, is = {} }) => attributesToUndo(key, was, is)),
  ]
}

/** The same NIC by its number and address, under a name that is gone. */
function nameBefore(nic: Fields, before: MachineState, after: MachineState): string | undefined {
  const found = Object.entries(before.things.nic).find(
    ([name, old]) => after.things.nic[name] === undefined && old.index === nic.index && old.kind === nic.kind,
  )
  return found?.[0]
}

/** A setting for each command: one that is refused does not keep the others. */
function attributesToUndo(nic: string, was: Fields, is: Fields): readonly string[] {
  const differing = Object.keys(was).filter((field) => was[field] !== is[field])
  const commands = differing.flatMap((field) => {
    const value = was[field] ?? ''
    const [kind, option] = field.split(' ')
    if (option !== undefined) return [`link set dev ${nic} type ${kind} ${option} ${value}`]
    return settingOf(field, value).map((setting) => `link set dev ${nic} ${setting}`)
  })
  const isFreed = was.master === undefined && is.master !== undefined
  const unnamed = was.alias === undefined && is.alias !== undefined ? [`link set dev ${nic} alias ""`] : []
  const last = was.up === is.up ? [] : [`link set dev ${nic} ${was.up === 'on' ? 'up' : 'down'}`]
  return [...(isFreed ? [`link set dev ${nic} nomaster`] : []), ...unnamed, ...commands, ...last]
}

function settingOf(field: string, value: string): readonly string[] {
  switch (field) {
    case 'index':
    case 'kind':
    case 'link':
    case 'up':
    case 'xdp':
      return []
    case 'noarp':
      return [`arp ${value === 'on' ? 'off' : 'on'}`]
    default:
      return [`${field} ${value}`]
  }
}
