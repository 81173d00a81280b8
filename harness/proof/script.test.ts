import { describe, expect, it } from 'vitest'
import { exactly, tagged, udp } from './frames.ts'
import type { WindowScript } from './script.ts'
import { CaseError } from './script-steps.ts'
import { absent, broadcast, delivered, nameless, sendsOf, toNobody, unicast } from './testing/proofs.ts'
import { numbering, scriptOf } from './testing/window.ts'
import * as lab from './testing/world.ts'

const { red1, red2, red3, blue2, uplink1, switch1 } = lab

describe('finish', () => {
  it('puts a control frame at every port that matters, before all else, and awaits it', async () => {
    const script = await scriptOf(absent(broadcast, blue2.port), { at: [uplink1, switch1] })
    const { steps, controls } = script.finish()
    const puts = steps.filter((step) => step.kind === 'put').map((step) => step.port)
    expect(puts).toEqual([
      ...['hv1:eth0', 'hv1:tap-red1', 'hv1:tap-red2', 'hv2:tap-red3'],
      ...['hv1:tap-blue1', 'hv2:tap-blue2'],
    ])
    expect(controls.map(({ port }) => port).sort()).toEqual([...puts, 'sw1:hv1'].sort())
    expect(steps.findIndex(({ kind }) => kind === 'send')).toBe(puts.length + 1)
    expect(steps[puts.length]).toMatchObject({ kind: 'await', arrivals: controls })
  })

  it('lets the waits of a window take 30 s at most: its answer is waited for no longer', async () => {
    const deadlines = async (count: number) => {
      const script = await scriptOf(async (w) => {
        for (let i = 0; i < count; i += 1) await delivered(udp({ from: red1, to: red3 }), red3.port)(w)
      })
      const [, ...own] = script.finish().steps.filter((step) => step.kind === 'await')
      return own.map(({ deadlineMs }) => deadlineMs)
    }
    expect(await deadlines(3)).toEqual([1000, 1000, 1000])
    const many = await deadlines(100)
    expect(many.reduce((sum, ms) => sum + ms)).toBeCloseTo(30_000)
  })

  it('waits for implementations that reorder, once, last', async () => {
    const script = await scriptOf(absent(broadcast, blue2.port))
    script.settle(0)
    script.settle(25)
    expect(script.finish().steps.filter(({ kind }) => kind === 'settle')).toEqual([
      { kind: 'settle', ms: 25 },
    ])
    expect(script.finish().steps.at(-1)).toMatchObject({ kind: 'settle' })
  })
})

describe('a frame of the case itself in place of markers', () => {
  const stray = tagged(broadcast, { tpid: 0x8100, vid: 30, pcp: 0, dei: false })
  const carried = tagged(toNobody, { tpid: 0x8100, vid: 10, pcp: 0, dei: false })

  it('is awaited at each port, and nothing more is sent', async () => {
    const script = await scriptOf(async (w) => {
      await w.put(switch1, stray, carried)
      await w.proveAbsence({ of: stray, at: [red1.port, red2.nic, uplink1], behind: carried })
    })
    const { number } = script.frameOf(carried)
    expect(sendsOf(script)).toEqual([])
    expect(script.steps.at(-1)).toMatchObject({
      kind: 'await',
      arrivals: [
        { port: red1.port.id, number, direction: 'out' },
        { port: red2.nic.id, number, direction: 'in' },
        { port: uplink1.id, number, direction: null },
      ],
    })
    expect(script.watched).toEqual(expect.arrayContaining([red1.port, red2.nic, uplink1]))
  })

  it.each<[string, (w: WindowScript) => Promise<void>]>([
    ['before the stimulus', (w) => w.put(switch1, carried, stray)],
    [
      'from another place',
      async (w) => {
        await w.put(switch1, stray)
        await w.put(uplink1, carried)
      },
    ],
    ['never', (w) => w.put(switch1, stray)],
  ])('proves nothing where it was sent %s', async (_, send) => {
    const proof = async (w: WindowScript) => {
      await send(w)
      await w.proveAbsence({ of: stray, at: [red1.port], behind: carried })
    }
    await expect(scriptOf(proof)).rejects.toThrow(CaseError)
  })
})

describe('the author’s mistakes', () => {
  it.each<[string, (w: WindowScript) => Promise<void>]>([
    ['a proof of what was not injected', (w) => w.proveAbsence({ of: broadcast, at: [blue2.port] })],
    ['a delivery of what was not injected', (w) => w.proveDelivery({ of: broadcast, at: [red2.port] })],
    ['an absence nowhere', absent(broadcast)],
    ['an absence of nothing', (w) => w.proveAbsence({ of: [], at: [blue2.port] })],
    ['a frame injected twice', (w) => w.inject(red1, broadcast, broadcast)],
    [
      'a frame injected again behind its proof',
      async (w) => {
        await absent(broadcast, blue2.port)(w)
        await w.inject(red2, broadcast)
      },
    ],
    [
      'two frames with the same octets',
      (w) => w.inject(red1, nameless, exactly(nameless.build(new Uint8Array(0)))),
    ],
  ])('%s', async (_, write) => {
    await expect(scriptOf(write)).rejects.toThrow(CaseError)
  })

  it.each([
    ['broadcast', broadcast],
    ['unicast', unicast],
  ])('a proof of absence without a peer who could get a marker: %s', async (_, stimulus) => {
    const alone = { world: lab.worldOf([red2, red3]) }
    await expect(scriptOf(absent(stimulus, blue2.port), alone)).rejects.toThrow('red1 has no peer')
  })
})

it('numbers go on through the windows of a run', async () => {
  const numbers = numbering()
  const first = await scriptOf((w) => w.inject(red1, broadcast), { numbers })
  const second = await scriptOf((w) => w.inject(red1, broadcast), { numbers })
  expect(second.frameOf(broadcast).number).toBeGreaterThan(first.frameOf(broadcast).number)
})
