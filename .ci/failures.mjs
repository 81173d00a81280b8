/**
 * Names everything that failed in the reports of .ci/run, one after another, each with the beginning of its reason:
 *   node .ci/failures.mjs FOLDER
 * A report that is not there has nothing to tell. Needs nothing but Node.js: it must work where the set-up failed.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { stripVTControlCharacters } from 'node:util'

const LONGEST_LINE = 300 // characters
const REASON_LINES = 2 // expected and seen

const [folder = 'reports/ci'] = process.argv.slice(2)

const lines = [
  ...failedTests(read('tests.json')),
  ...failedRequirements(read('conform/results.json')),
  ...undetectedFaults(read('faults/faults.json')),
]
process.stdout.write(lines.map((line) => `${line}\n`).join(''))

function read(name) {
  const path = join(folder, name)
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : null
}

function failedTests(report) {
  return (report?.testResults ?? []).flatMap(({ name, status, message, assertionResults }) => {
    const file = relative(process.cwd(), name)
    const failed = assertionResults.filter((test) => test.status === 'failed')
    if (failed.length > 0) return failed.flatMap((test) => failedTest(file, test))
    // Its import or a hook failed, so that no test of it was run.
    if (status === 'failed') return entry(`test ${file}`, message || 'it failed as a whole')
    return []
  })
}

function failedTest(file, { ancestorTitles, title, failureMessages, duration }) {
  const names = [...ancestorTitles, title].filter((name) => name !== '')
  return entry(`test ${[file, ...names].join(' > ')}`, told(failureMessages[0] ?? '', file, duration))
}

/** vitest's message with its stack; of a test that timed out it is the stack only. */
function told(message, file, durationMs = 0) {
  if (!message.startsWith('Error: STACK_TRACE_ERROR')) return message.split(/\n\s+at /, 1)[0]
  const [, rest = ''] = message.split(`${file}:`, 2)
  const line = Number.parseInt(rest, 10)
  return `timed out after ${(durationMs / 1000).toFixed(1)} s${Number.isNaN(line) ? '' : `, at line ${line}`}`
}

function failedRequirements(report) {
  return (report?.requirements ?? [])
    .filter(({ verdict }) => verdict === 'deviates' || verdict === 'could not run')
    .flatMap(({ id, verdict, reason }) => entry(`requirement ${id} ${verdict}`, reason))
}

function undetectedFaults(report) {
  return (report?.faults ?? [])
    .filter(({ outcome }) => outcome !== 'detected')
    .flatMap(({ name, outcome, reason }) => entry(`fault ${name} ${outcome}`, reason))
}

/** What failed, and below it the first lines of why. */
function entry(what, why) {
  const reason = stripVTControlCharacters(why ?? '')
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '')
    .slice(0, REASON_LINES)
  return [what, ...reason.map((line) => `    ${line}`)].map((line) =>
    line.length > LONGEST_LINE ? `${line.slice(0, LONGEST_LINE)}…` : line,
  )
}
