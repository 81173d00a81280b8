/** Vagrant's `ssh-config`, made into a file that checks host keys. Source: ssh_config(5). */
import { LabError } from '../site.ts'

export interface SshHost {
  name: string
  hostName: string
  port: number
  user: string
  identityFile: string
}

/** @throws {LabError} naming what is missing */
export function parseSshConfig(text: string): readonly SshHost[] {
  return text
    .split(/^Host /m)
    .slice(1)
    .map((block) => {
      const [name = '', ...lines] = block.trim().split('\n')
      const values = new Map(lines.map((line) => fieldOf(line)))
      const value = (field: string): string => {
        const found = values.get(field)
        if (found === undefined || found === '')
          throw new LabError(`vagrant ssh-config does not give the ${field} of ${name}`)
        return found
      }
      return {
        name: name.trim(),
        hostName: value('HostName'),
        port: Number(value('Port')),
        user: value('User'),
        identityFile: value('IdentityFile'),
      }
    })
}

/** The first of a field counts, as for ssh itself; Map takes the last, so lists of keys do not occur here twice. */
function fieldOf(line: string): readonly [string, string] {
  const [, field = '', value = ''] = /^\s*(\w+)\s+(.*?)\s*$/.exec(line) ?? []
  return [field, value.replace(/^"(.*)"$/, '$1')]
}

export interface SshFile {
  hosts: readonly SshHost[]
  knownHostsFile: string
  /** How ssh reaches machines that only a network namespace reaches: `nsenter … nc …`; null: directly. */
  proxyCommand: string | null
}

/** Only keys that are noted already are taken; whoever notes them says so on ssh's command line. */
export function writeSshConfig({ hosts, knownHostsFile, proxyCommand }: SshFile): string {
  const blocks = hosts.map(({ name, hostName, port, user, identityFile }) =>
    [
      `Host ${name}`,
      `  HostName ${hostName}`,
      `  Port ${port}`,
      `  User ${user}`,
      `  IdentityFile "${identityFile}"`,
      '  IdentitiesOnly yes',
      '  BatchMode yes',
      `  HostKeyAlias frameproof-${name}`,
      `  UserKnownHostsFile "${knownHostsFile}"`,
      '  GlobalKnownHostsFile none',
      '  StrictHostKeyChecking yes',
      ...(proxyCommand === null ? [] : [`  ProxyCommand ${proxyCommand}`]),
    ].join('\n'),
  )
  return `# Made by Frameproof: its Vagrant lab.\n${blocks.join('\n\n')}\n`
}
