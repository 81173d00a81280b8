/** How a machine stands, in words, on real kernels: what is there is told, what is not is said, and nothing is changed. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startSite } from '../choose-site.ts'
import type { Place } from '../place.ts'
import { runOnSite } from '../run-on-site.ts'
import { connectSite, type Site } from '../site.ts'
import type { SiteProcess } from '../sites/process-site.ts'
import { differences, readState, showState } from './index.ts'

const MACHINE = 'machine'
const RUN_DIRECTORY = '/run/frameproof-shown'
const BUILD = `
  ip netns add ${MACHINE}
  ip -n ${MACHINE} link add br0 type bridge
  ip -n ${MACHINE} link add eth0 type veth peer name far
  ip -n ${MACHINE} link set eth0 master br0
  ip -n ${MACHINE} address add 192.0.2.11/24 dev br0
  ip -n ${MACHINE} link set br0 up
  tc -n ${MACHINE} qdisc add dev eth0 root handle 1: htb
  tc -n ${MACHINE} class add dev eth0 parent 1: classid 1:10 htb rate 10mbit
  mkdir -p ${RUN_DIRECTORY}`

/** What that program said. */
function under(program: string, text: string): string {
  const part = text.split(/^# /m).find((one) => /^\w+/.exec(one)?.[0] === program) ?? ''
  return part.slice(part.indexOf('\n') + 1).trimEnd()
}

describe.each(['host', 'uml'] as const)('on a %s site', { timeout: 60_000 }, (kind) => {
  let process: SiteProcess
  let site: Site
  let place: Place

  beforeAll(async () => {
    process = await startSite(kind, 0)
    site = await connectSite(process)
    place = { site, namespace: MACHINE }
    const built = await runOnSite(site, { program: 'sh', args: ['-euc', BUILD] })
    expect(built.stderr).toBe('')
  }, 60_000)
  afterAll(() => process.kill())

  test('NICs, bridges, qdiscs and classes are told, each under the command that told it', async () => {
    const text = await showState(place)
    expect(under('ip', text)).toContain('inet 192.0.2.11/24')
    expect(under('bridge', text)).toContain('master br0')
    expect(under('tc', text)).toContain('qdisc htb 1: dev eth0 root')
    expect(under('tc', text)).toMatch(/^eth0:\nclass htb 1:10 root .*rate 10Mbit/m)
    expect(under('sysctl', text)).toMatch(/^ipv4\/ip_forward:[01]$/m)
  })

  test('it changes nothing', async () => {
    const options = { runDirectory: RUN_DIRECTORY, directories: ['/run'] }
    const before = await readState(place, options)
    await showState(place)
    expect(differences(before, await readState(place, options))).toEqual([])
  })

  test('what is long is cut, and said to be', async () => {
    const many = Array.from(
      { length: 900 },
      (_, at) => `address add 10.0.${at >> 8}.${at & 255}/32 dev br0\n`,
    )
    await runOnSite(site, {
      program: 'ip',
      args: ['-n', MACHINE, '-batch', '-'],
      input: many.join(''),
    })
    const text = await showState(place)
    expect(under('ip', text)).toMatch(/\(cut after 65536 octets\)$/)
    expect(under('tc', text)).toContain('qdisc htb 1: dev eth0 root')
    expect(text.length).toBeLessThan(400_100)
  })
})

test('a site that is gone is told, and nothing is thrown', async () => {
  const ask = () => Promise.reject(new Error('the site is gone'))
  const text = await showState({ site: { ask } as unknown as Site, namespace: null })
  expect(text).toBe('(it could not be told: the site is gone)\n')
})
