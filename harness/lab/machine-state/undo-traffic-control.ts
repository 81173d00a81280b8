/** Commands for tc(8) that take away new qdiscs and filters. One that is gone cannot be put back from what tc(8) prints. */
import type { Change } from './differences.ts'
import type { MachineState } from './state.ts'

export function undoTrafficControl(changes: readonly Change[], before: MachineState): readonly string[] {
  const added = changes.filter(({ was }) => was === undefined)
  const qdiscs = added
    .filter(({ part }) => part === 'qdisc')
    .map(({ key, is }) => removalOfQdisc(key, is?.[''] ?? ''))
  const filters = added.filter(({ part }) => part === 'filter').map(({ key }) => removalOfFilter(key, before))
  return [...new Set([...filters, ...qdiscs])].filter((command) => command !== '')
}

/** Key: NIC KIND root|parent ID; its children go with it. */
function removalOfQdisc(key: string, settings: string): string {
  const [nic, kind, ...place] = key.split(' ')
  if (kind === 'clsact' || kind === 'ingress') return `qdisc delete dev ${nic} ${kind}`
  return `qdisc delete dev ${nic} ${place.join(' ')} handle ${settings.split(' ')[0]}`
}

/** Key: NIC WHERE [parent ID] protocol P pref N KIND ...; all of a preference, unless some of it was there before. */
function removalOfFilter(key: string, before: MachineState): string {
  const [, nic, where, parent = '', selector = '', kind, rest = ''] =
    /^(\S+) (\S+) (parent \S+ )?(protocol \S+ pref \d+) (\S+)(.*)$/.exec(key) ?? []
  if (nic === undefined) return ''
  const place = where === 'root' ? parent.trim() : where
  const start = `${nic} ${where} ${parent}${selector} `
  const isShared = Object.keys(before.things.filter).some((other) => other.startsWith(start))
  if (!isShared) return `filter delete dev ${nic} ${place} ${selector}`
  const handle = / (?:handle|fh) (\S+)/.exec(rest)?.[1]
  return handle === undefined ? '' : `filter delete dev ${nic} ${place} ${selector} handle ${handle} ${kind}`
}
