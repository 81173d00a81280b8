/** A lab of two sites, one of which has its clock stepped in mid-window: a User Mode Linux kernel has one of its own. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import * as messages from '../../agent/messages/index.ts'
import { encodeSignature, findSignature } from '../../wire/signature.ts'
import { startSite } from '../choose-site.ts'
import { type LabWindow, WindowPlayer } from '../player.ts'
import { runOnSite, runScript } from '../run-on-site.ts'
import { connectSite, type Site } from '../site.ts'
import type { SiteProcess } from '../sites/process-site.ts'
import { controllerNs } from './clock.ts'

const RUN = 10
const PORTS = ['a', 'b', 'tap-a', 'tap-b']
const STEP_S = 10

const processes: SiteProcess[] = []
let uml: Site
let player: WindowPlayer

beforeAll(async () => {
  const connected = async (kind: 'uml' | 'host') => {
    const process = await startSite(kind, 0)
    processes.push(process)
    return connectSite(process, kind)
  }
  uml = await connected('uml')
  player = new WindowPlayer([await connected('host'), uml], () => uml)
  const taps = ['a', 'b'].map((guest) => ({ guest, namespace: null, name: `tap-${guest}` }))
  await uml.ask(messages.openTaps, taps)
  const nics = taps.map(({ name }) => ({ port: name, namespace: null, interface: name, ring: null }))
  const bridge = `ip link add br0 type bridge mcast_snooping 0; ip link set br0 addrgenmode none up
    for tap in tap-a tap-b; do ip link set $tap addrgenmode none; ip link set $tap master br0 up; done`
  await runScript(uml, 'no bridge', bridge)
  await uml.ask(messages.openCaptures, nics)
  await uml.ask(messages.awaitRunning, 2000)
}, 60_000)
afterAll(() => Promise.all(processes.map((process) => process.kill())))

function talk(firstNumber: number): messages.TalkRequest {
  const series = (first: number): messages.Series => {
    const template = new Uint8Array(60)
    template.fill(0xff, 0, 6)
    template.set([2, 0, 0, 0, 0, 1, 0x88, 0xb5], 6)
    template.set(encodeSignature({ run: RUN, caseNumber: 1, number: first }), 14)
    return { template, firstNumber: first, count: 10_000 }
  }
  const [fromA, fromB] = [series(firstNumber), series(firstNumber + 10_000)]
  return { run: RUN, steps: [], a: 'a', b: 'b', fromA, fromB, paceMs: 1, lostAfterMs: 1000 }
}

const framesAt = ({ ports }: LabWindow, port: string) =>
  ports
    .filter((one) => one.port === port)
    .flatMap((one) => messages.decodeFrames(one.frames))
    .filter(({ octets }) => findSignature(octets) !== undefined)

test.each([STEP_S, -STEP_S])('by %i s: it is told, and frames keep their place', async (seconds) => {
  const beganNs = controllerNs()
  const { window } = await player.talk(talk(seconds > 0 ? 1 : 30_001), async () => {
    const args = ['-c', `import time; time.clock_settime(time.CLOCK_REALTIME, time.time() + (${seconds}))`]
    expect(await runOnSite(uml, { program: 'python3', args })).toMatchObject({ status: 0 })
    await runScript(uml, 'no time', 'sleep 0.1')
  })
  const endedNs = controllerNs()
  const [still, stepped] = window.clocks
  expect(still).toMatchObject({ site: 'host', steppedNs: null })
  expect(Number(stepped?.steppedNs) / 1e9).toBeCloseTo(seconds, 1)
  const slackNs = stepped?.uncertaintyNs ?? 0n
  for (const port of PORTS) {
    const times = framesAt(window, port).map(({ timestampNs }) => timestampNs)
    expect(times.length).toBeGreaterThan(20)
    expect(times[0]).toBeGreaterThan(beganNs - slackNs)
    expect(times.at(-1)).toBeLessThan(endedNs + slackNs)
    // Nothing of the 10 s is left between one frame and the next.
    const gaps = times.slice(1).map((time, at) => Number(time - (times[at] ?? 0n)) / 1e9)
    expect(Math.max(...gaps.map(Math.abs))).toBeLessThan(2)
  }
})

test('it was stepped between two windows: neither is told, and both have their times', async () => {
  await player.play(RUN, [])
  await runScript(uml, 'no step', "date -s '+10 seconds' >/dev/null")
  const { clocks } = await player.play(RUN, [])
  expect(clocks.map(({ steppedNs }) => steppedNs)).toEqual([null, null])
})
