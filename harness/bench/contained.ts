/** Programs of the benchmark in a network of their own on this machine's kernel: nothing is left when they end. */
import { execFile } from 'node:child_process'
import { createRequire } from 'node:module'
import { promisify } from 'node:util'
import { ENVIRONMENT } from './others.ts'

const MOST_OUTPUT_OCTETS = 1 << 24

/** How Node.js starts a program of ours. */
export function ownProgram(path: string, args: readonly string[]): readonly string[] {
  const loader = createRequire(import.meta.url).resolve('tsx')
  return [process.execPath, '--import', loader, path, ...args]
}

/** It dies with whoever started it. */
export function mortal(command: readonly string[]): readonly string[] {
  return ['setpriv', '--pdeathsig', 'KILL', ...command]
}

/** What it prints. @throws {Error} in one line: this kernel or user grants no namespaces, or it failed */
export async function inOwnNetwork(command: readonly string[]): Promise<string> {
  const asUser = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user']
  const [program = '', ...args] = mortal(['unshare', ...asUser, '--net', ...mortal(command)])
  try {
    const options = { env: ENVIRONMENT, maxBuffer: MOST_OUTPUT_OCTETS }
    const { stdout } = await promisify(execFile)(program, args, options)
    return stdout
  } catch (error) {
    const { stderr = '', message } = error as { stderr?: string; message: string }
    const lines = stderr.split('\n').filter((line) => line.trim() !== '')
    throw new Error(lines.find((line) => /Error|unshare|mount/.test(line)) ?? lines.at(-1) ?? message)
  }
}
