/** What this system's libvirt has of the lab, by our own names: swept where Vagrant itself has lost it, or leaves it. */
import { LabError } from '../site.ts'
import { DOMAIN_PREFIX, LIBVIRT_URI, MACHINES, VAGRANT_FOLDER } from './names.ts'
import { type Outcome, run } from './processes.ts'

const DEADLINE_MS = 60_000
/** `management_network_name` in the Vagrantfile. */
const NETWORK = 'frameproof'
const POOL = 'default'

/** Only machines that our own Vagrantfile describes, and their network. @throws {LabError} if one stays */
export async function sweepDomains(): Promise<void> {
  for (const name of MACHINES.map((machine) => `${DOMAIN_PREFIX}${machine}`)) {
    const described = await virsh(['desc', name])
    if (described.status !== 0 || !isOurs(described.stdout)) continue
    await virsh(['destroy', name]) // it may be off
    const { status, said } = await virsh(['undefine', name, '--remove-all-storage'])
    if (status !== 0)
      throw new LabError(`the virtual machine ${name} stays: ${said.trim().split('\n').at(-1)}`)
  }
  await virsh(['net-destroy', NETWORK])
  await virsh(['net-undefine', NETWORK])
}

/** The local boxes' disks, of which the machines' own were copies: Vagrant leaves them in the pool. */
export async function sweepVolumes(): Promise<void> {
  const { stdout } = await virsh(['vol-list', POOL])
  for (const volume of boxVolumes(stdout)) await virsh(['vol-delete', '--pool', POOL, volume])
}

/** Of what `virsh vol-list` prints. */
export function boxVolumes(list: string): readonly string[] {
  return list
    .split('\n')
    .map((line) => line.trim().split(/\s+/)[0] ?? '')
    .filter((name) => /^frameproof-[0-9a-f]{12}_vagrant_box_image_/.test(name))
}

/** vagrant-libvirt writes `Source: PATH/Vagrantfile` into the description. */
export function isOurs(description: string): boolean {
  return description.trim() === `Source: ${VAGRANT_FOLDER}/Vagrantfile`
}

function virsh(args: readonly string[]): Promise<Outcome> {
  return run({ command: ['virsh', '--quiet', '--connect', LIBVIRT_URI, ...args], deadlineMs: DEADLINE_MS })
}
