/** What is left behind on real kernels is seen, and swept. */
import { afterAll, beforeAll, beforeEach, describe, expect, type TestContext, test } from 'vitest'
import { startSite } from '../choose-site.ts'
import type { Place } from '../place.ts'
import { MARKED as MARK, runOnSite } from '../run-on-site.ts'
import { connectSite, type Site } from '../site.ts'
import type { SiteProcess } from '../sites/process-site.ts'
import { differences, type MachineState, readState, sweep } from './index.ts'
import { LEFTOVERS, type Leftover, RUN_DIRECTORY } from './leftovers.ts'

const MACHINE = 'machine'
/** A NIC with a cable, an address and a route that are the machine's own. */
const BUILD = `
  ip netns add ${MACHINE}
  ip netns add far
  ip link add eth0 netns ${MACHINE} type veth peer name eth0 netns far
  ip -n far link set eth0 up
  ip -n ${MACHINE} link set lo up
  ip -n ${MACHINE} link set eth0 up
  ip -n ${MACHINE} address add 192.0.2.11/24 brd + dev eth0
  ip -n ${MACHINE} route add default via 192.0.2.1
  ip netns exec ${MACHINE} sh -c 'echo 0 >/proc/sys/net/ipv4/ip_forward' # a new namespace has what the machine itself has
  mkdir -p ${RUN_DIRECTORY}`
const MARKED = Object.entries(MARK).map(([name, value]) => `${name}=${value}`)
const matching = (lines: readonly (string | RegExp)[]) =>
  lines.map((line) => (typeof line === 'string' ? line : expect.stringMatching(line)))

describe.each(['host', 'uml'] as const)('on a %s site', { timeout: 60_000 }, (kind) => {
  let process: SiteProcess
  let site: Site
  let place: Place
  let before: MachineState
  const options = { runDirectory: RUN_DIRECTORY, directories: ['/run'] }

  const sh = (script: string, namespace: string | null = MACHINE, marks = MARKED) =>
    runOnSite(site, { namespace, program: 'env', args: [...marks, 'sh', '-c', script] })
  const canHave = async ({ needs }: Leftover) => needs === undefined || (await sh(needs)).status === 0
  const leave = async (script: string) => expect((await sh(script)).stderr).toBe('')
  const found = async () => differences(before, await readState(place, options))

  beforeAll(async () => {
    process = await startSite(kind, 0)
    site = await connectSite(process)
    place = { site, namespace: MACHINE }
    const built = await runOnSite(site, { program: 'sh', args: ['-euc', BUILD] })
    expect(built.stderr).toBe('')
  }, 60_000)
  afterAll(() => process.kill())
  beforeEach(async () => {
    await sh('rm -f /run/left')
    before = await readState(place, options)
  })

  test('read twice, it is the same', async () => {
    expect(await found()).toEqual([])
  })

  test('the whole machine, read twice, is the same, and fits into what a program may print', async () => {
    const whole = { site, namespace: null }
    const first = await readState(whole, { runDirectory: RUN_DIRECTORY })
    const changes = differences(first, await readState(whole, { runDirectory: RUN_DIRECTORY }))
    const ofOthers = /^(file|folder) / // this machine's files are anybody's while tests run
    expect(changes.filter((line) => !ofOthers.test(line))).toEqual([])
    expect(Object.keys(first.things.file)).toContain('/etc/passwd')
    expect(JSON.stringify(first).length).toBeLessThan(1 << 20)
  })

  const eachOnItsOwn = async (leftover: Leftover, { skip }: TestContext) => {
    skip(!(await canHave(leftover)), 'the kernel, or what is installed, does not have it')
    await leave(leftover.first ?? '')
    before = await readState(place, options)
    await leave(leftover.leave)
    expect(await found()).toEqual(expect.arrayContaining(matching(leftover.told)))
    expect(await sweep(place, before)).toEqual(matching(leftover.stays ?? []))
  }
  if (kind === 'host') test.for(LEFTOVERS)('$what', eachOnItsOwn) // on the other site it takes too long

  test('all at once', async () => {
    const possible: Leftover[] = []
    for (const each of LEFTOVERS) if (each.alone !== true && (await canHave(each))) possible.push(each)
    before = await readState(place, options) // to ask whether it can be had may load a module
    for (const each of possible) await leave(each.leave)
    expect(await found()).toEqual(expect.arrayContaining(matching(possible.flatMap(({ told }) => told))))
    expect(await sweep(place, before)).toEqual([])
    expect(possible.length).toBeGreaterThan(10)
  })

  test('a NIC that is gone cannot be put back', async () => {
    await leave('ip link add spare type bridge')
    const withSpare = await readState(place, options)
    await leave('ip link delete spare')
    expect(await sweep(place, withSpare)).toEqual(['NIC spare is gone'])
  })

  test('a process that has ended since is told of, and not missed by the sweep', async () => {
    await sh('sleep 1004 >/dev/null 2>&1 &')
    const withIt = await readState(place, options)
    await sh('pkill -fx "sleep 1004"; while pgrep -fx "sleep 1004"; do :; done')
    const gone = [expect.stringMatching(/^process sleep 1004 \(pid \d+\) is gone$/)]
    expect(differences(withIt, await readState(place, options))).toEqual(gone)
    expect(await sweep(place, withIt)).toEqual([])
  })

  test('on a whole machine: processes of the run, and orphans without a mark, but nobody else’s', async () => {
    const whole = { site, namespace: null }
    const inBackground = (command: string): string => `${command} >/dev/null 2>&1 &`
    await sh(inBackground('sleep 1001'), null)
    const bare = await readState(whole, options)
    await sh(inBackground('setsid sleep 1002'), null)
    await sh(`(${inBackground("setsid env -i sh -c 'sleep 1003; :'")})`, null)
    const other = runOnSite(site, { program: 'sleep', args: ['30'], timeoutMs: 3000 }) // the agent's own
    const lines = differences(bare, await readState(whole, options)).map((line) =>
      line.replace(/\d+\)/, 'PID)'),
    )
    expect(lines.sort()).toEqual([
      'process sh -c sleep 1003; : (pid PID) is new',
      'process sleep 1002 (pid PID) is new',
      'process sleep 1003 (pid PID) is new',
    ])
    expect(await sweep(whole, bare)).toEqual([])
    expect((await other).timedOut).toBe(true) // nobody else ended it
    expect((await sh('pgrep -fx "sleep 1001"', null)).status).toBe(0)
    await sh('pkill -fx "sleep 1001"', null)
  })

  test('on a whole machine: a network namespace, and the NIC in it', async () => {
    const whole = { site, namespace: null }
    const bare = await readState(whole, options)
    await sh('ip netns add left; ip link add cable type veth peer name cable netns left', null)
    const lines = differences(bare, await readState(whole, options))
    expect(lines).toEqual(['NIC cable is new', 'network namespace left is new'])
    expect(await sweep(whole, bare)).toEqual([])
  })
})
