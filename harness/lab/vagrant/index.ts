/** The Vagrant lab: three virtual machines that ssh reaches, brought up, and taken down with nothing left. */
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { BadInput } from '../bad-input.ts'
import { LabError } from '../site.ts'
import { provideBox } from './box.ts'
import { sweepDomains, sweepVolumes } from './domains.ts'
import { whatVagrantLacks } from './lacks.ts'
import {
  endPrivateLibvirtd,
  goneHolder,
  type Holder,
  startPrivateLibvirtd,
  whySystemLibvirtdIsSilent,
} from './libvirtd.ts'
import { MACHINES, machinesFolder, providerName, stateFolder } from './names.ts'
import { isAlive, killProcess, run } from './processes.ts'
import { parseSshConfig, writeSshConfig } from './ssh-config.ts'
import { claimLab, forgetLab, type NotedLab, notedLab, noteLab, releaseLab } from './state.ts'
import { mustRunVagrant, runVagrant } from './vagrant-command.ts'

export { whatVagrantLacks } from './lacks.ts'

const UP_DEADLINE_MS = 15 * 60_000
const SHORT_DEADLINE_MS = 120_000
const REACH_DEADLINE_MS = 60_000

type Tell = (progress: string) => void

export interface VagrantLab {
  /** For `ssh -F`; its hosts are hv1, hv2 and fabric. Host keys are noted in a file of its own, and checked. */
  sshConfigFile: string
  /** The machines were running already, left by a run before. */
  wasUp: boolean
  /** Settles, with what is known, if the machines' holder ended unasked. */
  died: Promise<string>
  /** Destroys the machines: nothing of them stays. */
  destroy(tell: Tell): Promise<void>
  /** For who must end at once: where the lab holds the machines itself, they are gone; others the next start sweeps. */
  kill(): void
}

export interface BringUpOptions {
  /** The machines may stay when this process ends: until `destroy`, by any process. Else the private libvirtd goes with it. */
  keep?: boolean
}

/**
 * Brings the machines up, or finds them up. What an earlier lab left when it crashed is swept first.
 * @throws {BadInput} for what is missing here; {LabError} if they do not come up
 */
export async function bringUp(tell: Tell, { keep = false }: BringUpOptions = {}): Promise<VagrantLab> {
  claimLab()
  try {
    const noted = notedLab()
    if (noted?.isUp === true && (await areReached())) return labOf(noted, true)
    if (noted !== null) await sweep(noted, tell)
    await requireAll()
    return labOf(await start(keep, tell), false)
  } catch (error) {
    releaseLab()
    throw error
  }
}

/** Destroys the machines, whoever brought them up. @throws {BadInput} if they are in use; {LabError} if they stay */
export async function destroy(tell: Tell): Promise<void> {
  claimLab()
  try {
    const noted = notedLab()
    if (noted === null) return
    tell('vagrant: destroying the virtual machines')
    await remove(noted)
  } finally {
    releaseLab()
  }
}

/** The file for `ssh -F` if the machines are up. */
export function labThatIsUp(): { sshConfigFile: string } | null {
  return notedLab()?.isUp === true ? { sshConfigFile: sshConfigFile() } : null
}

const sshConfigFile = (): string => join(stateFolder(), 'ssh-config')
const knownHostsFile = (): string => join(stateFolder(), 'known_hosts')

function labOf(noted: NotedLab, wasUp: boolean): VagrantLab {
  const { holder } = noted
  return {
    sshConfigFile: sshConfigFile(),
    wasUp,
    died: holder === null ? new Promise(() => undefined) : goneHolder(holder),
    destroy,
    kill: () => {
      if (holder !== null) killProcess(holder.holder)
    },
  }
}

async function requireAll(): Promise<void> {
  const [first, ...more] = await whatVagrantLacks()
  if (first === undefined) return
  throw new BadInput(more.length === 0 ? first : `${first} (and more: frameproof check --lab vagrant)`)
}

async function start(keep: boolean, tell: Tell): Promise<NotedLab> {
  const libvirt = providerName() === 'libvirt'
  const box = libvirt ? await provideBox(tell) : null
  rmSync(machinesFolder(), { recursive: true, force: true })
  mkdirSync(machinesFolder(), { recursive: true, mode: 0o700 })
  const noted: NotedLab = { holder: null, box, isUp: false }
  noteLab(noted) // from here on, what a crash leaves is found
  try {
    if (libvirt && (await whySystemLibvirtdIsSilent()) !== null) {
      tell('vagrant: no libvirtd runs here: starting one for this lab only')
      noted.holder = await startPrivateLibvirtd(keep)
      noteLab(noted)
    }
    await bootMachines(noted, tell)
    noteLab({ ...noted, isUp: true })
    return noted
  } catch (error) {
    await remove(noted)
    throw error
  }
}

async function bootMachines({ holder, box }: NotedLab, tell: Tell): Promise<void> {
  const call = { box, inside: holder?.inside.pid ?? null }
  tell(`vagrant: bringing up ${MACHINES.join(', ')}`)
  const boot = mustRunVagrant({ ...call, args: ['up'], deadlineMs: UP_DEADLINE_MS, tell })
  await (holder === null ? boot : Promise.race([boot, endsEarly(holder, boot)]))
  const text = await mustRunVagrant({ ...call, args: ['ssh-config'], deadlineMs: SHORT_DEADLINE_MS })
  rmSync(knownHostsFile(), { force: true })
  const file = {
    hosts: parseSshConfig(text),
    knownHostsFile: knownHostsFile(),
    proxyCommand: proxyCommand(holder),
  }
  writeFileSync(sshConfigFile(), writeSshConfig(file), { mode: 0o600 })
  await noteHostKeys()
}

/** A boot whose holder is gone ends by itself, and says less. */
async function endsEarly(holder: Holder, boot: Promise<unknown>): Promise<never> {
  const why = await Promise.race([
    goneHolder(holder),
    boot.then(
      () => null,
      () => null,
    ),
  ])
  if (why === null) return new Promise(() => undefined)
  throw new LabError(`vagrant up failed: ${why}`)
}

/** -N: when ssh is killed, the machine hears of it. */
function proxyCommand(holder: Holder | null): string | null {
  return holder === null ? null : `nsenter --target=${holder.inside.pid} --net nc -N %h %p`
}

/** The first words with each machine: its key is noted, and from then on no other is taken. */
async function noteHostKeys(): Promise<void> {
  await Promise.all(
    MACHINES.map(async (name) => {
      const { status, said } = await sshTo(name, ['-o', 'StrictHostKeyChecking=accept-new'])
      if (status === 0) return
      throw new LabError(`${name} is up, but ssh does not reach it: ${said.trim().split('\n').at(-1) ?? ''}`)
    }),
  )
}

async function areReached(): Promise<boolean> {
  const outcomes = await Promise.all(MACHINES.map((name) => sshTo(name, [])))
  return outcomes.every(({ status }) => status === 0)
}

function sshTo(name: string, options: readonly string[]) {
  const command = ['ssh', '-F', sshConfigFile(), ...options, '-o', 'ConnectTimeout=30', name, 'true']
  return run({ command, deadlineMs: REACH_DEADLINE_MS })
}

async function sweep(noted: NotedLab, tell: Tell): Promise<void> {
  tell('vagrant: sweeping what an earlier lab left')
  await remove(noted)
}

/** Mirrors `start`. A private libvirtd takes all with it. */
async function remove({ holder, box }: NotedLab): Promise<void> {
  if (holder !== null) {
    if (isAlive(holder.inside) || isAlive(holder.holder)) await endPrivateLibvirtd(holder)
  } else if (hasMachines()) {
    const call = { args: ['destroy', '--force'], box, inside: null, deadlineMs: SHORT_DEADLINE_MS }
    const isLibvirt = providerName() === 'libvirt'
    if ((await runVagrant(call)).status !== 0) {
      if (isLibvirt) await sweepDomains()
      await mustRunVagrant(call)
    }
    if (isLibvirt) await sweepVolumes()
  }
  for (const path of [machinesFolder(), sshConfigFile(), knownHostsFile()])
    rmSync(path, { recursive: true, force: true })
  forgetLab()
}

/** Where Vagrant was killed early it has noted none, and there may be no libvirtd to ask. */
function hasMachines(): boolean {
  return MACHINES.some((name) => existsSync(join(machinesFolder(), 'machines', name, providerName(), 'id')))
}
