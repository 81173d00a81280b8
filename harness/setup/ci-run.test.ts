/** .ci/run in a clone of stubs that leave reports made by hand: what failed is named at the end, and counted. */
import { spawnSync } from 'node:child_process'
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'

const ROOT = join(import.meta.dirname, '../..')

let clone = ''

beforeEach(() => {
  clone = mkdtempSync(join(tmpdir(), 'frameproof-ci-test-'))
  mkdirSync(join(clone, '.ci'))
  for (const file of ['.ci/run', '.ci/failures.mjs']) copyFileSync(join(ROOT, file), join(clone, file))
  // npm test and npm run conform; node harness/frameproof.mjs faults
  write('bin/npm', '#!/bin/sh\ncp -r "hand-made/$1/." reports/ci; exit "$(cat "hand-made/$1.status")"\n')
  chmodSync(join(clone, 'bin/npm'), 0o755)
  write(
    'harness/frameproof.mjs',
    `import { cpSync, readFileSync } from 'node:fs'
cpSync('hand-made/faults', 'reports/ci', { recursive: true })
process.exit(Number(readFileSync('hand-made/faults.status', 'utf8')))\n`,
  )
})

afterEach(() => {
  rmSync(clone, { recursive: true })
})

function write(path: string, text: string): void {
  mkdirSync(dirname(join(clone, path)), { recursive: true })
  writeFileSync(join(clone, path), text)
}

type Part = 'test' | 'run' | 'faults'

/** What one part of .ci/run leaves in reports/ci, and its exit status. */
function leave(part: Part, status: number, files: Readonly<Record<string, unknown>>): void {
  write(`hand-made/${part}.status`, `${status}\n`)
  mkdirSync(join(clone, 'hand-made', part), { recursive: true })
  for (const [name, content] of Object.entries(files))
    write(`hand-made/${part}/${name}`, typeof content === 'string' ? content : JSON.stringify(content))
}

function run(): { status: number | null; last: string; named: readonly string[] } {
  const { status, stdout } = spawnSync('bash', ['.ci/run'], {
    cwd: clone,
    encoding: 'utf8',
    env: { ...process.env, PATH: `${join(clone, 'bin')}:${process.env.PATH}` },
    timeout: 30_000,
  })
  const lines = stdout.trimEnd().split('\n')
  const from = lines.indexOf('===== What failed')
  const to = lines.indexOf('===== Result')
  return { status, last: lines.at(-1) ?? '', named: from < 0 ? [] : lines.slice(from + 1, to - 1) }
}

interface HandMadeTest {
  ancestorTitles: readonly string[]
  title: string
  status: 'passed' | 'failed' | 'skipped'
  failureMessages: readonly string[]
  duration?: number
}

const passed: HandMadeTest = { ancestorTitles: [], title: 'is fine', status: 'passed', failureMessages: [] }

function testFile(name: string, assertionResults: readonly HandMadeTest[], message = ''): object {
  const failed = message !== '' || assertionResults.some(({ status }) => status === 'failed')
  return { name: join(clone, name), status: failed ? 'failed' : 'passed', message, assertionResults }
}

function testsReport(files: readonly object[], counts: { passed: number; failed: number }): object {
  return { numPassedTests: counts.passed, numFailedTests: counts.failed, testResults: files }
}

const rule = (id: string, verdict: string, reason: string | null = null) => ({ id, verdict, reason })
const fault = (name: string, outcome: string, reason: string | null = null) => ({ name, outcome, reason })

function leaveAllWell(): void {
  leave('test', 0, {
    'tests.json': testsReport([testFile('harness/a.test.ts', [passed])], { passed: 1, failed: 0 }),
  })
  leave('run', 0, {
    'conform/results.json': {
      requirements: [rule('TAP-01', 'conforms'), rule('BR-13', 'not supported', 'better')],
      summary: { conforms: 1, deviates: 0, 'not supported': 1, 'could not run': 0 },
    },
  })
  leave('faults', 0, {
    'faults/faults.json': { faults: [fault('tap-01.sh', 'detected')], summary: { detected: 1 } },
  })
}

it('names nothing where nothing failed', () => {
  leaveAllWell()
  expect(run()).toEqual({ status: 0, last: '3 passed, 0 failed', named: [] })
})

it('names each test, requirement and fault that failed, with the beginning of its reason', () => {
  const timedOut = `Error: STACK_TRACE_ERROR\n    at task (file:///x/chunk-artifact.js:1784:27)\n    at ${join(clone, 'harness/b.test.ts')}:164:3`
  const asserted = '\u001b[31mAssertionError\u001b[39m: expected 1 to be 2\n    at harness/a.test.ts:3:1'
  leave('test', 1, {
    'failed-checks': 'types (tsc)\ntests (vitest)\n',
    'tests.json': testsReport(
      [
        testFile('harness/a.test.ts', [
          passed,
          {
            ancestorTitles: ['on uml', 'a ring'],
            title: 'holds',
            status: 'failed',
            failureMessages: [asserted],
          },
        ]),
        testFile('harness/b.test.ts', [
          {
            ancestorTitles: [''],
            title: 'ends',
            status: 'failed',
            failureMessages: [timedOut],
            duration: 5158.7,
          },
        ]),
        testFile('harness/c.test.ts', [], "Cannot find module './gone.ts'"),
      ],
      { passed: 1, failed: 2 },
    ),
  })
  leave('run', 1, {
    'conform/results.json': {
      requirements: [
        rule('TAP-01', 'conforms'),
        rule('VLAN-13', 'deviates', 'expected  hv1:tap-blue1 never\nseen      frame 23\nmore'),
        rule('QOS-01', 'could not run', 'too little load'),
        rule('NAT-01', 'no case'),
      ],
      summary: { conforms: 1, deviates: 1, 'not supported': 0, 'could not run': 1, 'no case': 1 },
    },
  })
  leave('faults', 1, {
    'faults/faults.json': {
      faults: [
        fault('tap-01.sh', 'detected'),
        fault('vlan-06.sh', 'survived', 'VLAN-06 is "conforms"'),
        fault('vlan-07.sh', 'not judged'),
      ],
      summary: { detected: 1 },
    },
  })

  expect(run()).toEqual({
    status: 1,
    last: '3 passed, 8 failed',
    named: [
      'npm test: types (tsc)',
      'test harness/a.test.ts > on uml > a ring > holds',
      '    AssertionError: expected 1 to be 2',
      'test harness/b.test.ts > ends',
      '    timed out after 5.2 s, at line 164',
      'test harness/c.test.ts',
      "    Cannot find module './gone.ts'",
      'requirement VLAN-13 deviates',
      '    expected  hv1:tap-blue1 never',
      '    seen      frame 23',
      'requirement QOS-01 could not run',
      '    too little load',
      'fault vlan-06.sh survived',
      '    VLAN-06 is "conforms"',
      'fault vlan-07.sh not judged',
    ],
  })
})

it('names what left no report', () => {
  leave('test', 1, {})
  leave('run', 2, {})
  leave('faults', 2, {})
  expect(run()).toEqual({
    status: 1,
    last: '0 passed, 3 failed',
    named: [
      'npm test ended with status 1 and no report of its tests',
      'the run ended with status 2 and no results',
      'the faults ended with status 2 and no report',
    ],
  })
})

it('vitest that fails without a failed test is a failure', () => {
  leaveAllWell()
  write('hand-made/test.status', '1\n')
  write('hand-made/test/failed-checks', 'tests (vitest)\n')
  expect(run()).toEqual({
    status: 1,
    last: '3 passed, 1 failed',
    named: ['npm test: vitest failed, though no single test did'],
  })
})
