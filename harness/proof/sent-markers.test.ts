import { describe, expect, it } from 'vitest'
import { decodeEthernet, findSignature, formatMac, summarise } from '../wire/index.ts'
import { exactly, experimental, icmpEcho, tagged, udp } from './frames.ts'
import type { Awaited } from './record.ts'
import type { WindowScript } from './script.ts'
import {
  absent,
  broadcast,
  delivered,
  NOBODY,
  nameless,
  sendsOf,
  toNobody,
  unicast,
} from './testing/proofs.ts'
import { RUN, type ScriptOptions, scriptOf } from './testing/window.ts'
import * as lab from './testing/world.ts'
import type { Port } from './world.ts'

const { red1, red2, red3, blue1, blue2, uplink1, switch1, outside } = lab
const BROADCAST = 'ff:ff:ff:ff:ff:ff'

/** `red1 > MAC at PORT in, PORT out`: every marker, in the order in which they are sent. */
async function markersOf(write: (w: WindowScript) => Promise<void>, options: ScriptOptions = {}) {
  const script = await scriptOf(write, options)
  const awaited = script.steps.flatMap((step) => (step.kind === 'await' ? step.arrivals : []))
  return sendsOf(script).map(({ by, frame }) => {
    const at = awaited.filter(({ number }) => number === frame.number).map(placeOf)
    return `${by} > ${formatMac(frame.octets)} at ${at.join(', ')}`
  })
}

function placeOf({ port, direction }: Awaited): string {
  return `${port} ${direction ?? 'either way'}`
}

describe('markers behind a stimulus', () => {
  it('broadcast: one broadcast, awaited at every guest that may be reached', async () => {
    expect(await markersOf(absent(broadcast, blue2.port))).toEqual([
      `red1 > ${BROADCAST} at hv1:tap-red2 out, hv2:tap-red3 out`,
      `blue1 > ${BROADCAST} at hv2:tap-blue2 out`,
    ])
  })

  it('unknown unicast: to the same address, awaited at every guest that may be reached', async () => {
    expect((await markersOf(absent(toNobody, blue2.port)))[0]).toBe(
      `red1 > ${NOBODY} at hv1:tap-red2 out, hv2:tap-red3 out`,
    )
  })

  it('unicast: one to each guest that may be reached, for nobody knows where it went', async () => {
    expect(await markersOf(absent(unicast, blue2.port))).toEqual([
      `red1 > ${red2.mac} at hv1:tap-red2 out`,
      `red1 > ${red3.mac} at hv2:tap-red3 out`,
      `blue1 > ${blue2.mac} at hv2:tap-blue2 out`,
    ])
  })

  it('unicast to a guest that may not be reached: to those that may', async () => {
    const forbidden = udp({ from: red1, to: blue2 })
    expect((await markersOf(absent(forbidden, blue2.port))).slice(0, 2)).toEqual([
      `red1 > ${red2.mac} at hv1:tap-red2 out`,
      `red1 > ${red3.mac} at hv2:tap-red3 out`,
    ])
  })

  it('to an address that bridges keep: broadcast, which they may not keep', async () => {
    const bpdu = experimental({ from: red1, to: { mac: '01:80:c2:00:00:00' } })
    expect(await markersOf(absent(bpdu, red2.port))).toEqual([
      `red1 > ${BROADCAST} at hv1:tap-red2 out, hv2:tap-red3 out`,
      `red3 > ${BROADCAST} at hv1:tap-red2 out`,
    ])
  })

  it('like another frame where the case says so', async () => {
    const write = async (w: WindowScript): Promise<void> => {
      await w.inject(red1, toNobody)
      await w.proveAbsence({ of: toNobody, at: [red3.port], marker: experimental({ from: red1, to: red2 }) })
    }
    expect(await markersOf(write)).toEqual([
      `red1 > ${red2.mac} at hv1:tap-red2 out`,
      `red1 > ${red3.mac} at hv2:tap-red3 out`,
      `red2 > ${red3.mac} at hv2:tap-red3 out`,
    ])
  })

  it('are awaited where a delivery is to be proved, too, in the direction in which they pass', async () => {
    expect(await markersOf(delivered(unicast, red1.port, uplink1, red3.nic))).toEqual([
      `red1 > ${red3.mac} at hv2:tap-red3 out, hv1:tap-red1 in, hv1:eth0 either way, red3 in`,
    ])
    expect(await markersOf(delivered(broadcast, red1.nic, uplink1))).toEqual([
      `red1 > ${BROADCAST} at hv1:tap-red2 out, hv2:tap-red3 out, red1 out, hv1:eth0 either way`,
    ])
  })

  it('are awaited there even if the stimulus is for a guest that may not be reached', async () => {
    expect((await markersOf(delivered(udp({ from: red1, to: blue2 }), uplink1))).at(-1)).toBe(
      `red1 > ${blue2.mac} at hv1:eth0 either way`,
    )
  })

  it('come from the stimulus’s own guest, behind it', async () => {
    const script = await scriptOf(absent(broadcast, blue2.port))
    const kinds = script.steps.map((step) => (step.kind === 'send' ? step.guest : step.kind))
    expect(kinds).toEqual(['red1', 'red1', 'await', 'blue1', 'await'])
    expect(script.steps[0]).toMatchObject({ frames: [{ role: 'stimulus' }] })
  })

  it('are of the stimulus’s kind, signed anew, and untagged as guests send', async () => {
    const tag = { tpid: 0x8100, vid: 20, pcp: 0, dei: false }
    for (const stimulus of [
      icmpEcho({ from: red1, to: red3 }),
      tagged(icmpEcho({ from: red1, to: red3 }), tag),
    ]) {
      const script = await scriptOf(absent(stimulus, blue2.port))
      for (const { frame } of sendsOf(script)) {
        expect(summarise(frame.octets)).toContain('ICMP echo request')
        expect(frame.summary).toBe(summarise(frame.octets))
        expect(decodeEthernet(frame.octets).tags).toEqual([])
        expect(findSignature(frame.octets)).toMatchObject({ run: RUN, caseNumber: 1, number: frame.number })
      }
    }
  })

  it('of frames without a signature are signed all the same, one for all of one sender to one address', async () => {
    const second = exactly(icmpEcho({ from: red1, to: red3 }).build(new Uint8Array(16)))
    const toOther = exactly(icmpEcho({ from: red1, to: red2 }).build(new Uint8Array(16)))
    const script = await scriptOf(async (w) => {
      await w.inject(red1, nameless, second, toOther)
      await w.proveDelivery({ of: [nameless, second, toOther], at: [red1.port] })
    })
    const sends = sendsOf(script)
    expect(sends).toHaveLength(2)
    for (const { frame } of sends) expect(findSignature(frame.octets)?.number).toBe(frame.number)
    const deliveries = [nameless, second, toOther].flatMap((each) => script.proofs.deliveries(each))
    const numbers = deliveries.map(({ behind }) => behind.map(({ number }) => number))
    expect(numbers).toEqual([
      [4, 4],
      [4, 4],
      [5, 5],
    ])
  })

  it('of many stimuli are waited for at once', async () => {
    const many = Array.from({ length: 5 }, () => udp({ from: red1, to: red3 }))
    const script = await scriptOf(async (w) => {
      await w.inject(red1, ...many)
      await w.proveDelivery({ of: many, at: [red3.port] })
    })
    expect(script.steps.filter(({ kind }) => kind === 'await')).toHaveLength(1)
  })
})

describe('markers towards a port', () => {
  const towards = async (port: Port, options?: ScriptOptions) =>
    (await markersOf(absent(broadcast, port), options)).slice(1)

  it('come from a guest that may reach it, not the stimulus’s sender, from the other hypervisor if possible', async () => {
    expect(await towards(red2.port)).toEqual([`red3 > ${BROADCAST} at hv1:tap-red2 out`])
    expect(await towards(blue1.port)).toEqual([`blue2 > ${BROADCAST} at hv1:tap-blue1 out`])
    expect(await towards(red1.port)).toEqual([`red3 > ${BROADCAST} at hv1:tap-red1 out`])
    const near = { world: lab.worldOf([red3]) }
    expect(await towards(red1.port, near)).toEqual([`red2 > ${BROADCAST} at hv1:tap-red1 out`])
  })

  it('come to a guest’s NIC inward', async () => {
    expect(await towards(blue1.nic)).toEqual([`blue2 > ${BROADCAST} at blue1 in`])
  })

  it('are put there by the harness where no guest may reach it', async () => {
    const control = '01:80:c2:00:00:03'
    const alone = { world: lab.worldOf([blue1]) }
    expect(await towards(blue2.port, alone)).toEqual([`hv2:tap-blue2 > ${control} at hv2:tap-blue2 out`])
    expect(await towards(blue2.nic, alone)).toEqual([`hv2:tap-blue2 > ${control} at blue2 in`])
    for (const port of [uplink1, switch1, outside]) {
      expect(await towards(port)).toEqual([
        `${port.id} > ${control} at ${port.id} out`,
        `${port.wiredTo} > ${control} at ${port.id} in`,
      ])
    }
  })
})

describe('every marker', () => {
  it.each([
    ['broadcast', broadcast],
    ['unicast', unicast],
    ['unknown unicast', toNobody],
    ['nameless', nameless],
    ['spoofed', experimental({ from: blue2, to: red3 })],
  ])(
    'behind and towards %s bears its own sender’s source address and a number of its own',
    async (_, stimulus) => {
      const everywhere = [...lab.guests.map((guest) => guest.port), uplink1]
      const script = await scriptOf(absent(stimulus, ...everywhere.filter((port) => port !== red3.port)))
      for (const { by, frame } of sendsOf(script)) {
        const sender = lab.guests.find((guest) => guest.name === by)
        expect(decodeEthernet(frame.octets).src).toBe(sender?.mac ?? '02:00:00:ff:ff:fe')
      }
      const numbers = script.sent.map((frame) => frame.number)
      expect(new Set(numbers).size).toBe(numbers.length)
    },
  )
})
