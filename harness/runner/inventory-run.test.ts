/** Whole runs on machines that a real sshd reaches: an inventory, configured by an implementation or by hand. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Machines } from '../lab/providers/testing/machines.ts'
import { whyNoSshd } from '../lab/ssh/testing/sshd.ts'
import type { Results } from '../report/results.ts'
import { describeUnless } from '../testing/describe-unless.ts'
import { type Ended, start } from '../testing/program.ts'

const HYPERVISORS = ['hv1', 'hv2'] as const
const PLACES = { red1: 'hv1', red2: 'hv1', blue1: 'hv1', red3: 'hv2', blue2: 'hv2' }
const TIMEOUT_MS = 90_000

describeUnless(whyNoSshd(), 'an inventory', {}, () => {
  let machines: Machines

  beforeAll(async () => {
    machines = await Machines.start(HYPERVISORS)
  })
  afterAll(() => machines.end())

  function inventory(rest: string): string {
    const file = join(machines.folder, 'lab.yaml')
    const guests = Object.entries(PLACES).map(
      ([name, place]) =>
        `  ${name}: { hypervisor: ${place}, tenant: ${name.slice(0, -1)}, tap: tap-${name} }\n`,
    )
    writeFileSync(
      file,
      `version: 1
sshConfig: ssh_config
sites: { hv1: { ssh: hv1 }, hv2: { ssh: hv2 } }
hypervisors: { hv1: { site: hv1, uplink: eth1 }, hv2: { site: hv2, uplink: eth1 } }
guests:
${guests.join('')}tenants: { red: { vid: 10 }, blue: { vid: 20 } }
${rest}
`,
    )
    return file
  }

  async function judged(args: readonly string[]): Promise<Ended & { verdicts: Record<string, string> }> {
    const run = start(['run', ...args])
    const ended = await run.ended
    const file = join(run.reportFolder, 'results.json')
    const results = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Results) : null
    return {
      ...ended,
      verdicts: Object.fromEntries(results?.requirements.map(({ id, verdict }) => [id, verdict]) ?? []),
    }
  }

  /** NICs, bridges and what the harness keeps: nothing of a run may be left. */
  function stateOf(name: string): string {
    return machines
      .on(name, 'ip -br link | cut -d " " -f 1; nft list ruleset; ls /var/lib; ls /run/netns; ps -e -o args=')
      .split('\n')
      .filter((line) => !/^(ps|sh|sshd|cut|sleep)\b|<defunct>/.test(line))
      .join('\n')
  }

  test('configured by an implementation: what it does across machines is judged, and they are left as they were', {
    timeout: TIMEOUT_MS,
  }, async () => {
    const before = HYPERVISORS.map(stateOf)
    const file = inventory('disposable: true\nimplementation: linux-bridge')
    const { status, verdicts, stdout } = await judged([
      'BR-02',
      'BR-04',
      'BR-08',
      'TAP-04',
      'TAP-06',
      '--lab',
      file,
    ])
    expect(verdicts, stdout).toEqual({
      ...{ 'BR-02': 'conforms', 'BR-04': 'conforms', 'BR-08': 'conforms' },
      ...{ 'TAP-04': 'conforms', 'TAP-06': 'conforms' },
    })
    expect(status).toBe(0)
    expect(HYPERVISORS.map(stateOf)).toEqual(before)
  })

  test('a fault is found, and what it left is swept', { timeout: TIMEOUT_MS }, async () => {
    const before = HYPERVISORS.map(stateOf)
    const file = inventory('disposable: true\nimplementation: linux-bridge')
    const fault = 'fixtures/faults/br-07-announcements-dropped.sh'
    const { status, verdicts, stdout } = await judged(['BR-07', 'BR-04', '--lab', file, '--fault', fault])
    expect(verdicts, stdout).toEqual({ 'BR-04': 'conforms', 'BR-07': 'deviates' })
    expect(status).toBe(1)
    expect(HYPERVISORS.map(stateOf)).toEqual(before)
  })

  test('a run that was killed: the next one finds the machines, makes them bare and judges', {
    timeout: TIMEOUT_MS,
  }, async () => {
    const before = HYPERVISORS.map(stateOf)
    const file = inventory('disposable: true\nimplementation: linux-bridge')
    const first = start(['run', 'TAP-06', '--lab', file])
    while (!machines.on('hv2', 'ip -br link').includes('br0'))
      await new Promise((resolve) => setTimeout(resolve, 20))
    first.child.kill('SIGKILL')
    await first.ended
    const { verdicts, stdout } = await judged(['BR-04', '--lab', file])
    expect(verdicts, stdout).toEqual({ 'BR-04': 'conforms' })
    expect(HYPERVISORS.map(stateOf)).toEqual(before)
  })

  test('configured by hand: it is judged as it is, and stays so', { timeout: TIMEOUT_MS }, async () => {
    for (const name of HYPERVISORS) {
      const taps = Object.entries(PLACES).flatMap(([guest, place]) =>
        place === name ? [`tap-${guest}`] : [],
      )
      const plug = taps.map((tap) => `ip tuntap add dev ${tap} mode tap; ip link set ${tap} master br0 up`)
      const bridge =
        'ip link add br0 type bridge mcast_snooping 0; ip link set eth1 master br0 up; ip link set br0 up'
      machines.on(name, [bridge, ...plug].join('\n'))
    }
    const before = HYPERVISORS.map(stateOf)
    const file = inventory('disposable: false\nimplementation: none\ndocumented: { scenario: bridged }')
    const { status, verdicts, stdout } = await judged([
      'BR-02',
      'BR-04',
      'BR-08',
      'BR-09',
      'VLAN-13',
      '--lab',
      file,
    ])
    expect(verdicts, stdout).toEqual({
      ...{ 'BR-02': 'conforms', 'BR-04': 'conforms', 'BR-08': 'could not run' },
      ...{ 'BR-09': 'deviates', 'VLAN-13': 'not supported' }, // nobody filters BPDUs there
    })
    expect(status).toBe(1)
    expect(HYPERVISORS.map(stateOf)).toEqual(before)

    for (const [option, value] of [
      ['--fault', 'fixtures/faults/br-06-bridge-is-a-hub.sh'],
      ['--implementation', 'linux-bridge'],
    ] as const) {
      const refused = await judged(['BR-06', '--lab', file, option, value])
      expect(refused.status).toBe(2)
      expect(refused.stderr).toContain('are not disposable: say disposable: true there')
    }
    expect(HYPERVISORS.map(stateOf)).toEqual(before)
  })

  test('a machine that goes away in mid-run ends the run, and says which', {
    timeout: TIMEOUT_MS,
  }, async () => {
    const own = await Machines.start(HYPERVISORS)
    try {
      const file = inventory('disposable: true\nimplementation: linux-bridge')
      const text = readFileSync(file, 'utf8').replace('sshConfig: ssh_config', `sshConfig: ${own.configFile}`)
      writeFileSync(file, text)
      const run = start(['run', 'TAP-06', 'BR-04', '--lab', file])
      while (!own.on('hv1', 'ip -br link').includes('br0'))
        await new Promise((resolve) => setTimeout(resolve, 20))
      process.kill(own.pidOf('hv2'), 'SIGKILL')
      const { status, stdout } = await run.ended
      expect(status).toBe(2)
      expect(stdout.trim().split('\n').at(-1)).toMatch(
        /^frameproof: the site hv2 ended: the ssh connection to hv2 \(hv2\) was cut/,
      )
    } finally {
      await own.end()
    }
  })
})
