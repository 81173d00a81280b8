/** A site that ssh(1) reaches. */
import { BadInput } from '../bad-input.ts'

export interface SshTarget {
  /** The site's: hv1. */
  name: string
  /** As ssh(1) takes it: an alias of its configuration, or user@host. */
  host: string
  /** The agent runs as root, by `sudo -n`. */
  sudo: boolean
  /** ssh -F */
  configFile: string | null
}

/** What a user types to get there. */
export function sshCommand({ host, configFile }: SshTarget): string {
  return configFile === null ? `ssh ${host}` : `ssh -F ${configFile} ${host}`
}

/** In one line: `site hv1 (hv1.lab): what is wrong: what to do`. */
export function siteProblem({ name, host }: SshTarget, what: string): BadInput {
  return new BadInput(`site ${name} (${host}): ${what}`)
}
