import { describe, expect, it } from 'vitest'
import { decodeEthernet, encodeSignature, findSignature, signatureKey, summarise } from '../wire/index.ts'
import * as frames from './frames.ts'
import { readdressed, type Stimulus } from './stimulus.ts'
import { red1, red3 } from './testing/world.ts'

const between = { from: red1, to: red3 }
const signature = { run: 0xdecafbad, caseNumber: 7, number: 4711 }
const tag = { tpid: 0x8100, vid: 20, pcp: 3, dei: true }

const SIGNED: Readonly<Record<string, Stimulus>> = {
  'ARP request': frames.arpRequest({ from: red1, forAddress: red3.address }),
  'ARP reply': frames.arpReply(between),
  'ICMP echo': frames.icmpEcho(between),
  'ICMP echo reply': frames.icmpEcho({ ...between, kind: 'echo reply' }),
  'ICMPv6 echo': frames.icmpv6Echo(between),
  UDP: frames.udp(between),
  'long UDP': frames.udp({ ...between, sizeOctets: 1472 }),
  TCP: frames.tcp({ ...between, srcPort: 1, dstPort: 2, sequence: 3, flags: 2 }),
  experimental: frames.experimental(between),
  'spanning tree': frames.bpdu({ from: red1 }),
  'rapid spanning tree': frames.bpdu({ from: red1, kind: 'rapid' }),
  'topology change': frames.bpdu({ from: red1, kind: 'topology change notification' }),
  LLDP: frames.lldp({ from: red1 }),
  tagged: frames.tagged(frames.udp(between), tag),
}

describe.each(Object.entries(SIGNED))('%s', (_, stimulus) => {
  const octets = stimulus.build(encodeSignature(signature))

  it('carries its signature, whole', () => {
    const found = findSignature(octets)
    expect(found && signatureKey(found)).toBe(signatureKey(signature))
  })

  it('is a frame of its sender that a NIC would send, and says what it is', () => {
    expect(decodeEthernet(octets).src).toBe(red1.mac)
    expect(octets.length).toBeGreaterThanOrEqual(60)
    expect(stimulus.summary).toBe(summarise(octets))
  })

  it('is told apart from its next one', () => {
    const next = stimulus.build(encodeSignature({ ...signature, number: signature.number + 1 }))
    expect(Buffer.compare(octets, next)).not.toBe(0)
    expect(next).toHaveLength(octets.length)
  })
})

it('summaries read as tcpdump’s', () => {
  const texts = Object.values(SIGNED).map((stimulus) => stimulus.summary)
  expect(texts).toEqual([
    'ARP, Request who-has 198.51.100.13 tell 198.51.100.11, length 46',
    'ARP, Reply 198.51.100.11 is-at 02:00:00:00:0a:01, length 46',
    'IPv4 198.51.100.11 > 198.51.100.13: ICMP echo request, id 1, seq 1, length 24',
    'IPv4 198.51.100.11 > 198.51.100.13: ICMP echo reply, id 1, seq 1, length 24',
    'IPv6 fe80::1 > fe80::3: ICMP6, echo request, id 1, seq 1, length 24',
    'IPv4 198.51.100.11.40000 > 198.51.100.13.40001: UDP, length 16',
    'IPv4 198.51.100.11.40000 > 198.51.100.13.40001: UDP, length 1472',
    'IPv4 198.51.100.11.1 > 198.51.100.13.2: Flags [S], seq 3:19, win 64240, length 16',
    '02:00:00:00:0a:01 > 02:00:00:00:0a:03, ethertype 0x88b5, length 46',
    'STP 802.1d, Config, Flags [none], bridge-id 0000.02:00:00:00:0a:01.8001, length 35',
    'STP 802.1w, Rapid STP, Flags [none], bridge-id 0000.02:00:00:00:0a:01.8001, length 36',
    'STP 802.1d, Topology Change',
    'LLDP, chassis 02:00:00:00:0a:01, port 02:00:00:00:0a:01, ttl 120, length 46',
    'vlan 20, p 3, DEI, IPv4 198.51.100.11.40000 > 198.51.100.13.40001: UDP, length 16',
  ])
})

it('a UDP frame is as long as asked, its signature included', () => {
  expect(frames.udp({ ...between, sizeOctets: 100 }).build(encodeSignature(signature))).toHaveLength(142)
})

it('an exact frame is those octets, and has no signature', () => {
  const octets = Uint8Array.of(1, 2, 3)
  const stimulus = frames.exactly(octets, 'three octets')
  expect(stimulus).toMatchObject({ signed: false, summary: 'three octets' })
  expect(stimulus.build(encodeSignature(signature))).toEqual(octets)
})

it('tags are put on outermost first, in place of those it had', () => {
  const inner = { ...tag, vid: 21 }
  const twice = frames.tagged(frames.tagged(frames.udp(between), { ...tag, vid: 9 }), tag, inner)
  expect(decodeEthernet(twice.build(encodeSignature(signature))).tags).toEqual([tag, inner])
})

describe('readdressed', () => {
  const [src, dst] = ['02:00:00:00:00:aa', '02:00:00:00:00:bb']

  it('changes the addresses, takes the tags off, and nothing else', () => {
    const octets = SIGNED.tagged?.build(encodeSignature(signature)) ?? new Uint8Array()
    const changed = readdressed(SIGNED.tagged as Stimulus, src, dst).build(encodeSignature(signature))
    expect(decodeEthernet(changed)).toEqual({ ...decodeEthernet(octets), src, dst, tags: [] })
  })

  it('leaves the frame it was made of alone, even if that is built but once', () => {
    const octets = Uint8Array.from({ length: 60 }, () => 7)
    readdressed(frames.exactly(octets), src, dst).build(new Uint8Array(16))
    expect(octets).toEqual(Uint8Array.from({ length: 60 }, () => 7))
  })

  it('says what it has become', () => {
    expect(readdressed(SIGNED.experimental as Stimulus, src, dst).summary).toContain(`${src} > ${dst}`)
  })
})
