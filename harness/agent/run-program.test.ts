import { spawn } from 'node:child_process'
import { expect, test } from 'vitest'
import { runProgram } from './run-program.ts'

const ROUNDS = 60

/** Two that end at the same time are told of by one signal, and what the second printed last may still be unread. */
test('all that a program printed is told, though others end with it and the agent is busy', async () => {
  const talker = spawn('sh', ['-c', 'while :; do echo; sleep 0.005; done'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  talker.stdout.on('data', () => {
    for (const begin = performance.now(); performance.now() - begin < 10; );
  })
  try {
    for (let round = 0; round < ROUNDS; round += 1) {
      const results = await Promise.all([run('printf end'), run(LONG), run('printf end'), run(LONG)])
      expect(results.map(({ stdout }) => stdout.slice(-3))).toEqual(['end', 'end', 'end', 'end'])
    }
  } finally {
    talker.kill('SIGKILL')
  }
})

const LONG = "for i in 1 2 3; do head -c 60000 /dev/zero | tr '\\0' x; done; printf end"

function run(script: string) {
  const request = { namespace: null, program: 'sh', args: ['-c', script], input: '', directory: null }
  return runProgram({ ...request, environment: {}, timeoutMs: 20_000 })
}
