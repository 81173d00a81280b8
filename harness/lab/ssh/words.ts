/** What OpenSSH's client says, in words that tell the user what to do. */
import { type SshTarget, sshCommand } from './target.ts'

const MOST_OCTETS = 4000

/** The end of what a process prints. */
export class LastWords {
  #text = ''

  readonly add = (octets: Buffer): void => {
    this.#text = (this.#text + octets.toString('utf8')).slice(-MOST_OCTETS)
  }

  get text(): string {
    return this.#text
  }

  /** The line that says most: the last about an error, else the last. */
  get line(): string {
    const lines = linesOf(this.#text).filter((line) => !line.startsWith('Node.js v'))
    return (
      lines.findLast((line) => /error|cannot|denied|failed|not found|killed/i.test(line)) ??
      lines.at(-1) ??
      ''
    )
  }
}

interface Known {
  said: RegExp
  /** @param line in which it was said */
  words: (line: string, target: SshTarget) => string
}

const BY_HAND = 'and see that it asks for nothing'

const KNOWN: readonly Known[] = [
  {
    said: /failed to execute ssh|spawn setpriv ENOENT/,
    words: () => 'OpenSSH is not installed here: apt-get install openssh-client',
  },
  {
    said: /Could not resolve hostname/,
    words: (line) => `the host is unknown: ${line}: correct the name, or give it in ~/.ssh/config`,
  },
  {
    said: /REMOTE HOST IDENTIFICATION HAS CHANGED/,
    words: (_, target) =>
      `its host key has changed: it is another machine, or was built anew: if so, ssh-keygen -R its name, then ${sshCommand(target)}`,
  },
  {
    said: /Host key verification failed/,
    words: (_, target) =>
      `its host key is not known here: run ${sshCommand(target)} once and compare the key`,
  },
  {
    said: /Permission denied \(/,
    words: (line, target) =>
      `it refuses the key: ${line}: run ${sshCommand(target)} ${BY_HAND}: see ssh-copy-id(1) and ssh-add(1)`,
  },
  {
    said: /Too many authentication failures/,
    words: (line) => `it refuses the key: ${line}: give IdentityFile and IdentitiesOnly in ~/.ssh/config`,
  },
  { said: /Connection refused/, words: (line) => `the connection is refused: ${line}: start sshd there` },
  {
    said: /timed out|No route to host|Network is unreachable/,
    words: (line) => `it cannot be reached: ${line}: see that it runs and that no firewall is in between`,
  },
]

/** Why there is no connection, and what to do. */
export function whyNotConnected(said: LastWords, target: SshTarget): string {
  for (const { said: pattern, words } of KNOWN) {
    const line = linesOf(said.text).findLast((candidate) => pattern.test(candidate))
    if (line !== undefined) return words(line.replace(/^ssh: /, ''), target)
  }
  return `ssh does not connect: ${said.line || 'it does not say why'}: run ${sshCommand(target)} ${BY_HAND}`
}

function linesOf(text: string): readonly string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
}
