/** The command line from end to end, on real labs and with every kind of bad input. */
import { execFile } from 'node:child_process'
import { chmodSync, cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, describe, expect, test } from 'vitest'
import type { Results } from '../report/results.ts'
import { frameproof, processOf, SCRATCH, start } from '../testing/program.ts'

const FIXTURES = resolve(import.meta.dirname, '../../fixtures')
const REFERENCE = join(FIXTURES, 'implementations/linux-bridge')
const scratch = mkdtempSync(join(tmpdir(), SCRATCH))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

const LONG = { timeout: 90_000 }
const RULES = ['TAP-02', 'VLAN-03', 'VLAN-05', 'VLAN-13']

/** A copy of the reference with another `configure`. */
function implementation(name: string, configure: string | null, mode = 0o755): string {
  const folder = join(scratch, name)
  cpSync(REFERENCE, folder, { recursive: true })
  if (configure !== null) writeFileSync(join(folder, 'configure'), configure)
  chmodSync(join(folder, 'configure'), mode)
  return folder
}

async function runJson(
  ...args: string[]
): Promise<{ status: number | null; results: Results; stderr: string }> {
  const { status, stdout, stderr } = await frameproof(['run', '--json', ...args])
  return { status, results: JSON.parse(stdout) as Results, stderr }
}

function verdicts({ requirements }: Results): Record<string, string> {
  return Object.fromEntries(requirements.filter((r) => r.verdict !== 'no case').map((r) => [r.id, r.verdict]))
}

describe('on User Mode Linux', () => {
  test('the reference conforms, exit 0', LONG, async () => {
    const { status, results } = await runJson('--site', 'uml', ...RULES)
    expect(verdicts(results)).toEqual({
      'TAP-02': 'conforms',
      'VLAN-03': 'conforms',
      'VLAN-05': 'conforms',
      'VLAN-13': 'conforms',
    })
    expect(status).toBe(0)
    expect(results.lab.sites).toMatchObject([{ kind: 'uml' }])
  })

  test('a TAP port that `configure` forgot to set up deviates, exit 1', LONG, async () => {
    const forgetful = implementation('forgetful', null)
    const wrapper = `#!/bin/sh\n"${REFERENCE}/configure" "$@" || exit\n[ "$1" != attach ] || ip link set "tap-$2" down\n`
    writeFileSync(join(forgetful, 'configure'), wrapper)
    const { status, results } = await runJson('--implementation', forgetful, 'VLAN-13')
    expect(verdicts(results)).toEqual({ 'VLAN-13': 'deviates' })
    expect(status).toBe(1)
    expect(results.requirements[0]?.reason).toContain('is down: the implementation left it so')
  })

  test(
    'a fault is found; the text names frame, hop, expected and seen, and tshark finds that frame',
    LONG,
    async () => {
      const fault = join(FIXTURES, 'faults/vlan-13-cable-joins-tenants.sh')
      const report = join(scratch, 'leak')
      const { status, results } = await runJson('--fault', fault, '--report', report, 'VLAN-13')
      expect(results.fault?.detected).toBe(true)
      expect(status).toBe(1)
      const [{ reason = '', cases = [] } = {}] = results.requirements
      expect(reason).toMatch(/expected {2}hv1:tap-blue1 never carries ARP/)
      expect(reason).toMatch(/journey[\s\S]*frame \d+ +hv1:tap-red1 +in/)

      const [, frame, port] = /seen {6}frame (\d+): out at (\S+),/.exec(reason ?? '') ?? []
      const evidence = join(report, cases[0]?.evidence ?? '', 'evidence.pcapng')
      const fields = ['-T', 'fields', '-e', 'frame.interface_name', '-e', 'frame.comment']
      const tshark = ['-r', evidence, '-Y', `frame.number == ${frame}`, ...fields]
      const { stdout } = await promisify(execFile)('tshark', tshark)
      expect(stdout.split('\t')[0]).toBe(port)
      expect(stdout).toMatch(new RegExp(`BROKEN, wrong since frame \\d+: expected ${port} `))
    },
  )

  test('a kernel that does not boot is no verdict, exit 2', LONG, async () => {
    const stub = join(scratch, 'stub')
    cpSync(REFERENCE, stub, { recursive: true })
    writeFileSync(join(stub, 'linux.uml'), '#!/bin/sh\necho "no room for memory" >&2\nexit 1\n', {
      mode: 0o755,
    })
    const { status, stdout } = await frameproof(['run', '--site', 'uml', 'TAP-02'], {
      PATH: `${stub}:${process.env.PATH}`,
    })
    expect(status).toBe(2)
    expect(stdout).toContain('no room for memory')
    expect(stdout).not.toContain('conforms')
  })
})

describe('on this host’s kernel', () => {
  test('TAP-02 conforms; what the kernel cannot do could not run, and is named', LONG, async () => {
    const { results } = await runJson('--site', 'host', ...RULES)
    const { 'TAP-02': tap, ...vlan } = verdicts(results)
    expect(tap).toBe('conforms')
    const reasons = results.requirements.filter((r) => r.verdict === 'could not run').map((r) => r.reason)
    if (reasons.length > 0) {
      expect(Object.values(vlan)).toEqual(['could not run', 'could not run', 'could not run'])
      for (const reason of reasons) expect(reason).toContain('802.1Q VLAN NICs (8021q)')
    } else expect(Object.values(vlan)).toEqual(['conforms', 'conforms', 'conforms'])
  })
})

test('an agent that is killed as it starts is no verdict, exit 2', LONG, async () => {
  const run = start(['run', '--site', 'host', 'TAP-02'])
  const agent = await processOf(run.mark, /^\d+ \S*node \S*agent-\w+\.mjs/)
  process.kill(agent, 'SIGKILL')
  const { status, stdout } = await run.ended
  rmSync(run.reportFolder, { recursive: true, force: true })
  expect(stdout).toContain('1 could not run')
  expect(stdout).not.toContain('✓')
  expect(status).toBe(2)
})

test(
  'a kernel that is killed between two cases ends the run: the others could not run, exit 2',
  LONG,
  async () => {
    const run = start(['run', '--site', 'uml', '--workers', '1', ...RULES])
    let told = ''
    const judging = new Promise<void>((resolve) => {
      run.child.stdout?.on('data', (octets) => {
        told += octets
        if (told.includes('✓')) resolve()
      })
    })
    const kernel = await processOf(run.mark, /^\d+ unshare .*uml-boot\.sh/)
    await Promise.race([judging, run.ended])
    process.kill(kernel, 'SIGKILL')
    const { status, stdout } = await run.ended
    rmSync(run.reportFolder, { recursive: true, force: true })
    expect(stdout).toMatch(/✓ conforms +TAP-02/) // it was judged before
    const [, before, after] = /(\d) conforms, (\d) could not run/.exec(stdout) ?? []
    expect(Number(before) + Number(after), stdout).toBe(RULES.length)
    expect(stdout.trim().split('\n').at(-1)).toMatch(/^frameproof: the uml site ended: /)
    expect(stdout).not.toContain('✗')
    expect(status).toBe(2)
  },
)

describe('bad input gets one line and exit 2:', () => {
  const bad: Record<string, { args: () => string[]; says: RegExp }> = {
    'an unknown rule': { args: () => ['VLAN-99'], says: /unknown requirement "VLAN-99"/ },
    'an unknown implementation': { args: () => ['--implementation', 'nobody'], says: /nobody/ },
    'a broken implementation.yaml': {
      args: () => {
        const folder = implementation('broken-yaml', null)
        writeFileSync(join(folder, 'implementation.yaml'), 'name: x\nscenarios: [vlan\n')
        return ['--implementation', folder]
      },
      says: /implementation\.yaml:\d+/,
    },
    'an unknown scenario in it': {
      args: () => {
        const folder = implementation('unknown-scenario', null)
        writeFileSync(
          join(folder, 'implementation.yaml'),
          'name: x\ndescription: y\nscenarios: [teleport]\nrequires: []\n',
        )
        return ['--implementation', folder]
      },
      says: /scenarios/,
    },
    '`configure` not executable': {
      args: () => ['--implementation', implementation('not-executable', null, 0o644)],
      says: /configure.*executable/,
    },
    'a fault that is not there': { args: () => ['--fault', join(scratch, 'none.sh')], says: /none\.sh/ },
    'a fault with a bad head': {
      args: () => {
        const file = join(scratch, 'bad-head.sh')
        writeFileSync(file, '#!/bin/sh\n# fault: x\n# scenario: vlan\n# on: mars\n# breaks: VLAN-13\n', {
          mode: 0o755,
        })
        return ['--fault', file]
      },
      says: /bad-head\.sh:\d+.*mars/,
    },
    'a report folder that holds something else': {
      args: () => ['--report', FIXTURES],
      says: /no report/,
    },
    'an unknown option': { args: () => ['--sight', 'uml'], says: /unknown option/ },
  }
  test.each(Object.entries(bad))('%s', LONG, async (_name, { args, says }) => {
    const { status, stdout, stderr } = await frameproof(['run', ...args()])
    expect(stderr).toMatch(says)
    expect(stderr.trim().split('\n')).toHaveLength(1)
    expect(stderr).not.toMatch(/\bat .*\.ts:/)
    expect(stdout).toBe('')
    expect(status).toBe(2)
  })
})

describe('a `configure` or a fault that misbehaves on the lab ends the run with one line and exit 2:', () => {
  const misbehaving: Record<string, { args: () => string[]; says: RegExp }> = {
    'it fails': {
      args: () => [
        '--implementation',
        implementation('failing', '#!/bin/sh\necho "no such NIC" >&2\nexit 1\n'),
      ],
      says: /configure up on hv\d ended with exit status 1, saying: no such NIC/,
    },
    'it hangs': {
      args: () => ['--implementation', implementation('hanging', '#!/bin/sh\nsleep 100\n')],
      says: /configure up on hv\d did not end within 30 s/,
    },
    'it refuses a plan that it should not': {
      args: () => [
        '--implementation',
        implementation('refusing', '#!/bin/sh\necho "not today" >&2\nexit 3\n'),
      ],
      says: /refused the plan.*not today/,
    },
    'it is no program': {
      args: () => ['--implementation', implementation('no-program', '#!/no/such/shell\n')],
      says: /configure up on hv\d/,
    },
    'a program that it requires is missing': {
      args: () => {
        const folder = implementation('demanding', null)
        const yaml = 'name: demanding\ndescription: y\nscenarios: [vlan]\nrequires: [no-such-program]\n'
        writeFileSync(join(folder, 'implementation.yaml'), yaml)
        return ['--implementation', folder]
      },
      says: /no-such-program/,
    },
    'a fault does not get into place': {
      args: () => {
        const file = join(scratch, 'failing-fault.sh')
        const head = '#!/bin/sh\n# fault: x\n# scenario: vlan\n# on: hv1\n# breaks: VLAN-13\n'
        writeFileSync(file, `${head}echo "no such bridge" >&2\nexit 1\n`, { mode: 0o755 })
        return ['--fault', file]
      },
      says: /bad fault.*no such bridge/,
    },
  }
  test.each(Object.entries(misbehaving))('%s', LONG, async (_name, { args, says }) => {
    const { status, stdout } = await frameproof(['run', 'VLAN-13', ...args()])
    const last = stdout.trim().split('\n').at(-1) ?? ''
    expect(last).toMatch(/^frameproof: /)
    expect(last).toMatch(says)
    expect(stdout).not.toContain('✓')
    expect(status).toBe(2)
  })
})
