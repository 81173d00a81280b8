/** `frameproof faults` from end to end, on real labs, and its own bad input. */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { loadFault } from '../lab/fault-file.ts'
import { allowedCpus, cpuOf, cpusIn } from '../lab/sites/own-cpu.ts'
import { frameproof, processOf, SCRATCH, type Started, start, survivors, traces } from '../testing/program.ts'
import { faultRunArguments, startFaultRun } from './fault-run.ts'
import type { FaultRow, FaultsReport } from './faults-outcome.ts'

const scratch = mkdtempSync(join(tmpdir(), SCRATCH))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

const LONG = { timeout: 120_000 }
const HEAD = '#!/bin/sh\n# fault: what it breaks\n# scenario: vlan\n# on: hv1\n'
const PRIORITY =
  'ip link set dev "$(jq -r \'"\\(.uplink).\\(.tenants[0].vid)"\')" type vlan egress-qos-map 0:5'

function folderOf(name: string, faults: Readonly<Record<string, string>>): string {
  const folder = join(scratch, name)
  mkdirSync(folder)
  for (const [file, text] of Object.entries(faults)) {
    writeFileSync(join(folder, file), text)
    chmodSync(join(folder, file), 0o755)
  }
  return folder
}

function fault(breaks: string, does: string): string {
  return `${HEAD}# breaks: ${breaks}\n${does}\n`
}

function reportOf(folder: string): FaultsReport {
  return JSON.parse(readFileSync(join(folder, 'faults.json'), 'utf8')) as FaultsReport
}

function byName({ faults }: FaultsReport): Record<string, FaultRow | undefined> {
  return Object.fromEntries(faults.map((row) => [row.name, row]))
}

test('every outcome, each fault judged by its own rules, and the reports', LONG, async () => {
  const folder = folderOf('outcomes', {
    'another.sh': fault('VLAN-05 VLAN-03', PRIORITY), // VLAN-05 looks at delivery only
    'bad-head.sh': `${HEAD}# breaks: what it likes\n`,
    'failing.sh': fault('VLAN-03', 'echo "no such NIC" >&2; exit 1'),
    'found.sh': fault('VLAN-03', PRIORITY),
    'nothing.sh': fault('VLAN-03', ':'),
    'README.md': 'what these are',
    'unfit.sh': fault('VLAN-03 TAP-02', ':'),
    'unknown.sh': fault('VLAN-99', ':'),
  })
  mkdirSync(join(folder, 'shared'))
  const report = join(scratch, 'outcomes-report')
  const summary = join(scratch, 'step-summary')
  const args = ['faults', folder, '--only-breaks', '--site', 'uml', '--report', report, '--json']
  const github = { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: summary }
  const { status, stdout, stderr } = await frameproof(args, github)

  expect(JSON.parse(stdout)).toEqual(reportOf(report))
  const rows = byName(reportOf(report))
  expect(Object.entries(rows).map(([name, row]) => `${name}: ${row?.outcome}`)).toEqual([
    'another.sh: detected only by another',
    'bad-head.sh: bad fault',
    'failing.sh: bad fault',
    'found.sh: detected',
    'nothing.sh: survived',
    'unfit.sh: bad fault',
    'unknown.sh: bad fault',
  ])
  expect(status).toBe(1)
  expect(rows['another.sh']?.verdicts).toEqual({ 'VLAN-03': 'deviates', 'VLAN-05': 'conforms' })
  expect(rows['found.sh']).toMatchObject({ reason: null, deviates: ['VLAN-03'], unexpected: [] })
  expect(rows['bad-head.sh']?.reason).toMatch(/bad-head\.sh:5: what is no requirement/)
  expect(rows['failing.sh']?.reason).toContain('no such NIC')
  expect(rows['unfit.sh']?.reason).toBe('breaks names TAP-02, which is judged in bridged, not in vlan')
  expect(rows['unknown.sh']?.reason).toContain('unknown requirement "VLAN-99"')
  expect(reportOf(report)).toMatchObject({ interrupted: false, onlyBreaks: true, site: 'uml' })

  expect(stderr).toMatch(/^✗ nothing\.sh {2}SURVIVED: VLAN-03 is "conforms"/m)
  expect(stderr).toMatch(/^found\.sh +X$/m)
  const commands = stderr.split('\n').filter((line) => line.startsWith('::'))
  expect(commands).toHaveLength(6) // none of them from the runs themselves
  expect(readFileSync(summary, 'utf8').trimEnd()).toBe(
    readFileSync(join(report, 'faults.md'), 'utf8').trimEnd(),
  )
  const detected = JSON.parse(readFileSync(join(report, 'found.sh/results.json'), 'utf8'))
  expect(detected.fault.detected).toBe(true)
  expect(readFileSync(join(report, 'found.sh/summary.md'), 'utf8')).toContain('**Fault detected**')
})

test(
  'a run that could not build its lab is no survivor: exit 2, and a report may be written anew',
  LONG,
  async () => {
    const folder = folderOf('no-kernel', { 'found.sh': fault('VLAN-03', PRIORITY) })
    const report = join(scratch, 'no-kernel-report')
    const stub = folderOf('stub', { 'linux.uml': '#!/bin/sh\necho "no room for memory" >&2\nexit 1\n' })
    const args = ['faults', folder, '--site', 'uml', '--only-breaks', '--report', report]
    for (const _ of ['first', 'again']) {
      const { status, stdout } = await frameproof(args, { PATH: `${stub}:${process.env.PATH}` })
      expect(stdout).toMatch(/^! found\.sh {2}could not run: .*no room for memory/m)
      expect(status).toBe(2)
    }
    expect(byName(reportOf(report))['found.sh']?.outcome).toBe('could not run')
  },
)

describe('a run of faults that is ended in the middle leaves no process', () => {
  async function inTheMiddle(name: string): Promise<{ run: Started; report: string }> {
    const every = Object.fromEntries(
      ['a.sh', 'b.sh', 'c.sh'].map((file) => [file, fault('VLAN-03', 'sleep 9')]),
    )
    const report = join(scratch, `${name}-report`)
    const run = start([
      'faults',
      folderOf(name, every),
      '--site',
      'uml',
      '--workers',
      '2',
      '--report',
      report,
    ])
    for (const slot of [0, 1]) {
      await processOf(run.mark, new RegExp(`^\\d+ unshare .*uml-boot\\.sh ${cpuOf(1, slot, allowedCpus())} `))
    }
    return { run, report }
  }

  test.each(['SIGINT', 'SIGTERM'] as const)(
    'by %s: what was found by then is kept, exit 130',
    LONG,
    async (signal) => {
      const before = traces()
      const { run, report } = await inTheMiddle(signal)
      const begin = performance.now()
      run.child.kill(signal)
      const { status, stdout } = await run.ended
      expect(performance.now() - begin).toBeLessThan(7000) // nobody waits for the faults
      expect(await survivors(run.mark)).toEqual([])
      rmSync(run.reportFolder, { recursive: true })
      expect(status).toBe(130)
      expect(stdout).toContain('interrupted: these are the results so far')
      const { interrupted, faults, summary } = reportOf(report)
      expect(interrupted).toBe(true)
      expect(faults.map(({ name }) => name)).toEqual(['a.sh', 'b.sh', 'c.sh'])
      expect(summary['not judged']).toBeGreaterThanOrEqual(1)
      expect(existsSync(join(report, 'faults.md'))).toBe(true)
      expect(traces()).toEqual(before)
    },
  )

  test('by SIGKILL', LONG, async () => {
    const before = traces()
    const { run, report } = await inTheMiddle('SIGKILL')
    run.child.kill('SIGKILL')
    await run.ended
    expect(await survivors(run.mark)).toEqual([])
    rmSync(run.reportFolder, { recursive: true })
    expect(reportOf(report).interrupted).toBe(true)
    expect(traces()).toEqual(before)
  })
})

describe('bad input gets one line and exit 2:', () => {
  const bad: Record<string, { args: () => string[]; says: RegExp }> = {
    'a folder that is not there': {
      args: () => [join(scratch, 'none')],
      says: /none: there is no such folder/,
    },
    'a folder without faults': {
      args: () => [folderOf('empty', { 'README.md': 'nothing yet' })],
      says: /empty: there is no fault in this folder/,
    },
    'a file': {
      args: () => [join(folderOf('one', { 'one.sh': fault('VLAN-03', ':') }), 'one.sh')],
      says: /one\.sh: this is no folder/,
    },
    'a report folder that holds something else': {
      args: () => {
        const folder = folderOf('mine', { 'one.sh': fault('VLAN-03', ':') })
        return [folder, '--report', folder]
      },
      says: /mine: the folder holds something that is no report of faults/,
    },
    'no worker': { args: () => ['--workers', '0'], says: /whole number from 1/ },
  }
  test.each(Object.entries(bad))('%s', LONG, async (_name, { args, says }) => {
    const { status, stdout, stderr } = await frameproof(['faults', ...args()])
    expect(stderr).toMatch(says)
    expect(stderr.trim().split('\n')).toHaveLength(1)
    expect(stdout).toBe('')
    expect(status).toBe(2)
  })
})

test('a fault is judged by all rules of its scenarios, or by its own only', () => {
  const folder = folderOf('arguments', { 'one.sh': fault('VLAN-13 VLAN-03', ':') })
  const order = { fault: loadFault(join(folder, 'one.sh')), site: 'host', reportFolder: '/r' } as const
  const rest = [
    '--fault',
    join(folder, 'one.sh'),
    '--site',
    'host',
    '--workers',
    '1',
    '--report',
    '/r',
    '--json',
  ]
  expect(faultRunArguments({ ...order, onlyBreaks: false, scale: false })).toEqual(['run', ...rest])
  expect(faultRunArguments({ ...order, onlyBreaks: false, scale: true })).toEqual([
    'run',
    ...rest.slice(0, -1),
    '--scale',
    '--json',
  ])
  expect(faultRunArguments({ ...order, onlyBreaks: true, scale: false })).toEqual([
    'run',
    'VLAN-13',
    'VLAN-03',
    ...rest,
  ])
})

test('a run that hangs is ended, and is no survivor', LONG, async () => {
  const folder = folderOf('hanging', { 'one.sh': fault('VLAN-03', ':') })
  const reportFolder = join(scratch, 'hanging-report')
  const log = `${reportFolder}.log`
  const hanging = loadFault(join(folder, 'one.sh'))
  const order = { fault: hanging, site: 'uml', onlyBreaks: true, scale: false, slot: 0 } as const
  const { results, fatal } = await startFaultRun({ ...order, reportFolder, log }, 1500).finished
  expect(fatal).toBe('its run did not end within 1.5 s')
  if (results !== null) expect(results.interrupted).toBe(true)
})

test('runs side by side have a CPU each, and so have the labs of one run', () => {
  expect([cpuOf(1, 0, [0, 1]), cpuOf(1, 1, [0, 1])].sort()).toEqual([0, 1])
  expect([cpuOf(1, 0, [0, 1]), cpuOf(2, 0, [0, 1])].sort()).toEqual([0, 1])
  expect([0, 1, 2, 3, 4].map((slot) => cpuOf(1, slot, [0, 1, 4, 5]))).toEqual([4, 1, 0, 5, 4])
  expect(cpuOf(1, 3, [3])).toBe(3)
  expect(cpusIn('0-2,5')).toEqual([0, 1, 2, 5])
})
