/** How a case is written: `requirement(ID, title, body)`. The title is the requirement; the body reads like it. */
import type { Scenario } from '../lab/scenario.ts'
import type { CaseBody } from './case-context.ts'

/** Where a case is judged, if not in its rule's scenarios or not with the usual guests. */
export interface CaseOptions {
  scenario?: Scenario
  /** The usual guests and more, so many in all, evenly over the hypervisors and so many tenants (2 without). */
  guests?: number
  tenants?: number
  /** The tenants' VIDs, one for each. That such a network can be set up is then what the rule judges. */
  vids?: readonly number[]
  /** The physical switch carries every VID, not the tenants' alone: `lab.changePlan` may give them others. */
  everyVid?: boolean
  /** It takes minutes: judged only where the run says `--scale`. */
  scale?: boolean
  /** What the hypervisors held before they were configured is noted, for `lab.leftovers`. */
  notesBare?: boolean
}

export interface WrittenCase {
  id: string
  title: string
  options: CaseOptions
  body: CaseBody
}

/** Who takes cases when a case file is loaded: a test worker, or whoever judges again. It is the process's. */
const HOLDER = globalThis as { frameproofTakesCase?: (written: WrittenCase) => void }

export function takeCases(take: (written: WrittenCase) => void): void {
  HOLDER.frameproofTakesCase = take
}

export function requirement(id: string, title: string, body: CaseBody): void
export function requirement(id: string, title: string, options: CaseOptions, body: CaseBody): void
export function requirement(
  id: string,
  title: string,
  first: CaseOptions | CaseBody,
  second?: CaseBody,
): void {
  const [options, body] = typeof first === 'function' ? [{}, first] : [first, second]
  if (body === undefined) throw new TypeError(`${id} ${title}: a case without a body`)
  if (HOLDER.frameproofTakesCase === undefined)
    throw new TypeError(`${id} ${title}: a case file is run by frameproof, not on its own`)
  HOLDER.frameproofTakesCase({ id, title, options, body })
}
