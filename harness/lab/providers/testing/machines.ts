/**
 * Machines for tests: each has namespaces of its own (network, processes, mounts), and is reached by a real sshd that
 * ssh(1) starts in them by ProxyCommand, so nothing listens. Their uplinks, eth1, end at a bridge in a third namespace.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SCRATCH } from '../../../testing/program.ts'

const UPLINK = 'eth1'
const SWITCH = 'sw'
const NAMESPACES = [
  '--mount',
  '--propagation',
  'private',
  '--net',
  '--pid',
  '--fork',
  '--kill-child=KILL',
  '--mount-proc',
]
const BOOT = `
  for own in /run /var/lib /root /tmp; do mount -t tmpfs -o mode=1777 tmpfs $own; done
  chmod 0700 /root
  mkdir -p /run/sshd /run/netns
  mount -t sysfs sysfs /sys 2>/dev/null || :
  ip link set lo up
  ! [ -d /proc/sys/net/bridge ] || for call in /proc/sys/net/bridge/bridge-nf-call-*; do echo 0 >"$call"; done
  echo ready
  while :; do sleep 1000 & wait; done` // the first process takes the ends of orphans

export class Machines {
  readonly folder: string
  readonly configFile: string
  readonly #processes = new Map<string, { child: ChildProcess; pid: number }>()

  private constructor(folder: string) {
    this.folder = folder
    this.configFile = join(folder, 'ssh_config')
  }

  /** @param names of the machines: their hosts are named so in `configFile` */
  static async start(names: readonly string[]): Promise<Machines> {
    const machines = new Machines(mkdtempSync(join(tmpdir(), SCRATCH)))
    try {
      await machines.#start(names)
    } catch (error) {
      await machines.end()
      throw error
    }
    return machines
  }

  /** Runs a script for /bin/sh as root on a machine, without ssh. Returns what it prints. */
  on(name: string, script: string): string {
    return execFileSync('nsenter', [...this.#inside(name), 'sh', '-euc', script], { encoding: 'utf8' })
  }

  /** This machine's number for the process that a machine hangs on: killed, the machine is gone. */
  pidOf(name: string): number {
    const machine = this.#processes.get(name)
    if (machine === undefined) throw new Error(`there is no machine ${name}`)
    return machine.pid
  }

  async end(): Promise<void> {
    const ends = [...this.#processes.values()].map(({ child }) => {
      if (child.exitCode !== null || child.signalCode !== null) return undefined
      const ended = new Promise((resolve) => child.once('close', resolve))
      child.kill('SIGKILL')
      return ended
    })
    await Promise.all(ends)
    rmSync(this.folder, { recursive: true, force: true })
  }

  async #start(names: readonly string[]): Promise<void> {
    for (const key of ['host', 'user']) keygen(join(this.folder, key))
    for (const name of [...names, SWITCH]) this.#processes.set(name, await boot())
    const bridge = `ip link add ${SWITCH} type bridge mcast_snooping 0; ip link set ${SWITCH} up`
    this.on(SWITCH, bridge)
    for (const name of names) {
      const [own, other] = [this.pidOf(name), this.pidOf(SWITCH)]
      const cable = `link add ${UPLINK} netns ${own} type veth peer name ${name} netns ${other}`
      execFileSync('ip', cable.split(' '))
      this.on(SWITCH, `ip link set ${name} master ${SWITCH} up`)
    }
    this.#configure(names)
  }

  #configure(names: readonly string[]): void {
    const file = (name: string): string => join(this.folder, name)
    const server = [
      `HostKey ${file('host')}`,
      `AuthorizedKeysFile ${file('user.pub')}`,
      ...['StrictModes no', 'UsePAM no', 'PasswordAuthentication no', 'PidFile none', 'UseDNS no'],
    ]
    const hosts = names.map((name) => {
      const inside = this.#inside(name).join(' ')
      return [
        `Host ${name}`,
        `  ProxyCommand nsenter ${inside} /usr/sbin/sshd -i -f ${file('sshd_config')}`,
        `  User root\n  IdentityFile ${file('user')}\n  IdentitiesOnly yes`,
        `  UserKnownHostsFile ${file('known_hosts')}\n  GlobalKnownHostsFile /dev/null`,
      ].join('\n')
    })
    // nsenter hides nothing of this machine's file system but what each machine mounted over it.
    for (const name of names)
      this.on(name, `mkdir -p '${this.folder}'; mount -t tmpfs tmpfs '${this.folder}'`)
    const shared = new Map([
      ['sshd_config', `${server.join('\n')}\n`],
      ['host', readFileSync(file('host'), 'utf8')],
      ['user.pub', readFileSync(file('user.pub'), 'utf8')],
    ])
    for (const name of names)
      for (const [path, text] of shared)
        this.on(name, `umask 077; cat >'${file(path)}' <<'END'\n${text}END\n`)
    writeFileSync(this.configFile, `${hosts.join('\n')}\n`)
    const key = readFileSync(file('host.pub'), 'utf8')
    writeFileSync(file('known_hosts'), names.map((name) => `${name} ${key}`).join(''))
  }

  #inside(name: string): readonly string[] {
    return ['-t', String(this.pidOf(name)), '-m', '-n', '-p']
  }
}

function keygen(path: string): void {
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'frameproof', '-f', path])
}

async function boot(): Promise<{ child: ChildProcess; pid: number }> {
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', 'unshare', ...NAMESPACES, 'sh', '-euc', BOOT], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  await new Promise<void>((resolve, reject) => {
    let said = ''
    child.stdout.once('data', () => resolve())
    child.stderr.on('data', (octets) => {
      said += octets
    })
    child.once('close', () => reject(new Error(`a machine for the test ended: ${said}`)))
  })
  const children = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8')
  return { child, pid: Number.parseInt(children, 10) }
}
