/** What others answer, what passes whole or not at all, and TCP transfers: each verdict, and what excuses. */
import { describe, expect, test } from 'vitest'
import { carriesAnswer } from './answers.ts'
import { carriesIfAtAll } from './carry.ts'
import { experimental, udp } from './frames.ts'
import { Judgement } from './judgement.ts'
import type { StoryStep, WindowRecord } from './record.ts'
import { WindowScript } from './script.ts'
import { CaseError } from './script-steps.ts'
import { Seen } from './seen.ts'
import { numbering, type Trouble, windowOf } from './testing/window.ts'
import { red1, red2, uplink1, world } from './testing/world.ts'
import { arrivesWhole } from './transfer.ts'

describe('an answer', () => {
  const datagram = udp({ from: red1, to: red2, dstPort: 40001 })
  const seen = (trouble: Trouble = {}) =>
    windowOf(async (w) => {
      await w.inject(red1, datagram)
      await w.proveDelivery({ of: datagram, at: [red2.port] })
    }, trouble)
  const wanted = { 'udp.dstPort': 40001, 'eth.dst': red2.mac }

  test('with these fields conforms', async () => {
    const view = (await seen()).at(red2.port)
    expect(carriesAnswer(view, wanted, {}).verdict).toBe('conforms')
  })

  test('with another value deviates, and says which fields were wanted', async () => {
    const view = (await seen()).at(red2.port)
    const { verdict, found } = carriesAnswer(view, { ...wanted, 'udp.dstPort': 40002 }, {})
    expect(verdict).toBe('deviates')
    expect(found).toContain(`udp.dstPort 40002, eth.dst ${red2.mac}`)
    expect(found).toContain('no such frame')
  })

  test('more often than wanted deviates: the marker is such a frame too', async () => {
    const view = (await seen()).at(red2.port)
    const { verdict, found } = carriesAnswer(view, wanted, { times: 1 })
    expect([verdict, found?.split('\n')[1]]).toEqual([
      'deviates',
      expect.stringMatching(/^seen {6}2 times: frames /),
    ])
  })

  test('that a lossy capture did not show could not run', async () => {
    const view = (await seen({ health: { [red2.port.id]: { drops: 3 } } })).at(red2.port)
    expect(carriesAnswer(view, { 'udp.dstPort': 9 }, {}).verdict).toBe('could not run')
  })

  test('of a port on which the fabric is down could not run', async () => {
    const down = { [uplink1.wiredTo ?? '']: { up: false } }
    const view = (await seen({ health: down })).at(red2.port)
    expect(carriesAnswer(view, { 'udp.dstPort': 9 }, {}).verdict).toBe('could not run')
  })
})

describe('whole or not at all', () => {
  const long = experimental({ from: red1, to: red2, sizeOctets: 1518 })
  const marker = experimental({ from: red1, to: red2 })
  const judged = async (trouble: Trouble = {}) => {
    const seen = await windowOf(async (w) => {
      await w.inject(red1, long)
      await w.proveDelivery({ of: long, at: [red2.port], marker })
    }, trouble)
    return carriesIfAtAll(seen.at(red2.port), long)
  }
  const isLong = (octets: Uint8Array): boolean => octets.length > 1500

  test('whole conforms', async () => {
    expect((await judged()).verdict).toBe('conforms')
  })

  test('not at all conforms', async () => {
    const nowhere = (hop: { octets: Uint8Array; port: string }) =>
      isLong(hop.octets) && hop.port === red2.port.id ? [] : [hop as never]
    expect((await judged({ capture: nowhere })).verdict).toBe('conforms')
  })

  test.each([
    ['cut', (octets: Uint8Array) => octets.subarray(0, 1514)],
    ['padded', (octets: Uint8Array) => Buffer.concat([octets, Buffer.alloc(2)])],
    ['changed', (octets: Uint8Array) => octets.map((octet, at) => (at === 1000 ? octet ^ 1 : octet))],
  ])('%s deviates', async (_what, alter) => {
    const capture: Trouble['capture'] = (hop) => [
      isLong(hop.octets) && hop.port === red2.port.id ? { ...hop, octets: alter(hop.octets) } : hop,
    ]
    expect((await judged({ capture })).verdict).toBe('deviates')
  })

  test('twice deviates', async () => {
    const capture: Trouble['capture'] = (hop) => (isLong(hop.octets) ? [hop, hop] : [hop])
    expect((await judged({ capture })).verdict).toBe('deviates')
  })

  test('not seen, and no marker behind it either, could not run', async () => {
    const capture: Trouble['capture'] = (hop, sent) =>
      sent.role !== 'control' && hop.port === red2.port.id ? [] : [hop]
    expect((await judged({ capture })).verdict).toBe('could not run')
  })

  test('without waiting for it the case is wrong', async () => {
    const seen = await windowOf((w) => w.inject(red1, long), { capture: () => [] })
    expect(() => carriesIfAtAll(seen.at(red2.port), long)).toThrow(CaseError)
  })
})

describe('a TCP transfer', () => {
  const transfer = { from: red1, to: red2, sizeOctets: 1000 }
  const outcome = { received: 1000, intact: true, ended: true, error: null as string | null }
  const judged = async (changed: Partial<typeof outcome>, health = {}) => {
    const script = new WindowScript(world, numbering(), [])
    await script.transfer(transfer)
    const step: StoryStep = {
      kind: 'transferred',
      from: 'red1',
      to: 'red2',
      sizeOctets: 1000,
      ...outcome,
      ...changed,
    }
    const port = {
      port: uplink1.id,
      drops: 0,
      control: 'seen' as const,
      exists: true,
      up: true,
      carrier: true,
      ...health,
    }
    const record: WindowRecord = { frames: [], ports: [port], story: [step], sent: [], series: [] }
    return arrivesWhole(new Seen(record, script, world, new Judgement()).transfer(transfer))
  }

  test('that came whole conforms', async () => {
    expect((await judged({})).verdict).toBe('conforms')
  })

  test.each([
    ['cut short', { received: 600, ended: false }, '600 octets came within the time'],
    ['not ended', { ended: false }, '1000 octets came within the time'],
    ['altered', { intact: false }, 'not all of them those that were sent'],
    ['refused', { received: 0, ended: false, error: 'read: ECONNRESET (TCP transfer)' }, 'ECONNRESET'],
  ])('that was %s deviates', async (_what, changed, says) => {
    const { verdict, found } = await judged(changed)
    expect(verdict).toBe('deviates')
    expect(found).toContain(says)
  })

  test('that the harness could not begin could not run', async () => {
    const { verdict } = await judged({ received: 0, ended: false, error: 'bind: EADDRNOTAVAIL (192.0.2.1)' })
    expect(verdict).toBe('could not run')
  })

  test('that did not come over a cable that is down could not run', async () => {
    const { verdict } = await judged({ received: 0, ended: false }, { carrier: false })
    expect(verdict).toBe('could not run')
  })
})
