/** What the tests of SSH sites have in common. */
import { readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { expect, onTestFinished } from 'vitest'
import { BadInput } from '../../bad-input.ts'
import { runOnSite } from '../../run-on-site.ts'
import { connectSite, type Site } from '../../site.ts'
import type { SiteProcess } from '../../sites/process-site.ts'
import { startSsh } from '../../sites/ssh.ts'
import type { SshTarget } from '../target.ts'
import { Sshd, type SshdOptions, whyNoSshd } from './sshd.ts'

/** Why these tests cannot be made here, or null. */
export const mayNot = whyNoSshd()

/** The agent's line among the processes. */
export const AGENT = /agent\.mjs --heartbeat/

/** Until the test ends. */
export async function sshdFor(options: SshdOptions = {}): Promise<Sshd> {
  const sshd = await Sshd.start(options)
  onTestFinished(() => sshd.end())
  return sshd
}

/** A site until the test ends. */
export async function started(target: SshTarget): Promise<{ process: SiteProcess; site: Site }> {
  const process = await startSsh(target)
  onTestFinished(() => process.kill())
  return { process, site: await connectSite(process, target.name) }
}

/** What a shell script prints over there. */
export async function said(site: Site, script: string): Promise<string> {
  return (await runOnSite(site, { program: 'sh', args: ['-euc', script] })).stdout
}

/** Why there is no site: in one line, and for the user. */
export async function refused(target: SshTarget): Promise<string> {
  const error: unknown = await startSsh(target).then(
    async (site) => await site.kill(),
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(BadInput)
  const { message } = error as BadInput
  expect(message).not.toContain('\n')
  return message
}

/** What a control master of a controller would leave. */
export function sockets(controller = process.pid): readonly string[] {
  return readdirSync(tmpdir()).filter((name) => name.startsWith(`frameproof-ssh-${controller}-`))
}
