/** `frameproof judge`: verdicts from evidence alone. */
import type { Command } from 'commander'
import type { Judged, JudgedCase } from '../runner/judge.ts'

interface JudgeOptions {
  captures?: string
  html?: string
  json: boolean
}

export function addJudgeCommand(program: Command): void {
  program
    .command('judge')
    .description('judge again from the evidence alone: a report, or the evidence of one case')
    .argument('<dir|file>', 'a report, the folder of a case in it, or a file there')
    .option(
      '--captures <file>',
      'captures of another program in place of our own, and the port of each (YAML)',
    )
    .option('--html <file>', 'write what was judged as a page, too, with links to the evidence')
    .option('--json', 'print what was judged as JSON on standard output', false)
    .action(async (path: string, { captures, html, json }: JudgeOptions) => {
      const { judge, judgedStatus } = await import('../runner/judge.ts')
      const { readForeignCaptures } = await import('../runner/foreign-captures.ts')
      const judged = await judge(path, captures === undefined ? null : readForeignCaptures(captures))
      if (html !== undefined) {
        const { writeJudgedPage } = await import('../runner/judged-page.ts')
        await writeJudgedPage(path, judged, html)
      }
      process.stdout.write(json ? `${JSON.stringify(judged, null, 2)}\n` : inWords(judged))
      process.exitCode = judgedStatus(judged)
    })
}

function inWords({ cases, changed, hasManifest }: Judged): string {
  const differing = cases.filter(({ recorded, verdict }) => recorded !== verdict)
  const lines = [
    ...cases.flatMap(caseLines),
    '',
    ...changed.map((name) => `${name}: changed after it was written (SHA-256)`),
    ...(hasManifest ? [] : ['there is no manifest.json: whether a file was changed cannot be told']),
    `${cases.length} judged again, ${differing.length === 0 ? 'all as recorded' : `${differing.length} NOT as recorded`}`,
  ]
  return `${lines.join('\n')}\n`
}

function caseLines({
  id,
  name,
  scenario,
  recorded,
  verdict,
  reason,
  evidence,
}: JudgedCase): readonly string[] {
  const before = recorded === verdict ? '' : `, recorded as: ${recorded}`
  const only = evidence === null ? ', without evidence: as recorded' : ''
  const indented = (reason ?? '').split('\n').map((line) => `    ${line}`)
  return [
    `${verdict.padEnd(13)} ${id}  ${name}  (${scenario}${before}${only})`,
    ...(reason === null ? [] : indented),
  ]
}
