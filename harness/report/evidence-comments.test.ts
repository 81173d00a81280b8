/** What the comments of evidence.pcapng tell a stranger. */
import { describe, expect, it } from 'vitest'
import { carries, carriesNot, icmpEcho } from '../proof/index.ts'
import { type Passing, RUN, type Trouble } from '../proof/testing/window.ts'
import { blue2, red1, red2, red3, world } from '../proof/testing/world.ts'
import { encodeSignature, sameOctets, summarise, untagged } from '../wire/index.ts'
import { nameless, signed, windowFrom, withEvidence } from './testing/evidence.ts'

const { write, tsharkRows } = withEvidence()

describe('comments of evidence.pcapng', () => {
  it('says on every frame that mattered what it is, wherever it was seen', async () => {
    const seen = await windowFrom(1)
    write([seen])
    const comments = new Map(
      tsharkRows('frame.comment').map(([number, comment = '']) => [Number(number), comment]),
    )
    const explained = new Set<number>()
    for (const { frame, octets, signature } of seen.record.frames) {
      const sent = seen.script.sent.find((one) =>
        one.signed
          ? one.number === signature
          : signature === null && Buffer.compare(one.octets, octets) === 0,
      )
      if (sent === undefined) continue
      const comment = comments.get(frame) ?? ''
      const name = `${sent.role} ${sent.number} of ${sent.from}`
      const isAgain = explained.has(sent.number)
      const isAsSent = sameOctets(untagged(octets), untagged(sent.octets))
      const told = isAsSent
        ? isAgain
          ? name
          : `${name}: ${sent.summary}`
        : `${name}, here ${summarise(octets)}`
      expect(comment.replace(/ \(.*?\)([:,])/, '$1')).toBe(told)
      expect(/\((under test|sent behind|put here)/.test(comment)).toBe(!isAgain)
      explained.add(sent.number)
    }
    for (const kind of ['stimulus 1', 'stimulus 2', 'marker 3', 'control'])
      expect([...comments.values()].join('\n')).toContain(kind)
    expect([...comments.values()].join('\n')).toContain('sixty octets')
  })

  it('says nothing of frames of others, and calls an answer an answer', async () => {
    const here = { port: red1.port.id, direction: 'out' } as const
    const foreign = signed.build(encodeSignature({ run: RUN + 1, caseNumber: 1, number: 1 }))
    const reply = icmpEcho({ from: red3, to: red1, kind: 'echo reply' })
    const noise: readonly Passing[] = [
      { ...here, octets: foreign },
      { ...here, octets: reply.build(encodeSignature({ run: RUN, caseNumber: 1, number: 1 })) },
    ]
    write([await windowFrom(1, { noise })])
    const [stranger, answer] = tsharkRows('frame.comment').slice(-2)
    expect(stranger?.[1]).toBe('')
    expect(answer?.[1]).toMatch(/^answer to stimulus 1 of red1, here .*: ICMP echo reply, /)
  })

  it.each<[string, Trouble, string]>([
    [
      'broke it',
      { capture: (frame) => [{ ...frame, octets: frame.octets.map((o, i) => (i === 59 ? 1 : o)) }] },
      'BROKEN',
    ],
    ['did not prove it', { health: { [red3.port.id]: { drops: 1 } } }, 'NOT PROVED'],
  ])('says of a frame that it %s', async (_, trouble, outcome) => {
    const seen = await windowFrom(1, trouble)
    const assertion = carries(seen.at(red3.port), signed, { times: 1 })
    write([seen], [assertion])
    const [number = 0] = assertion.frames
    expect(tsharkRows('frame.comment')[number - 1]?.[1]).toContain(
      `${outcome}: expected ${assertion.expected}`,
    )
  })

  it('tells the way of a frame that never came, hop by hop, and where it was seen last', async () => {
    const seen = await windowFrom(1, {
      capture: (hop, { role }) => (hop.port === red3.port.id && role !== 'control' ? [] : [hop]),
    })
    const assertion = carries(seen.at(red3.port), signed, { times: 1 })
    expect(assertion).toMatchObject({ verdict: 'deviates', frames: [], about: 1, at: red3.port.id })
    write([seen], [assertion])
    const way = tsharkRows('frame.comment').filter(([, comment]) => comment?.startsWith('stimulus 1 '))
    expect(way.map(([, comment]) => /hop (\d+) of (\d+)/.exec(comment ?? '')?.slice(1))).toEqual(
      way.map((_, at) => [String(at + 1), String(way.length)]),
    )
    expect(way.map(([, comment]) => comment).join('\n')).toContain(': tag added: VID 10')
    expect(way.at(-1)?.[1]).toContain(
      `BROKEN: expected ${assertion.expected}; seen no such frame (this is where the frame was seen last)`,
    )
  })

  it('tells the way of each frame that failed, however many assertions failed on another', async () => {
    const gone: readonly string[] = [red3.port.id, red2.port.id]
    const seen = await windowFrom(1, {
      capture: (hop, { role }) => (gone.includes(hop.port) && role === 'stimulus' ? [] : [hop]),
    })
    const many = Array.from({ length: 60 }, () => carries(seen.at(red3.port), signed, { times: 1 }))
    write([seen], [...many, carries(seen.at(red2.port), nameless, { times: 1 })])
    const comments = tsharkRows('frame.comment').map(([, comment = '']) => comment)
    for (const number of [1, 2])
      expect(
        comments.some((comment) => /^stimulus (\d+) .*hop 1 of /.exec(comment)?.[1] === String(number)),
      ).toBe(true)
  })

  it('says at which hop a leak is first wrong, on the frame itself, and which was the last good one', async () => {
    const leaked = { port: blue2.port.id, direction: 'out' } as const
    const seen = await windowFrom(1, {
      capture: (hop, { number }) =>
        number === 1 && hop.port === red3.port.id ? [hop, { ...hop, ...leaked }] : [hop],
    })
    const assertion = carriesNot(seen.at(blue2.port), signed)
    expect(assertion.verdict).toBe('deviates')
    write([seen], [assertion])
    const rows = tsharkRows('frame.interface_name', 'frame.comment')
    const wrong = rows.filter(([, , comment]) => comment?.includes('FIRST WRONG HOP: at '))
    expect(wrong.map(([, port]) => port)).toEqual([blue2.port.id])
    expect(wrong[0]?.[2]).toContain(
      `at ${blue2.port.id} it is not; expected ${assertion.expected}; seen frame `,
    )
    const good = rows.filter(([, , comment]) => comment?.includes('LAST GOOD HOP'))
    expect(good).toHaveLength(1)
    expect(good[0]?.[2]).toContain(`at ${blue2.port.id} (frame ${wrong[0]?.[0]}), the next, it is wrong`)
  })

  it('says of one stimulus one first wrong hop, and of what is wrong behind it since when', async () => {
    const wrong = (octets: Uint8Array) => octets.map((one, at) => (at === octets.length - 1 ? 1 : one))
    const behind: readonly string[] = [
      'hv1:eth0',
      'sw1:hv1',
      'sw1:hv2',
      'hv2:eth0',
      red3.port.id,
      red3.nic.id,
    ]
    const seen = await windowFrom(1, {
      capture: (hop, { number }) =>
        number === 1 && behind.includes(hop.port) ? [{ ...hop, octets: wrong(hop.octets) }] : [hop],
    })
    const trunk = world.ports.find(({ id }) => id === 'hv1:eth0')
    if (trunk === undefined) throw new Error('no trunk')
    const assertions = [
      carries(seen.at(red3.port), signed, { times: 1 }), // what is wrong last is asserted first
      carries(seen.at(trunk), signed, { times: 1, vid: 10 }),
    ]
    expect(assertions.map(({ verdict }) => verdict)).toEqual(['deviates', 'deviates'])
    write([seen], assertions)
    const rows = tsharkRows('frame.interface_name', 'frame.comment')
    const first = rows.filter(([, , comment]) => comment?.includes('FIRST WRONG HOP'))
    expect(first.map(([, port]) => port)).toEqual([trunk.id])
    const good = rows.filter(([, , comment]) => comment?.includes('LAST GOOD HOP'))
    expect(good.map(([, port]) => port)).toEqual([red1.port.id])
    const later = rows.filter(([, , comment]) => comment?.includes('BROKEN, wrong since'))
    expect(later.map(([, port]) => port)).toEqual([red3.port.id])
    expect(later[0]?.[2]).toContain(
      `BROKEN, wrong since frame ${first[0]?.[0]}: expected ${red3.port.id} carries`,
    )
    expect(later[0]?.[2]).toMatch(/^stimulus 1 of red1, here /)
  })

  it('says of what was not proved nowhere that it is wrong', async () => {
    const seen = await windowFrom(1, { health: { [red3.port.id]: { drops: 1 } } })
    write([seen], [carries(seen.at(red3.port), signed, { times: 1 })])
    const comments = tsharkRows('frame.comment').map(([, comment]) => comment)
    expect(comments.filter((comment) => comment?.includes('NOT PROVED'))).toHaveLength(1)
    expect(comments.filter((comment) => comment?.includes('WRONG HOP'))).toEqual([])
  })

  it('says of a rate that it is about all frames between two', async () => {
    const seen = await windowFrom(1)
    const expected = `${red3.port.id} keeps to 9.9 Mbit/s to 10.1 Mbit/s`
    const found = `expected  ${expected}\nseen      10.2 Mbit/s (95%: 10.1 to 10.3), over 4 frames in 3 ms`
    write([seen], [{ verdict: 'deviates', expected, found, frames: [3, 6] }])
    const told = tsharkRows('frame.comment').filter(([, comment]) => comment?.includes('BROKEN'))
    expect(
      told.map(([number, comment = '']) => [number, /\((\w+) frame of these\)$/.exec(comment)?.[1]]),
    ).toEqual([
      ['3', 'first'],
      ['6', 'last'],
    ])
  })
})
