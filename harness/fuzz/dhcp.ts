/**
 * Spoilt DHCP messages against the codec and against the real server of a hypervisor: one order to a guest's stack, which
 * sends them all. The server is to be the same process behind them, and a crafted client is to get its lease.
 */
import { run } from '../agent/messages/index.ts'
import { withLab } from '../bench/labs.ts'
import { bundled } from '../lab/agent-bundle.ts'
import { runOnSite } from '../lab/run-on-site.ts'
import type { LocalKind } from '../lab/site.ts'
import { dhcpClient, type Guest, ipv4Range, leaseAll, settingsOf } from '../proof/index.ts'
import type { ClientOrder, ClientResult } from './client.ts'

export interface DhcpFuzz {
  kind: LocalKind
  count: number
  seed: number
}

export interface DhcpFuzzed extends ClientResult {
  kernel: string
  durationMs: number
  /** The server's process before and behind it; null: there is none. */
  servers: readonly [before: string | null, behind: string | null]
  /** What a crafted client of another VM was leased behind it; null: nothing as documented. */
  leasedBehind: string | null
}

const HYPERVISOR = 'hv1'
const MS_PER_MESSAGE = 50
const LEAST_MS = 120_000

export async function fuzzDhcp({ kind, count, seed }: DhcpFuzz): Promise<DhcpFuzzed> {
  const program = await bundled('fuzz/client.ts', 'fuzz-client')
  return withLab({ kind, scenario: 'nat', guests: 5, tenants: 2 }, async ({ site, lab, world, newRun }) => {
    const plan = lab.plans.get(HYPERVISOR)
    const dhcp = plan?.dhcp?.[0]
    const [sender, other] = world.guests.filter(({ hypervisor }) => hypervisor === HYPERVISOR)
    if (plan === undefined || dhcp === undefined || sender === undefined || other === undefined)
      throw new Error('this lab has no DHCP for two guests')
    const process = async (): Promise<string | null> => {
      const script = 'pid=$(cat "$1/dhcp-br0.pid") && [ -e "/proc/$pid" ] && echo "$pid"'
      const { stdout } = await runOnSite(site, {
        program: 'sh',
        args: ['-c', script, 'sh', plan.runDirectory],
      })
      return stdout.trim() === '' ? null : stdout.trim()
    }
    const settings = settingsOf(dhcp)
    const before = await process()
    await lab.operations.stacks.open([sender.name])
    const { namespace } = lab.operations.stacks.placeOf({ name: sender.name, isGuest: true })
    const [server = ''] = dhcp.server.split('/')
    const order: ClientOrder = { count, server, address: ipv4Range(dhcp)[20] ?? dhcp.first }
    const timeoutMs = LEAST_MS + count * MS_PER_MESSAGE
    const begin = performance.now()
    const environment = { FRAMEPROOF_SEED: String(seed) }
    const told = await site.ask(
      run,
      {
        ...{ namespace, program: 'node', args: [program, JSON.stringify(order)], input: '' },
        ...{ directory: null, environment, timeoutMs },
      },
      timeoutMs,
    )
    const durationMs = performance.now() - begin
    await lab.operations.stacks.close([sender.name])
    const result = resultOf(told.stdout) ?? nothing(`it ended with ${told.status}: ${told.stderr}`)
    const behind = await process()
    return {
      ...result,
      ...{ kernel: site.kernel, durationMs, servers: [before, behind] as const },
      leasedBehind: await leaseOf(other),
    }

    async function leaseOf(guest: Guest): Promise<string | null> {
      const own = newRun()
      const [lease] = await leaseAll(own.window, [dhcpClient(guest)], settings)
      return own.judgement.verdict() === 'conforms' ? (lease?.address ?? null) : null
    }
  })
}

function resultOf(stdout: string): ClientResult | undefined {
  const last = stdout.trim().split('\n').at(-1) ?? ''
  return last.startsWith('{') ? (JSON.parse(last) as ClientResult) : undefined
}

function nothing(failure: string): ClientResult {
  return { sent: 0, read: 0, refused: 0, replies: 0, malformedReplies: 0, leases: 0, repeats: 0, failure }
}
