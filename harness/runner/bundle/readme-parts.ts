/** What a bundle's README says of its surroundings: how to run it again, the network, what it ran on, what is here. */
import { markdownDetails, markdownTable } from '../../report/markdown.ts'
import { repository } from '../project.ts'
import { commandAgain } from '../run-record.ts'
import type { BundledCase, Contents } from './contents.ts'
import type { PlanFile, PlanUse } from './plans.ts'
import { fenced, prose } from './text.ts'

const MOST_RANGES = 4

/** One block that can be pasted, and what it needs. */
export function againInWords({ id, run, results, name, verdict, durationMs, cases }: Contents): string {
  const url = repository()
  const clone = url === null ? 'a clone of Frameproof' : `a clone of Frameproof (\`git clone ${url}\`)`
  const command = run === null ? `npm run conform -- ${id}` : commandAgain(run, [id], '$BUNDLE')
  const revision = run?.revision ?? null
  const lines = [
    `BUNDLE=/where/you/unpacked/${name}`,
    ...(revision === null ? [] : [`git checkout ${revision}`]),
    command,
    'npx frameproof judge "$BUNDLE/report"   # the verdict again, from these packets alone',
  ]
  const seconds = Math.max(1, Math.round(durationMs / 1000))
  const isRate = cases.some(({ story }) => story.failures.some(({ rate }) => rate !== null))
  const where = isRate ? ' outside the same limit' : ', wrong first at the same port'
  const same =
    verdict === 'could not run'
      ? ''
      : ` The same is: ${id} ${verdict} again${verdict === 'deviates' ? where : ''}; times and numbers of frames differ.`
  const notes = [
    `In ${clone} (${results.frameproof}), on Debian 12 or later with Node.js 20.12 or later. \`npm run conform\` installs what is missing (for that it needs root or sudo, and the internet), builds the test network on this one machine and takes it away; the test itself took ${seconds} s.${same} \`judge\` needs \`npm ci\` alone, and runs on any system.`,
    ...(run === null
      ? ['This report is of a version that did not record its run: the command may lack options.']
      : []),
    ...(run !== null && results.lab.provider === 'inventory'
      ? [
          `The run was on machines described in \`${run.asked.lab}\`, which is not here (it names its owner’s machines): write one of your own, or leave \`--lab\` out to judge the same rule in the embedded lab.`,
        ]
      : []),
  ]
  return ['**Run it again**', fenced(lines.join('\n')), notes.join(' ')].join('\n\n')
}

/** Which machines there are, and what the names of ports mean; of all tests, each port once. */
export function networkInWords({ cases, results }: Contents): string {
  const all = cases.map(({ recorded }) => recorded.observations)
  const guests = uniqueBy(
    all.flatMap((one) => one.guests),
    ({ name, hypervisor }) => `${name} ${hypervisor}`,
  )
  const ports = uniqueBy(
    all.flatMap((one) => one.ports),
    ({ id, description }) => `${id} ${description}`,
  )
  const machines = [...new Set(guests.map(({ hypervisor }) => hypervisor))].map((machine) => {
    const own = guests.filter(({ hypervisor }) => hypervisor === machine)
    const vms = own.map(({ name, tenant, vid }) => `${name} (${tenant}, VID ${vid})`)
    return `- \`${machine}\`: a hypervisor, what was tested. VMs: ${[...new Set(vms)].join(', ')}.`
  })
  const kinds = new Set(ports.map(({ kind }) => kind))
  const isUml = results.lab.sites.some(({ kind }) => kind === 'uml')
  const steps = isUml ? ' Times are the kernel’s: User Mode Linux counts them in steps of 256 ns.' : ''
  const ids = [...new Set(ports.map(({ id }) => id))]
  const rows = ids.map((id) => {
    const own = ports.filter((port) => port.id === id).map(({ description }) => prose(description))
    return [`\`${id}\``, own.join('; in another test: ')]
  })
  return [
    '## The test network',
    [
      ...machines,
      ...(kinds.has('switch') ? ['- `sw1`: the physical switch between them; not what was tested.'] : []),
      ...(kinds.has('outside') ? ['- `outside`: a host on the physical network; not what was tested.'] : []),
    ].join('\n'),
    `Ports are MACHINE:INTERFACE; \`in\` and \`out\` are the machine’s: at a VM’s TAP port \`out\` is towards the VM. A name without a colon is a VM’s own NIC: the test plays the VMs, opens their TAP devices as a VM process does, and may read a frame later. Hops are in the order of time, those of one time in the order of ports along the way.${steps}`,
    markdownDetails(
      `All ${rows.length} ports${cases.length > 1 ? ', of all tests' : ''}`,
      markdownTable(['port', 'what it is'], rows),
    ),
  ].join('\n\n')
}

function uniqueBy<T>(all: readonly T[], keyOf: (one: T) => string): readonly T[] {
  return [...new Map(all.map((one) => [keyOf(one), one])).values()]
}

export function surroundingsInWords({ results, run }: Contents): string {
  const { lab, implementation, startedAt } = results
  const rows = [
    ['implementation under test', implementation],
    ...lab.sites.map(({ name, kind, kernel }) => [`kernel of ${name}`, `${kernel} (${kind})`]),
    ...Object.entries(lab.tools),
    ...lab.sites.flatMap(({ name, tools }) =>
      Object.entries(tools ?? {}).map(([program, version]) => [`${program} on ${name}`, version]),
    ),
    ['when', startedAt],
  ]
  const cells = rows.map((row) => row.map((cell) => prose(cell)))
  const gone = run?.implementation.leftOut ?? []
  const missing = gone.map((file) => prose(file)).join(', ')
  return [
    '## What it ran on',
    markdownTable(['', ''], cells),
    ...(gone.length === 0 ? [] : [`Files of the implementation that are not here: ${missing}.`]),
  ].join('\n\n')
}

export function folderInWords(contents: Contents): string {
  const { cases, others, run, results, plans, beside } = contents
  const missing = beside.missing.map((one) => `\`../${one}\``).join(', ')
  const wrapper = missing === '' ? '' : `; they run ${missing} too, which is not here`
  const rows = [
    ...cases.flatMap((one) => evidenceRows(one, cases.length > 1)),
    [
      '`report/report.html`',
      'the same as one page for a browser: the frame’s way drawn, its octets on demand',
    ],
    ['`report/results.json`', 'the verdicts, for programs; `report/manifest.json` has SHA-256 of each file'],
    ...plans.map((plan) => [`\`${plan.file}\``, planInWords(plan, cases.length > 1)]),
    ...(run === null || run.implementation.files.length === 0
      ? []
      : [['`implementation/`', `the scripts that configured the hypervisors, as they were${wrapper}`]]),
    ...beside.here.map((one) => [
      `\`${one}/\``,
      'what the scripts in `implementation/` run besides, as it was',
    ]),
    ...(results.fault === null ? [] : [['`fault/`', 'the script that broke the network on purpose']]),
    ...(run === null ? [] : [['`run.json`', 'what the run was asked for, and the revision of Frameproof']]),
    ['`ISSUE.md`', 'a text for an issue tracker'],
  ]
  const elsewhere = others.map(
    ({ name, scenario, verdict }) => `- ${verdict}: ${prose(name)} (\`${scenario}\`)`,
  )
  const numbered = plans.some(({ file }) => /-\d+\.json$/.test(file))
  return [
    '## What is here',
    markdownTable(['file', ''], rows),
    ...(numbered
      ? [
          'A plan is what a hypervisor was told. `-2`, `-3` … are those that it was told besides: in another test, or when the test changed what it wanted.',
        ]
      : []),
    ...(elsewhere.length === 0
      ? []
      : [`Other tests of the same rule, whose packets are not here:\n\n${elsewhere.join('\n')}`]),
    'Before you pass this folder on: it names machines, addresses and files of the network that was tested.',
  ].join('\n\n')
}

function evidenceRows({ folder, name, states }: BundledCase, isOneOfMany: boolean): readonly string[][] {
  const of = isOneOfMany ? `of “${prose(name)}”: ` : ''
  const stood =
    states.length === 0
      ? ''
      : '; `state/`: how the hypervisors stood when it was first seen to deviate (ip, bridge, tc, packet filters)'
  return [
    [
      `\`${folder}/\``,
      `${of}\`evidence.pcapng\`: the packets, with comments; \`observations.json\`: what is no packet, every expectation${stood}`,
    ],
  ]
}

/** "hv1, in force when it went wrong (frames 3401 to 90210)" */
function planInWords({ hypervisor, uses }: PlanFile, isOneOfMany: boolean): string {
  const told = uses.map((use) => `${framesInWords(use)}${isOneOfMany ? ` of “${prose(use.test)}”` : ''}`)
  return `what ${prose(hypervisor)} was told: ${told.join('; ')}`
}

function framesInWords({ frames, isWhereItFailed }: PlanUse): string {
  if (frames === null) return 'in force all the time'
  const ranges = frames.slice(0, MOST_RANGES).map(([first, last]) => `${first} to ${last}`)
  const rest = frames.length > MOST_RANGES ? ' and more' : ''
  const when = `frames ${ranges.join(', ')}${rest}`
  return isWhereItFailed ? `in force when it went wrong (${when})` : `in force for ${when}`
}
