/** What the files, machines and folders of the Vagrant lab are called. */
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'

export const MACHINES = ['hv1', 'hv2', 'fabric'] as const

/** With vagrant/Vagrantfile. */
export const VAGRANT_FOLDER = join(resolve(import.meta.dirname, '../../..'), 'vagrant')
/** Libvirt's names of the machines begin with it: `default_prefix` in the Vagrantfile. */
export const DOMAIN_PREFIX = 'frameproof_'
export const LIBVIRT_URI = 'qemu:///system'

/** One a user, because the machines' names are the same for all clones. */
export function stateFolder(): string {
  return join(process.env.XDG_STATE_HOME ?? join(homedir(), '.local/state'), 'frameproof/vagrant')
}

/** What Vagrant knows of machines that it made: their identities. */
export function machinesFolder(): string {
  return join(stateFolder(), 'machines')
}

export function vagrantHome(): string {
  return process.env.VAGRANT_HOME ?? join(homedir(), '.vagrant.d')
}

export type VagrantProviderName = 'libvirt' | 'virtualbox'

/** As Vagrant's own users choose it. */
export function providerName(): VagrantProviderName {
  return process.env.VAGRANT_DEFAULT_PROVIDER === 'virtualbox' ? 'virtualbox' : 'libvirt'
}
