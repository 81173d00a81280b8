/** Makes a machine what it was, as far as that can be done from outside. */
import type { Place } from '../place.ts'
import { runOnSite } from '../run-on-site.ts'
import { type Change, changesBetween, differences } from './differences.ts'
import { readState } from './read.ts'
import type { MachineState, ReadOptions } from './state.ts'
import { scriptToUndo } from './undo.ts'

/** What one round uncovers, the next takes away: a NIC that was hidden in a namespace, a route that waited for its NIC. */
const MOST_ROUNDS = 3

/** PID@START...: asked to end, and made to where they do not within 2 s. A number that is another's by now is let be. */
const END_PROCESSES = `
  there() {
    line=
    read -r line <"/proc/\${1%@*}/stat" || return 1
    set -- "\${1#*@}" \${line##*)}
    [ "$2" != Z ] && [ "\${21}" = "$1" ]
  } 2>/dev/null
  end() {
    signal=$1 tries=$2
    shift 2
    for process; do there "$process" && kill -"$signal" "\${process%@*}"; done
    while [ $((tries -= 1)) -ge 0 ]; do
      left=
      for process; do there "$process" && left="$left $process"; done
      [ -n "$left" ] || return 0
      sleep 0.05
    done
    return 1
  }
  end TERM 40 "$@" || end KILL 40 $left || :`

/**
 * Takes away what is new, and puts back what can be put back; ends no process that was there before, and removes files
 * only from the run directory. Returns what still differs, a line each; a process that has ended since is not missed.
 * @throws {LabError} if the machine cannot be read
 */
export async function sweep(
  place: Place,
  before: MachineState,
  options: ReadOptions = before.options,
): Promise<readonly string[]> {
  let after = await readState(place, options)
  let told = stillOther(before, after)
  for (let round = 0; round < MOST_ROUNDS && told.length > 0; round += 1) {
    const ended = await endProcesses(place, changesBetween(before, after))
    if (ended) after = await readState(place, options) // with them goes what they held
    const input = scriptToUndo(changesBetween(before, after), before, after)
    await runOnSite(place.site, { namespace: place.namespace, program: 'sh', args: ['-s'], input })
    after = await readState(place, options)
    const left = stillOther(before, after)
    if (left.join('\n') === told.join('\n')) break // it would be the same again
    told = left
  }
  return told
}

/** Processes of others come and go, and one that has ended cannot be put back. */
function stillOther(before: MachineState, after: MachineState): readonly string[] {
  const alive = new Set(after.alive)
  const process = Object.fromEntries(Object.entries(before.things.process).filter(([key]) => alive.has(key)))
  return differences({ ...before, things: { ...before.things, process } }, after)
}

async function endProcesses({ site }: Place, changes: readonly Change[]): Promise<boolean> {
  const added = changes.filter(({ part, was }) => part === 'process' && was === undefined)
  if (added.length === 0) return false
  const args = ['-c', END_PROCESSES, 'sh', ...added.map(({ key }) => key)]
  await runOnSite(site, { program: 'sh', args })
  return true
}
