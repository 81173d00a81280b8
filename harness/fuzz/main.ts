/** npm run fuzz:dhcp -- [--count 100000] [--seed N] [--site uml|host]. Exit status: 1 if something gave way, else 0. */
import { parseArgs } from 'node:util'
import { chooseSite } from '../lab/choose-site.ts'
import type { LocalKind } from '../lab/site.ts'
import { fuzzDhcp } from './dhcp.ts'

const KINDS: readonly LocalKind[] = ['uml', 'host']

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '100000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000_007) },
    site: { type: 'string' },
  },
})
const [count, seed] = [Number(values.count), Number(values.seed)]
const kindAsked = KINDS.find((kind) => kind === values.site) ?? null
if (!Number.isInteger(count) || count < 1 || !Number.isInteger(seed))
  fail('--count and --seed take whole numbers')
if (values.site !== undefined && kindAsked === null) fail(`--site takes ${KINDS.join(' or ')}`)

const { kind } = await chooseSite(kindAsked)
say(`seed ${seed}, ${count} spoilt messages, on ${kind}`)
const fuzzed = await fuzzDhcp({ kind, count, seed })
const { sent, read, refused, replies, malformedReplies, leases, repeats, servers, leasedBehind, failure } =
  fuzzed
say(`sent: ${sent} in ${(fuzzed.durationMs / 1000).toFixed(1)} s, kernel ${fuzzed.kernel}`)
say(`codec: ${read} read, ${refused} refused`)
say(
  `server: ${replies} well-formed replies to them, ${malformedReplies} others; process ${servers.join(', behind them ')}`,
)
say(
  `a well-formed client: ${leases} leases in between, ${repeats} times it asked again; behind them another was leased ${leasedBehind ?? 'nothing'}`,
)
if (failure !== null) say(`FAILED: ${failure}`)
const isFine = failure === null && sent === count && servers[0] !== null && servers[0] === servers[1]
process.exitCode = isFine && leasedBehind !== null ? 0 : 1

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}

function fail(why: string): never {
  process.stderr.write(`fuzz: ${why}\n`)
  process.exit(2)
}
