/** Programs that people use otherwise, where they are installed: nothing is installed for a measurement. */
import { spawnSync } from 'node:child_process'

/** Also where an ordinary user's path does not lead. */
const PATH = `${process.env.PATH}:/usr/local/sbin:/usr/sbin:/sbin`
/** The interpreter that has Debian's packages need not be the first. */
const PYTHONS = ['python3', '/usr/bin/python3']
export const ENVIRONMENT = { ...process.env, PATH }

export interface Tool {
  name: string
  /** Null: it is not here. */
  program: string | null
  lacking: string
}

export function tool(name: string, debianPackage: string): Tool {
  const found = spawnSync('sh', ['-c', 'command -v "$1"', 'sh', name], { encoding: 'utf8', env: ENVIRONMENT })
  const program = found.status === 0 ? found.stdout.trim() : null
  return { name, program, lacking: `${name} is not installed (Debian: ${debianPackage})` }
}

/** A Python that has this module. */
export function pythonTool(module: string, debianPackage: string): Tool {
  const program = PYTHONS.find(
    (python) => spawnSync(python, ['-c', `import ${module}`], { env: ENVIRONMENT }).status === 0,
  )
  return {
    name: module,
    program: program ?? null,
    lacking: `${module} is not installed (Debian: ${debianPackage})`,
  }
}

export interface Usage {
  seconds: number
  /** Of the processor, in user mode. */
  userSeconds: number
}

/** Runs a program to its end; what it prints goes nowhere. @throws {Error} if it fails */
export function usageOf(command: readonly string[]): Usage {
  const script = '"$@" >/dev/null || exit; times'
  const begin = performance.now()
  const { status, stdout, stderr } = spawnSync('sh', ['-c', script, 'sh', ...command], {
    encoding: 'utf8',
    env: ENVIRONMENT,
  })
  const seconds = (performance.now() - begin) / 1000
  if (status !== 0) throw new Error(`${command[0]} failed: ${stderr.trim().split('\n').at(-1)}`)
  // The second line is the children's: `0m1.250s 0m0.040s`.
  const [, minutes = '0', rest = '0'] = /\n(\d+)m([\d.]+)s/.exec(stdout) ?? []
  return { seconds, userSeconds: Number(minutes) * 60 + Number(rest) }
}

/** The number that a Python script prints. @throws {Error} if it fails */
export function numberOf(python: string, script: string, args: readonly string[]): number {
  const { status, stdout, stderr } = spawnSync(python, ['-c', script, ...args], {
    encoding: 'utf8',
    env: ENVIRONMENT,
  })
  if (status !== 0) throw new Error(`python failed: ${stderr.trim().split('\n').at(-1)}`)
  return Number(stdout.trim().split('\n').at(-1))
}
