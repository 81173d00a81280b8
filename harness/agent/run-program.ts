/**
 * Runs a program in a namespace, with a deadline. What it starts in the background may outlive it: only its own end is
 * waited for, not its pipes'.
 */
import { startChild } from '../port/child.ts'
import { afterLiving } from './lived-time.ts'
import type { RunRequest, RunResult } from './messages/index.ts'

/** What a program may print before the rest is thrown away. */
const MOST_OUTPUT_OCTETS = 1 << 20

/** @param onStart told its process at once */
export function runProgram(
  request: RunRequest,
  onStart: (pid: number) => void = () => undefined,
): Promise<RunResult> {
  const begin = performance.now()
  const [program, args] =
    request.namespace === null
      ? [request.program, request.args]
      : ['ip', ['netns', 'exec', request.namespace, request.program, ...request.args]]
  const child = startChild({
    program,
    args,
    directory: request.directory ?? '/',
    environment: { ...process.env, ...request.environment },
  })
  if (typeof child === 'string') {
    const durationMs = performance.now() - begin
    const nothing = { stdout: '', stderr: '', status: null, signal: null, timedOut: false, notStarted: child }
    return Promise.resolve({ ...nothing, durationMs })
  }
  onStart(child.pid)
  const output = { stdout: '', stderr: '' }
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8')
    child[stream].on('error', () => undefined) // it may end abruptly
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
      process.kill(-child.pid, 'SIGKILL')
    })
    void child.ended.then(({ status, signal }) => {
      callOff()
      // What it printed last is still to be read: its end may have been told with another's, in the same turn of the
      // event loop, so a whole turn is waited for. The pipes' own end tells nothing: a daemon may hold them open for ever.
      afterAWholeTurn(() => {
        for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy()
        const notStarted = null
        resolve({ ...output, status, signal, timedOut, notStarted, durationMs: performance.now() - begin })
      })
    })
  })
}

/** The first comes in the turn that is under way, and only behind the second everything was looked at again. */
function afterAWholeTurn(work: () => void): void {
  setImmediate(() => setImmediate(work))
}
