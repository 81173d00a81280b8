/** How a port is to carry a frame: how often, with which tag, rewritten how; what of that can be meant, and in words. */
import type { VlanTag } from '../wire/index.ts'
import { tagText } from './journey.ts'
import type { Rewriting } from './rewritten.ts'
import { CaseError } from './script-steps.ts'

export interface Carriage {
  /** How often; without it, once or more. */
  times?: number
  /** How it is tagged here. Without `tag` or `vid`: as it was sent. */
  tag?: 'untagged'
  vid?: number
  pcp?: number
  dei?: boolean
  tpid?: number
  /** Its addresses were translated on the way: so, and nothing else may have changed. It is untagged then. */
  rewritten?: Rewriting
}

/** What cannot be meant, or would prove less than it says. @throws {CaseError} */
export function requireSound(
  expected: string,
  { times, tag, vid, pcp, dei, tpid, rewritten }: Carriage,
): void {
  if (rewritten !== undefined && (vid ?? tag) !== undefined)
    throw new CaseError(`${expected}: what is rewritten is untagged: no tag is asked for`)
  if (times !== undefined && !(Number.isInteger(times) && times > 0))
    throw new CaseError(
      `${expected}: times is ${times}: that it never comes is not.toCarry, with proveAbsence`,
    )
  if (vid !== undefined && tag !== undefined) throw new CaseError(`${expected}: untagged, and with a VID?`)
  if (vid === undefined && (pcp ?? dei ?? tpid) !== undefined)
    throw new CaseError(`${expected}: pcp, dei and tpid are of a tag, but no vid is given`)
}

export function tagWanted(vid: number, { pcp = 0, dei = false, tpid = 0x8100 }: Carriage): VlanTag {
  return { vid, pcp, dei, tpid }
}

export function carriageInWords({ times, tag, vid, rewritten, ...rest }: Carriage): string {
  const parts = [
    times === undefined ? null : times === 1 ? 'once' : `${times} times`,
    tag ?? null,
    vid === undefined ? null : tagText(tagWanted(vid, rest)),
    rewritten === undefined ? null : inWords(rewritten),
  ]
  const given = parts.filter((part) => part !== null)
  return given.length === 0 ? '' : `, ${given.join(', ')}`
}

function inWords({ from, to, quoted, ...values }: Rewriting): string {
  const between = Object.entries({ from: from?.mac, to: to?.mac }).filter(([, mac]) => mac !== undefined)
  const told = [...Object.entries(values), ...between].map(([name, value]) => `${name} ${value}`)
  const within = quoted === undefined ? [] : [`quoting ${inWords(quoted)}`]
  return ['rewritten:', ...told, ...within].join(' ')
}
