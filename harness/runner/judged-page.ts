/** report.html of what was judged again: the report's results, with the verdicts that the evidence gave now. */
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { BadInput } from '../lab/bad-input.ts'
import { worst } from '../proof/index.ts'
import { renderPage } from '../report/page/page.ts'
import { type RequirementResult, type Results, summarize } from '../report/results.ts'
import { folderOf, type Judged, reportOf } from './judge.ts'
import { pageData } from './report-page.ts'

/** @param path that was judged. @param file of the page; its links lead to the report. @throws {BadInput} */
export async function writeJudgedPage(path: string, judged: Judged, file: string): Promise<void> {
  const report = reportOf(folderOf(path))
  if (report === null)
    throw new BadInput(`--html: ${path} is no report, nor in one: there is no manifest.json`)
  const results = JSON.parse(readFileSync(join(report, 'results.json'), 'utf8')) as Results
  const requirements = results.requirements.flatMap((rule) => judgedAgain(rule, judged))
  const again = { ...results, requirements, summary: summarize(requirements) }
  const prefix = relative(dirname(resolve(file)), report) || '.'
  const page = await renderPage(pageData(report, again, prefix))
  try {
    writeFileSync(file, page)
  } catch (error) {
    throw new BadInput(`--html: ${(error as Error).message}`)
  }
}

/** The rule with the cases that were judged; not at all if none was. */
function judgedAgain(rule: RequirementResult, { cases }: Judged): readonly RequirementResult[] {
  const own = rule.cases.flatMap((one) => {
    const found = cases.find(
      ({ id, name, evidence, scenario }) =>
        id === rule.id &&
        (evidence === null ? name === one.name && scenario === one.scenario : evidence === one.evidence),
    )
    return found === undefined ? [] : [{ ...one, verdict: found.verdict, reason: found.reason }]
  })
  if (own.length === 0) return []
  const verdict = worst(own.map((one) => one.verdict))
  return [
    { ...rule, cases: own, verdict, reason: own.find((one) => one.verdict === verdict)?.reason ?? null },
  ]
}
