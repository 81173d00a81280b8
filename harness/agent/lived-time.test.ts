import { expect, test } from 'vitest'
import { afterLiving } from './lived-time.ts'

test('a pause of the process is not lived through', async () => {
  const begin = performance.now()
  const done = new Promise<number>((resolve) => {
    afterLiving(200, () => resolve(performance.now() - begin))
  })
  for (; performance.now() - begin < 1000; ); // nothing of this process runs
  expect(await done).toBeGreaterThan(1050)
})

test('what was called off is not done', async () => {
  let isDone = false
  const callOff = afterLiving(20, () => {
    isDone = true
  })
  callOff()
  await new Promise((resolve) => afterLiving(60, () => resolve(null)))
  expect(isDone).toBe(false)
})
