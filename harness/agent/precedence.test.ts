/** Whether programs stay what they were while the agent goes first. */
import { getPriority } from 'node:os'
import { afterEach, expect, test } from 'vitest'
import { Precedence } from './precedence.ts'
import { runProgram } from './run-program.ts'

const precedence = new Precedence()
const usual = getPriority()
afterEach(() => precedence.leave())

/** The shell's own, asked for by itself: it may have been changed after it began. */
async function nicenessOfAProgram(): Promise<number> {
  const request = { namespace: null, directory: null, environment: {}, timeoutMs: 20_000 }
  const script = 'read -r go; cut -d " " -f 19 /proc/self/stat'
  const program = { program: 'sh', args: ['-c', script], input: 'go\n' }
  const { stdout } = await runProgram({ ...request, ...program }, precedence.denyTo)
  return Number(stdout)
}

test('programs that are started meanwhile are as nice as ever', async () => {
  precedence.take()
  expect([usual, usual - 5]).toContain(getPriority()) // not everybody may
  expect(await nicenessOfAProgram()).toBe(usual)
})

test('it ends', async () => {
  precedence.take()
  precedence.leave()
  precedence.leave()
  expect(getPriority()).toBe(usual)
  expect(await nicenessOfAProgram()).toBe(usual)
})
