import { describe, expect, it } from 'vitest'
import { withTag } from '../wire/index.ts'
import { exactly, experimental } from './frames.ts'
import { isOf } from './seen.ts'
import { recorded, windowOf } from './testing/window.ts'
import { red1, red2, red3, uplink1 } from './testing/world.ts'

const frame = experimental({ from: red1, to: red3 })
const nameless = exactly(experimental({ from: red1, to: red2 }).build(new Uint8Array(16)))
const window = () => windowOf((w) => w.inject(red1, frame, nameless))

describe('a view of a port', () => {
  it('at a TAP port: what goes out to the guest, or what comes from it', async () => {
    const seen = await window()
    expect(seen.at(red1.port).carried(frame)).toEqual([])
    expect(seen.from(red1.port).carried(frame)).toMatchObject([{ port: red1.port.id, direction: 'in' }])
    expect(seen.at(red3.port).carried(frame)).toMatchObject([{ port: red3.port.id, direction: 'out' }])
    expect(seen.from(red3.port).carried(frame)).toEqual([])
  })

  it('at a guest’s own side the other way round', async () => {
    const seen = await window()
    expect(seen.at(red3.nic).carried(frame)).toMatchObject([{ port: 'red3', direction: 'in' }])
    expect(seen.from(red1.nic).carried(frame)).toMatchObject([{ port: 'red1', direction: 'out' }])
    expect(seen.at(red1.nic).carried(frame)).toEqual([])
  })

  it('elsewhere: whatever passes, or what comes in', async () => {
    const seen = await window()
    expect(seen.at(uplink1).carried(frame)).toMatchObject([{ direction: 'out' }])
    expect(seen.from(uplink1).carried(frame)).toEqual([])
  })

  it('shows every frame there, the harness’s own too', async () => {
    const seen = await window()
    expect(seen.from(red1.port).frames).toHaveLength(2)
    expect(seen.at(red1.port).frames).toMatchObject([{ port: red1.port.id, direction: 'out' }]) // the control
  })

  it('tells frames without a signature by their octets, tags apart', async () => {
    const seen = await window()
    expect(seen.at(red2.port).carried(nameless)).toHaveLength(1)
    expect(seen.at(red2.port).carried(frame)).toEqual([])
    const sent = seen.script.frameOf(nameless)
    const octets = withTag(sent.octets, { tpid: 0x8100, vid: 10, pcp: 0, dei: false })
    const [tagged] = recorded([{ port: uplink1.id, direction: 'out', octets }])
    const [altered] = recorded([{ port: uplink1.id, direction: 'out', octets: octets.map((o) => o ^ 1) }])
    expect(tagged !== undefined && isOf(tagged, sent)).toBe(true)
    expect(altered !== undefined && isOf(altered, sent)).toBe(false)
  })
})

it('a journey is all that was seen of a frame, at every port, in the order of time', async () => {
  const seen = await window()
  const hops = seen.journeyOf(seen.script.frameOf(frame))
  expect(hops.map(({ port, direction }) => `${port} ${direction}`)).toEqual([
    ...['red1 out', 'hv1:tap-red1 in', 'hv1:eth0 out', 'sw1:hv1 in'],
    ...['sw1:hv2 out', 'hv2:eth0 in', 'hv2:tap-red3 out', 'red3 in'],
  ])
})
