/** What is missing here for the Vagrant lab, each with the one command that adds it. */
import { readdirSync } from 'node:fs'
import { isBoxThere } from './box.ts'
import { whySystemLibvirtdIsSilent } from './libvirtd.ts'
import { providerName } from './names.ts'
import { isInstalled, run } from './processes.ts'

/** Programs and the Debian packages that bring them: the same as in harness/setup/packages. */
export const PROGRAMS: Readonly<Record<string, string>> = {
  vagrant: 'vagrant-libvirt', // which brings Vagrant itself, too
  virsh: 'libvirt-clients',
  libvirtd: 'libvirt-daemon-system',
  'qemu-system-x86_64': 'qemu-system-x86',
  'qemu-img': 'qemu-utils',
  dnsmasq: 'dnsmasq-base',
  ssh: 'openssh-client',
  nc: 'netcat-openbsd',
}
/** What only the making of the local box needs. */
export const BOX_PROGRAMS: Readonly<Record<string, string>> = {
  mmdebstrap: 'mmdebstrap',
  'mkfs.ext4': 'e2fsprogs',
  'mkfs.vfat': 'dosfstools',
  mcopy: 'mtools',
  syslinux: 'syslinux',
  '/usr/lib/syslinux/mbr/mbr.bin': 'syslinux-common',
  newuidmap: 'uidmap', // for an ordinary user
  sfdisk: 'fdisk',
  busybox: 'busybox-static',
  cpio: 'cpio',
}
const PLUGIN_PACKAGE = 'vagrant-libvirt'
const PLUGIN_DEADLINE_MS = 60_000

const asRoot = (command: string): string => (process.getuid?.() === 0 ? command : `sudo ${command}`)

/** Empty if the lab can be brought up. */
export async function whatVagrantLacks(): Promise<readonly string[]> {
  if (providerName() === 'virtualbox') return virtualBoxLacks()
  const lacks: string[] = []
  const wanted = isBoxThere() ? PROGRAMS : { ...PROGRAMS, ...BOX_PROGRAMS }
  const missing = Object.keys(wanted).filter((program) => !isInstalled(program))
  const packages = new Set(missing.map((program) => wanted[program] ?? program))
  if (isInstalled('vagrant') && !(await hasPlugin())) packages.add(PLUGIN_PACKAGE)
  if (packages.size > 0) {
    const names = [...missing, ...(packages.has(PLUGIN_PACKAGE) ? [`Vagrant's provider libvirt`] : [])]
    const install = asRoot(`apt-get install -y --no-install-recommends ${[...packages].join(' ')}`)
    lacks.push(`not installed: ${names.join(', ')}; this command adds them: ${install}`)
  }
  if (isInstalled('virsh')) lacks.push(...(await libvirtdLacks()))
  return lacks
}

function virtualBoxLacks(): readonly string[] {
  const missing = ['vagrant', 'VBoxManage', 'ssh'].filter((program) => !isInstalled(program))
  if (missing.length === 0) return []
  return [
    `not installed: ${missing.join(', ')}: VirtualBox and Vagrant come from their makers: https://www.virtualbox.org and https://developer.hashicorp.com/vagrant`,
  ]
}

/** Debian's package, or one that Vagrant installed itself. */
async function hasPlugin(): Promise<boolean> {
  const specifications = '/usr/share/rubygems-integration/all/specifications'
  if (namesIn(specifications).some((name) => /^vagrant-libvirt-[\d.]+\.gemspec$/.test(name))) return true
  const { stdout } = await run({ command: ['vagrant', 'plugin', 'list'], deadlineMs: PLUGIN_DEADLINE_MS })
  return /^vagrant-libvirt /m.test(stdout)
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

/** As root a private one is started where none runs: then nothing is missing. */
async function libvirtdLacks(): Promise<readonly string[]> {
  const why = await whySystemLibvirtdIsSilent()
  if (why === null || process.getuid?.() === 0) return []
  if (/permission|authenticat|access denied/i.test(why))
    return [
      'libvirtd does not let you in; this command adds you to its group (then log in again): sudo adduser "$USER" libvirt',
    ]
  return [`libvirtd does not answer (${why}); this command starts it: sudo systemctl start libvirtd`]
}
