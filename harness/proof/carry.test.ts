import { describe, expect, it } from 'vitest'
import { ETHER_TYPE, encodeEthernet, encodeSignature, untagged } from '../wire/index.ts'
import type { Carriage } from './carriage.ts'
import { carries } from './carry.ts'
import { arpRequest, exactly, experimental, icmpEcho, udp } from './frames.ts'
import type { WindowScript } from './script.ts'
import { CaseError } from './script-steps.ts'
import type { Seen } from './seen.ts'
import type { Stimulus } from './stimulus.ts'
import { type Passing, RUN, type ScriptOptions, type Trouble, windowOf } from './testing/window.ts'
import {
  blue2,
  outside,
  red1,
  red2,
  red3,
  switch1,
  switch2,
  uplink1,
  uplink2,
  world,
} from './testing/world.ts'
import type { Port } from './world.ts'

const frame = udp({ from: red1, to: red3 })
const plain = exactly(
  encodeEthernet({
    dst: red3.mac,
    src: red1.mac,
    tags: [],
    etherType: ETHER_TYPE.localExperimental,
    payload: Uint8Array.from({ length: 50 }, (_, index) => index),
  }),
)

const deliver =
  (stimulus: Stimulus, ...at: readonly Port[]) =>
  async (w: WindowScript): Promise<void> => {
    await w.inject(red1, stimulus)
    await w.proveDelivery({ of: stimulus, at })
  }

/** Judges at red3's port what red1 sends there. */
async function atRed3(stimulus: Stimulus, trouble: Trouble = {}, wanted: Carriage = { times: 1 }) {
  return carries((await sentToRed3(stimulus, trouble)).at(red3.port), stimulus, wanted)
}

function sentToRed3(stimulus: Stimulus, trouble: Trouble = {}, options: ScriptOptions = {}): Promise<Seen> {
  return windowOf(deliver(stimulus, red3.port), trouble, options)
}

/** Changes what is captured of the stimulus at one port. */
function at(port: Port, change: (frame: Passing) => readonly Passing[]): Trouble {
  return {
    capture: (passing, sent) =>
      passing.port === port.id && sent.role === 'stimulus' ? change(passing) : [passing],
  }
}

const lost = at(red3.port, () => [])
const drops = { health: { [red3.port.id]: { drops: 3 } } }

function inverted(octets: Uint8Array, offset: number): Uint8Array {
  return octets.map((octet, index) => (index === offset ? octet ^ 0xff : octet))
}

describe.each([
  ['signed', frame],
  ['unsigned', plain],
])('a frame that is owed, %s', (_, stimulus) => {
  it('conforms where it comes as it was sent, and names its frame', async () => {
    const seen = await sentToRed3(stimulus)
    const assertion = carries(seen.at(red3.port), stimulus, { times: 1, tag: 'untagged' })
    expect(assertion).toMatchObject({ verdict: 'conforms', found: null })
    expect(assertion.frames).toHaveLength(1)
    const [number] = assertion.frames
    expect(seen.record.frames[(number ?? 0) - 1]).toMatchObject({ frame: number, port: red3.port.id })
  })

  it('deviates where it never comes and the capture was fit', async () => {
    const assertion = await atRed3(stimulus, lost)
    expect(assertion.verdict).toBe('deviates')
    expect(assertion.found).toContain('seen      no such frame')
  })

  it.each([
    ['lost frames', drops, 'lost 3 frames'],
    [
      'did not show the control frame',
      { health: { [red3.port.id]: { control: 'missing' } } },
      'control frame',
    ],
    ['was not asked for a control frame', { health: { [red3.port.id]: { control: 'none' } } }, 'not among'],
  ] as const)('is not judged missing by a capture that %s', async (_case, trouble, why) => {
    const assertion = await atRed3(stimulus, { ...lost, ...trouble })
    expect(assertion.verdict).toBe('could not run')
    expect(assertion.found).toContain(why)
  })

  it('is not judged to come once by a capture that lost frames', async () => {
    expect((await atRed3(stimulus, drops)).verdict).toBe('could not run')
  })

  it('deviates twice where once is wanted, even if frames were lost', async () => {
    const twice = at(red3.port, (passing) => [passing, passing])
    const assertion = await atRed3(stimulus, { ...twice, ...drops })
    expect(assertion.verdict).toBe('deviates')
    expect(assertion.frames).toHaveLength(2)
    expect(assertion.found).toContain(`2 times: frames ${assertion.frames.join(', ')}`)
    expect((await atRed3(stimulus, twice, {})).verdict).toBe('conforms')
  })

  it('deviates once where twice is wanted', async () => {
    expect((await atRed3(stimulus, {}, { times: 2 })).verdict).toBe('deviates')
  })

  it('is not missed where the sender could not send it', async () => {
    const assertion = await atRed3(stimulus, { refuse: { red1: 'write: EINVAL' } })
    expect(assertion).toMatchObject({ verdict: 'could not run' })
    expect(assertion.found).toContain('red1 could not send it: write: EINVAL')
  })

  it('is missed where the burst broke off behind it: it was seen on its way', async () => {
    const octets = stimulus.build(encodeSignature({ run: RUN, caseNumber: 1, number: 1 }))
    const noise = [{ port: red1.nic.id, direction: 'out', octets }] as const
    expect((await atRed3(stimulus, { refuse: { red1: 'write: EIO' }, noise })).verdict).toBe('deviates')
  })

  it('is not missed where the fabric is down', async () => {
    const assertion = await atRed3(stimulus, { ...lost, health: { [switch2.id]: { up: false } } })
    expect(assertion.verdict).toBe('could not run')
    expect(assertion.found).toContain(`${switch2.id} (switch sw1:hv2) is down: the lab failed`)
  })

  it('is missed where the uplink was left down, though the switch has no carrier then', async () => {
    const health = { [uplink2.id]: { up: false, carrier: false }, [switch2.id]: { carrier: false } }
    expect((await atRed3(stimulus, { ...lost, health })).verdict).toBe('deviates')
  })

  it('is not satisfied by frames of others, nor broken by them', async () => {
    const other = { port: red3.port.id, direction: 'out' } as const
    const sent = stimulus.build(encodeSignature({ run: RUN + 1, caseNumber: 1, number: 1 }))
    const noise = [
      { ...other, octets: untagged(experimental({ from: red1, to: red3 }).build(new Uint8Array(16))) },
      { ...other, octets: inverted(sent, sent.length - 1) },
      { ...other, octets: arpRequest({ from: blue2, forAddress: red3.address }).build(new Uint8Array(16)) },
      ...(stimulus.signed ? [{ ...other, octets: sent }] : []),
    ]
    expect((await atRed3(stimulus, { noise })).verdict).toBe('conforms')
    expect((await atRed3(stimulus, { ...lost, noise })).verdict).toBe('deviates')
  })

  it('is not taken for what the sender’s side of the port shows', async () => {
    const inward = at(red3.port, (passing) => [{ ...passing, direction: 'in' }])
    expect((await atRed3(stimulus, inward)).verdict).toBe('deviates')
  })

  it('must be waited for', async () => {
    const seen = await windowOf((w) => w.inject(red1, stimulus))
    expect(() => carries(seen.at(red3.port), stimulus, {})).toThrow(CaseError)
  })
})

describe('an altered frame', () => {
  it.each([...frame.build(new Uint8Array(16)).keys()])(
    'deviates if octet %i is not as sent',
    async (offset) => {
      const assertion = await atRed3(
        frame,
        at(red3.port, (p) => [{ ...p, octets: inverted(p.octets, offset) }]),
      )
      expect(assertion.verdict).toBe('deviates')
      expect(assertion.found).toMatch(/altered\n {10}\S+ \(octet \d+\): expected .+, seen .+/)
    },
  )

  it('is named with its frame, the field, its offset, what was expected and what was seen', async () => {
    const ttl = at(red3.port, (p) => [{ ...p, octets: p.octets.map((octet, i) => (i === 22 ? 63 : octet)) }])
    const assertion = await atRed3(frame, ttl)
    expect(assertion.found).toContain('ip.ttl (octet 22): expected 64, seen 63')
    expect(assertion.found).toContain(
      `frame ${assertion.frames[0]}: out at hv2:tap-red3, untagged, 60 octets, altered`,
    )
  })

  it('beside one that is as expected is an extra copy, and that is not called altered', async () => {
    const twice = at(red3.port, (p) => [p, { ...p, octets: inverted(p.octets, 22) }])
    const assertion = await atRed3(frame, twice)
    expect(assertion).toMatchObject({ verdict: 'deviates', frames: [expect.any(Number)] })
    const [extra = 0] = assertion.frames
    expect(assertion.found).toMatch(
      new RegExp(`frame ${extra}: .*, an extra copy: frame ${extra - 1} is as expected\n {10}ip.ttl `),
    )
    expect(assertion.found).not.toContain('altered')
  })

  it('deviates though the capture lost frames: what was seen was seen', async () => {
    const cut = at(red3.port, (p) => [{ ...p, octets: p.octets.subarray(0, 58) }])
    expect((await atRed3(frame, { ...cut, ...drops })).verdict).toBe('deviates')
  })

  it('without a signature is found by its ends and its type', async () => {
    const change = at(red3.port, (p) => [{ ...p, octets: inverted(p.octets, 40) }])
    const assertion = await atRed3(plain, change)
    expect(assertion).toMatchObject({ verdict: 'deviates', frames: [expect.any(Number)] })
    expect(assertion.found).toContain('only frame')
    expect(assertion.found).toContain('payload (octet 40): expected 0x1a at octet 26 of 50, seen 0xe5')
  })

  it('is not seen in another frame of the window, nor in one of another run', async () => {
    const second = exactly(inverted(plain.build(new Uint8Array(0)), 40))
    const octets = experimental({ from: red1, to: red3 }).build(
      encodeSignature({ run: RUN + 1, caseNumber: 1, number: 1 }),
    )
    const seen = await windowOf(
      async (w) => {
        await w.inject(red1, plain, second)
        await w.proveDelivery({ of: [plain, second], at: [red3.port] })
      },
      {
        capture: (p, sent) =>
          p.port === red3.port.id && sent.summary === plain.summary && sent.number === 1 ? [] : [p],
        noise: [{ port: red3.port.id, direction: 'out', octets }],
      },
    )
    expect(carries(seen.at(red3.port), plain, {}).found).toContain('seen      no such frame')
  })
})

it('a frame with other ends, or of another type, is not taken for an altered copy', async () => {
  const octets = plain.build(new Uint8Array(0))
  const strangers = [0, 6, 12].map((offset) => inverted(octets, offset))
  const noise = strangers.map((each): Passing => ({ port: red3.port.id, direction: 'out', octets: each }))
  expect((await atRed3(plain, { ...lost, noise })).found).toContain('seen      no such frame')
})

describe('where a frame counts as waited for', () => {
  const question = arpRequest({ from: red1, forAddress: red3.address })
  const absent = async (world_ = world) =>
    windowOf(
      async (w) => {
        await w.inject(red1, question)
        await w.proveAbsence({ of: question, at: [blue2.port] })
      },
      {},
      { world: world_, at: [red2.nic, uplink1, switch1, outside] },
    )

  it.each([
    ['where its marker was awaited', red2.port],
    ['at the guest’s own side of that port', red2.nic],
    ['at an uplink on the way there', uplink1],
    ['at the switch on the way there', switch1],
  ])('%s', async (_, port) => {
    const seen = await absent()
    const wanted = port.guest === null ? { vid: 10 } : {}
    expect(carries(seen.at(port), question, wanted).verdict).toBe('conforms')
  })

  it('not at a port that lies on no such way', async () => {
    const seen = await absent()
    expect(() => carries(seen.at(outside), question, {})).toThrow('nothing waited for it')
    expect(() => carries(seen.from(red1.port), question, {})).toThrow('nothing waited for it')
  })

  it('not at an uplink if only guests of the same hypervisor were waited for', async () => {
    const near = await absent({ ...world, peersOf: (one) => (one === red1 ? [red2] : [blue2]) })
    expect(() => carries(near.at(uplink1), question, { vid: 10 })).toThrow('nothing waited for it')
  })
})

describe('an answer', () => {
  it('that gives the signature back is not the frame', async () => {
    const ping = icmpEcho({ from: red1, to: red3 })
    const pong = icmpEcho({ from: red3, to: red1, kind: 'echo reply' })
    const octets = pong.build(encodeSignature({ run: RUN, caseNumber: 1, number: 1 }))
    const reflected: Trouble = { noise: [{ port: red3.port.id, direction: 'out', octets }] }
    expect((await atRed3(ping, reflected, { times: 1 })).verdict).toBe('conforms')
    expect((await atRed3(ping, { ...lost, ...reflected })).verdict).toBe('deviates')
  })
})
