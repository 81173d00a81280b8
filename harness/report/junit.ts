/**
 * junit.xml: what a run found, for CI servers that draw tests. A suite is a family of rules, a test is a case; what each
 * verdict becomes is in docs/results.md. Source: the format of Ant and Surefire, as Jenkins, GitLab and GitHub's actions
 * read it; XML 1.0, 2.2 (characters), 2.11 (line ends), 3.3.3 (white space in attributes).
 */
import type { CaseResult, Results } from './results.ts'
import { firstLines, type Row, rowsOf, titleOf } from './rows.ts'

export const JUNIT_FILE = 'junit.xml'

interface Element {
  name: string
  attributes: Readonly<Record<string, string | number | null>> // null: it has none such
  content: readonly Element[] | string
}

interface Test {
  row: Row
  durationMs: number
}

/** @param cases the results again, each with its duration */
export function junitXml(results: Results, cases: readonly CaseResult[]): string {
  const families = new Map<string, Test[]>()
  for (const rule of results.requirements) {
    const family = rule.id.replace(/-.*/, '')
    const durations = cases.filter(({ id }) => id === rule.id).map(({ durationMs }) => durationMs)
    const tests = rowsOf(rule).map((row, index) => ({ row, durationMs: durations[index] ?? 0 }))
    families.set(family, [...(families.get(family) ?? []), ...tests])
  }
  const suites = [...families].map(([family, tests]) => suite(results, family, tests))
  const counted = counts([...families.values()].flat())
  const attributes = { name: 'frameproof', ...counted, time: seconds(results.durationMs) }
  return `<?xml version="1.0" encoding="UTF-8"?>\n${render({ name: 'testsuites', attributes, content: suites }, '')}\n`
}

function suite(results: Results, family: string, tests: readonly Test[]): Element {
  const time = seconds(tests.reduce((sum, { durationMs }) => sum + durationMs, 0))
  const timestamp = results.startedAt.slice(0, 'YYYY-MM-DDThh:mm:ss'.length) // the format has no zone: UTC
  const names = new Set<string>()
  return {
    name: 'testsuite',
    attributes: { name: family, ...counts(tests), time, timestamp },
    content: [surroundings(results), ...tests.map((test) => testcase(family, test, names))],
  }
}

function counts(tests: readonly Test[]) {
  const count = (...verdicts: readonly Row['verdict'][]): number =>
    tests.filter(({ row }) => verdicts.includes(row.verdict)).length
  return {
    tests: tests.length,
    failures: count('deviates'),
    errors: count('could not run'),
    skipped: count('not supported', 'no case'),
  }
}

function surroundings({ frameproof, implementation, lab, fault, interrupted }: Results): Element {
  const sites = lab.sites.map(({ kind, kernel }) => ['site', `${kind}, kernel ${kernel}`] as const)
  return properties([
    ['frameproof', frameproof],
    ['implementation', implementation],
    ...sites,
    ...(fault === null ? [] : ([['fault', fault.title]] as const)),
    ...(interrupted ? ([['interrupted', 'true']] as const) : []),
  ])
}

/** @param taken names of the suite so far: readers take two tests of one name for one */
function testcase(family: string, { row, durationMs }: Test, taken: Set<string>): Element {
  let name = titleOf(row)
  for (let next = 2; taken.has(name); next += 1) name = `${titleOf(row)} (${next})`
  taken.add(name)
  const measured = Object.entries(row.measured).map(([what, { value, low, high }]) => {
    const interval = low === undefined || high === undefined ? '' : ` (${low} to ${high})`
    return [`measured: ${what}`, `${value}${interval}`] as const
  })
  const evidence = row.evidence === null ? [] : ([['evidence', row.evidence]] as const)
  const told = [['requirement', row.id], ['verdict', row.verdict], ...evidence, ...measured] as const
  const output: readonly Element[] =
    row.evidence === null
      ? []
      : [{ name: 'system-out', attributes: {}, content: `evidence: ${row.evidence}` }]
  return {
    name: 'testcase',
    attributes: { name, classname: `frameproof.${family}`, file: row.file, time: seconds(durationMs) },
    content: [properties(told), ...outcome(row), ...output],
  }
}

function outcome({ verdict, reason }: Row): readonly Element[] {
  const [message = verdict] = reason === null ? [] : firstLines(reason, 1)
  const content = reason ?? ''
  switch (verdict) {
    case 'conforms':
      return []
    case 'deviates':
      return [{ name: 'failure', attributes: { message, type: verdict }, content }]
    case 'could not run':
      return [{ name: 'error', attributes: { message, type: verdict }, content }]
    case 'not supported':
      return [{ name: 'skipped', attributes: { message: `${verdict}: ${message}` }, content }]
    case 'no case':
      return [{ name: 'skipped', attributes: { message: 'no case judges this rule' }, content }]
  }
}

function properties(told: readonly (readonly [string, string])[]): Element {
  const content = told.map(([name, value]) => ({
    name: 'property',
    attributes: { name, value },
    content: '',
  }))
  return { name: 'properties', attributes: {}, content }
}

function seconds(durationMs: number): string {
  return (durationMs / 1000).toFixed(3)
}

function render({ name, attributes, content }: Element, indent: string): string {
  const given = Object.entries(attributes).filter(([, value]) => value !== null)
  const head = `${indent}<${name}${given.map(([key, value]) => ` ${key}="${inAttribute(String(value))}"`).join('')}`
  if (content.length === 0) return `${head}/>`
  if (typeof content === 'string') return `${head}>${escaped(content)}</${name}>`
  const inside = content.map((element) => render(element, `${indent}  `))
  return [`${head}>`, ...inside, `${indent}</${name}>`].join('\n')
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\r': '&#13;',
}

/** What XML 1.0 cannot hold at all, not even as a reference, is shown by its number: \x1b. */
function escaped(text: string): string {
  return (
    text
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
      .replaceAll(/[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|\p{Surrogate}/gu, numbered)
      .replaceAll(/[&<>"\r]/g, (character) => ENTITIES[character] ?? character)
  )
}

/** A reader makes blanks of line ends and tabs there. */
function inAttribute(text: string): string {
  return escaped(text).replaceAll('\n', '&#10;').replaceAll('\t', '&#9;')
}

function numbered(character: string): string {
  const code = character.charCodeAt(0)
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16)}`
}
