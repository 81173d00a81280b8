/**
 * README.md of a bundle: for a maintainer who knows networks and has never seen Frameproof. The first screen has rule,
 * verdict, where it went wrong, the packets, and the command that shows it again; the rest is for who goes on.
 */
import { markdownDetails, markdownTable } from '../../report/markdown.ts'
import { type BundledCase, type Contents, SCENARIO_WORDS } from './contents.ts'
import { essentialPackets, filtersOf, wayInLines } from './packets.ts'
import { commandOf } from './rates.ts'
import { againInWords, folderInWords, networkInWords, surroundingsInWords } from './readme-parts.ts'
import type { Failure } from './story.ts'
import { fenced, prose } from './text.ts'

const VERDICT_WORDS: Readonly<Record<string, string>> = {
  deviates: 'the network did not keep the rule, and the packets here show it',
  'could not run': 'whether the network keeps the rule could not be told; why not is below',
  'not supported': 'the implementation says that it does not offer this',
  conforms: 'the network kept the rule, and the packets here show it',
  'no case': 'nothing judges this rule',
}

/** A rule of more words than this is told behind the first screen. */
const MOST_WORDS = 40

export function isLong(rule: string): boolean {
  return rule.split(/\s+/).length > MOST_WORDS
}

export function readmeOf(contents: Contents): string {
  const { rule, title, source, verdict, cases } = contents
  const shown = firstShown(cases)
  const whole = `${prose(rule ?? title)}${source === null ? '' : ` (${prose(source)})`}`
  const isBehind = isLong(rule ?? title)
  const where = shown?.failure.rate == null ? 'at every port' : 'where they came in and where they left'
  const parts = [
    `# ${titleOf(contents)}`,
    ...faultInWords(contents),
    `**Rule:** ${isBehind ? `${prose(title)} (in full below)` : whole}`,
    `**Verdict: ${verdict}**: ${VERDICT_WORDS[verdict] ?? ''}. Frameproof, a packet-level test suite, sent frames through a small test network and captured them ${where}. Wireshark is enough to read this.`,
    ...inShort(shown),
    againInWords(contents),
    ...(isBehind ? [`**The rule in full:** ${whole}`] : []),
    ...cases.map((one) => caseInWords(one, shown)),
    networkInWords(contents),
    surroundingsInWords(contents),
    folderInWords(contents),
  ]
  return `${parts.join('\n\n')}\n`
}

/** "VLAN-06 deviates, under a deliberate fault: VMs …" */
export function titleOf({ id, verdict, title, results }: Contents): string {
  const under = results.fault === null ? '' : ', under a deliberate fault'
  return `${id} ${verdict}${under}: ${prose(title)}`
}

/** Before anything else: nobody is to take a fault that was made for one that was found. */
export function faultInWords({ results: { fault }, faultOn }: Contents): readonly string[] {
  if (fault === null) return []
  const on = faultOn === null ? '' : ` (on: ${prose(faultOn)})`
  const found = fault.detected
    ? 'the fault was found; nothing needs mending'
    : `the fault was not found by the rule that it is made for, ${fault.breaks[0]}`
  return [
    `**This network was broken on purpose**${on}: “${prose(fault.title)}” (\`${fault.file}\`). A self-test: ${found}. Without \`--fault\` the network is not broken on purpose.`,
  ]
}

interface Shown {
  one: BundledCase
  failure: Failure
}

/** Of all failures the one for the first screen: the first that shows where. */
function firstShown(cases: readonly BundledCase[]): Shown | null {
  const failures = cases.flatMap((one) => one.story.failures.map((failure) => ({ one, failure })))
  return (
    failures.find(({ failure: { place, rate } }) => place !== null || rate !== null) ?? failures[0] ?? null
  )
}

/** With its packets. */
function inShort(shown: Shown | null): readonly string[] {
  if (shown === null) return []
  const { one, failure } = shown
  const packets = essentialPackets(failure)
  const [filter] = filtersOf(failure, one.verdict)
  const which =
    failure.rate === null ? 'each of these frames says' : 'the first and the last of these frames say'
  const comments =
    filter === undefined
      ? ''
      : `, filter \`${filter[0]}\`: ${which} in a comment what was expected and what was seen`
  const look = [
    `Packets: \`${one.folder}/evidence.pcapng\`${comments}.`,
    ...(failure.seen.some((line) => line.includes('(octet ')) ? ['Octets are counted from 0.'] : []),
    ...stateInWords(one, failure),
  ]
  return [
    fenced([...failureLines(one, failure), ...(packets.length === 0 ? [] : ['', ...packets])].join('\n')),
    look.join(' '),
  ]
}

/** "How hv2 stood then: …" */
function stateInWords(
  { states, recorded, folder }: BundledCase,
  { place, rate }: Failure,
): readonly string[] {
  const port = place?.wrong?.frame.port ?? place?.before?.frame.port ?? rate?.port
  const known = recorded.world.ports.find(({ id }) => id === port)
  const node = known?.kind === 'switch' ? known.wiredTo?.replace(/:.*/, '') : known?.node
  const own = states.find((file) => file.endsWith(`/${node}.txt`))
  if (states.length === 0) return []
  const beside = (own === undefined ? states : [own]).map((file) => `\`${file.replace(`${folder}/`, '')}\``)
  return [
    `How the hypervisor${own === undefined ? 's' : ''} stood then (NICs, bridges, tc, packet filters): ${beside.join(', ')} beside it.`,
  ]
}

/** "red1 (tenant red, VID 10)" */
function senderIn({ recorded }: BundledCase, name: string): string {
  const guest = recorded.observations.guests.find((one) => one.name === name)
  return guest === undefined ? name : `${name} (tenant ${guest.tenant}, VID ${guest.vid})`
}

function failureLines(one: BundledCase, { expected, seen, sent, place, rate }: Failure): readonly string[] {
  const many = rate === null ? '' : ', many times'
  const where = place?.words ?? rate?.where
  return [
    ...(sent === null ? [] : [`sent      by ${senderIn(one, sent.from)}: ${sent.summary}${many}`]),
    `expected  ${expected}`,
    ...seen.map((line, at) => `${at === 0 ? 'seen    ' : '        '}  ${line}`),
    ...(where === undefined ? [] : [`where     ${where}`]),
  ]
}

function caseInWords(one: BundledCase, shown: Shown | null): string {
  const { name, scenario, verdict, story } = one
  const { failures, failed } = story
  const kind = SCENARIO_WORDS[scenario]
  const parts = [
    `## Test: ${prose(name)}`,
    `Result: **${verdict}**, on a network of the kind \`${scenario}\`${kind === undefined ? '' : ` (${kind})`}.`,
    ...measured(one),
    ...(failures.length === 0 && verdict !== 'conforms' && one.reason !== null ? [fenced(one.reason)] : []),
    ...failures.map((failure, index) => failureInWords(one, index, failure === shown?.failure)),
    ...(failed === null
      ? []
      : [`${prose(failed)}. \`observations.json\`, beside the packets, has them all.`]),
    wireshark(one, one === shown?.one),
    ...leftOut(one),
  ]
  return parts.join('\n\n')
}

/** @param isShown on the first screen: what is there is not said again */
function failureInWords(one: BundledCase, index: number, isShown: boolean): string {
  const failure = one.story.failures[index]
  if (failure === undefined) return ''
  const { rate, hops } = failure
  const blocks = [
    ...(isShown ? [] : [failureLines(one, failure)]),
    ...(hops.length === 0 ? [] : [wayInLines(failure)]),
    ...(rate === null || isShown ? [] : [rate.steps]),
  ]
  const parts = [
    ...(one.story.failures.length === 1 ? [] : [`### Failure ${index + 1}`]),
    ...(isShown && hops.length > 0 ? ['The way of the frame above, hop by hop:'] : []),
    ...(blocks.length === 0 ? [] : [fenced(blocks.map((lines) => lines.join('\n')).join('\n\n'))]),
  ]
  if (rate === null || rate.notCountedOctets === null) return parts.join('\n\n')
  const command = fenced(commandOf(rate, 'evidence.pcapng'))
  const words =
    'From the capture alone, in its folder: the rate by the first and the last frame. The value above is the slope over all of them, which jitter moves less.'
  return [...parts, words, command].join('\n\n')
}

/** Rates with port, limit and verdict each, if the case could be judged again; else the figures alone. */
function measured({ measured: figures, rates }: BundledCase): readonly string[] {
  const isRate = (name: string): boolean =>
    rates.some(({ what }) => name.startsWith(`${what}:`) || name.startsWith(`${what},`))
  const others = Object.entries(figures).filter(([name]) => !isRate(name))
  const rows = others.map(([name, { value, low, high }]) => [
    prose(name),
    value,
    low === undefined || high === undefined ? '' : `${low} to ${high}`,
  ])
  const heads = ['rate of', 'at', 'offered', 'limit', 'measured', '95% interval', 'frames', 'verdict']
  const cells = rates.map(({ what, port, offered, limit, measured: value, interval, frames, verdict }) =>
    [
      what,
      port,
      offered,
      limit === '' ? 'none' : limit,
      value,
      interval,
      frames,
      verdict === '' ? 'not judged' : verdict,
    ].map(prose),
  )
  return [
    ...(cells.length === 0 ? [] : [markdownTable(heads, cells)]),
    ...(rows.length === 0 ? [] : [markdownTable(['measured', 'value', '95% interval'], rows)]),
  ]
}

/** @param isShown on the first screen: its packets are named there */
function wireshark({ folder, story, verdict }: BundledCase, isShown: boolean): string {
  const filters = [
    ...story.failures.slice(0, 1).flatMap((failure) => filtersOf(failure, verdict)),
    ['frame.comment', 'every frame with a comment: what the test sent, its markers and controls among them'],
  ]
  const [main] = filters
  return markdownDetails(
    'See it in Wireshark',
    [
      `Open ${isShown ? 'the packets' : `\`${folder}/evidence.pcapng\``}. Each port is an interface: show the column \`frame.interface_name\`. A frame’s comment is at the top of its details. Filters:`,
      filters.map(([filter, what]) => `- \`${filter}\`\n  ${what}`).join('\n'),
      'Or without a window, in the folder of the packets:',
      fenced(
        `tshark -r evidence.pcapng -Y '${main?.[0]}' -T fields -e frame.number -e frame.interface_name -e vlan.id -e frame.comment`,
      ),
    ].join('\n\n'),
  )
}

function leftOut({ leftOut: counts, judgedAgain, verdict }: BundledCase): readonly string[] {
  const verdictAgain =
    judgedAgain.verdict === verdict
      ? 'Judging this evidence again gives the same verdict.'
      : `Judging this evidence again gives another verdict (${judgedAgain.verdict}: ${prose(judgedAgain.reason ?? '')}); the verdict above is that of the whole evidence.`
  if (counts === null) return [verdictAgain]
  const { kept, leftOut: gone } = counts
  return [
    `**${gone} captured frames were left out** and ${kept} kept: the network was in use, and frames that are not the test’s may be other people’s. Kept is what bears the test’s signature, what the test sent, and what an expectation names; frames are numbered anew. How the hypervisors stood is left out, too. ${verdictAgain}`,
  ]
}
