/** The other side of `frameproof lab …`: starts the keeper, asks it, opens shells through it. */
import { spawn } from 'node:child_process'
import type { MessageConnection } from 'vscode-jsonrpc'
import { connect, openShell, shellEnded, shellInput, shellOutput } from '../../agent/messages/index.ts'
import { BadInput } from '../bad-input.ts'
import { connectGuarded } from '../guarded-socket.ts'
import { type LabStatus, labDown, labStatus } from './messages.ts'
import { keptLab, requireKeptLab } from './state.ts'

/** What the keeper says when its lab stands. */
export const READY = 'ready'

/** Starts a keeper in the background and waits until its lab stands. @throws {BadInput} if it does not */
export async function startKeeper(program: string, args: readonly string[]): Promise<void> {
  if (keptLab() !== undefined)
    throw new BadInput('a lab is up already: frameproof lab status, or lab down first')
  const keeper = spawn(process.execPath, [program, 'lab', 'keep', ...args], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const said = { stdout: '', stderr: '' }
  await new Promise<void>((resolve, reject) => {
    const give = (): void => {
      if (said.stdout.includes(READY)) resolve()
    }
    keeper.stdout.on('data', (octets) => {
      said.stdout += octets
      give()
    })
    keeper.stderr.on('data', (octets) => {
      said.stderr += octets
    })
    keeper.on('error', reject)
    keeper.on('close', () => {
      const [reason] = said.stderr.trim().split('\n').slice(-1)
      reject(new BadInput(`the lab could not be brought up: ${(reason ?? '').replace(/^frameproof: /, '')}`))
    })
  })
  keeper.stdout.destroy()
  keeper.stderr.destroy()
  keeper.unref()
}

export function statusOfLab(): Promise<LabStatus> {
  return withKeeper((keeper, closed) => orGone(keeper.sendRequest(labStatus), closed))
}

/** Returns when the lab and its keeper are gone. */
export function takeLabDown(): Promise<void> {
  return withKeeper(async (keeper, closed) => {
    await Promise.race([keeper.sendRequest(labDown), closed])
    await closed
  })
}

/** An interactive shell on one of the lab's machines, at this terminal. Returns its exit status. */
export function shellOnLab(node: string): Promise<number> {
  return withKeeper(async (keeper, closed) => {
    const { columns = 80, rows = 24 } = process.stdout
    const ended = new Promise<number>((resolve) => {
      keeper.onNotification(shellEnded, ({ status }) => resolve(status ?? 1))
      void closed.then(() => resolve(1))
    })
    keeper.onNotification(shellOutput, ({ octets }) => void process.stdout.write(octets))
    const shell = await orGone(keeper.sendRequest(openShell, { namespace: node, rows, columns }), closed)
    const type = (octets: Buffer): void => void keeper.sendNotification(shellInput, { shell, octets })
    if (process.stdin.isTTY) process.stdin.setRawMode(true)
    process.stdin.on('data', type)
    process.stdin.on('end', () => type(Buffer.from([END_OF_INPUT])))
    try {
      return await ended
    } finally {
      if (process.stdin.isTTY) process.stdin.setRawMode(false)
      process.stdin.destroy()
    }
  })
}

/** Ctrl-D: what a terminal sends for the end of input. */
const END_OF_INPUT = 4

async function withKeeper<T>(
  ask: (keeper: MessageConnection, closed: Promise<void>) => Promise<T>,
): Promise<T> {
  const { socket, closed } = connectGuarded(requireKeptLab().address, 'lab')
  const keeper = connect(socket, socket)
  keeper.onError(() => undefined)
  keeper.listen()
  try {
    return await ask(keeper, closed)
  } finally {
    keeper.end()
    keeper.dispose()
  }
}

function orGone<T>(answer: Promise<T>, closed: Promise<void>): Promise<T> {
  const gone = closed.then(() => {
    throw new BadInput('the lab went away: frameproof lab up')
  })
  return Promise.race([answer, gone])
}
