/** Vagrant's own command line: called within deadlines, its words made short. */
import { LabError } from '../site.ts'
import { machinesFolder, providerName, VAGRANT_FOLDER } from './names.ts'
import { type Outcome, run } from './processes.ts'

export interface VagrantCall {
  args: readonly string[]
  /** A local box by its name; null: the public one. */
  box: string | null
  /** The first process of a private libvirtd's namespaces; null where the system's own libvirtd is used. */
  inside: number | null
  deadlineMs: number
  tell?: (progress: string) => void
}

export function runVagrant({ args, box, inside, deadlineMs, tell }: VagrantCall): Promise<Outcome> {
  const enter = inside === null ? [] : ['nsenter', `--target=${inside}`, '--mount', '--net', '--pid', '--']
  return run({
    command: [...enter, 'vagrant', ...args],
    env: {
      VAGRANT_CWD: VAGRANT_FOLDER,
      VAGRANT_DOTFILE_PATH: machinesFolder(),
      VAGRANT_DEFAULT_PROVIDER: providerName(),
      VAGRANT_NO_COLOR: '1',
      VAGRANT_CHECKPOINT_DISABLE: '1',
      FRAMEPROOF_BOX: box ?? '',
      FRAMEPROOF_PRIVATE: inside === null ? 'no' : 'yes',
    },
    deadlineMs,
    onLine: (line) => {
      const progress = progressOf(line)
      if (progress !== null) tell?.(progress)
    },
  })
}

/** @throws {LabError} with Vagrant's own reason */
export async function mustRunVagrant(call: VagrantCall): Promise<string> {
  const outcome = await runVagrant(call)
  if (outcome.status === 0) return outcome.stdout
  throw new LabError(`vagrant ${call.args[0]} failed: ${whyItFailed(outcome, call.deadlineMs)}`)
}

export function whyItFailed({ timedOut, said, status }: Outcome, deadlineMs: number): string {
  if (timedOut) return `it took longer than ${deadlineMs / 1000} s${lastStep(said)}`
  return reasonIn(said) ?? `exit status ${status}`
}

/** What takes its time, in the words that Vagrant and its providers begin the step with. */
const STEPS: readonly (readonly [begins: string, words: string])[] = [
  ['Uploading base box image', 'the box goes to the storage pool'],
  ['Box ', 'downloading the box'],
  ['Importing base box', 'importing the box'],
  ['Creating domain', 'making the machine'],
  ['Starting domain', 'booting'],
  ['Booting VM', 'booting'],
  ['Machine booted and ready', 'up'],
  ['Running provisioner', 'provisioning'],
  ['Removing domain', 'destroying'],
  ['Destroying VM', 'destroying'],
]

/** `==> hv1: Starting domain.` is told as `vagrant: hv1: booting`; most lines are not worth it. */
export function progressOf(line: string): string | null {
  const [, machine = '', text = ''] = /==> ([\w-]+): (.*)/.exec(line) ?? []
  const step = STEPS.find(([begins]) => text.startsWith(begins))
  return step === undefined ? null : `vagrant: ${machine}: ${step[1]}`
}

const NO_REASON = /^(An error occurred|There was an error|Bringing machine|==> |\s{4}\w+: )/
const LONGEST_REASON = 300

/** Vagrant's errors are paragraphs after its progress, those of parallel steps after a heading. */
export function reasonIn(said: string): string | null {
  const lines = withoutProgressBars(said).split('\n')
  const lastStepAt = lines.findLastIndex((line) => NO_REASON.test(line))
  const paragraph = lines.slice(lastStepAt + 1).map((line) => line.trim())
  const text = paragraph.filter((line) => line !== '').join(' ')
  if (text === '') return null
  return text.length > LONGEST_REASON ? `${text.slice(0, LONGEST_REASON)}…` : text
}

function lastStep(said: string): string {
  const line = withoutProgressBars(said)
    .split('\n')
    .findLast((candidate) => /^(==> |\s{4})\w+: /.test(candidate))
  return line === undefined ? '' : `; last it said: ${line.replace(/^(==>)?\s*/, '')}`
}

function withoutProgressBars(said: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what Vagrant clears its line with
  return said.replace(/\r|\x1b\[K|Progress: \d+%( \([^)]*\))?/g, '')
}
