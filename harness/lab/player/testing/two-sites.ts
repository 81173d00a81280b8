/**
 * Two sites with a cable between them, for tests: two agents side by side on one kernel, each with a machine of its own,
 * a namespace.
 *
 *   a --tap-a--[ hv1 ]--eth0 == eth0--[ hv2 ]--tap-b-- b
 *   c --tap-c--[     ]
 */
import { spawnSync } from 'node:child_process'
import { createReadStream, createWriteStream, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Transform } from 'node:stream'
import { awaitRunning, openCaptures, openTaps, type PortId } from '../../../agent/messages/index.ts'
import { SCRATCH } from '../../../testing/program.ts'
import { WindowPlayer } from '../../player.ts'
import { runOnSite, runScript } from '../../run-on-site.ts'
import { connectSite, type Site } from '../../site.ts'
import { startHost } from '../../sites/host.ts'

export interface TwoSites {
  hv1: Site
  hv2: Site
  siteOf(port: PortId): Site
  player(): WindowPlayer
  /** On the kernel of both. */
  sh(script: string): Promise<string>
  /** Kills the agent of hv2 alone. */
  killSecond(): Promise<void>
  end(): Promise<void>
}

/** Starts one more agent beside the one that runs this, with its line on two FIFOs; says its process ID. */
const SECOND_AGENT = `
agent=$(tr '\\0' '\\n' </proc/$PPID/cmdline | sed -n 2p)
"$(readlink /proc/$PPID/exe)" "$agent" <"$1/to" >"$1/from" 2>"$1/words" &
echo $!`

const MACHINES = `
for machine in hv1 hv2; do
  ip netns add $machine
  ip -n $machine link add br0 type bridge stp_state 0 mcast_snooping 0
  ip -n $machine link set br0 addrgenmode none up
done
ip -n hv1 link add eth0 type veth peer name eth0 netns hv2
for machine in hv1 hv2; do
  ip -n $machine link set eth0 addrgenmode none
  ip -n $machine link set eth0 master br0 up
done`

const attach = (machine: string, guest: string): string =>
  `ip -n ${machine} link set tap-${guest} addrgenmode none; ip -n ${machine} link set tap-${guest} master br0 up\n`

/** @param answersTakeMs how long the answers of hv2 are on their way */
export async function twoSites({ answersTakeMs = 0 } = {}): Promise<TwoSites> {
  const folder = mkdtempSync(join(tmpdir(), SCRATCH))
  const line = { to: join(folder, 'to'), from: join(folder, 'from') }
  spawnSync('mkfifo', [line.to, line.from])
  const process = await startHost()
  const hv1 = await connectSite(process, 'hv1')
  const sh = (script: string) => runScript(hv1, 'the test could not do it', script)
  const pid = (await runScript(hv1, 'no second agent', SECOND_AGENT, [folder])).trim()
  const from = createReadStream(line.from)
  const input = answersTakeMs === 0 ? from : from.pipe(delayed(answersTakeMs))
  const output = createWriteStream(line.to)
  output.on('error', () => undefined) // a broken line shows as the end of the site
  const ended = new Promise<string>((resolve) => from.on('close', () => resolve('its line was cut')))
  const hv2 = await connectSite({ kind: 'host', input, output, ended }, 'hv2')

  const siteOf = (port: PortId): Site => (port === 'b' || port.startsWith('hv2') ? hv2 : hv1)
  await sh(MACHINES)
  await hv1.ask(openTaps, [tap('hv1', 'a'), tap('hv1', 'c')])
  await hv2.ask(openTaps, [tap('hv2', 'b')])
  await sh(attach('hv1', 'a') + attach('hv1', 'c') + attach('hv2', 'b'))
  await hv1.ask(openCaptures, [capture('hv1', 'tap-a'), capture('hv1', 'eth0')])
  await hv2.ask(openCaptures, [capture('hv2', 'tap-b'), capture('hv2', 'eth0')])
  for (const site of [hv1, hv2]) await site.ask(awaitRunning, 2000)

  return {
    hv1,
    hv2,
    siteOf,
    player: () => new WindowPlayer([hv1, hv2], siteOf),
    sh,
    async killSecond() {
      await runOnSite(hv1, { program: 'kill', args: ['-KILL', pid] })
      await ended
    },
    async end() {
      await process.kill()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function tap(namespace: string, guest: string) {
  return { guest, namespace, name: `tap-${guest}` }
}

function capture(namespace: string, nic: string) {
  return { port: `${namespace}:${nic}`, namespace, interface: nic, ring: null }
}

function delayed(ms: number): Transform {
  return new Transform({
    transform(octets, _encoding, done) {
      setTimeout(() => this.push(octets), ms)
      done()
    },
  })
}
