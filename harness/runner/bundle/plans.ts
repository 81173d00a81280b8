/** The plans as they were in force: what each hypervisor was told, and which frames were captured under it. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { CaseRun } from '../case-run.ts'
import type { RecordedCase } from '../recorded-case.ts'

/** By the first and the last number. */
export type FrameRange = readonly [number, number]

export interface PlanUse {
  test: string
  /** Null: all of them. */
  frames: readonly FrameRange[] | null
  isWhereItFailed: boolean
}

export interface PlanFile {
  /** In the bundle: "plan/shaped-hv1.json". */
  file: string
  hypervisor: string
  text: string
  uses: readonly PlanUse[]
}

export interface PlannedCase {
  name: string
  scenario: string
  recorded: RecordedCase
  /** As it went when it was judged again: which window was played when. Null: nobody knows. */
  run: CaseRun | null
  /** A frame of the first failure. */
  failedAt: number | null
}

/** Of each hypervisor the plan under which it failed first, then the others as they came. */
export function plansInForce(cases: readonly PlannedCase[]): readonly PlanFile[] {
  const files: (PlanFile & { stem: string; uses: PlanUse[] })[] = []
  for (const one of cases)
    for (const hypervisor of Object.keys(one.recorded.observations.plans)) {
      const stem = `${one.scenario}-${basename(hypervisor)}`
      for (const { text, use } of failedFirst(plansOf(one, hypervisor))) {
        const alike = files.filter((file) => file.stem === stem)
        const same = alike.find((file) => file.text === text)
        if (same !== undefined) same.uses.push(use)
        else {
          const file = `plan/${stem}${alike.length === 0 ? '' : `-${alike.length + 1}`}.json`
          files.push({ file, stem, hypervisor, text, uses: [use] })
        }
      }
    }
  return files
}

export function writePlans(staging: string, plans: readonly PlanFile[]): void {
  mkdirSync(join(staging, 'plan'))
  for (const { file, text } of plans) writeFileSync(join(staging, file), text)
}

interface Told {
  text: string
  use: PlanUse
}

function failedFirst(plans: readonly Told[]): readonly Told[] {
  return [
    ...plans.filter(({ use }) => use.isWhereItFailed),
    ...plans.filter(({ use }) => !use.isWhereItFailed),
  ]
}

/**
 * The plan that the evidence names is the one at the end: what a case did to it in between is among what it performed.
 * @param performed how much of that had been
 */
export function planInForce(
  { plans, performed: all }: RecordedCase['observations'],
  hypervisor: string,
  performed: number,
): Readonly<Record<string, unknown>> {
  const changes = all
    .slice(0, performed)
    .flatMap(({ operation }) =>
      operation.do === 'reconfigure' && operation.hypervisor === hypervisor ? [operation.change] : [],
    )
  return { ...(plans[hypervisor] as object), ...(changes.at(-1) as object | undefined) }
}

function plansOf({ name, recorded, run, failedAt }: PlannedCase, hypervisor: string): Told[] {
  const planAt = (performed: number): string =>
    `${JSON.stringify(planInForce(recorded.observations, hypervisor, performed), null, 2)}\n`
  const windows = recorded.windows.flatMap(({ frames }, index) => {
    const before = run?.performedBefore[index]
    const [first, last] = [frames[0], frames.at(-1)]
    return before === undefined || first === undefined || last === undefined
      ? []
      : [{ text: planAt(before), range: [first.frame, last.frame] as const }]
  })
  const texts = [...new Set(windows.map(({ text }) => text))]
  if (texts.length <= 1 || windows.length < recorded.windows.length)
    return [
      {
        text: texts[0] ?? planAt(0),
        use: { test: name, frames: null, isWhereItFailed: failedAt !== null },
      },
    ]
  return texts.map((text) => {
    const frames = windows.filter((window) => window.text === text).map(({ range }) => range)
    const isWhereItFailed = frames.some(
      ([first, last]) => failedAt !== null && first <= failedAt && failedAt <= last,
    )
    return { text, use: { test: name, frames: joined(frames), isWhereItFailed } }
  })
}

/** Windows that follow each other as one range. */
function joined(ranges: readonly FrameRange[]): readonly FrameRange[] {
  return ranges.reduce<FrameRange[]>((all, [first, last]) => {
    const before = all.at(-1)
    if (before !== undefined && before[1] + 1 === first) all[all.length - 1] = [before[0], last]
    else all.push([first, last])
    return all
  }, [])
}
