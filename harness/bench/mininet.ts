/** Mininet's pingAll, in namespaces of its own: nothing of it is left when it ends. */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { mortal } from './contained.ts'
import { ENVIRONMENT, pythonTool, tool } from './others.ts'

export interface PingAll {
  /** Every host pings every other once. Seconds. @throws {Error} if a ping was lost, or Mininet ended */
  pingAll(): Promise<number>
  end(): Promise<void>
}

/** One switch, a Linux bridge; for each line on standard input, one pingAll. */
const SCRIPT = `
import sys, time
from mininet.net import Mininet
from mininet.nodelib import LinuxBridge
from mininet.topo import SingleSwitchTopo
net = Mininet(topo=SingleSwitchTopo(int(sys.argv[1])), switch=LinuxBridge, controller=None)
net.start()
time.sleep(1)
for line in sys.stdin:
    begin = time.perf_counter()
    lost = net.pingAll()
    print('seconds', time.perf_counter() - begin if lost == 0 else 'nan', flush=True)
net.stop()`

/** A network of so many hosts in which every ping comes back. */
export async function mininet(hosts: number): Promise<PingAll | { lacking: string }> {
  const network = start(hosts)
  if ('lacking' in network) return network
  try {
    await network.pingAll()
    return network
  } catch (error) {
    await network.end()
    return { lacking: (error as Error).message }
  }
}

function start(hosts: number): PingAll | { lacking: string } {
  const python = pythonTool('mininet.net', 'mininet')
  if (python.program === null) return { lacking: python.lacking }
  const needed = [tool('brctl', 'bridge-utils'), tool('ping', 'iputils-ping')]
  const missing = needed.find(({ program }) => program === null)
  if (missing !== undefined) return { lacking: `Mininet needs what is not here: ${missing.lacking}` }
  if (process.getuid?.() !== 0) return { lacking: 'Mininet runs as root only' }
  const contained = ['unshare', '--mount', '--net', '--pid', '--fork', '--kill-child=KILL', '--mount-proc']
  const [program = '', ...args] = mortal([...contained, python.program, '-c', SCRIPT, String(hosts)])
  const child = spawn(program, args, { env: ENVIRONMENT, stdio: ['pipe', 'pipe', 'pipe'] })
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-2000)
  })
  child.stdin.on('error', () => undefined) // its end is told below
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const ended = new Promise<void>((resolve) => child.on('close', () => resolve()))
  return {
    async pingAll() {
      child.stdin.write('\n')
      for (;;) {
        const { value, done } = await answers.next()
        if (done === true) throw new Error(`Mininet ended: ${said.trim().split('\n').at(-1)}`)
        const [word, seconds] = String(value).split(' ')
        if (word !== 'seconds') continue
        if (seconds === 'nan') throw new Error('Mininet lost pings')
        return Number(seconds)
      }
    },
    async end() {
      child.kill('SIGKILL')
      await ended
    },
  }
}
