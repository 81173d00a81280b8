/** Judging again: from the evidence of real runs, sound and tampered with, and from captures of another program. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { frameproof, SCRATCH } from '../testing/program.ts'
import type { Judged } from './judge.ts'

const FIXTURES = resolve(import.meta.dirname, '../../fixtures')
const LEAK = join(FIXTURES, 'faults/vlan-13-slow-cable.sh')
vi.setConfig({ testTimeout: 60_000 })
const scratch = mkdtempSync(join(tmpdir(), SCRATCH))
const sound = join(scratch, 'sound')
const leaking = join(scratch, 'leaking')

beforeAll(async () => {
  await frameproof(['run', 'VLAN-13', 'TAP-04', 'BR-01', '--pcap', '--report', sound])
  await frameproof(['run', 'VLAN-13', '--fault', LEAK, '--report', leaking])
}, 120_000)
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

async function judged(...args: string[]): Promise<{ status: number | null } & Judged> {
  const { status, stdout, stderr } = await frameproof(['judge', '--json', ...args])
  if (stdout === '') throw new Error(stderr)
  return { status, ...(JSON.parse(stdout) as Judged) }
}

function evidence(report: string, id: string): string {
  const folder = join(report, 'evidence', id)
  return join(folder, readdirSync(folder)[0] ?? '')
}

function copyOf(report: string, name: string): string {
  const folder = join(scratch, name)
  cpSync(report, folder, { recursive: true })
  return folder
}

describe('agrees with the run', () => {
  test('where all conforms, exit 0', async () => {
    const { status, cases, changed } = await judged(sound)
    expect(cases.map(({ id, verdict }) => `${id} ${verdict}`).sort()).toEqual([
      'BR-01 conforms',
      'BR-01 conforms',
      'TAP-04 conforms',
      'VLAN-13 conforms',
    ])
    expect([status, changed]).toEqual([0, []])
  })

  test('where a leak came after its window, to the word, exit 1', async () => {
    const { status, cases } = await judged(leaking)
    const { requirements } = JSON.parse(readFileSync(join(leaking, 'results.json'), 'utf8'))
    expect(cases.map(({ verdict }) => verdict)).toEqual(['deviates'])
    expect(cases[0]?.reason?.split('\n')[0]).toBe(requirements[0].reason.split('\n')[0])
    expect(status).toBe(1)
  })

  test('given one case, by its folder or a file in it', async () => {
    const folder = evidence(sound, 'VLAN-13')
    for (const path of [folder, join(folder, 'evidence.pcapng')]) {
      expect((await judged(path)).cases.map(({ verdict }) => verdict)).toEqual(['conforms'])
    }
  })

  test.each(['VLAN-13', 'TAP-04', 'BR-01'])('given classic pcap files of %s and their ports', async (id) => {
    const folder = evidence(sound, id)
    const { status, cases } = await judged(folder, '--captures', join(folder, 'pcap/mapping.yaml'))
    expect(cases.map(({ verdict }) => verdict)).toEqual(['conforms'])
    expect(status).toBe(0)
  })
})

describe('a changed octet is noticed:', () => {
  test.each([
    ['evidence.pcapng', 5000],
    ['evidence.pcapng', -1],
    ['observations.json', 700],
  ])('%s at %d', async (file, at) => {
    const report = copyOf(sound, `changed-${file}-${at}`)
    const path = join(evidence(report, 'VLAN-13'), file)
    const octets = readFileSync(path)
    const offset = at < 0 ? octets.length + at : at
    octets[offset] = (octets[offset] ?? 0) ^ 1
    writeFileSync(path, octets)
    const { status, cases, changed } = await judged(report)
    expect(changed).toHaveLength(1)
    const { verdict, reason } = cases.find(({ id }) => id === 'VLAN-13') ?? {}
    expect([verdict, status]).toEqual(['could not run', 2])
    expect(reason).toContain('was changed after it was written')
    expect(cases.find(({ id }) => id === 'TAP-04')?.verdict).toBe('conforms')
  })

  test('even where no manifest tells: a frame that is not the one that was sent deviates', async () => {
    const folder = join(scratch, 'alone')
    cpSync(evidence(sound, 'VLAN-13'), folder, { recursive: true })
    const path = join(folder, 'evidence.pcapng')
    const octets = readFileSync(path)
    const address = Buffer.from([198, 51, 100, 200])
    for (let at = octets.indexOf(address); at !== -1; at = octets.indexOf(address, at + 4))
      octets[at + 3] = 201
    writeFileSync(path, octets)
    const { status, cases } = await judged(folder)
    expect([cases[0]?.verdict, status]).toEqual(['deviates', 1])
  })
})

test('a case that is no longer in the project could not run; the others are judged', async () => {
  const report = copyOf(sound, 'gone')
  const path = join(evidence(report, 'VLAN-13'), 'observations.json')
  const text = readFileSync(path, 'utf8').replace('cases/vlan/VLAN-13-', 'cases/vlan/VLAN-13-gone-')
  writeFileSync(path, text)
  rmSync(join(report, 'manifest.json'))
  const { status, cases } = await judged(report)
  const { verdict, reason } = cases.find(({ id }) => id === 'VLAN-13') ?? {}
  expect([verdict, status]).toEqual(['could not run', 2])
  expect(reason).toMatch(/VLAN-13-gone-.*is not in this project/)
  expect(cases.filter((one) => one.verdict === 'conforms')).toHaveLength(3)
})

describe('bad input gets one line and exit 2:', () => {
  const bad: Record<string, { args: () => string[]; says: RegExp }> = {
    'no such path': { args: () => [join(scratch, 'nowhere')], says: /there is no such file or folder/ },
    'a folder that is no report': { args: () => [FIXTURES], says: /this is no report/ },
    'a cut capture': {
      args() {
        const folder = join(scratch, 'cut')
        cpSync(evidence(sound, 'VLAN-13'), folder, { recursive: true })
        const path = join(folder, 'evidence.pcapng')
        writeFileSync(path, readFileSync(path).subarray(0, 4001))
        return [folder]
      },
      says: /evidence\.pcapng: .*wanted/,
    },
    'a mapping of an unknown port': {
      args() {
        const mapping = join(scratch, 'unknown.yaml')
        const file = join(evidence(sound, 'VLAN-13'), 'pcap/hv1_eth0.pcap')
        writeFileSync(mapping, `captures:\n  hv9:eth0: { file: ${file}, drops: 0 }\n`)
        return [evidence(sound, 'VLAN-13'), '--captures', mapping]
      },
      says: /the case has no port hv9:eth0/,
    },
    'a capture that does not say what it lost': {
      args() {
        const mapping = join(scratch, 'silent.yaml')
        const file = join(evidence(sound, 'VLAN-13'), 'pcap/hv1_eth0.pcap')
        writeFileSync(mapping, `captures:\n  hv1:eth0: { file: ${file} }\n`)
        return [evidence(sound, 'VLAN-13'), '--captures', mapping]
      },
      says: /does not say how many frames it lost: add drops: 0/,
    },
  }
  test.each(Object.entries(bad))('%s', async (_what, { args, says }) => {
    const { status, stdout, stderr } = await frameproof(['judge', ...args()])
    expect({ status, stdout, lines: stderr.trim().split('\n').length }).toEqual({
      status: 2,
      stdout: '',
      lines: 1,
    })
    expect(stderr).toMatch(says)
  })
})
