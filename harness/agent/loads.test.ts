/**
 * Loads on real kernels: at a pace, side by side, captured in part; and what comes through a shaper measured twice, from
 * the captures and by another program: a sum over tcpdump's file.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startSite } from '../lab/choose-site.ts'
import { runOnSite } from '../lab/run-on-site.ts'
import { connectSite, type Site } from '../lab/site.ts'
import type { SiteProcess } from '../lab/sites/process-site.ts'
import { EGRESS, isMeasured, measureLimiter, trafficOf } from '../proof/rates/index.ts'
import { encodeSignature, findSignature } from '../wire/signature.ts'
import * as messages from './messages/index.ts'

const RUN = 9
const SNAP_OCTETS = 128

function template(firstNumber: number, sizeOctets: number): Uint8Array {
  const octets = new Uint8Array(sizeOctets)
  octets.set([2, 0, 0, 0, 0, 9, 2, 0, 0, 0, 0, 1, 0x88, 0xb5])
  octets.set(encodeSignature({ run: RUN, caseNumber: 1, number: firstNumber }), 14)
  return octets
}

const PACED = { framesPerSecond: 1000, beginMs: 0, endMs: 300 }

function load(from: string, firstNumber: number, sizeOctets: number, pace = PACED): messages.Load {
  const count = Math.ceil((pace.framesPerSecond * (pace.endMs - pace.beginMs)) / 1000)
  return {
    from,
    by: 'guest',
    series: { template: template(firstNumber, sizeOctets), firstNumber, count },
    ...pace,
  }
}

function step(loads: readonly messages.Load[], kept: readonly string[]): messages.Step {
  const durationMs = Math.max(...loads.map(({ endMs }) => endMs))
  return { kind: 'load', loads, kept, snapOctets: SNAP_OCTETS, durationMs, deadlineMs: 3000 }
}

describe.each(['host', 'uml'] as const)('on a %s site', (kind) => {
  let process: SiteProcess
  let site: Site
  const sh = (script: string) => runOnSite(site, { program: 'sh', args: ['-euc', script] })
  const play = (...steps: messages.Step[]) => site.ask(messages.window, { run: RUN, steps })
  const framesAt = ({ ports }: messages.WindowResult, port: string) =>
    ports.filter((one) => one.port === port).flatMap((one) => messages.decodeFrames(one.frames))

  beforeAll(async () => {
    process = await startSite(kind, 0)
    site = await connectSite(process)
    await sh(`ip netns add lab; ip netns add far
      ip -n lab link add br0 type bridge mcast_snooping 0
      ip -n lab link add eth0 type veth peer name eth0 netns far
      for nic in br0 eth0; do ip -n lab link set $nic addrgenmode none; ip -n lab link set $nic up; done
      ip -n far link set eth0 addrgenmode none; ip -n far link set eth0 up; ip -n lab link set eth0 master br0`)
    const taps = ['a', 'b'].map((guest) => ({ guest, namespace: 'lab', name: `tap-${guest}` }))
    await site.ask(messages.openTaps, taps)
    for (const { name } of taps)
      await sh(`ip -n lab link set ${name} addrgenmode none; ip -n lab link set ${name} master br0 up`)
    const nics = [...taps.map(({ name }) => ({ namespace: 'lab', interface: name })), FAR]
    const captures = nics.map((nic) => ({ port: `${nic.namespace}:${nic.interface}`, ring: null, ...nic }))
    await site.ask(messages.openCaptures, captures)
    await site.ask(messages.awaitRunning, 2000)
  }, 60_000)
  afterAll(() => process.kill())

  test('two senders keep their pace side by side; frames are kept in part, and only where they are wanted', async () => {
    const result = await play(step([load('a', 1, 1000), load('b', 1001, 60)], ['lab:tap-a', 'far:eth0']))
    const [outcome] = result.steps
    if (outcome?.kind !== 'loaded') throw new Error('no load')
    const [a, b] = outcome.loads
    expect([a?.error, b?.error]).toEqual([null, null])
    expect(a?.framesSent).toBeGreaterThan(30) // as many as a machine that pauses can
    expect(a?.framesSent).toBeLessThanOrEqual(300)
    const far = framesAt(result, 'far:eth0').filter(({ octets }) => findSignature(octets)?.run === RUN)
    expect(far).toHaveLength((a?.framesSent ?? 0) + (b?.framesSent ?? 0))
    const long = far.filter(({ originalLength }) => originalLength === 1000)
    expect(new Set(long.map(({ octets }) => octets.length))).toEqual(new Set([SNAP_OCTETS]))
    expect(long.map(({ octets }) => findSignature(octets)?.number)).toEqual(long.map((_, at) => 1 + at))
    const into = framesAt(result, 'lab:tap-a').filter(({ direction }) => direction === 'in') // b's are flooded out of it
    expect(into).toHaveLength(a?.framesSent ?? 0)
    expect(framesAt(result, 'lab:tap-b')).toEqual([])
    expect(result.ports.map(({ drops }) => drops)).toEqual(result.ports.map(() => 0))
  })

  test('after a load everything is captured as before, whole', async () => {
    await play(step([load('a', 2001, 1000)], ['far:eth0']))
    const frames = [template(3001, 1000)]
    const arrivals = [{ port: 'far:eth0', number: 3001, direction: null }]
    const result = await play(
      { kind: 'send', guest: 'a', frames },
      { kind: 'await', arrivals, deadlineMs: 2000 },
    )
    for (const port of ['lab:tap-a', 'lab:tap-b', 'far:eth0'])
      expect(framesAt(result, port).map(({ octets }) => octets.length)).toEqual([1000])
  })

  test('a sender whose device is down says so', async () => {
    await sh('ip -n lab link set tap-b down')
    const { steps } = await play(step([load('b', 4001, 60)], ['far:eth0']))
    await sh('ip -n lab link set tap-b up')
    expect(steps[0]).toMatchObject({ loads: [{ framesSent: 0, error: expect.stringContaining('EIO') }] })
  })

  test('through a shaper the captures and a sum over tcpdump’s file agree within 0.3%', async () => {
    const rate = 8_000_000
    await sh(`ip netns exec lab tc qdisc add dev eth0 root tbf rate ${rate}bit burst 100000 latency 50ms`)
    const script = `cd "$1"; tcpdump -i eth0 -w - -s 64 -U --immediate-mode -p ether proto 0x88b5 >out 2>log &
      until grep -q listening log; do sleep 0.01; done; echo $! >pid`
    const directory = kind === 'host' ? mkdtempSync('/tmp/frameproof-loads-') : '/run'
    const started = await runOnSite(site, {
      namespace: 'far',
      program: 'sh',
      args: ['-euc', script, 'sh', directory],
    })
    expect(started).toMatchObject({ status: 0 })
    const pace = { framesPerSecond: (2 * rate) / 8 / 1000, beginMs: 0, endMs: 2000 }
    const result = await play(step([load('a', 10_001, 1000, pace)], ['lab:tap-a', 'far:eth0']))
    const stop =
      'cd "$1"; kill "$(cat pid)"; while kill -0 "$(cat pid)" 2>/dev/null; do sleep 0.01; done; base64 -w0 out'
    const file = await runOnSite(site, { program: 'sh', args: ['-euc', stop, 'sh', directory] })
    await sh('ip netns exec lab tc qdisc delete dev eth0 root')
    if (kind === 'host') rmSync(directory, { recursive: true })

    const originNs = framesAt(result, 'lab:tap-a')[0]?.timestampNs ?? 0n
    const trafficAt = (name: string) => {
      const frames = framesAt(result, name).map((frame, at) => {
        return { ...frame, frame: at, signature: findSignature(frame.octets)?.number ?? null }
      })
      return trafficOf(frames, { name, originNs, counting: EGRESS })
    }
    const [offered, left] = [trafficAt('lab:tap-a'), trafficAt('far:eth0')]
    const measurement = measureLimiter({
      offered,
      left,
      limit: { rateBitsPerSecond: rate, burstOctets: 100_000 },
    })
    const { steady } = measurement
    if (!isMeasured(steady)) return expect(steady.reason).toMatch(/stood still|too little load/) // a busy machine
    const between = packetsIn(Buffer.from(file.stdout, 'base64'), originNs).filter(
      ({ atNs }) => atNs > steady.beginNs - 1000 && atNs < steady.endNs + 1000,
    )
    const octets = between.slice(1).reduce((sum, { length }) => sum + length, 0)
    const spanNs = (between.at(-1)?.atNs ?? 0) - (between[0]?.atNs ?? 0)
    const summed = (octets * 8e9) / spanNs
    expect(Math.abs(steady.rate.value / summed - 1)).toBeLessThan(0.003)
  }, 30_000)
})

const FAR = { namespace: 'far', interface: 'eth0' }

/** Classic pcap, microseconds, little-endian, as tcpdump writes it: read here once more, by nobody else's reader. */
function packetsIn(file: Buffer, originNs: bigint): readonly { atNs: number; length: number }[] {
  const packets: { atNs: number; length: number }[] = []
  for (let at = 24; at + 16 <= file.length; at += 16 + file.readUInt32LE(at + 8)) {
    const ns = BigInt(file.readUInt32LE(at)) * 1_000_000_000n + BigInt(file.readUInt32LE(at + 4)) * 1000n
    packets.push({ atNs: Number(ns - originNs), length: file.readUInt32LE(at + 12) })
  }
  return packets
}
