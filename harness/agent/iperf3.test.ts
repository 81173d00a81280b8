/**
 * A whole transfer through a shaper, measured twice: from our capture of it, and by the receiver of iperf3. It counts what
 * UDP carries; a frame has 42 octets more (Ethernet 14, IPv4 20, UDP 8).
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startSite } from '../lab/choose-site.ts'
import { runOnSite } from '../lab/run-on-site.ts'
import { connectSite, type Site } from '../lab/site.ts'
import type { SiteProcess } from '../lab/sites/process-site.ts'
import { LOAD_RING } from '../port/ring.ts'
import { decodeEthernet } from '../wire/index.ts'
import * as messages from './messages/index.ts'

const RATE = 8_000_000 // bit/s, of frames without FCS
const PAYLOAD_OCTETS = 1000
const FRAME_OCTETS = PAYLOAD_OCTETS + 42
/** iperf3's clock starts and ends some ms beside the first and the last frame: over so long a time that does not matter. */
const TRANSFER_SECONDS = 10
const TOLERANCE = 0.003
const FAR = { port: 'far:eth0', namespace: 'far', interface: 'eth0', ring: LOAD_RING }

describe('on this host’s kernel', () => {
  let process: SiteProcess
  let site: Site
  const directory = mkdtempSync('/tmp/frameproof-iperf3-')
  const sh = async (script: string): Promise<string> => {
    const { status, stdout, stderr } = await runOnSite(site, {
      program: 'sh',
      args: ['-euc', `cd "$1"\n${script}`, 'sh', directory],
    })
    expect(status, stderr).toBe(0)
    return stdout
  }

  beforeAll(async () => {
    process = await startSite('host', 0)
    site = await connectSite(process)
    await sh(`ip netns add lab; ip netns add far
      ip -n lab link add eth0 type veth peer name eth0 netns far
      ip -n lab address add 192.0.2.1/24 dev eth0; ip -n far address add 192.0.2.2/24 dev eth0
      for node in lab far; do ip -n $node link set lo up; ip -n $node link set eth0 up; done
      ip netns exec lab tc qdisc add dev eth0 root tbf rate ${RATE}bit burst 20000 latency 50ms`)
    await site.ask(messages.openCaptures, [FAR])
    await site.ask(messages.awaitRunning, 2000)
  }, 60_000)
  afterAll(() => {
    process.kill()
    rmSync(directory, { recursive: true })
  })

  test('the rate of a capture and that of iperf3’s receiver agree within 0.3%', {
    timeout: 60_000,
  }, async () => {
    await sh(`ip netns exec far iperf3 --server --one-off --json >server.json 2>server.log &
      until ip netns exec far ss -Hltn | grep -q :5201; do sleep 0.01; done
      ip netns exec lab iperf3 --client 192.0.2.2 --udp --bitrate ${1.5 * RATE} --length ${PAYLOAD_OCTETS} \\
        --time ${TRANSFER_SECONDS} --json >client.json 2>client.log &`)
    const listening: messages.Step = {
      ...{ kind: 'load', loads: [], kept: [FAR.port], snapOctets: 64 },
      ...{ durationMs: (TRANSFER_SECONDS + 2) * 1000, deadlineMs: 5000 },
    }
    const { ports } = await site.ask(messages.window, { run: 1, steps: [listening] })
    const said = await sh(
      'until [ -s client.json ] && [ -s server.json ]; do sleep 0.01; done; cat client.json',
    )
    const { end } = JSON.parse(said) as { end: { sum_received: { seconds: number; packets: number } } }
    const { seconds, packets } = end.sum_received
    const iperf3 = (packets * FRAME_OCTETS * 8) / seconds

    const [port] = ports
    if (port === undefined) throw new Error('nothing was captured')
    expect(port.drops).toBe(0)
    const frames = messages.decodeFrames(port.frames).filter(({ octets, originalLength }) => {
      return originalLength === FRAME_OCTETS && decodeEthernet(octets).etherType === 0x0800
    })
    expect(frames.length).toBeGreaterThanOrEqual(packets) // what came behind its end it does not count
    const counted = frames.slice(0, packets)
    const spanNs = Number((counted.at(-1)?.timestampNs ?? 0n) - (counted[0]?.timestampNs ?? 0n))
    const ours =
      (counted.slice(1).reduce((sum, { originalLength }) => sum + originalLength, 0) * 8e9) / spanNs
    expect(Math.abs(ours / iperf3 - 1), `${ours} against ${iperf3} bit/s`).toBeLessThan(TOLERANCE)
  })
})
