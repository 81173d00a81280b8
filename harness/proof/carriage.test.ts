import { describe, expect, it } from 'vitest'
import { untagged, withTag } from '../wire/index.ts'
import type { Carriage } from './carriage.ts'
import { carries } from './carry.ts'
import { exactly, experimental, udp } from './frames.ts'
import { CaseError } from './script-steps.ts'
import { type Passing, type Trouble, windowOf } from './testing/window.ts'
import { red1, red3, switch1, uplink1 } from './testing/world.ts'
import type { Port } from './world.ts'

const frame = udp({ from: red1, to: red3 })

/** Judges at a port what red1 sends to red3. */
async function judged(port: Port, trouble: Trouble, wanted: Carriage) {
  return carries((await sent(trouble)).at(port), frame, wanted)
}

function sent(trouble: Trouble = {}) {
  return windowOf(async (w) => {
    await w.inject(red1, frame)
    await w.proveDelivery({ of: frame, at: [uplink1, switch1, red3.port] })
  }, trouble)
}

/** Changes what is captured of the stimulus at one port. */
function at(port: Port, change: (frame: Passing) => Passing): Trouble {
  return {
    capture: (passing, { role }) =>
      passing.port === port.id && role === 'stimulus' ? [change(passing)] : [passing],
  }
}

describe('the tag', () => {
  const retagged = (tag: { vid?: number; pcp?: number; dei?: boolean; tpid?: number }) =>
    at(uplink1, (p) => ({ ...p, octets: withTag(untagged(p.octets), { ...own, ...tag }) }))
  const own = { times: 1, vid: 10, pcp: 0, dei: false, tpid: 0x8100 }

  it('conforms where it is as wanted, whatever is written out', async () => {
    expect((await judged(uplink1, {}, own)).verdict).toBe('conforms')
    expect((await judged(uplink1, {}, { vid: 10 })).verdict).toBe('conforms')
    expect((await judged(switch1, {}, own)).verdict).toBe('conforms')
  })

  it.each([
    [{ vid: 20 }, 'vlan.vid (octet 14): expected 10, seen 20'],
    [{ pcp: 5 }, 'vlan.pcp (octet 14): expected 0, seen 5'],
    [{ dei: true }, 'vlan.dei (octet 14): expected 0, seen 1'],
    [{ tpid: 0x88a8 }, 'vlan.tpid (octet 12): expected 0x8100, seen 0x88a8'],
  ])('deviates with %j', async (tag, fault) => {
    for (const wanted of [own, { vid: 10 }]) {
      const assertion = await judged(uplink1, retagged(tag), wanted)
      expect(assertion.verdict).toBe('deviates')
      expect(assertion.found).toContain(fault)
    }
  })

  it('deviates where it is missing, or there are two', async () => {
    const bare = await judged(
      uplink1,
      at(uplink1, (p) => ({ ...p, octets: untagged(p.octets) })),
      own,
    )
    expect(bare.found).toContain('vlan.vid (octet 14): expected 10, seen no such field')
    const double = at(uplink1, (p) => ({ ...p, octets: withTag(p.octets, { ...own, vid: 7 }) }))
    expect((await judged(uplink1, double, own)).found).toContain(
      'vlan[1].vid (octet 18): expected no such field, seen 10',
    )
  })

  it('deviates at an access port', async () => {
    const tag = at(red3.port, (p) => ({ ...p, octets: withTag(p.octets, own) }))
    for (const wanted of [{ tag: 'untagged' }, {}] as const) {
      expect((await judged(red3.port, tag, wanted)).found).toContain('expected no such field, seen 10')
    }
  })
})

describe('what proves less than it says is the author’s mistake', () => {
  it.each([
    ['times: 0', { times: 0 }],
    ['times: 1.5', { times: 1.5 }],
    ['a priority without a VID', { pcp: 0 }],
    ['a TPID without a VID', { tpid: 0x88a8 }],
    ['untagged with a VID', { tag: 'untagged', vid: 10 }],
  ] as const)('%s', async (_, wanted) => {
    await expect(judged(red3.port, {}, wanted)).rejects.toThrow(CaseError)
  })

  it('a frame that was never injected', async () => {
    const other = exactly(experimental({ from: red1, to: red3 }).build(new Uint8Array(16)))
    const seen = await sent()
    expect(() => carries(seen.at(red3.port), other, {})).toThrow('never injected')
  })
})
