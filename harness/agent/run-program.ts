/**
 * Runs a program in a namespace, with a deadline. What it starts in the background may outlive it: only its own end is
 * waited for, not its pipes'.
 */
import { spawn } from 'node:child_process'
import { afterLiving } from './lived-time.ts'
import type { RunRequest, RunResult } from './messages/index.ts'

/** What a program may print before the rest is thrown away. */
const MOST_OUTPUT_OCTETS = 1 << 20

export function runProgram(request: RunRequest): Promise<RunResult> {
  const begin = performance.now()
  const [program, args] =
    request.namespace === null
      ? [request.program, request.args]
      : ['ip', ['netns', 'exec', request.namespace, request.program, ...request.args]]
  const child = spawn(program, args, {
    cwd: request.directory ?? '/',
    env: { ...process.env, ...request.environment },
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  })
  const output = { stdout: '', stderr: '' }
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8')
    child[stream].on('data', (text: string) => {
      if (output[stream].length < MOST_OUTPUT_OCTETS) output[stream] += text
    })
  }
  child.stdin.on('error', () => undefined) // it may end without reading: its exit status tells
  child.stdin.end(request.input)

  return new Promise((resolve) => {
    let timedOut = false
    const callOff = afterLiving(request.timeoutMs, () => {
      timedOut = true
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
    })
    const finish = (status: number | null, signal: string | null, notStarted: string | null): void => {
      callOff()
      // What it printed last is still to be read: its end may have been told with another's, in the same turn of the
      // event loop, so a whole turn is waited for. The pipes' own end tells nothing: a daemon may hold them open for ever.
      afterAWholeTurn(() => {
        child.stdout.destroy()
        child.stderr.destroy()
        resolve({ ...output, status, signal, timedOut, notStarted, durationMs: performance.now() - begin })
      })
    }
    child.on('error', (error: NodeJS.ErrnoException) => finish(null, null, error.code ?? error.message))
    child.on('exit', (status, signal) => finish(status, signal, null))
  })
}

/** The first comes in the turn that is under way, and only behind the second everything was looked at again. */
function afterAWholeTurn(work: () => void): void {
  setImmediate(() => setImmediate(work))
}
