import { describe, expect, it } from 'vitest'
import { encodeSignature, withTag } from '../wire/index.ts'
import { carriesNot } from './carry.ts'
import { arpRequest, exactly, experimental, icmpEcho } from './frames.ts'
import type { SignedFrame } from './record.ts'
import type { WindowScript } from './script.ts'
import { CaseError } from './script-steps.ts'
import type { Stimulus } from './stimulus.ts'
import { type Passing, RUN, type ScriptOptions, type Trouble, windowOf } from './testing/window.ts'
import { blue1, blue2, red1, red2, red3, uplink1, uplink2 } from './testing/world.ts'
import type { Port } from './world.ts'

const question = arpRequest({ from: red1, forAddress: '198.51.100.200' })
const nameless = exactly(question.build(new Uint8Array(16)))

const prove =
  (stimulus: Stimulus, ...at: readonly Port[]) =>
  async (w: WindowScript): Promise<void> => {
    await w.inject(red1, stimulus)
    await w.proveAbsence({ of: stimulus, at })
  }

/** Judges that what red1 sends never comes to blue2. */
async function atBlue2(trouble: Trouble = {}, stimulus: Stimulus = question, options: ScriptOptions = {}) {
  const seen = await windowOf(prove(stimulus, blue2.port), trouble, options)
  return { seen, ...carriesNot(seen.at(blue2.port), stimulus) }
}

/** What red1 sends leaks to blue2's port, as `leak` makes it. */
function leaking(leak: (frame: Passing) => Passing = (frame) => frame, times = 1): Trouble {
  return {
    capture: (frame, sent) => {
      if (frame.port !== red1.port.id || sent.role !== 'stimulus') return [frame]
      const leaked = leak({ ...frame, port: blue2.port.id, direction: 'out' })
      return [frame, ...Array.from({ length: times }, () => leaked)]
    },
  }
}

/** Loses what is of this role wherever `isLost` says. */
function losing(role: SignedFrame['role'], isLost: (frame: Passing, sent: SignedFrame) => boolean): Trouble {
  return { capture: (frame, sent) => (sent.role === role && isLost(frame, sent) ? [] : [frame]) }
}

const drops = { health: { [blue2.port.id]: { drops: 1 } } }

describe('a frame that must not come', () => {
  it('conforms where its absence is proved, and the assertion names the marker that came instead', async () => {
    const { verdict, found, frames, seen } = await atBlue2()
    expect({ verdict, found }).toEqual({ verdict: 'conforms', found: null })
    const [number = 0] = frames
    const marker = seen.record.frames[number - 1]
    expect(marker).toMatchObject({ frame: number, port: blue2.port.id, direction: 'out' })
    const sent = seen.script.sent.find((frame) => frame.number === marker?.signature)
    expect(sent).toMatchObject({ role: 'marker', from: 'blue1' })
  })

  it.each([
    ['signed', question],
    ['unsigned', nameless],
  ])('deviates where it is seen, %s, with its frame and journey', async (_, stimulus) => {
    const { verdict, found, frames } = await atBlue2(leaking(), stimulus)
    expect(verdict).toBe('deviates')
    expect(frames).toHaveLength(1)
    expect(found).toContain(`frame ${frames[0]}: out at hv2:tap-blue2, untagged`)
    expect(found).toMatch(/journey {3}of .*\n {2}frame \d+ +red1 +out/)
  })

  it('deviates where it is seen altered or tagged', async () => {
    const tag = { tpid: 0x8100, vid: 7, pcp: 0, dei: false }
    const leak = leaking((frame) => ({ ...frame, octets: withTag(frame.octets, tag) }))
    expect((await atBlue2(leak)).verdict).toBe('deviates')
    expect((await atBlue2(leak, nameless)).verdict).toBe('deviates')
    const rewritten = leaking((frame) => ({ ...frame, octets: frame.octets.map((o, i) => (i < 12 ? 2 : o)) }))
    expect((await atBlue2(rewritten)).verdict).toBe('deviates')
  })

  it('deviates where it is seen though everything else failed: frames lost, no control, no marker', async () => {
    const control = { health: { [blue2.port.id]: { drops: 9, control: 'missing' } } } as const
    const capture: Trouble['capture'] = (frame, sent) =>
      sent.role === 'marker' ? [] : (leaking().capture?.(frame, sent) ?? [frame])
    expect((await atBlue2({ ...control, capture })).verdict).toBe('deviates')
  })

  it('counts how often it is seen', async () => {
    const { found, frames } = await atBlue2(leaking((frame) => frame, 2))
    expect(frames).toHaveLength(2)
    expect(found).toContain('and 1 more')
  })
})

describe('absence is not proved', () => {
  it.each<[string, Trouble, string]>([
    ['by a capture that lost frames', drops, 'lost 1 frames'],
    ['without the control frame', losing('control', ({ port }) => port === blue2.port.id), 'control frame'],
    ['without a capture', { health: { [blue2.port.id]: { port: 'elsewhere' } } }, 'was not captured'],
    [
      'without the marker behind it at every port where it must arrive',
      losing('marker', ({ port }) => port === red3.port.id),
      'the marker of red1 never came to hv2:tap-red3',
    ],
    [
      'without the marker towards the port',
      losing('marker', ({ port }) => port === blue2.port.id),
      'the marker of blue1 never came to hv2:tap-blue2',
    ],
    ['if it was never sent', { refuse: { red1: 'write: EINVAL' } }, 'red1 could not send it: write: EINVAL'],
  ])('%s', async (_, trouble, why) => {
    const { verdict, found } = await atBlue2(trouble)
    expect(verdict).toBe('could not run')
    expect(found).toContain(why)
  })

  it('by a marker that came the other way', async () => {
    const capture: Trouble['capture'] = (frame, sent) =>
      sent.role === 'marker' && frame.port === blue2.port.id ? [{ ...frame, direction: 'in' }] : [frame]
    expect((await atBlue2({ capture })).verdict).toBe('could not run')
  })

  it('by the marker of another run', async () => {
    const foreign = experimental({ from: blue1, to: blue2 }).build(
      encodeSignature({ run: RUN + 1, caseNumber: 1, number: 3 }),
    )
    const lost = losing('marker', ({ port }) => port === blue2.port.id)
    const noise = [{ port: blue2.port.id, direction: 'out', octets: foreign }] as const
    expect((await atBlue2({ ...lost, noise })).verdict).toBe('could not run')
  })

  it.each([
    ['left down', 'deviates', { up: false, carrier: false }],
    ['without carrier', 'could not run', { carrier: false }],
  ] as const)('through an uplink %s: %s', async (_, verdict, state) => {
    const lost = losing('marker', ({ port }) => port === red3.port.id)
    const assertion = await atBlue2({ ...lost, health: { [uplink2.id]: state } })
    expect(assertion.verdict).toBe(verdict)
  })

  it('at a port for which nobody asked: that is the author’s mistake', async () => {
    const seen = await windowOf(prove(question, blue2.port), {}, { at: [blue1.port] })
    expect(() => carriesNot(seen.at(blue1.port), question)).toThrow(CaseError)
    expect(() => carriesNot(seen.at(blue1.port), question)).toThrow('proveAbsence')
  })

  it('by a proof of delivery', async () => {
    const seen = await windowOf(async (w) => {
      await w.inject(red1, question)
      await w.proveDelivery({ of: question, at: [red2.port] })
    })
    expect(() => carriesNot(seen.at(red2.port), question)).toThrow(CaseError)
  })

  it('of one stimulus by the proof of another', async () => {
    const other = arpRequest({ from: red1, forAddress: '198.51.100.201' })
    const seen = await windowOf(async (w) => {
      await w.inject(red1, question, other)
      await w.proveAbsence({ of: question, at: [blue2.port] })
    })
    expect(() => carriesNot(seen.at(blue2.port), other)).toThrow(CaseError)
  })
})

describe('what does not break a proved absence', () => {
  const here = { port: blue2.port.id, direction: 'out' } as const

  it.each([
    ['another run’s frame', question.build(encodeSignature({ run: RUN + 1, caseNumber: 1, number: 1 }))],
    ['a frame with the same addresses and no signature', nameless.build(new Uint8Array(0))],
  ])('%s', async (_, octets) => {
    expect((await atBlue2({ noise: [{ ...here, octets }] })).verdict).toBe('conforms')
  })

  it('the frame itself as it enters by the sender’s own port', async () => {
    const seen = await windowOf(prove(question, red1.port))
    expect(seen.from(red1.port).carried(question)).toHaveLength(1)
    expect(carriesNot(seen.at(red1.port), question).verdict).toBe('conforms')
  })

  it('frames lost at another port', async () => {
    expect((await atBlue2({ health: { [red3.port.id]: { drops: 5 } } })).verdict).toBe('conforms')
  })

  it('an ICMP error that quotes it', async () => {
    const ping = icmpEcho({ from: red1, to: red2 })
    const quoted = ping.build(encodeSignature({ run: RUN, caseNumber: 1, number: 1 })).slice(14)
    const error = icmpEcho({ from: red2, to: red1 }).build(new Uint8Array(16)).slice(0, 42)
    error[34] = 3 // destination unreachable
    const noise = [{ port: red1.port.id, direction: 'out', octets: Buffer.concat([error, quoted]) }] as const
    const seen = await windowOf(prove(ping, red1.port), { noise })
    expect(seen.record.frames.at(-1)?.signature).toBe(1)
    expect(carriesNot(seen.at(red1.port), ping).verdict).toBe('conforms')
  })
})

describe('several ports that one broadcast must reach', () => {
  const shout = experimental({ from: blue1, to: { mac: 'ff:ff:ff:ff:ff:ff' } })
  const silent = [red1.port, red2.port, red3.port]
  const atAll = async (trouble: Trouble = {}) => {
    const seen = await windowOf(async (w) => {
      await w.inject(blue1, shout)
      await w.proveAbsence({ of: shout, at: silent })
    }, trouble)
    return { seen, verdicts: silent.map((port) => carriesNot(seen.at(port), shout).verdict) }
  }

  it('share it as their marker', async () => {
    const { seen, verdicts } = await atAll()
    expect(verdicts).toEqual(['conforms', 'conforms', 'conforms'])
    const markers = seen.script.sent.filter(({ role }) => role === 'marker').map(({ from }) => from)
    expect(markers).toEqual(['blue1', 'red3', 'red1']) // red3's is for red1 and red2
  })

  it('are proved each by its own copy', async () => {
    const isLost = (frame: Passing, { from }: SignedFrame) => from === 'red3' && frame.port === red2.port.id
    expect((await atAll(losing('marker', isLost))).verdicts).toEqual([
      'conforms',
      'could not run',
      'conforms',
    ])
  })
})

describe('a claimed absence', () => {
  it('stays watched, with the frame that may come late', async () => {
    const { seen } = await atBlue2()
    const [sent] = seen.script.sent
    expect(seen.judgement.absenceClaims).toEqual([
      { sent, number: 1, port: blue2.port.id, summary: question.summary },
    ])
  })

  it('can be made of a port of the fabric or of an uplink', async () => {
    const seen = await windowOf(prove(question, uplink1), {}, { at: [uplink1] })
    expect(carriesNot(seen.at(uplink1), question).verdict).toBe('deviates') // it does go there
  })
})
