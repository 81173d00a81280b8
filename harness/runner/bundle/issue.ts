/** The text of an issue, in Markdown: rule, expectation, packets, and the command that shows it again. */
import { commandAgain } from '../run-record.ts'
import type { BundledCase, Contents } from './contents.ts'
import { essentialPackets, wayInLines } from './packets.ts'
import { faultInWords, isLong, titleOf } from './readme.ts'
import type { Failure } from './story.ts'
import { fenced, prose } from './text.ts'

/** Of each test: an issue is read by people. */
const MOST_FAILURES = 1

/** @param bundle the archive's name, if one was written */
export function issueOf(contents: Contents, bundle: string | null): string {
  const { id, title, rule, source, results, run, cases } = contents
  const kernels = results.lab.sites.map(({ kernel, kind }) => `kernel ${kernel} (${kind})`).join(', ')
  const whole = `> ${prose(rule ?? title)}${source === null ? '' : ` (${prose(source)})`}`
  const ruleBehind = isLong(rule ?? title)
  const parts = [
    `## ${titleOf(contents)}`,
    ...faultInWords(contents),
    ...(ruleBehind ? [] : [whole]),
    ...cases.flatMap(caseParts),
    ...(ruleBehind ? ['The rule in full:', whole] : []),
    `Implementation \`${prose(results.implementation)}\`${kernels === '' ? '' : `, ${kernels}`}, ${results.startedAt}, by Frameproof ${results.frameproof}.`,
    ...(run === null
      ? []
      : ['To see it again, in a clone of Frameproof:', fenced(againLines(run, id).join('\n'))]),
    bundle === null
      ? 'A bundle with the packets (pcapng, with comments) and a README can be had by the same command without `--issue`.'
      : `Attached: \`${bundle}\`, the packets as pcapng with comments, and a README that says how to read them.`,
  ]
  return `${parts.join('\n\n')}\n`
}

/** `$BUNDLE` is where an implementation or a fault of one's own is: named only where the command needs it. */
function againLines(run: NonNullable<Contents['run']>, id: string): readonly string[] {
  const command = commandAgain(run, [id], '$BUNDLE')
  return [
    ...(run.revision === null ? [] : [`git checkout ${run.revision}`]),
    ...(command.includes('$BUNDLE') ? [`BUNDLE=/where/you/unpacked/frameproof-${id}`] : []),
    command,
  ]
}

function caseParts({ name, scenario, verdict, reason, story }: BundledCase): readonly string[] {
  const told = story.failures.slice(0, MOST_FAILURES)
  return [
    `**${prose(name)}** (\`${scenario}\`): ${verdict}`,
    ...told.flatMap(failureParts),
    ...(told.length === 0 && reason !== null ? [fenced(reason)] : []),
    ...(story.failed === null ? [] : [`${prose(story.failed)}.`]),
  ]
}

function failureParts(failure: Failure): readonly string[] {
  const { expected, seen, place, rate } = failure
  const where = place?.words ?? rate?.where
  const packets = essentialPackets(failure)
  const lines = [
    `expected  ${expected}`,
    ...seen.map((line, at) => `${at === 0 ? 'seen    ' : '        '}  ${line}`),
    ...(where === undefined ? [] : [`where     ${where}`]),
    ...(packets.length === 0 ? [] : ['', 'packets', ...packets]),
    ...(failure.hops.length === 0 ? [] : ['', 'way', ...wayInLines(failure)]),
  ]
  return [fenced(lines.join('\n'))]
}
