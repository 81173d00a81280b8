/** The results again, as other programs want them: junit.xml and summary.md. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { JUNIT_FILE, junitXml } from './junit.ts'
import { MARKDOWN_FILE, markdownSummary } from './markdown.ts'
import type { CaseResult, Results } from './results.ts'

/** Returns the text of summary.md. */
export function writeSummaries(folder: string, results: Results, cases: readonly CaseResult[]): string {
  const page = markdownSummary(results)
  writeFileSync(join(folder, JUNIT_FILE), junitXml(results, cases))
  writeFileSync(join(folder, MARKDOWN_FILE), page)
  return page
}
