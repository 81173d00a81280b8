/** Whole runs on Vagrant's machines, and what goes wrong with machines in mid-run. */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { labThatIsUp } from '../lab/vagrant/index.ts'
import { machinesFolder } from '../lab/vagrant/names.ts'
import type { Results } from '../report/results.ts'
import { frameproof, processOf, type Started, start, survivors, traces } from '../testing/program.ts'
import { readObservations } from './observations.ts'

const MINUTES = 60_000
const DEADLINE_MS = 15 * MINUTES

interface Judged {
  status: number | null
  last: string
  verdicts: Record<string, string>
  folder: string
  stdout: string
}

async function endOf(run: Started): Promise<Judged> {
  const { status, stdout, stderr } = await run.ended
  const file = join(run.reportFolder, 'results.json')
  const results = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Results) : null
  const verdicts = results?.requirements.map(({ id, verdict }) => [id, verdict]) ?? []
  const last = `${stdout}${stderr}`.trim().split('\n').at(-1) ?? ''
  return { status, last, verdicts: Object.fromEntries(verdicts), folder: run.reportFolder, stdout }
}

function begin(rules: readonly string[], ...options: readonly string[]): Started {
  const run = start(['run', ...rules, '--lab', 'vagrant', ...options], {}, DEADLINE_MS)
  onTestFinished(() => void run.child.kill('SIGKILL')) // if the test failed before its end
  return run
}

/** Runs a script as root on a machine that is up. */
function on(machine: string, script: string): string {
  const { sshConfigFile } = labThatIsUp() ?? { sshConfigFile: '' }
  return execFileSync('ssh', ['-F', sshConfigFile, machine, `sudo sh -euc '${script}'`], { encoding: 'utf8' })
}

/** Resolves when the run has configured hv2: it is in its midst then. */
async function untilConfigured(): Promise<void> {
  const deadline = Date.now() + 5 * MINUTES
  while (!on('hv2', 'ip -br link').includes('br0')) {
    if (Date.now() > deadline) throw new Error('hv2 was not configured')
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}

test('from nothing to a verdict, and nothing is left', { timeout: DEADLINE_MS }, async () => {
  const before = traces()
  const run = begin(['BR-04', 'VLAN-13'])
  const { status, verdicts, stdout } = await endOf(run)
  expect(verdicts, stdout).toEqual({ 'BR-04': 'conforms', 'VLAN-13': 'conforms' })
  expect(status).toBe(0)
  expect(await survivors(run.mark)).toEqual([])
  expect(traces()).toEqual(before)
  expect(existsSync(machinesFolder())).toBe(false)
})

test('a run that is interrupted destroys its machines', { timeout: DEADLINE_MS }, async () => {
  const run = begin(['TAP-06'])
  await processOf(run.mark, /ssh -N .*hv2/, DEADLINE_MS)
  run.child.kill('SIGTERM')
  expect((await endOf(run)).status).toBe(130)
  expect(await survivors(run.mark)).toEqual([])
  expect(existsSync(machinesFolder())).toBe(false)
})

describe('machines that stay', { timeout: DEADLINE_MS }, () => {
  beforeAll(async () => {
    await frameproof(['lab', 'up', '--lab', 'vagrant'], {}, DEADLINE_MS)
  }, DEADLINE_MS)
  afterAll(async () => {
    await frameproof(['lab', 'down', '--lab', 'vagrant'])
  }, DEADLINE_MS)

  test('were configured, and are taken over by a run and left bare', async () => {
    expect(on('hv1', 'ip -br link')).toMatch(/br-red[\s\S]*tap-red1/)
    const { verdicts } = await endOf(begin(['VLAN-13']))
    expect(verdicts).toEqual({ 'VLAN-13': 'conforms' })
    expect(on('hv1', 'ip -br link')).not.toMatch(/br-|tap-/)
    expect(on('hv1', 'ls /var/lib')).not.toContain('frameproof')
  })

  test('a clock that is set in mid-run changes no verdict, and shows', async () => {
    const run = begin(['TAP-06'])
    await untilConfigured()
    on('hv2', 'date -s "@$(($(date +%s) + 10))"')
    const { verdicts, folder, stdout } = await endOf(run)
    expect(verdicts, stdout).toEqual({ 'TAP-06': 'conforms' })
    const results = JSON.parse(readFileSync(join(folder, 'results.json'), 'utf8')) as Results
    const evidence = results.requirements[0]?.cases[0]?.evidence ?? ''
    const { windows } = readObservations(join(folder, evidence, 'observations.json'))
    const offsets = windows.flatMap(({ clocks }) => clocks.filter(({ site }) => site === 'hv2'))
    const seconds = offsets.map(({ offsetNs }) => Number(offsetNs) / 1e9)
    expect(Math.max(...seconds)).toBeGreaterThan(8) // it was a second or so behind
  })

  test('a disk that is full: could not run, and the next run is well', async () => {
    on('hv1', 'cat /dev/zero >/var/lib/full 2>/dev/null || true')
    const { status, stdout } = await endOf(begin(['BR-04']))
    on('hv1', 'rm /var/lib/full')
    expect(status, stdout).toBe(2)
    expect(stdout).toMatch(/hv1.*No space left on device/)
    expect((await endOf(begin(['BR-04']))).verdicts).toEqual({ 'BR-04': 'conforms' })
  })

  test('an ssh connection that is cut in mid-run ends it; the next run is well', async () => {
    const run = begin(['TAP-06'])
    await untilConfigured()
    process.kill(await processOf(run.mark, /ssh -N .*hv2/), 'SIGKILL')
    const { status, last } = await endOf(run)
    expect(status).toBe(2)
    expect(last).toMatch(/^frameproof: the site hv2 ended: the ssh connection to hv2 \(hv2\) was cut/)
    expect((await endOf(begin(['BR-04']))).verdicts).toEqual({ 'BR-04': 'conforms' })
  })

  test('a machine that is killed in mid-run ends it; the next run has others', async () => {
    const run = begin(['TAP-06'])
    await untilConfigured()
    process.kill(qemuOf('hv2'), 'SIGKILL')
    const { status, last } = await endOf(run)
    expect(status).toBe(2)
    expect(last).toMatch(/^frameproof: the site hv2 ended: the ssh connection to hv2 \(hv2\) was cut/)
    expect((await endOf(begin(['BR-04']))).verdicts).toEqual({ 'BR-04': 'conforms' })
  })
})

function qemuOf(machine: string): number {
  const line = execFileSync('pgrep', ['-f', `qemu-system.*guest=frameproof_${machine},`], {
    encoding: 'utf8',
  })
  return Number.parseInt(line, 10)
}
