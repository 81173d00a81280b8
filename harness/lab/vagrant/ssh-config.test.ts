import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { run } from './processes.ts'
import { parseSshConfig, writeSshConfig } from './ssh-config.ts'

/** What `vagrant ssh-config` of Debian's Vagrant 2.3.4 printed for two machines. */
const PRINTED = `Host hv1
  HostName 192.0.2.7
  User vagrant
  Port 22
  UserKnownHostsFile /dev/null
  StrictHostKeyChecking no
  PasswordAuthentication no
  IdentityFile /home/me/.vagrant.d/boxes/b/0/libvirt/vagrant_private_key
  IdentitiesOnly yes
  LogLevel FATAL

Host fabric
  HostName 127.0.0.1
  User vagrant
  Port 2200
  IdentityFile "/home/me/my machines/private_key"
  LogLevel FATAL

`
const HOSTS = [
  {
    name: 'hv1',
    hostName: '192.0.2.7',
    port: 22,
    user: 'vagrant',
    identityFile: '/home/me/.vagrant.d/boxes/b/0/libvirt/vagrant_private_key',
  },
  {
    name: 'fabric',
    hostName: '127.0.0.1',
    port: 2200,
    user: 'vagrant',
    identityFile: '/home/me/my machines/private_key',
  },
]

describe('parseSshConfig', () => {
  it('reads what Vagrant prints, quoted paths too', () => {
    expect(parseSshConfig(PRINTED)).toEqual(HOSTS)
  })

  it('names what is missing', () => {
    expect(() => parseSshConfig('Host hv1\n  User vagrant\n')).toThrow(
      'vagrant ssh-config does not give the HostName of hv1',
    )
  })

  it('finds no host in other text', () => {
    expect(parseSshConfig('There is nothing.\n')).toEqual([])
  })
})

describe('writeSshConfig', () => {
  it.each([
    ['directly', null],
    ['through a network namespace', 'nsenter --target=7 --net nc -N %h %p'],
  ])('is understood by ssh as it is meant, %s', async (_, proxyCommand) => {
    const folder = mkdtempSync(join(tmpdir(), 'frameproof-ssh-config-'))
    const file = join(folder, 'config')
    try {
      writeFileSync(file, writeSshConfig({ hosts: HOSTS, knownHostsFile: '/k/known hosts', proxyCommand }))
      const { status, stdout } = await run({
        command: ['ssh', '-G', '-F', file, 'fabric'],
        deadlineMs: 10_000,
      })
      expect(status).toBe(0)
      const lines = stdout.split('\n')
      const wanted = [
        'hostname 127.0.0.1',
        'port 2200',
        'user vagrant',
        'identityfile /home/me/my machines/private_key',
        'identitiesonly yes',
        'batchmode yes',
        'stricthostkeychecking true',
        'userknownhostsfile /k/known hosts',
        'hostkeyalias frameproof-fabric',
        ...(proxyCommand === null ? [] : [`proxycommand ${proxyCommand}`]),
      ]
      expect(lines).toEqual(expect.arrayContaining(wanted))
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
