/** `frameproof lab … --lab vagrant`: virtual machines that stay, configured for a scenario, to look into. */
import { spawn } from 'node:child_process'
import { BadInput } from './bad-input.ts'
import { OUTSIDE, SWITCH } from './drawing.ts'
import { Lab } from './lab.ts'
import type { LabSpecification } from './lab-specification.ts'
import { groundOf } from './layout.ts'
import { vagrantProvider } from './providers/vagrant.ts'
import { connectSite, type Site } from './site.ts'
import { destroy, labThatIsUp } from './vagrant/index.ts'

/**
 * Its guests are off: their TAPs are there and plugged in, but nobody reads them. A run takes them over. Where nobody is
 * to configure them, the machines are as they booted.
 * @throws {BadInput}, {LabError}, {ConfigureFailed}
 */
export async function vagrantUp(
  specification: Omit<LabSpecification, 'topology'>,
  tell: (progress: string) => void,
): Promise<string> {
  const provider = await vagrantProvider({ keep: true, tell })
  const { layout } = provider
  if (specification.implementation.configure === null) return vagrantStatus() ?? ''
  const started = await Promise.all(
    layout.sites.map(async (name) => [name, await provider.start(1, name)] as const),
  )
  try {
    tell(`${specification.implementation.name} configures hv1 and hv2 for ${specification.scenario}`)
    const sites = await Promise.all(
      started.map(async ([name, site]): Promise<[string, Site]> => [name, await connectSite(site, name)]),
    )
    const { topology } = layout
    const lab = await Lab.build(groundOf(layout, topology, new Map(sites)), { ...specification, topology })
    await lab.operations.perform({ do: 'power off', guests: topology.guests.map(({ name }) => name) })
    return vagrantStatus() ?? ''
  } finally {
    await Promise.all(started.map(([, site]) => site.kill()))
  }
}

/** Null: they are not up. */
export function vagrantStatus(): string | null {
  const up = labThatIsUp()
  return up === null ? null : `hv1, hv2 and fabric are up: ssh -F ${up.sshConfigFile} hv1`
}

export async function vagrantDown(tell: (progress: string) => void): Promise<void> {
  await destroy(tell)
}

/** As root, at this terminal. Returns the shell's exit status. @throws {BadInput} if they are not up */
export async function vagrantShell(node: string): Promise<number> {
  const up = labThatIsUp()
  if (up === null) throw new BadInput('the Vagrant lab is not up: frameproof lab up --lab vagrant')
  const isInFabric = node === SWITCH || node === OUTSIDE
  const command = isInFabric ? ['sudo', 'ip', 'netns', 'exec', node, 'sh'] : ['sudo', '-i']
  const args = [
    '-F',
    up.sshConfigFile,
    ...(process.stdin.isTTY ? ['-t'] : []),
    isInFabric ? 'fabric' : node,
    ...command,
  ]
  const shell = spawn('ssh', args, { stdio: 'inherit' })
  return new Promise((resolve, reject) => {
    shell.on('error', reject)
    shell.on('close', (status) => resolve(status ?? 1))
  })
}
