/** Hops of one nanosecond stand in the order of the ports along the way, however the captures were read. */
import { expect, it } from 'vitest'
import { encodeSignature, withTag } from '../wire/index.ts'
import { udp } from './frames.ts'
import { journey } from './journey.ts'
import { branchTo, placeOf } from './place.ts'
import type { RecordedFrame } from './record.ts'
import { blue2, red1, red3, uplink1, uplink2, world } from './testing/world.ts'
import type { Port } from './world.ts'

const octets = udp({ from: red1, to: red3 }).build(encodeSignature({ run: 1, caseNumber: 1, number: 1 }))
const tagged = withTag(octets, { tpid: 0x8100, vid: 10, pcp: 0, dei: false })
const inner = (node: string, nic: string): Port => {
  const id = `${node}:${nic}`
  return { id, kind: 'inner', node, interface: nic, guest: null, wiredTo: null, description: id }
}
const ports = [
  ...world.ports,
  ...['hv1', 'hv2'].flatMap((node) => ['br-red', 'eth0.10', 'eth0.20'].map((nic) => inner(node, nic))),
]

/** From red1 to hv2, all at one time, and leaked there to blue2. */
const WAY = [
  'red1 out',
  'hv1:tap-red1 in',
  'hv1:br-red in',
  'hv1:eth0.10 out',
  'hv1:eth0 out',
  'sw1:hv1 in',
  'sw1:hv2 out',
  'hv2:eth0 in',
  'hv2:eth0.10 in',
  'hv2:eth0.20 in',
  'hv2:tap-blue2 out',
  'blue2 in',
]

function frame(hop: string, number: number): RecordedFrame {
  const [port = '', direction] = hop.split(' ')
  const isTrunk = port.endsWith(':eth0') || port.startsWith('sw1')
  const seen = isTrunk ? tagged : octets
  return {
    ...{ frame: number, port, timestampNs: 1_700_000_000_000_000_000n, octets: seen },
    ...{ direction: direction === 'in' ? 'in' : 'out', originalLength: seen.length, signature: 1 },
  }
}

const named = (hops: ReturnType<typeof journey>) =>
  hops.map(({ frame: one }) => `${one.port} ${one.direction}`)

it.each([
  ['as they came', (way: readonly string[]) => way],
  ['backwards', (way: readonly string[]) => way.toReversed()],
  ['by name', (way: readonly string[]) => way.toSorted()],
])('hops of one time, captured %s', (_, mixed) => {
  const frames = mixed(WAY).map((hop, at) => frame(hop, at + 1))
  expect(named(journey(frames, ports))).toEqual(WAY)
})

it('what a VM behind the far hypervisor sends goes the other way', () => {
  const way = ['red3 out', 'hv2:tap-red3 in', 'hv2:eth0.10 out', 'hv2:eth0 out', 'sw1:hv2 in', 'sw1:hv1 out']
  const whole = [...way, 'hv1:eth0 in', 'hv1:eth0.10 in', 'hv1:tap-red1 out', 'red1 in']
  const frames = whole.toReversed().map((hop, at) => frame(hop, at + 1))
  expect(named(journey(frames, ports))).toEqual(whole)
})

it.each([
  ['hv1:tap-red1 in', 'hv1:br-red in', 'hv1:cable-red out', 'hv1:cable-blue in', 'hv1:br-blue in'],
  ['hv1:eth0.20 in', 'hv1:br-blue in', 'hv1:cable-blue out', 'hv1:cable-red in', 'hv1:br-red in'],
])('through a cable inside a machine: into it, out of it, then the bridge behind (%s)', (...way) => {
  const cables = ['br-blue', 'cable-red', 'cable-blue'].map((nic) => inner('hv1', nic))
  // a bridge tells the time of the NIC by which the frame came
  const moments = [0n, 0n, 5n, 5n, 5n]
  const frames = way.map((hop, at) => {
    const one = frame(hop, way.length - at)
    return { ...one, timestampNs: one.timestampNs + (moments[at] ?? 0n) }
  })
  expect(named(journey(frames.toReversed(), [...ports, ...cables]))).toEqual(way)
})

it('what comes back out by the trunk by which it came is there before the switch sees it', () => {
  const way = ['sw1:hv1 out', 'hv1:eth0 in', 'hv1:eth0 out', 'sw1:hv1 in']
  const frames = way.map((hop, at) => {
    const one = frame(hop, way.length - at)
    return { ...one, timestampNs: one.timestampNs + (at < 2 ? 0n : 9n) }
  })
  expect(named(journey(frames.toReversed(), ports))).toEqual(way)
})

it('of a flooded frame one branch is the hops by which it came, and no copies beside', () => {
  const branch = ['red1 out', 'hv1:tap-red1 in', 'hv1:br-red in', 'hv1:eth0.10 out', 'hv1:eth0 out']
  const far = ['sw1:hv1 in', 'sw1:hv2 out', 'hv2:eth0 in', 'hv2:eth0.10 in', 'hv2:tap-red3 out', 'red3 in']
  const whole = [...branch.slice(0, 3), 'hv1:tap-red2 out', ...branch.slice(3), ...far.slice(0, 4)]
  const frames = [...whole, 'hv2:tap-blue2 out', ...far.slice(4), 'red2 in'].map((hop, at) => {
    const one = frame(hop, at + 1)
    return { ...one, timestampNs: one.timestampNs + BigInt(at) }
  })
  const hops = journey(frames, ports)
  const last = hops.find(({ frame: one }) => one.port === 'red3' && one.direction === 'in')
  if (last === undefined) throw new Error('red3 got none')
  expect(named(branchTo(last, { hops, ports }))).toEqual([...branch, ...far])
})

it('time comes before the order of ports', () => {
  const late = { ...frame('hv1:tap-red1 in', 1), timestampNs: 1_700_000_000_000_000_001n }
  expect(named(journey([late, frame('hv1:eth0 out', 2)], ports))).toEqual(['hv1:eth0 out', 'hv1:tap-red1 in'])
})

it('the last good hop of a leak is the VLAN NIC, though the physical one was read behind it at the same time', () => {
  const order = [
    'hv1:eth0 out',
    'sw1:hv1 in',
    'sw1:hv2 out',
    'hv2:eth0.10 in',
    'hv2:eth0 in',
    'hv2:eth0.20 in',
  ]
  const frames = [...order, 'hv2:tap-blue2 out'].map((hop, at) => frame(hop, at + 1))
  const hops = journey(frames, ports)
  const { guests } = world
  const asked = { assertion: { frames: [7], at: blue2.port.id }, hops, ports, guests, scenario: 'vlan' }
  const place = placeOf({ ...asked, sender: red1.name })
  expect([place?.before?.frame.port, place?.wrong?.frame.port]).toEqual(['hv2:eth0.10', 'hv2:eth0.20'])
  expect(hops.find(({ frame: one }) => one.port === 'hv2:eth0.10')?.changes).toEqual(['tag removed: VID 10'])
  expect([uplink1.id, uplink2.id]).toEqual(['hv1:eth0', 'hv2:eth0']) // as the ways above call them
})

it('a frame that was lost is wrong nowhere: it is told where it was seen last', () => {
  const frames = ['hv1:tap-red1 in', 'hv1:br-red in'].map((hop, at) => frame(hop, at + 1))
  const hops = journey(frames, ports)
  const assertion = {
    ...{ expected: 'hv1:eth0 carries all of 50 frames once, in the order of their flows', frames: [1] },
  }
  const asked = { assertion, hops, ports, guests: world.guests, scenario: 'shaped', sender: red1.name }
  expect(placeOf(asked)).toMatchObject({ before: hops[1], wrong: null })
  expect(placeOf(asked)?.words).toBe('It was seen last at hv1:br-red (frame 2): it never came to hv1:eth0.')
})
