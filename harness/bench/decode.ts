/** Decoding: how many frames a second become values, from memory and from a file, beside others that read files. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encodePcap, readPcap } from '../pcap/pcap.ts'
import {
  decodeEthernet,
  decodeIpv4,
  decodeUdp,
  ETHER_TYPE,
  encodeEthernet,
  encodeIpv4,
  encodeUdp,
  IP_PROTOCOL,
} from '../wire/index.ts'
import { inTurn, type Measurement, type Options } from './measurement.ts'
import { numberOf, pythonTool, type Tool, tool, type Usage, usageOf } from './others.ts'
import { atLeast, comparison, lackingRow, row } from './table.ts'

const MEMORY_TARGET = atLeast(1_000_000)
const FILE_TARGET = atLeast(400_000)
const DISTINCT_FRAMES = 4096
const FROM_MEMORY = '802.1Q, IPv4 and UDP decoded, from memory'
const FROM_FILE = '802.1Q, IPv4 and UDP decoded, from a classic pcap file'
/** Dissects every frame as deep as it can, as ours is; without the import, which takes a second. */
const SCAPY = `
import sys, time
from scapy.all import PcapReader, UDP
begin, sum = time.perf_counter(), 0
for packet in PcapReader(sys.argv[1]):
    sum += packet[UDP].dport
print(time.perf_counter() - begin)`

export const decode: Measurement = {
  name: 'decode',
  async run(options) {
    await fromMemory(options)
    const folder = mkdtempSync(join(tmpdir(), 'frameproof-bench-'))
    try {
      await fromFile(options, folder)
    } finally {
      rmSync(folder, { recursive: true })
    }
  },
}

async function fromMemory({ quick, tell }: Options): Promise<void> {
  const frames = distinctFrames()
  const count = quick ? 100_000 : 1_000_000
  const once = (): number => {
    const begin = performance.now()
    let sum = 0
    for (let index = 0; index < count; index += 1) sum += decoded(frames[index % frames.length] as Uint8Array)
    const seconds = (performance.now() - begin) / 1000
    checkSum(sum, count)
    return count / seconds
  }
  once() // until the machine's code is compiled
  const [figures = []] = await inTurn(quick ? 3 : 7, once)
  tell(row(FROM_MEMORY, 'frames/s', figures, { target: MEMORY_TARGET, note: `${count} frames a round` }))
}

async function fromFile({ quick, tell }: Options, folder: string): Promise<void> {
  const count = quick ? 50_000 : 500_000
  const scapyCount = quick ? 1000 : 10_000
  const [path, short] = [writePcap(folder, count), writePcap(folder, scapyCount)]
  const ownUser: number[] = []
  const own = async (): Promise<number> => {
    const before = process.cpuUsage()
    const begin = performance.now()
    let sum = 0
    const { packets } = await readPcap(path, ({ octets }) => {
      sum += decoded(octets)
    })
    const seconds = (performance.now() - begin) / 1000
    ownUser.push(process.cpuUsage(before).user / 1e6)
    checkSum(sum, packets)
    return packets / seconds
  }
  const otherUser: number[] = []
  const rate = ({ seconds, userSeconds }: Usage): number => {
    otherUser.push(userSeconds)
    return count / seconds
  }
  const rounds = quick ? 2 : 5
  const all: number[] = []
  const beside = async (name: string, { program, lacking }: Tool, theirs: (program: string) => number) => {
    ownUser.length = 0
    otherUser.length = 0
    if (program === null) return tell(lackingRow(`${FROM_FILE}, beside ${name}`, 'frames/s', lacking))
    const [ours = [], its = []] = await inTurn(rounds, own, () => theirs(program))
    const users = otherUser.length === 0 ? '' : `; user time ${mean(ownUser)} s, ${name} ${mean(otherUser)} s`
    const compared = comparison(name, 'frames/s', ours, its)
    all.push(...ours)
    tell(row(`${FROM_FILE}, beside ${name}`, 'frames/s', ours, { compared, note: `${count} frames${users}` }))
  }
  await own()
  const fields = ['frame.time_epoch', 'eth.src', 'eth.dst', 'vlan.id', 'ip.src', 'ip.dst', 'udp.dstport']
  await beside('tcpdump -e -n -r', tool('tcpdump', 'tcpdump'), (program) =>
    rate(usageOf([program, '-e', '-n', '-r', path])),
  )
  await beside('tshark -T fields', tool('tshark', 'tshark'), (program) =>
    rate(usageOf([program, '-n', '-r', path, '-T', 'fields', ...fields.flatMap((field) => ['-e', field])])),
  )
  const scaled = `scapy’s PcapReader (${scapyCount} frames, scaled)`
  await beside(scaled, pythonTool('scapy.all', 'python3-scapy'), (program) => {
    return scapyCount / numberOf(program, SCAPY, [short])
  })
  if (all.length === 0) all.push(...((await inTurn(rounds, own))[0] ?? []))
  tell(row(FROM_FILE, 'frames/s', all, { target: FILE_TARGET, note: `${count} frames a round, all rounds` }))
}

/** Every field is a value; two of them are kept, so that nothing is left out. */
function decoded(octets: Uint8Array): number {
  const { tags, payload } = decodeEthernet(octets)
  const datagram = decodeUdp(decodeIpv4(payload).payload)
  return (tags[0]?.vid ?? 0) + datagram.dstPort
}

function checkSum(sum: number, count: number): void {
  let wanted = 0
  for (let index = 0; index < count; index += 1)
    wanted += vidOf(index % DISTINCT_FRAMES) + portOf(index % DISTINCT_FRAMES)
  if (sum !== wanted) throw new Error(`decoded to the sum ${sum}, wanted ${wanted}`)
}

const vidOf = (index: number): number => 1 + (index % 4094)
const portOf = (index: number): number => 40_000 + (index % 1000)

/** 64 octets each. */
function distinctFrames(): readonly Uint8Array[] {
  return Array.from({ length: DISTINCT_FRAMES }, (_, index) => {
    const addresses = { src: `198.51.100.${1 + (index % 254)}`, dst: '198.51.100.2' }
    const payload = new Uint8Array(18).fill(index)
    const datagram = encodeUdp({ srcPort: 40_000, dstPort: portOf(index), payload }, addresses)
    const packet = encodeIpv4({
      ...{ dscp: 0, ecn: 0, identification: index, dontFragment: true, moreFragments: false },
      ...{ fragmentOffsetOctets: 0, ttl: 64, protocol: IP_PROTOCOL.udp, ...addresses },
      ...{ options: new Uint8Array(0), payload: datagram },
    })
    const tag = { tpid: ETHER_TYPE.dot1q, vid: vidOf(index), pcp: 0, dei: false }
    const ends = { dst: '02:00:00:00:00:02', src: '02:00:00:00:00:01' }
    return encodeEthernet({ ...ends, tags: [tag], etherType: ETHER_TYPE.ipv4, payload: packet })
  })
}

function writePcap(folder: string, count: number): string {
  const frames = distinctFrames()
  const packets = Array.from({ length: count }, (_, index) => {
    const octets = frames[index % frames.length] as Uint8Array
    return {
      timestampNs: 1_700_000_000_000_000_000n + BigInt(index) * 1000n,
      octets,
      originalLength: octets.length,
    }
  })
  const path = join(folder, `${count}.pcap`)
  writeFileSync(path, encodePcap({ snapLength: 65_535, packets }))
  return path
}

function mean(seconds: readonly number[]): string {
  return (seconds.reduce((sum, each) => sum + each, 0) / seconds.length).toFixed(2)
}
