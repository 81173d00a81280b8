/** How a case is written: `requirement(ID, title, body)`. The title is the requirement; the body reads like it. */
import { afterAll, test } from 'vitest'
import type { CaseBody } from './case-context.ts'
import { findRequirement } from './catalogue.ts'
import { worker } from './worker.ts'

/** Longer than the worker lets a case hang, booting a site included: this ends only what blocks the worker itself. */
const BLOCKS_AFTER_MS = 240_000

export function requirement(id: string, title: string, body: CaseBody): void {
  afterAll(() => worker().watchLate())
  for (const scenario of findRequirement(id).scenarios.filter((place) => worker().judgesIn(place))) {
    test(`${id} ${title} (${scenario})`, { timeout: BLOCKS_AFTER_MS }, async ({ task }) => {
      const file = task.file.name
      task.meta.frameproof = await worker().judge({ id, title, file, scenario }, body, () => softErrors(task))
    })
  }
}

/** What vitest's own assertions found: they are soft, so the body went on. */
function softErrors(task: {
  result?: { errors?: readonly { message: string }[] | undefined } | undefined
}): readonly string[] {
  return (task.result?.errors ?? []).map((error) => error.message)
}
