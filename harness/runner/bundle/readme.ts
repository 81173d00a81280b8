/** README.md of a bundle: for a maintainer who knows networks and has never seen Frameproof. */
import { escapeMarkdown, markdownTable } from '../../report/markdown.ts'
import { visible } from '../../report/page/visible.ts'
import { commandAgain } from '../run-record.ts'
import { type BundledCase, type Contents, SCENARIO_WORDS } from './contents.ts'
import { filtersOf, wayInLines } from './packets.ts'
import type { Failure } from './story.ts'

const VERDICT_WORDS: Readonly<Record<string, string>> = {
  deviates: 'The network did not keep this rule. The packets in this folder show it.',
  'could not run': 'Whether the network keeps this rule could not be told. Why not is below.',
  'not supported': 'The implementation says that it does not offer this.',
  conforms: 'The network kept this rule. The packets in this folder show it.',
  'no case': 'Nothing judges this rule.',
}

export function readmeOf(contents: Contents): string {
  const { id, title, verdict, rule, source, cases } = contents
  const parts = [
    `# ${id} ${verdict}: ${prose(title)}`,
    `${VERDICT_WORDS[verdict] ?? ''} The packets were captured at every port of a small test network while Frameproof, a packet-level test suite, sent frames through it. You need no Frameproof to read this: Wireshark is enough.`,
    `**The rule:** ${prose(rule ?? title)}`,
    ...(source === null ? [] : [`(From: ${prose(source)})`]),
    ...inShort(contents),
    ...cases.map((one) => caseInWords(one, cases.length > 1)),
    network(contents),
    again(contents),
    surroundings(contents),
    folder(contents),
  ]
  return `${parts.join('\n\n')}\n`
}

/** What to know before anything else. */
function inShort({ cases }: Contents): readonly string[] {
  const one = cases.find(({ story }) => story.failures.some(({ place }) => place !== null))
  const failure = one?.story.failures.find(({ place }) => place !== null)
  if (one === undefined || failure === undefined) return []
  const { sent, seen, place } = failure
  const told = [
    ...(sent === null ? [] : [`${senderIn(one, sent.from)} sent ${sent.summary}.`]),
    `Seen: ${seen[0] ?? ''}.`,
    place?.words ?? '',
  ]
  return [`**In short:** ${prose(told.join(' '))}`]
}

/** "red1 (tenant red, VID 10)" */
function senderIn({ recorded }: BundledCase, name: string): string {
  const guest = recorded.observations.guests.find((one) => one.name === name)
  return guest === undefined ? name : `${name} (tenant ${guest.tenant}, VID ${guest.vid})`
}

function caseInWords(one: BundledCase, isOneOfMany: boolean): string {
  const { name, scenario, verdict, story, folder: place } = one
  const { failures, more } = story
  const kind = SCENARIO_WORDS[scenario]
  const heading = isOneOfMany ? `What was tested: ${name}` : 'What was tested, and what came of it'
  const parts = [
    `## ${prose(heading)}`,
    `Test: “${prose(name)}”, on a network of the kind \`${scenario}\`${kind === undefined ? '' : ` (${kind})`}. Result: **${verdict}**.`,
    ...measured(one),
    ...(failures.length === 0 && verdict !== 'conforms' && one.reason !== null ? [fenced(one.reason)] : []),
    ...failures.map((failure, index) => failureInWords(one, failure, index)),
    ...(more > 0
      ? [`${more} more expectations failed in the same test; \`${place}/observations.json\` lists them all.`]
      : []),
    wireshark(one),
    ...leftOut(one),
  ]
  return parts.join('\n\n')
}

function failureInWords(one: BundledCase, failure: Failure, index: number): string {
  const { expected, seen, sent, hops, place } = failure
  const what = [
    ...(sent === null ? [] : [`sent      by ${senderIn(one, sent.from)}: ${sent.summary}`]),
    `expected  ${expected}`,
    ...seen.map((line, at) => `${at === 0 ? 'seen    ' : '        '}  ${line}`),
    ...(place === null ? [] : [`where     ${place.words}`]),
  ]
  const way =
    hops.length === 0
      ? []
      : [
          'The way of that frame, port by port, in the order of time. `in` and `out` are the machine’s that has the port: at a VM’s TAP port, `out` is towards the VM. A bridge floods, so copies of one frame mingle; a name without a colon is a VM, which may read its frames later:',
          fenced(wayInLines(failure).join('\n')),
        ]
  const title = one.story.failures.length === 1 ? [] : [`### Failure ${index + 1}`]
  return [...title, fenced(what.join('\n')), ...way].join('\n\n')
}

function measured({ measured: figures }: BundledCase): readonly string[] {
  const rows = Object.entries(figures).map(([name, { value, low, high }]) => [
    prose(name),
    value,
    low === undefined || high === undefined ? '' : `${low} to ${high}`,
  ])
  return rows.length === 0 ? [] : [markdownTable(['measured', 'value', '95% interval'], rows)]
}

function wireshark({ folder: place, story }: BundledCase): string {
  const file = `${place}/evidence.pcapng`
  const filters = [
    ...story.failures.slice(0, 1).flatMap(filtersOf),
    ['frame.comment contains "BROKEN"', 'every frame that broke an expectation'],
    ['frame.comment', 'every frame that mattered: its comment says what it is, and what was expected of it'],
  ]
  return [
    '### See it in Wireshark',
    `Open \`${file}\`. Each port is an interface of its own: show the column \`frame.interface_name\`. A frame’s comment is at the top of its details (“Packet comments”). Display filters:`,
    filters.map(([filter, what]) => `- \`${filter}\`\n  ${what}`).join('\n'),
    'Or without a window:',
    fenced(
      `tshark -r '${file}' -Y '${filters[0]?.[0]}' -T fields -e frame.number -e frame.interface_name -e vlan.id -e frame.comment`,
    ),
  ].join('\n\n')
}

function leftOut({ leftOut: counts, judgedAgain, verdict }: BundledCase): readonly string[] {
  const verdictAgain =
    judgedAgain.verdict === verdict
      ? 'Judging this evidence again gives the same verdict.'
      : `Judging this evidence again gives another verdict (${judgedAgain.verdict}: ${prose(judgedAgain.reason ?? '')}); the verdict above is that of the whole evidence.`
  if (counts === null) return [verdictAgain]
  const { kept, leftOut: gone } = counts
  return [
    `**${gone} captured frames were left out** and ${kept} kept: the network was in use, and frames that are not the test’s may be other people’s. Kept is what bears the test’s signature, what the test sent, and what an expectation names; frames are numbered anew. ${verdictAgain}`,
  ]
}

/** Which machines there are, and what the names of ports mean. */
function network({ cases }: Contents): string {
  const [one] = cases
  if (one === undefined) return ''
  const { guests, ports } = one.recorded.observations
  const machines = [...new Set(guests.map(({ hypervisor }) => hypervisor))].map((machine) => {
    const own = guests.filter(({ hypervisor }) => hypervisor === machine)
    const vms = own.map(({ name, tenant, vid }) => `${name} (tenant ${tenant}, VID ${vid})`)
    return `- \`${machine}\`: a hypervisor, what was tested. VMs: ${vms.join(', ')}.`
  })
  const kinds = new Set(ports.map(({ kind }) => kind))
  const rows = ports.map(({ id, description }) => [`\`${id}\``, prose(description)])
  return [
    '## The test network',
    [
      ...machines,
      ...(kinds.has('switch') ? ['- `sw1`: the physical switch between them; not what was tested.'] : []),
      ...(kinds.has('outside') ? ['- `outside`: a host on the physical network; not what was tested.'] : []),
    ].join('\n'),
    'The VMs are played by the test: it opens their TAP devices, as a VM process does. Ports are named MACHINE:INTERFACE; a name without a colon is a VM’s own NIC.',
    `<details><summary>All ${rows.length} ports</summary>\n\n${markdownTable(['port', 'what it is'], rows)}\n\n</details>`,
  ].join('\n\n')
}

function again({ id, run, results, name }: Contents): string {
  const { fault } = results
  const broken =
    fault === null
      ? []
      : [
          `This run was made under a **deliberate break** of the network, to see whether it is found: “${prose(fault.title)}”. The script that breaks it is in \`fault/\`; without \`--fault\` the network is judged as it is.`,
        ]
  const version = `Frameproof ${results.frameproof}${run?.revision == null ? '' : ` (revision ${run.revision.slice(0, 12)})`}`
  if (run === null)
    return [
      '## Run it again',
      ...broken,
      `This report is of a version that did not record its run. In a clone of ${version}: \`npm run conform -- ${id}\`.`,
    ].join('\n\n')
  const isInventory = results.lab.provider === 'inventory'
  const command = commandAgain(run, [id], '$BUNDLE')
  return [
    '## Run it again',
    ...broken,
    `In a clone of ${version}, on Debian 12 or later with Node.js 20.12 or later (the command installs what else is missing, builds the test network on this one machine, and takes it away):`,
    fenced([`BUNDLE=/where/you/unpacked/${name}`, command].join('\n')),
    ...(isInventory
      ? [
          `The run was on machines described in \`${run.asked.lab}\`, which is not here (it names its owner’s machines): write one of your own, or leave \`--lab\` out to judge the same rule in the embedded lab.`,
        ]
      : []),
    'To compute the verdict again from these packets alone, on any system:',
    fenced(`npx frameproof judge "$BUNDLE/report"`),
  ].join('\n\n')
}

function surroundings({ results, run }: Contents): string {
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

function folder({ cases, others, run, results }: Contents): string {
  const [one] = cases
  const rows = [
    ...(one === undefined
      ? []
      : [
          [`\`${one.folder}/evidence.pcapng\``, 'the packets, with comments'],
          [
            `\`${one.folder}/observations.json\``,
            'what is no packet: what was sent, losses, every expectation',
          ],
        ]),
    [
      '`report/report.html`',
      'the same as one page for a browser: the frame’s way drawn, its octets on demand',
    ],
    ['`report/results.json`', 'the verdicts, for programs; `report/manifest.json` has SHA-256 of each file'],
    ['`plan/`', 'what each hypervisor was told to set up, as JSON'],
    ...(run === null || run.implementation.files.length === 0
      ? []
      : [['`implementation/`', 'the scripts that configured the hypervisors, as they were']]),
    ...(results.fault === null ? [] : [['`fault/`', 'the script that broke the network on purpose']]),
    ['`ISSUE.md`', 'a text for an issue tracker'],
  ]
  const elsewhere = others.map(
    ({ name, scenario, verdict }) => `- ${verdict}: ${prose(name)} (\`${scenario}\`)`,
  )
  return [
    '## What is here',
    markdownTable(['file', ''], rows),
    ...(elsewhere.length === 0
      ? []
      : [`Other tests of the same rule, whose packets are not here:\n\n${elsewhere.join('\n')}`]),
    'Before you pass this folder on: it names machines, addresses and files of the network that was tested.',
  ].join('\n\n')
}

/** As text, in Markdown that is read with and without a browser: `>` means nothing within a line. */
function prose(text: string): string {
  return escapeMarkdown(visible(text)).replaceAll('&gt;', '>')
}

/** No run of backquotes in it can end it. */
export function fenced(text: string): string {
  const runs = [...text.matchAll(/`+/g)].map(([run]) => run.length)
  const fence = '`'.repeat(Math.max(3, ...runs.map((length) => length + 1)))
  return `${fence}text\n${visible(text)}\n${fence}`
}
