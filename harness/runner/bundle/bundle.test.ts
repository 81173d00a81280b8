/** Bundles of a real run: what a stranger finds in one, and that nothing of others, or changed, is passed on. */
import { execFileSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { decodePcapng, encodePcapng } from '../../pcap/pcapng.ts'
import { writeManifest } from '../../report/manifest.ts'
import { frameproof, SCRATCH } from '../../testing/program.ts'

vi.setConfig({ testTimeout: 60_000 })
const LEAK = resolve(import.meta.dirname, '../../../fixtures/faults/vlan-13-cable-joins-tenants.sh')
const scratch = mkdtempSync(join(tmpdir(), SCRATCH))
const report = join(scratch, 'report')

beforeAll(async () => {
  await frameproof(['run', 'VLAN-13', 'VLAN-04', '--fault', LEAK, '--report', report])
}, 120_000)
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

/** Packs and unpacks. */
async function unpacked(name: string, ...args: string[]): Promise<string> {
  const folder = join(scratch, name)
  const file = join(scratch, `${name}.tar.gz`)
  mkdirSync(folder)
  const { status, stderr } = await frameproof(['bundle', 'VLAN-13', '-o', file, ...args])
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  execFileSync('tar', ['xzf', file, '-C', folder])
  return join(folder, 'frameproof-VLAN-13')
}

function evidenceIn(folder: string): string {
  const cases = join(folder, 'evidence/VLAN-13')
  return join(cases, readdirSync(cases)[0] ?? '')
}

const read = (...path: string[]): string => readFileSync(join(...path), 'utf8')

describe('a bundle', () => {
  test('has what a stranger needs, and judges as the run did', async () => {
    const folder = await unpacked('whole', '--report', report)
    expect(readdirSync(folder).sort()).toEqual(
      ['ISSUE.md', 'README.md', 'fault', 'implementation', 'plan', 'report', 'run.json'].sort(),
    )
    expect(existsSync(join(folder, 'implementation/configure'))).toBe(true)
    expect(read(folder, 'fault/vlan-13-cable-joins-tenants.sh')).toBe(readFileSync(LEAK, 'utf8'))
    const { status, stdout } = await frameproof(['judge', join(folder, 'report')])
    expect(status).toBe(1)
    expect(stdout).toContain('1 judged again, all as recorded')
    expect(stdout).not.toContain('VLAN-04')
  })

  test('tells rule, frame, hop, filter and command', async () => {
    const folder = await unpacked('told', '--report', report)
    const text = read(folder, 'README.md')
    expect(text).toMatch(/where {5}Inside hv1: at \S+ \(frame \d+\) .* at hv1:\S+ \(frame \d+\)/)
    expect(text).toContain('npm run conform -- VLAN-13')
    const { revision } = JSON.parse(read(folder, 'run.json'))
    expect(text.includes(`\ngit checkout ${revision}\n`)).toBe(revision !== null) // a copy is no clone
    expect(text).toContain('“网络协议(九)-云”')
    expect(text).toContain('--fault "$BUNDLE/fault/vlan-13-cable-joins-tenants.sh"')
    const filter = /`(frame\.number in \{.*?\})`/.exec(text)?.[1] ?? ''
    const pcapng = join(evidenceIn(join(folder, 'report')), 'evidence.pcapng')
    const rows = execFileSync('tshark', ['-r', pcapng, '-Y', filter], { encoding: 'utf8' }).trim().split('\n')
    expect(rows).toHaveLength(filter.split(',').length)
  })

  test('says before anything else that the network was broken on purpose, its issue too', async () => {
    const folder = await unpacked('purpose', '--report', report)
    const [heading, , second] = read(folder, 'README.md').split('\n')
    expect(heading).toMatch(/^# VLAN-13 deviates, under a deliberate fault: /)
    const broken =
      /^\*\*This network was broken on purpose\*\* \(on: hv1\): “a cable joins the two tenants' bridges”.* A self-test: the fault was found; nothing needs mending\./
    expect(second).toMatch(broken)
    const [title, , fault] = read(folder, 'ISSUE.md').split('\n')
    expect(title).toMatch(/^## VLAN-13 deviates, under a deliberate fault: /)
    expect(fault).toMatch(broken)
  })

  test('has rule, verdict, hop, packets and command on the first screen', async () => {
    const folder = await unpacked('screen', '--report', report)
    const screen = read(folder, 'README.md').split('\n').slice(0, 40).join('\n')
    expect(screen).toMatch(/\*\*Rule:\*\*.*\n\n\*\*Verdict: deviates\*\*/)
    expect(screen).toMatch(/\n>> frame \d+ .* {2}<-- WRONG\n/)
    expect(screen).toContain('npm run conform -- VLAN-13')
    expect(screen).toMatch(/npx frameproof judge "\$BUNDLE\/report"/)
    expect(screen).toContain('filter `frame.comment matches "BROKEN|WRONG HOP"`')
  })

  test('begins with what came where it must not, shows the branch by which it came, and counts the rest', async () => {
    const folder = await unpacked('branch', '--report', report)
    const [readme, issue] = ['README.md', 'ISSUE.md'].map((name) => read(folder, name))
    const [, leakedTo = ''] = /\nexpected {2}(\S+) never carries /.exec(readme ?? '') ?? []
    expect(leakedTo).toMatch(/^hv\d:tap-/)
    const way = /\nway\n([\s\S]*?)\n```/.exec(issue ?? '')?.[1]?.split('\n') ?? []
    expect(way.at(-1)).toMatch(/^ {3}and \d+ more captures of it/)
    const taps = way.filter((line) => /:tap-\S+ +out /.test(line))
    expect(taps).toEqual([expect.stringContaining(leakedTo)])
    expect(way.filter((line) => line.includes('<-- the first hop that is wrong'))).toHaveLength(1)
    expect(readme).toMatch(/\n\d+ of \d+ expectations failed: .*“never carries”.*; about frames of red1, /)
  })

  test('names the folder of its evidence at the top and in its list alone', async () => {
    const folder = await unpacked('named', '--report', report)
    const place = evidenceIn(join(folder, 'report')).slice(folder.length + 1)
    expect(read(folder, 'README.md').split(place)).toHaveLength(3)
  })

  test('shows how the hypervisors stood, and what each was told', async () => {
    const folder = await unpacked('stood', '--report', report)
    const place = evidenceIn(join(folder, 'report'))
    expect(readdirSync(join(place, 'state')).sort()).toEqual(['hv1.txt', 'hv2.txt'])
    expect(read(place, 'state/hv1.txt')).toMatch(/# bridge -d .*\n(.*\n)*.*master br-red/)
    expect(readdirSync(join(folder, 'plan')).sort()).toEqual(['vlan-hv1.json', 'vlan-hv2.json'])
    expect(read(folder, 'README.md')).toContain(
      '`plan/vlan-hv1.json` | what hv1 was told: in force all the time',
    )
    expect(existsSync(join(report, 'evidence/VLAN-04'))).toBe(true)
  })

  test('a case that conforms has no state beside its evidence', () => {
    const cases = readdirSync(report, { recursive: true, encoding: 'utf8' })
    const states = cases.filter((name) => name.endsWith('/state'))
    const results = JSON.parse(read(report, 'results.json'))
    const deviating = results.requirements
      .flatMap(({ cases: own }: { cases: { verdict: string; evidence: string }[] }) => own)
      .filter(({ verdict }: { verdict: string }) => verdict === 'deviates')
      .map(({ evidence }: { evidence: string }) => `${evidence}/state`)
    expect(states.sort()).toEqual(deviating.sort())
  })

  test('the frame at the wrong hop says itself that it is wrong, and what was expected', async () => {
    const folder = await unpacked('wrong', '--report', report)
    const [, number = '0'] = /\n>> frame (\d+) /.exec(read(folder, 'README.md')) ?? []
    const { packets } = decodePcapng(
      readFileSync(join(evidenceIn(join(folder, 'report')), 'evidence.pcapng')),
    )
    const comment = packets[Number(number) - 1]?.comments.join('\n') ?? ''
    expect(comment).toMatch(/^stimulus \d+ of /)
    expect(comment).toMatch(/FIRST WRONG HOP: at \S+ \(frame \d+\) .*; expected .*; seen /)
  })

  test('is the same every time', async () => {
    await unpacked('once', '--report', report)
    await unpacked('twice', '--report', report)
    const [once, twice] = ['once', 'twice'].map((name) => readFileSync(join(scratch, `${name}.tar.gz`)))
    expect(once?.equals(twice ?? Buffer.alloc(0))).toBe(true)
  })

  test('names no folder of this machine', async () => {
    const folder = await unpacked('private', '--report', report)
    const found = readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.(json|md)$/.test(entry.name))
      .filter((entry) => read(entry.parentPath, entry.name).includes(resolve(LEAK, '../..')))
    expect(found).toEqual([])
  })
})

test('--issue prints Markdown with the packets', async () => {
  const { status, stdout } = await frameproof(['bundle', 'VLAN-13', '--report', report, '--issue'])
  expect(status).toBe(0)
  expect(stdout).toMatch(/^## VLAN-13 deviates/)
  expect(stdout).toMatch(/packets\n {3}frame \d+ +red1 out +ARP, Request who-has/)
})

describe('of a rule with two tests', () => {
  const two = join(scratch, 'two')

  /** The same report with a second test of the rule, in a folder of its own. */
  function withSecond(verdict: string): void {
    rmSync(two, { recursive: true, force: true })
    cpSync(report, two, { recursive: true })
    const results = JSON.parse(read(two, 'results.json'))
    const rule = results.requirements.find(({ id }: { id: string }) => id === 'VLAN-13')
    const [first] = rule.cases
    const evidence = `${first.evidence}-2`
    cpSync(join(two, first.evidence), join(two, evidence), { recursive: true })
    rule.cases.push({ ...first, name: 'the second', verdict, evidence })
    writeFileSync(join(two, 'results.json'), JSON.stringify(results))
    writeManifest(two)
  }

  test('both folders are listed, and each port once', async () => {
    withSecond('deviates')
    const folder = await unpacked('both', '--report', two)
    const text = read(folder, 'README.md')
    const rows = text.split('\n').filter((line) => line.startsWith('| `report/evidence/VLAN-13/'))
    expect(rows).toHaveLength(2)
    expect(rows[1]).toContain('of “the second”')
    expect(text.split('\n').filter((line) => line.startsWith('| `hv1:eth0` |'))).toHaveLength(1)
  })

  test('the page says of a test that is left out that its evidence is elsewhere', async () => {
    withSecond('conforms')
    const folder = await unpacked('one', '--report', two)
    const page = read(folder, 'report/report.html')
    expect(page).toContain('Its evidence is not in this bundle')
    expect(page).not.toContain('it never got to a lab')
    const { stdout } = await frameproof(['judge', join(folder, 'report')])
    expect(stdout).toContain('2 judged again, all as recorded')
  })
})

describe('of a network in use', () => {
  const SECRET = 'what others say to each other'
  /** The same report, of an inventory's machines, with frames of others in front. */
  const inUse = join(scratch, 'in-use')
  const OTHERS = 5

  beforeAll(() => {
    cpSync(report, inUse, { recursive: true })
    const results = JSON.parse(read(inUse, 'results.json'))
    results.lab.provider = 'inventory'
    writeFileSync(join(inUse, 'results.json'), JSON.stringify(results))
    const folder = evidenceIn(inUse)
    const { interfaces, packets } = decodePcapng(readFileSync(join(folder, 'evidence.pcapng')))
    const octets = Buffer.concat([Buffer.alloc(12, 2), Buffer.from([8, 0]), Buffer.from(SECRET)])
    const [first] = packets
    if (first === undefined) throw new Error('no frames')
    const other = { ...first, octets, originalLength: octets.length, comments: [] }
    const all = [...Array.from({ length: OTHERS }, () => other), ...packets]
    writeFileSync(join(folder, 'evidence.pcapng'), encodePcapng({ interfaces, packets: all }))
    const observations = JSON.parse(read(folder, 'observations.json'))
    observations.windows[0].frames.count += OTHERS
    for (const one of observations.assertions) {
      one.frames = one.frames.map((frame: number) => frame + OTHERS)
      one.found =
        one.found?.replaceAll(/frame (\d+)/g, (_: string, n: string) => `frame ${Number(n) + OTHERS}`) ?? null
    }
    writeFileSync(join(folder, 'observations.json'), JSON.stringify(observations))
    writeManifest(inUse)
  })

  test('frames of others stay out, are counted, and the verdict is the same', async () => {
    const folder = await unpacked('reduced', '--report', inUse)
    const place = evidenceIn(join(folder, 'report'))
    expect(readFileSync(join(place, 'evidence.pcapng')).includes(SECRET)).toBe(false)
    const [, gone = '0'] = /\*\*(\d+) captured frames were left out\*\*/.exec(read(folder, 'README.md')) ?? []
    expect(Number(gone)).toBeGreaterThanOrEqual(OTHERS)
    const { stdout } = await frameproof(['judge', join(folder, 'report')])
    expect(stdout).toContain('1 judged again, all as recorded')
    const { packets } = decodePcapng(readFileSync(join(place, 'evidence.pcapng')))
    const { assertions } = JSON.parse(read(place, 'observations.json'))
    const broken = assertions.find(({ verdict }: { verdict: string }) => verdict === 'deviates')
    for (const frame of broken.frames) {
      const told = packets[frame - 1]?.comments.find((comment) =>
        comment.includes(`: expected ${broken.expected}`),
      )
      expect(told).toMatch(/^BROKEN(, wrong since frame \d+)?: /)
    }
  })

  test('how its hypervisors stood is its owner’s business', async () => {
    const folder = await unpacked('owner', '--report', inUse)
    expect(existsSync(join(evidenceIn(join(folder, 'report')), 'state'))).toBe(false)
    expect(read(folder, 'README.md')).not.toContain('/state/')
  })

  test('--keep-all keeps them', async () => {
    const folder = await unpacked('kept', '--report', inUse, '--keep-all')
    const pcapng = readFileSync(join(evidenceIn(join(folder, 'report')), 'evidence.pcapng'))
    expect(pcapng.includes(SECRET)).toBe(true)
  })
})

describe('bad input gets one line and exit 2:', () => {
  const changed = join(scratch, 'changed')
  const bad: Record<string, { args: () => string[]; says: RegExp }> = {
    'no report': {
      args: () => ['VLAN-13', '--report', join(scratch, 'nowhere')],
      says: /no such file or folder/,
    },
    'a rule that was not judged': {
      args: () => ['VLAN-99', '--report', report],
      says: /no rule VLAN-99: it has VLAN-/,
    },
    'a test that is none': {
      args: () => ['VLAN-13/none', '--report', report],
      says: /no such test: it has VLAN-13\//,
    },
    'an archive that is a folder': {
      args: () => ['VLAN-13', '--report', report, '-o', scratch],
      says: /not a file/,
    },
    'evidence that was changed': {
      args() {
        cpSync(report, changed, { recursive: true })
        const path = join(evidenceIn(changed), 'observations.json')
        writeFileSync(path, read(path).replace('"deviates"', '"conforms"'))
        return ['VLAN-13', '--report', changed]
      },
      says: /was changed after it was written: no bundle of that/,
    },
  }
  test.each(Object.entries(bad))('%s', async (_what, { args, says }) => {
    const { status, stdout, stderr } = await frameproof(['bundle', ...args()])
    expect({ status, stdout, lines: stderr.trim().split('\n').length }).toEqual({
      status: 2,
      stdout: '',
      lines: 1,
    })
    expect(stderr).toMatch(says)
  })
})
