/**
 * What a run tells GitHub Actions: annotations of what did not conform, and the job's summary.
 * Source: GitHub's documentation, "Workflow commands for GitHub Actions"; the escapes are those of its @actions/core.
 */
import { appendFileSync } from 'node:fs'
import type { Results } from './results.ts'
import { firstLines, type Row, rowsOf } from './rows.ts'

export interface Annotation {
  level: 'error' | 'warning'
  file: string | null
  title: string
  message: string
}

export interface ContinuousIntegration {
  GITHUB_ACTIONS?: string | undefined
  GITHUB_STEP_SUMMARY?: string | undefined // any CI may set it: a file
}

const MESSAGE_LINES = 6
const MOST_NAMED = 5

/** @param line takes what is printed: the runner reads standard output and standard error alike */
export function tellGithub(
  annotations: readonly Annotation[],
  summary: string,
  line: (text: string) => void,
  environment: ContinuousIntegration = process.env,
): void {
  if (environment.GITHUB_ACTIONS === 'true') for (const one of annotations) line(workflowCommand(one))
  const file = environment.GITHUB_STEP_SUMMARY ?? ''
  if (file === '') return
  try {
    appendFileSync(file, `${summary}\n`)
  } catch (error) {
    line(`the job's summary cannot be written: ${(error as Error).message}`) // the verdicts stand
  }
}

/** What deviates is an error, what could not run a warning. One line of the log each. */
export function annotationsOf({ requirements }: Pick<Results, 'requirements'>): readonly Annotation[] {
  const rows = requirements.flatMap(rowsOf)
  const wrong = rows.filter(({ verdict }) => verdict === 'deviates' || verdict === 'could not run')
  return [
    ...wrong.filter(({ file }) => file !== null).map(ofCase),
    ...together(wrong.filter(({ file }) => file === null)),
  ]
}

/** ::error file=cases/…,title=VLAN-13 deviates::expected …%0Aseen … */
export function workflowCommand({ level, file, title, message }: Annotation): string {
  const place = file === null ? '' : `file=${escapeProperty(file)},`
  return `::${level} ${place}title=${escapeProperty(title)}::${escapeData(message)}`
}

function ofCase({ id, name, file, scenario, verdict, reason }: Row): Annotation {
  const told = reason === null ? [] : firstLines(reason, MESSAGE_LINES)
  return {
    level: verdict === 'deviates' ? 'error' : 'warning',
    file,
    title: `${id} ${verdict}`,
    message: [`${name}${scenario === null ? '' : ` (${scenario})`}`, ...told].join('\n'),
  }
}

/** A kernel that does not boot keeps all rules from being judged: that is one message, not seventy. */
function together(rows: readonly Row[]): readonly Annotation[] {
  const reasons = new Map<string, string[]>()
  for (const { id, reason } of rows) {
    const told = reason ?? 'no reason was given'
    reasons.set(told, [...(reasons.get(told) ?? []), id])
  }
  return [...reasons].map(([reason, ids]) => {
    const more = ids.length - MOST_NAMED
    const named = ids.slice(0, MOST_NAMED).join(', ')
    return {
      level: 'warning',
      file: null,
      title: `${named}${more > 0 ? ` and ${more} more` : ''} could not run`,
      message: firstLines(reason, MESSAGE_LINES).join('\n'),
    }
  })
}

function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
}
