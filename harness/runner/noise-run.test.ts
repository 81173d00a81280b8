/** `run --noise` from end to end: the verdicts are those without it, and what each port carried is told. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import type { NoiseAtPort } from '../agent/messages/index.ts'
import { noiseInWords } from '../report/noise.ts'
import { exitStatus, type Results } from '../report/results.ts'
import { frameproof, SCRATCH } from '../testing/program.ts'
import { NoiseHeard } from './noise.ts'

const FAULTS = resolve(import.meta.dirname, '../../fixtures/faults')
const LONG = { timeout: 240_000 }
const RUN_DEADLINE_MS = 180_000
/** Little, so that busy machines reach it. */
const ASKED = 200
/** Its case lets time pass: long enough for figures of what the ports carried. How fast it was is not looked at. */
const LASTING = 'BR-08'
const PORTS = ['hv1:tap-red1', 'hv1:eth0', 'hv2:eth0', 'sw1:hv1', 'sw1:outside', 'outside:eth0']
/** There frames of all tenants pass. */
const TRUNK = 'hv1:eth0'
const scratch = mkdtempSync(join(tmpdir(), SCRATCH))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

async function runWithNoise(...args: string[]): Promise<Results> {
  const options = ['run', '--json', '--site', 'uml', '--workers', '1', '--noise', String(ASKED)]
  const { stdout } = await frameproof([...options, ...args], {}, RUN_DEADLINE_MS)
  return JSON.parse(stdout) as Results
}

/** Frames of noise, as the evidence of a rule's first case has it. */
function carriedAt(port: string, report: string, { requirements }: Results, id: string): number | undefined {
  const evidence = requirements.find((one) => one.id === id)?.cases[0]?.evidence ?? ''
  const { noise } = JSON.parse(readFileSync(join(report, evidence, 'observations.json'), 'utf8')) as {
    noise: readonly NoiseAtPort[]
  }
  return noise.find((one) => one.port === port)?.carried
}

const verdictOf = ({ requirements }: Results, id: string) =>
  requirements.find((one) => one.id === id)?.verdict

describe('on User Mode Linux', () => {
  test('rules conform as without; every port carried some; the evidence has it', LONG, async () => {
    const report = join(scratch, 'conforming')
    const results = await runWithNoise('--report', report, 'VLAN-13', 'VLAN-03', LASTING)
    expect([verdictOf(results, 'VLAN-13'), verdictOf(results, 'VLAN-03')]).toEqual(['conforms', 'conforms'])
    expect(results.noise).toMatchObject({ askedFramesPerSecond: ASKED })
    const told = results.noise?.ports.filter(({ scenario }) => scenario === 'bridged') ?? []
    expect(told.map(({ port }) => port)).toEqual(expect.arrayContaining(PORTS))
    expect(told.filter(({ frames }) => frames === 0)).toEqual([])
    for (const port of PORTS) expect.soft(carriedAt(port, report, results, LASTING), port).toBeGreaterThan(0)
    expect(carriedAt(TRUNK, report, results, 'VLAN-03')).toBeGreaterThan(0)
    expect((await frameproof(['judge', report])).status).toBe(exitStatus(results))
  })

  test.each([
    ['vlan-13-cable-joins-tenants.sh', 'VLAN-13'],
    ['vlan-03-priority-set.sh', 'VLAN-03'],
  ])('%s is found all the same', LONG, async (fault, id) => {
    const report = join(scratch, id)
    const results = await runWithNoise('--report', report, '--fault', join(FAULTS, fault), id)
    expect(results.fault?.detected).toBe(true)
    expect(results.noise).toMatchObject({ askedFramesPerSecond: ASKED })
    expect(carriedAt(TRUNK, report, results, id)).toBeGreaterThan(0)
  })
})

describe('what a user may have meant otherwise', () => {
  test.each(['0', '-5', 'much', '1.5'])('--noise %s is refused', async (noise) => {
    const { status, stderr } = await frameproof(['run', '--noise', noise, 'TAP-02'])
    expect(status).toBe(2)
    expect(stderr).toContain('wanted a whole number from 1 on')
  })

  test('machines that are not disposable are left in peace', async () => {
    const inventory = join(scratch, 'lab.yaml')
    writeFileSync(
      inventory,
      `version: 1
disposable: false
sites: { hv1: { ssh: nowhere.invalid }, hv2: { ssh: nowhere.invalid } }
hypervisors: { hv1: { site: hv1, uplink: eth0 }, hv2: { site: hv2, uplink: eth0 } }
guests:
  red1: { hypervisor: hv1, tenant: red, tap: tap-red1 }
  red2: { hypervisor: hv2, tenant: red, tap: tap-red2 }
tenants: { red: { vid: 10 } }
implementation: none
documented: { scenario: vlan }
`,
    )
    const { status, stderr } = await frameproof(['run', '--lab', inventory, '--noise', '10', 'VLAN-03'])
    expect(status).toBe(2)
    expect(stderr).toContain('--noise 10 disturbs machines')
  })
})

describe('the figures', () => {
  const at = (port: string, carried: number, upMs: number, inWindows = { carried: 0, upMs: 0 }) => ({
    ...{ port, carried, sent: 1, upMs, inWindows },
  })

  test('are of all cases of a scenario together; reached is what the least port has', () => {
    const heard = new NoiseHeard()
    heard.add('vlan', [at('hv1:eth0', 500, 400), at('hv1:tap-red1', 90, 1000), at('sw1:hv1', 1, 2)])
    heard.add('vlan', [at('hv1:eth0', 500, 600)])
    heard.add('nat', [at('hv1:eth0', 200, 1000)])
    const result = heard.result(100)
    expect(result.framesPerSecond).toEqual({ min: 90, median: 200, max: 1000 })
    expect(result.reached).toBe(false)
    expect(result.ports).toHaveLength(3)
    expect(noiseInWords(result)).toBe(
      'noise: 100 frames/s asked at every port; carried: 90 at least, median 200, 1000 at most\n' +
        'NOT REACHED at 1 of 3 ports: hv1:tap-red1 in vlan carried 90',
    )
    expect(heard.result(90).reached).toBe(true)
    expect(noiseInWords(heard.result(90))).not.toContain('NOT REACHED')
  })

  test('in windows are told beside them, and must be reached, too', () => {
    const heard = new NoiseHeard()
    heard.add('vlan', [at('hv1:eth0', 500, 1000, { carried: 20, upMs: 300 })])
    heard.add('vlan', [at('hv1:eth0', 500, 1000, { carried: 40, upMs: 300 })])
    heard.add('vlan', [at('sw1:hv1', 4000, 2000, { carried: 1, upMs: 499 })])
    const result = heard.result(200)
    expect(result.framesPerSecondInWindows).toEqual({ min: 100, median: 100, max: 100 })
    expect(result.ports.map(({ inWindows }) => inWindows)).toEqual([
      { upMs: 600, frames: 60, framesPerSecond: 100 },
      { upMs: 499, frames: 1, framesPerSecond: null },
    ])
    expect(result.reached).toBe(false)
    expect(noiseInWords(result)).toBe(
      'noise: 200 frames/s asked at every port; carried: 500 at least, median 2000, 2000 at most; ' +
        'while windows were open: 100 at least, median 100, 100 at most\n' +
        'NOT REACHED at 1 of 2 ports: hv1:eth0 in vlan carried 100 while windows were open',
    )
    expect(heard.result(100).reached).toBe(true)
  })

  test('without a lab there are none, and that is said', () => {
    const result = new NoiseHeard().result(100)
    expect(result).toMatchObject({ reached: false, framesPerSecond: null })
    expect(noiseInWords(result)).toContain('none was made')
  })
})
