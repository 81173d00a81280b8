/** Frames a second out and in on this machine's kernel, by each way that there is, in a network of their own. */
import { fileURLToPath } from 'node:url'
import type { Captured } from './capture-worker.ts'
import { inOwnNetwork, ownProgram } from './contained.ts'
import type { Injected } from './inject-worker.ts'
import type { Measurement, Options } from './measurement.ts'
import { atLeast, comparison, lackingRow, type Row, row } from './table.ts'

const WITHOUT_LOSS_TARGET = atLeast(200_000)
const SIZES = [64, 1514] as const
const LADDER = [20, 50, 100, 200, 250, 300, 400, 500, 600, 800, 1000].map((thousands) => thousands * 1000)
const HIGHEST = LADDER.at(-1) ?? 0
const ALMOST = 0.98

const INJECTING: Record<Injected['way'], string> = {
  sendmmsg: 'sent on a NIC, 1,024 a call (sendmmsg)',
  sendto: 'sent on a NIC, one a call (sendto)',
  tap: 'written into a TAP device, one a call, no bridge behind it',
  cap: 'sent by cap, in a process of its own',
  scapy: 'scapy’s sendp of a list',
}
const CAPTURING: Record<Captured['way'], string> = {
  ring: 'captured by the kernel’s ring',
  cap: 'captured by cap, in a process of its own',
  tcpdump: 'tcpdump -w with as large a buffer',
}

export const capture: Measurement = {
  name: 'capture',
  async run(options) {
    try {
      await inject(options)
      for (const size of SIZES) await captureAt(options, size)
    } catch (error) {
      const { message } = error as Error
      options.tell(lackingRow('frames out and in on this kernel', 'frames/s', message, WITHOUT_LOSS_TARGET))
    }
  },
}

async function inject({ quick, tell }: Options): Promise<void> {
  const results = await worker<Injected>('./inject-worker.ts', quick ? [2, 50_000] : [5, 500_000])
  for (const size of SIZES) {
    const ofSize = results.filter(({ sizeOctets }) => sizeOctets === size)
    const rates = (way: Injected['way']) => ofSize.find((result) => result.way === way)?.rates ?? []
    for (const { way, lacking } of ofSize.filter((result) => result.way !== 'scapy')) {
      const what = `${size} octets ${INJECTING[way]}`
      const other = way === 'sendmmsg' ? 'sendto' : 'scapy'
      tell(rowOf(what, rates(way), lacking, { with: INJECTING[other], rates: rates(other) }))
    }
  }
}

async function captureAt({ quick, tell }: Options, size: (typeof SIZES)[number]): Promise<void> {
  const ladder = quick ? LADDER.filter((_, index) => index % 3 === 1) : LADDER
  const args = [...(quick ? [1, 0.3] : [3, 1]), size, ...ladder]
  const results = await worker<Captured>('./capture-worker.ts', args)
  const other = results.find(({ way }) => way === 'tcpdump')
  for (const { way, rates, lacking } of results.filter((result) => result.way !== 'tcpdump')) {
    const what = `${size} octets ${CAPTURING[way]}, none lost`
    const compared = { with: CAPTURING.tcpdump, rates: other?.rates ?? [] }
    const target = way === 'ring' && size === 64 ? WITHOUT_LOSS_TARGET : null
    const own = rowOf(what, rates, lacking, compared)
    const isAtEnd = rates.some((rate) => rate > HIGHEST * ALMOST)
    tell({ ...own, target, note: isAtEnd && own.note === '' ? 'more is not tried' : own.note })
  }
}

function rowOf(
  what: string,
  rates: readonly number[],
  lacking: string | null,
  other: { with: string; rates: readonly number[] },
): Row {
  if (lacking !== null) return lackingRow(what, 'frames/s', lacking)
  const note = other.rates.includes(0) ? `${other.with}: lost some at ${LADDER[0]} frames/s already` : ''
  if (other.rates.length === 0 || note !== '') return row(what, 'frames/s', rates, { note })
  return row(what, 'frames/s', rates, { compared: comparison(other.with, 'frames/s', rates, other.rates) })
}

async function worker<T>(path: string, args: readonly number[]): Promise<readonly T[]> {
  const program = fileURLToPath(new URL(path, import.meta.url))
  return JSON.parse(await inOwnNetwork(ownProgram(program, args.map(String)))) as readonly T[]
}
