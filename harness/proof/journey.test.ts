import { describe, expect, it } from 'vitest'
import { encodeSignature, withTag } from '../wire/index.ts'
import { udp } from './frames.ts'
import { clocksInWords, journey, renderJourney, tagsOf, tagText } from './journey.ts'
import type { RecordedFrame } from './record.ts'
import { red1, red3 } from './testing/world.ts'
import type { Port } from './world.ts'

const TAG = { tpid: 0x8100, vid: 10, pcp: 0, dei: false }
const octets = udp({ from: red1, to: red3 }).build(encodeSignature({ run: 1, caseNumber: 1, number: 1 }))

function hop(frame: number, port: string, afterNs: number, seen = octets): RecordedFrame {
  const timestampNs = 1_700_000_000_123_456_789n + BigInt(afterNs)
  const direction = port === 'red1' ? 'out' : 'in'
  return { frame, port, timestampNs, direction, octets: seen, originalLength: seen.length, signature: 1 }
}

it('of several clocks it is said how sure they are', () => {
  const clock = { site: 'hv1', offsetNs: 5n, uncertaintyNs: 4_200_000n, steppedNs: null }
  expect(clocksInWords([])).toBe('')
  expect(clocksInWords([{ ...clock, uncertaintyNs: 1n }, clock])).toBe(' (2 clocks, ±4.2 ms)')
})

describe('journey', () => {
  it('orders by time, then by number, and counts from the first hop', () => {
    const hops = journey([hop(3, 'c', 2000), hop(2, 'b', 2000), hop(9, 'a', 500)], [])
    expect(hops.map(({ frame, delayNs }) => [frame.frame, delayNs])).toEqual([
      [9, 0n],
      [2, 1500n],
      [3, 1500n],
    ])
  })

  it('orders by nanoseconds that a number cannot hold', () => {
    const hops = journey([hop(1, 'b', 2), hop(2, 'a', 1)], [])
    expect(hops.map(({ frame }) => frame.port)).toEqual(['a', 'b'])
  })

  it('says what changed at each hop', () => {
    const rewritten = octets.map((octet, index) => (index === 22 ? 63 : octet))
    const frames = [
      hop(1, 'a', 0),
      hop(2, 'b', 1, withTag(octets, TAG)),
      hop(3, 'c', 2, withTag(octets, { ...TAG, vid: 20, pcp: 5 })),
      hop(4, 'd', 3),
      hop(5, 'e', 4, rewritten),
    ]
    const hops = journey(frames, [])
    expect(hops.map(({ changes }) => changes)).toEqual([
      [],
      ['tag added: VID 10'],
      ['tag changed: VID 10 -> VID 20 PCP 5'],
      ['tag removed: VID 20 PCP 5'],
      ['ip.ttl 64 -> 63'],
    ])
  })

  it('compares with the hop before on the same way, where a frame was flooded', () => {
    const end = (id: string, wiredTo: string): Port => {
      const [node = '', nic = ''] = id.split(':')
      return { id, kind: 'uplink', node, interface: nic, guest: null, wiredTo, description: id }
    }
    const ports = [
      end('hv1:eth0', 'sw1:hv1'),
      end('sw1:hv1', 'hv1:eth0'),
      end('hv2:eth0', 'sw1:hv2'),
      end('sw1:hv2', 'hv2:eth0'),
    ]
    const [ten, twenty] = [withTag(octets, TAG), withTag(octets, { ...TAG, vid: 20 })]
    const out = (frame: RecordedFrame): RecordedFrame => ({ ...frame, direction: 'out' })
    const frames = [
      out(hop(1, 'hv1:eth0', 0, ten)),
      out(hop(2, 'hv2:eth0', 1, twenty)),
      hop(3, 'sw1:hv1', 2, ten),
      hop(4, 'sw1:hv2', 3, twenty),
    ]
    expect(journey(frames, ports).map(({ changes }) => changes)).toEqual([[], [], [], []])
  })

  it('of nothing is empty', () => {
    expect(renderJourney(journey([], []))).toEqual([])
  })
})

it('is told in columns, a line a hop', () => {
  const hops = journey([hop(7, 'red1', 0), hop(10, 'hv1:eth0', 25_149, withTag(octets, TAG))], [])
  expect(renderJourney(hops)).toEqual([
    'frame 7   red1      out  untagged  60 octets  +0.0 µs',
    'frame 10  hv1:eth0  in   VID 10    64 octets  +25.1 µs  tag added: VID 10',
  ])
})

describe('tags in words', () => {
  it.each([
    [TAG, 'VID 10'],
    [{ ...TAG, pcp: 5, dei: true }, 'VID 10 PCP 5 DEI 1'],
    [{ ...TAG, tpid: 0x88a8 }, 'VID 10 TPID 0x88a8'],
    [{ ...TAG, vid: 0 }, 'VID 0'],
  ])('%j: %s', (tag, text) => {
    expect(tagText(tag)).toBe(text)
  })

  it('names both of two, and none of a runt', () => {
    expect(tagsOf(withTag(withTag(octets, TAG), { ...TAG, vid: 20 }))).toBe('VID 20 in VID 10')
    expect(tagsOf(octets)).toBe('untagged')
    expect(tagsOf(Uint8Array.of(1, 2, 3))).toBe('untagged')
  })
})
