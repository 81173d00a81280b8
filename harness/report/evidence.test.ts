import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { decodePcapng } from '../pcap/pcapng.ts'
import { carries, carriesNot } from '../proof/index.ts'
import { blue2, red1, red2, red3, world } from '../proof/testing/world.ts'
import { appendLate, OBSERVATIONS_FILE, PCAPNG_FILE, writeObservations } from './evidence.ts'
import { nameless, signed, windowFrom, withEvidence } from './testing/evidence.ts'

const { write, tsharkRows, place } = withEvidence()

describe('evidence.pcapng', () => {
  it('numbers frames as the assertions do, over all windows, in tshark’s count', async () => {
    const first = await windowFrom(1)
    const second = await windowFrom(first.record.frames.length + 1)
    const assertions = [first, second].flatMap((seen) => [
      carries(seen.at(red3.port), signed, { times: 1 }),
      carries(seen.at(red2.port), nameless, { times: 1 }),
      carriesNot(seen.at(blue2.port), signed),
    ])
    write([first, second], assertions)
    const rows = tsharkRows('frame.interface_name', 'frame.comment', 'frame.len')
    const frames = [...first.record.frames, ...second.record.frames]
    expect(rows.map(([number, port, , length]) => [number, port, length])).toEqual(
      frames.map(({ frame, port, octets }) => [String(frame), port, String(octets.length)]),
    )
    for (const { expected, frames: named, verdict } of assertions) {
      expect({ verdict, count: named.length }).toEqual({ verdict: 'conforms', count: 1 })
      for (const number of named) expect(rows[number - 1]?.[2]).toContain(`MET: expected ${expected}`)
    }
    const met = rows.filter(([, , comment]) => comment?.includes('MET'))
    expect(met).toHaveLength(6)
  })

  it('keeps ports, directions, nanoseconds and octets', async () => {
    const seen = await windowFrom(1)
    write([seen])
    const { interfaces, packets, sections } = decodePcapng(readFileSync(join(place(), PCAPNG_FILE)))
    expect(sections).toMatchObject([
      {
        application: 'Frameproof',
        os: 'Linux 6.1 (uml)',
        comments: [expect.stringMatching(/^VLAN-99 a title\nFilter on/)],
      },
    ])
    expect(interfaces.map(({ name, description }) => [name, description])).toEqual(
      world.ports.map(({ id, description }) => [id, `${id}: ${description}`]),
    )
    packets.forEach((packet, index) => {
      const { port, timestampNs, direction, octets, originalLength } = seen.record.frames[index] ?? {}
      expect(interfaces[packet.interface]?.name).toBe(port)
      expect(packet).toMatchObject({ timestampNs, direction, originalLength })
      expect(Buffer.compare(packet.octets, octets ?? new Uint8Array())).toBe(0)
    })
    expect(packets).toHaveLength(seen.record.frames.length)
  })

  it('holds segments that the kernel put together again', async () => {
    const noise = [{ port: red1.port.id, direction: 'out', octets: new Uint8Array(65_553) }] as const
    write([await windowFrom(1, { noise })])
    expect(tsharkRows('frame.len').at(-1)?.[1]).toBe('65553')
  })

  it('is never written over by another case’s', async () => {
    write([await windowFrom(1)])
    const before = readFileSync(join(place(), PCAPNG_FILE))
    expect(() => write([])).toThrow('EEXIST')
    expect(Buffer.compare(readFileSync(join(place(), PCAPNG_FILE)), before)).toBe(0)
  })

  it('is refused for a frame of a port that is not among the case’s', async () => {
    const noise = [{ port: 'elsewhere', direction: 'out', octets: new Uint8Array(60) }] as const
    const seen = await windowFrom(1, { noise })
    expect(() => write([seen])).toThrow('interface of packet')
    expect(existsSync(join(place(), PCAPNG_FILE))).toBe(false)
  })
})

describe('late frames', () => {
  it('are appended, numbered behind all others, with their comment', async () => {
    const seen = await windowFrom(1)
    write([seen])
    const last = seen.record.frames.at(-1)
    if (last === undefined) throw new Error('no frame')
    const late = [1, 2].map((n) => ({
      frame: { ...last, frame: last.frame + n },
      comment: `BROKEN: late ${n}`,
    }))
    appendLate(place(), world.ports, late.slice(0, 1))
    appendLate(place(), world.ports, late.slice(1))
    const rows = tsharkRows('frame.comment', 'frame.interface_name')
    expect(rows.slice(-2)).toEqual([
      [String(last.frame + 1), 'BROKEN: late 1', last.port],
      [String(last.frame + 2), 'BROKEN: late 2', last.port],
    ])
    expect(rows).toHaveLength(last.frame + 2)
  })
})

describe('observations.json', () => {
  const read = (): unknown => JSON.parse(readFileSync(join(place(), OBSERVATIONS_FILE), 'utf8'))

  it('is written with the evidence, and may be written anew', async () => {
    write([], [], { result: { verdict: 'conforms' } })
    expect(read()).toEqual({ result: { verdict: 'conforms' } })
    writeObservations(place(), { result: { verdict: 'deviates' } })
    expect(read()).toEqual({ result: { verdict: 'deviates' } })
  })

  it('has nanoseconds as decimal text and octets in hexadecimal, a Buffer’s too', () => {
    writeObservations(place(), {
      at: 1_700_000_000_123_456_789n,
      octets: Uint8Array.of(0, 15, 255),
      inside: [{ buffer: Buffer.from([0, 15, 255]) }],
      none: null,
      zero: 0,
      no: false,
    })
    expect(read()).toEqual({
      at: '1700000000123456789',
      octets: '000fff',
      inside: [{ buffer: '000fff' }],
      none: null,
      zero: 0,
      no: false,
    })
  })
})
