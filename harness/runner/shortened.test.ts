/** What of long frames is kept where nobody judges their octets. */
import { expect, test } from 'vitest'
import { experimental, type RecordedFrame } from '../proof/index.ts'
import { RUN } from '../proof/testing/window.ts'
import { red1, red3 } from '../proof/testing/world.ts'
import { encodeSignature, withTag } from '../wire/index.ts'
import { NumberedFrame } from '../wire/series.ts'
import { segmentsShortened, shortened } from './shortened.ts'

const FULL_SIZE = 1514

function talkOf(sizeOctets: number) {
  const { summary, build } = experimental({ from: red1, to: red3, sizeOctets })
  const template = build(encodeSignature({ run: RUN, caseNumber: 1, number: 1 }))
  const series = { firstNumber: 1, count: 10, from: red1.name, summary, template }
  const frameAt = (port: string, number: number, change = (octets: Uint8Array) => octets) => {
    const octets = change(new NumberedFrame(template).numbered(number).slice())
    const seen = { timestampNs: 0n, direction: 'out' as const, originalLength: octets.length }
    return { frame: 1, port, octets, signature: number, ...seen }
  }
  const lengths = (...frames: readonly ReturnType<typeof frameAt>[]) =>
    shortened(frames, [series], new Set(['red1', 'red3'])).map(({ octets }) => octets.length)
  return { frameAt, lengths }
}

const KEPT = 14 + 16 + 8 // Ethernet, signature, two tags

test('where a frame is as it was sent, tagged or not, what it is known by is kept', () => {
  const { frameAt, lengths } = talkOf(FULL_SIZE)
  const tagged = (octets: Uint8Array) => withTag(octets, { tpid: 0x8100, pcp: 0, dei: false, vid: 10 })
  expect(lengths(frameAt('hv1:tap-red1', 1), frameAt('hv1:eth0', 2, tagged))).toEqual([KEPT, KEPT])
})

test('where octets are judged, and where one was changed on the way, it is kept whole', () => {
  const { frameAt, lengths } = talkOf(FULL_SIZE)
  const changed = (octets: Uint8Array) => octets.fill(1, FULL_SIZE - 1)
  expect(lengths(frameAt('red3', 1), frameAt('hv1:eth0', 2, changed))).toEqual([FULL_SIZE, FULL_SIZE])
})

test('short frames are kept whole, and so are those of nobody, or of another series', () => {
  expect(talkOf(60).lengths(talkOf(60).frameAt('hv1:eth0', 1))).toEqual([60])
  const { frameAt, lengths } = talkOf(FULL_SIZE)
  expect(lengths({ ...frameAt('hv1:eth0', 1), signature: 11 })).toEqual([FULL_SIZE])
})

test('of what network stacks send, a segment is whole where it was seen first, and where it is another', () => {
  const segment = (protocol: number, last: number) => {
    const octets = new Uint8Array(FULL_SIZE).fill(last, FULL_SIZE - 1)
    octets.set([0x08, 0x00, 0x45], 12)
    octets[23] = protocol
    return octets
  }
  const tag = { tpid: 0x8100, pcp: 0, dei: false, vid: 10 }
  const octets = [
    segment(6, 1),
    segment(6, 1),
    withTag(segment(6, 1), tag),
    segment(6, 2),
    segment(17, 1),
    segment(17, 1),
  ]
  const frames = octets.map((one, at): RecordedFrame => {
    const seen = { timestampNs: 0n, direction: 'out' as const, originalLength: one.length, signature: null }
    return { frame: at + 1, port: `port ${at}`, octets: one, ...seen }
  })
  const kept = segmentsShortened(frames).map((frame) => frame.octets.length)
  expect(kept).toEqual([FULL_SIZE, 144, 144, FULL_SIZE, FULL_SIZE, FULL_SIZE])
})
