/**
 * A machine that is a hypervisor as a whole cannot be thrown away. What it was like before a lab is noted on it, with
 * what takes the lab down: whoever comes next can make it bare, however the run before ended. Files are looked at in the
 * run directory only: elsewhere a machine that lives makes files of its own.
 */
import { MACHINE_FOLDER } from './bring.ts'
import { configureIn, type PlacedImplementation } from './configure.ts'
import { type MachineState, readState, sweep } from './machine-state/index.ts'
import type { Place } from './place.ts'
import type { Plan } from './plan.ts'
import { runOnSite, runScript } from './run-on-site.ts'
import { LabError, type Site } from './site.ts'

interface Note {
  plan: Plan
  configure: PlacedImplementation
  state: MachineState
}

/** What machines were like when this program made them bare: what it has just seen need not be read again. */
const seenBare = new WeakMap<Site, Map<string, MachineState>>()

const WRITE = 'mkdir -p "$1"; cat >"$1/$2.new"; mv "$1/$2.new" "$1/$2"'

/** To be called when it is bare, before anything is done to it. @throws {LabError} */
export async function noteMachine(
  place: Place,
  name: string,
  plan: Plan,
  configure: PlacedImplementation,
): Promise<void> {
  const seen = seenBare.get(place.site)?.get(name)
  seenBare.get(place.site)?.delete(name)
  const state = seen ?? (await readState(place, { runDirectory: plan.runDirectory, directories: [] }))
  const input = JSON.stringify({ plan, configure, state } satisfies Note)
  const args = ['-euc', WRITE, 'sh', MACHINE_FOLDER, fileOf(name)]
  const { status, stderr } = await runOnSite(place.site, { program: 'sh', args, input })
  if (status !== 0) throw new LabError(`nothing can be noted on ${name}: ${stderr.trim()}`)
}

/**
 * Takes down what a lab left there, by the implementation itself and then by force, until it is as it was. Nothing is
 * done to a machine without a note.
 * @throws {LabError} naming what stays
 */
export async function makeBare(place: Place, name: string): Promise<void> {
  const note = await readNote(place, name)
  if (note === null) return
  const { plan, configure, state } = note
  await configureIn(place, configure, plan, 'down', []) // what it fails to do is swept
  const stays = await sweep(place, state)
  if (stays.length > 0)
    throw new LabError(
      `${name} is not as it was before the lab: ${stays.join('; ')}: make it anew, or, if it is as you want it, remove ${MACHINE_FOLDER} there`,
    )
  const known = seenBare.get(place.site) ?? new Map<string, MachineState>()
  seenBare.set(place.site, known.set(name, state))
  await runScript(place.site, `the note on ${name} stays`, 'rm -f "$1"', [
    `${MACHINE_FOLDER}/${fileOf(name)}`,
  ])
}

/** Files that were brought, too. */
export async function forgetMachine(place: Place): Promise<void> {
  await runScript(place.site, `${MACHINE_FOLDER} stays`, 'rm -rf "$1"', [MACHINE_FOLDER])
}

async function readNote(place: Place, name: string): Promise<Note | null> {
  const script = '[ ! -e "$1" ] || cat "$1"'
  const text = await runScript(place.site, `the note on ${name} cannot be read`, script, [
    `${MACHINE_FOLDER}/${fileOf(name)}`,
  ])
  return text === '' ? null : (JSON.parse(text) as Note)
}

function fileOf(name: string): string {
  return `${name}.json`
}
