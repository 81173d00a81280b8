/** The machines as this system's libvirt knows them: swept by name where Vagrant itself has lost them. */
import { LabError } from '../site.ts'
import { DOMAIN_PREFIX, LIBVIRT_URI, MACHINES, VAGRANT_FOLDER } from './names.ts'
import { type Outcome, run } from './processes.ts'

const DEADLINE_MS = 60_000

/** Only machines that our own Vagrantfile describes. @throws {LabError} if one stays */
export async function sweepDomains(): Promise<void> {
  for (const name of MACHINES.map((machine) => `${DOMAIN_PREFIX}${machine}`)) {
    const described = await virsh(['desc', name])
    if (described.status !== 0 || !isOurs(described.stdout)) continue
    await virsh(['destroy', name]) // it may be off
    const { status, said } = await virsh(['undefine', name, '--remove-all-storage'])
    if (status !== 0)
      throw new LabError(`the virtual machine ${name} stays: ${said.trim().split('\n').at(-1)}`)
  }
}

/** vagrant-libvirt writes `Source: PATH/Vagrantfile` into the description. */
export function isOurs(description: string): boolean {
  return description.trim() === `Source: ${VAGRANT_FOLDER}/Vagrantfile`
}

function virsh(args: readonly string[]): Promise<Outcome> {
  return run({ command: ['virsh', '--quiet', '--connect', LIBVIRT_URI, ...args], deadlineMs: DEADLINE_MS })
}
