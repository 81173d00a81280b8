/** Runs first in every test worker, for each case file: makes a test of each case that the file has. */
import { basename } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { takeCases } from './requirement.ts'
import { findRule } from './rules.ts'
import { worker } from './worker.ts'

/** Longer than the worker lets a case hang, booting a site included: this ends only what blocks the worker itself. */
const BLOCKS_AFTER_MS = 600_000

/** The controller alone decides what a signal means, and a worker dies with it. */
const HOLDER = globalThis as { frameproofIsSetUp?: boolean }
if (HOLDER.frameproofIsSetUp !== true) {
  HOLDER.frameproofIsSetUp = true
  process.on('SIGINT', () => undefined)
  process.on('disconnect', () => process.exit())
}

takeCases((written) => {
  const { id, title, options } = written
  const file = basename(expect.getState().testPath ?? '')
  if (!file.startsWith(`${id}-`)) throw new Error(`a file named ${file} judges that rule, not ${id}`)
  const places = options.scenario === undefined ? findRule(id).scenarios : [options.scenario]
  const isWanted = options.scale !== true || worker().isScale
  const judged = isWanted ? places.filter((place) => worker().judgesIn(place)) : []
  const why = isWanted ? 'the fault is of other scenarios' : 'it takes minutes: --scale judges it'
  if (judged.length === 0) test.skip(`${title} (${why})`) // vitest refuses a file without any
  for (const scenario of worker().inOrder(judged)) {
    test(`${id} ${title} (${scenario})`, { timeout: BLOCKS_AFTER_MS }, async ({ task }) => {
      task.meta.frameproof = await worker().judge({ id, title, file: task.file.name, scenario }, written)
    })
  }
})
afterAll(() => worker().watchLate())
