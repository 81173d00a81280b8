/** Interactive shells for people who look around in a lab. The terminal is script(1)'s. */
import { type ChildProcess, spawn } from 'node:child_process'
import type { MessageConnection } from 'vscode-jsonrpc'
import { openShell, type ShellRequest, shellEnded, shellInput, shellOutput } from './messages/index.ts'

/** @param onStart told each one's process at once; undefined: it could not be started */
export function serveShells(connection: MessageConnection, onStart: (pid: number | undefined) => void): void {
  const shells = new Map<number, ChildProcess>()
  let last = 0

  connection.onRequest(openShell, ({ namespace, rows, columns }: ShellRequest) => {
    last += 1
    const shell = last
    const inside = namespace === null ? '' : `ip netns exec ${namespace} `
    const command = `stty rows ${rows} cols ${columns}; PS1='${namespace ?? 'site'}# ' ${inside}/bin/sh -i`
    const child = spawn('script', ['-qfec', command, '/dev/null'], {
      cwd: '/',
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, TERM: process.env.TERM ?? 'linux', SHELL: '/bin/sh' },
    })
    onStart(child.pid)
    shells.set(shell, child)
    child.stdin.on('error', () => undefined) // it ended while somebody typed
    child.stdout.on(
      'data',
      (octets: Buffer) => void connection.sendNotification(shellOutput, { shell, octets }),
    )
    const end = (status: number | null): void => {
      if (shells.delete(shell)) void connection.sendNotification(shellEnded, { shell, status })
    }
    child.on('error', () => end(null))
    child.on('close', end)
    return shell
  })
  connection.onNotification(shellInput, ({ shell, octets }) => {
    shells.get(shell)?.stdin?.write(octets)
  })
}
