/** `frameproof lab up|status|shell|down`: a lab that stays until it is taken down. */
import { join } from 'node:path'
import { type Command, Option } from 'commander'
import { BadInput } from '../lab/bad-input.ts'
import { chooseSite } from '../lab/choose-site.ts'
import { ConfigureFailed } from '../lab/configure.ts'
import { lacking, planWithout } from '../lab/features.ts'
import { configuredAlready, DEFAULT_IMPLEMENTATION, loadImplementation, NONE } from '../lab/implementation.ts'
import { READY, shellOnLab, startKeeper, statusOfLab, takeLabDown } from '../lab/kept/client.ts'
import { keepLab } from '../lab/kept/keeper.ts'
import type { LabStatus } from '../lab/kept/messages.ts'
import type { LabSpecification } from '../lab/lab-specification.ts'
import { SCENARIOS, type Scenario } from '../lab/scenario.ts'
import type { LocalKind } from '../lab/site.ts'
import { loadTopology } from '../lab/topology.ts'
import { PROJECT, TOPOLOGY } from '../runner/project.ts'
import { EMBEDDED, VAGRANT } from '../runner/provider-for.ts'

interface LabOptions {
  lab: string
  scenario: Scenario
  site?: LocalKind
  implementation: string
}

export function addLabCommands(program: Command): void {
  const lab = program.command('lab').description('a lab that stays until it is taken down')

  withLabOptions(lab.command('up').description('build a lab in the background')).action(
    async (options: LabOptions) => {
      const specification = specificationFor(options) // its mistakes are told here, before anything is started
      if (options.lab === VAGRANT) {
        if (options.site !== undefined) throw new BadInput(`--site ${options.site} is for the embedded lab`)
        const { vagrantUp } = await import('../lab/vagrant-lab.ts')
        const status = await namingFailures(() => vagrantUp(specification, print))
        print(`${status}\nfrom here: frameproof lab status | shell NODE | down, each with --lab vagrant`)
        return
      }
      const site = options.site === undefined ? [] : ['--site', options.site]
      const args = ['--scenario', options.scenario, '--implementation', options.implementation, ...site]
      await startKeeper(join(PROJECT, 'harness/frameproof.mjs'), args)
      print(`${describe(await statusOfLab())}\nfrom here: frameproof lab status | shell NODE | down`)
    },
  )

  withLab(lab.command('status').description('what is up')).action(async ({ lab: which }: LabOptions) => {
    if (which === EMBEDDED) return print(describe(await statusOfLab()))
    const { vagrantStatus } = await import('../lab/vagrant-lab.ts')
    const status = vagrantStatus()
    if (status === null) throw new BadInput('the Vagrant lab is not up: frameproof lab up --lab vagrant')
    print(status)
  })

  withLab(lab.command('shell').description('a shell on a machine of the lab'))
    .addArgument(
      lab.createArgument('<node>', 'the machine').choices(['hv1', 'hv2', 'sw1', 'outside', 'fabric']),
    )
    .action(async (node: string, { lab: which }: LabOptions) => {
      if (which === EMBEDDED && node === 'fabric')
        throw new BadInput('the embedded lab has no machine fabric: sw1 and outside are there')
      const { vagrantShell } = await import('../lab/vagrant-lab.ts')
      process.exitCode = await (which === EMBEDDED ? shellOnLab(node) : vagrantShell(node))
    })

  withLab(lab.command('down').description('take it down')).action(async ({ lab: which }: LabOptions) => {
    const { vagrantDown } = await import('../lab/vagrant-lab.ts')
    await (which === EMBEDDED ? takeLabDown() : vagrantDown(print))
    print('the lab is down')
  })

  withLabOptions(lab.command('keep', { hidden: true })).action(async (options: LabOptions) => {
    const { kind, missing } = await chooseSite(options.site ?? null)
    const lacks = lacking(options.scenario, missing)
    if (lacks.length > 0)
      throw new BadInput(`this host's kernel lacks ${lacks.join(', ')}, which ${options.scenario} needs`)
    const documented = planWithout(missing, options.scenario)
    const specification = { ...specificationFor(options), topology: loadTopology(TOPOLOGY), documented }
    await namingFailures(() => keepLab(kind, specification, () => print(READY)))
    process.exit() // whoever still asks is answered by the end of the line
  })
}

/** That an implementation fails is for the user to mend. */
async function namingFailures<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    throw error instanceof ConfigureFailed ? new BadInput(error.message) : error
  }
}

function withLab(command: Command): Command {
  return command.addOption(new Option('--lab <lab>', 'which').choices([EMBEDDED, VAGRANT]).default(EMBEDDED))
}

function withLabOptions(command: Command): Command {
  return withLab(command)
    .addOption(
      new Option('--scenario <name>', 'how the guests are networked').choices(SCENARIOS).default('vlan'),
    )
    .addOption(new Option('--site <kind>', 'force the kernel').choices(['uml', 'host']))
    .option('--implementation <name|dir>', 'how the hypervisors are configured', DEFAULT_IMPLEMENTATION)
}

function specificationFor({
  lab,
  scenario,
  implementation: name,
}: LabOptions): Omit<LabSpecification, 'topology'> {
  const isBare = name === NONE && lab === VAGRANT
  const implementation = isBare ? configuredAlready(scenario) : loadImplementation(name)
  if (!implementation.scenarios.includes(scenario)) {
    throw new BadInput(
      `${implementation.name} does not offer the scenario ${scenario}: it has ${implementation.scenarios.join(', ')}`,
    )
  }
  return { scenario, implementation, fault: null }
}

function describe({
  scenario,
  implementation,
  site,
  kernel,
  startedAt,
  topology,
  guests,
}: LabStatus): string {
  const rows = guests.map(
    (guest) =>
      `${guest.name.padEnd(6)} ${guest.tap.padEnd(10)} on ${guest.hypervisor}  tenant ${guest.tenant.padEnd(5)} VID ${guest.vid}  ${guest.mac}  ${guest.address}`,
  )
  const heading = `${scenario} by ${implementation} on ${site}, kernel ${kernel}, up since ${startedAt}`
  return [heading, '', topology.trimEnd(), '', ...rows].join('\n')
}

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}
