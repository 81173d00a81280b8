/** The local box: made from Debian's packages where it is not there yet, and anew when its recipe changes. */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join, relative } from 'node:path'
import { LabError } from '../site.ts'
import { stateFolder, VAGRANT_FOLDER, vagrantHome } from './names.ts'
import { run } from './processes.ts'
import { runVagrant, whyItFailed } from './vagrant-command.ts'

const RECIPE = join(VAGRANT_FOLDER, 'box')
const PREFIX = 'frameproof-'
const BUILD_DEADLINE_MS = 20 * 60_000
const ADD_DEADLINE_MS = 120_000

/** By the files that it is made from, so that a box that fits is used again. */
export function boxName(recipe = RECIPE): string {
  const hash = createHash('sha256')
  for (const path of filesBelow(recipe)) hash.update(`${relative(recipe, path)}\0`).update(readFileSync(path))
  return `${PREFIX}${hash.digest('hex').slice(0, 12)}`
}

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
}

export function isBoxThere(name = boxName()): boolean {
  return existsSync(join(vagrantHome(), 'boxes', name, '0/libvirt/box.img'))
}

/** Returns the box's name. @throws {LabError} if it cannot be made */
export async function provideBox(tell: (progress: string) => void): Promise<string> {
  const name = boxName()
  if (isBoxThere(name)) return name
  tell("vagrant: no local box of this recipe: making one from Debian's packages, which takes a few minutes")
  const folder = join(stateFolder(), 'build')
  rmSync(folder, { recursive: true, force: true }) // of a build that was killed
  mkdirSync(folder, { recursive: true, mode: 0o755 })
  try {
    const file = join(folder, `${name}.box`)
    await build(file, folder, tell)
    tell('vagrant: adding the box')
    await call(['box', 'add', '--force', '--provider', 'libvirt', '--name', name, file], 'it cannot be added')
    await removeOthers(name)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  return name
}

async function build(file: string, folder: string, tell: (progress: string) => void): Promise<void> {
  // As root in namespaces of its own: what a killed build leaves mounted or running goes with it.
  const contained = ['unshare', '--mount', '--pid', '--mount-proc', '--fork', '--kill-child=KILL']
  const outcome = await run({
    command: [...(process.getuid?.() === 0 ? contained : []), join(RECIPE, 'build'), file],
    env: { TMPDIR: folder },
    deadlineMs: BUILD_DEADLINE_MS,
    onLine: (line) => tell(`vagrant: the box: ${line}`),
  })
  if (outcome.status === 0) return
  const words = outcome.said.trim().split('\n')
  const why = words.findLast((line) => /^(E:|box\/build:)/.test(line)) ?? words.at(-1)
  throw new LabError(
    `the local box could not be made: ${outcome.timedOut ? `it took longer than ${BUILD_DEADLINE_MS / 60_000} minutes` : why}`,
  )
}

/** Boxes of older recipes. */
async function removeOthers(name: string): Promise<void> {
  const others = readdirSync(join(vagrantHome(), 'boxes')).filter((other) =>
    /^frameproof-[0-9a-f]{12}$/.test(other),
  )
  for (const other of others.filter((candidate) => candidate !== name))
    await call(['box', 'remove', '--force', '--all', other], `${other} cannot be removed`)
}

async function call(args: readonly string[], failed: string): Promise<void> {
  const outcome = await runVagrant({ args, box: null, inside: null, deadlineMs: ADD_DEADLINE_MS })
  if (outcome.status !== 0)
    throw new LabError(`the local box: ${failed}: ${whyItFailed(outcome, ADD_DEADLINE_MS)}`)
}
