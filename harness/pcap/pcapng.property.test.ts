import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Capture, decodePcapng, encodePcapng, PcapError } from './pcapng.ts'

const seed = Number(process.env.FRAMEPROOF_SEED ?? Date.now() % 2 ** 31)

const text = fc.string({ unit: 'grapheme', maxLength: 40 })
const time = fc.bigInt({ min: 0n, max: 0xffffffffffffffffn })
const count = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER })

const captures: fc.Arbitrary<Capture> = fc.integer({ min: 1, max: 4 }).chain((interfaceCount) => {
  const index = fc.nat({ max: interfaceCount - 1 })
  return fc.record(
    {
      interfaces: fc.array(
        fc.record({
          name: text,
          description: text,
          snapLength: fc.integer({ min: 64, max: 0xffffffff }),
          linkType: fc.nat({ max: 0xffff }),
        }),
        { minLength: interfaceCount, maxLength: interfaceCount },
      ),
      packets: fc.array(packets(index), { maxLength: 12 }),
      interfaceStatistics: fc.array(
        fc.record(
          { interface: index, timestampNs: time, received: count, dropped: count },
          { requiredKeys: ['interface', 'timestampNs'] },
        ),
        { maxLength: 3 },
      ),
      application: text,
      os: text,
      comment: text,
    },
    { requiredKeys: ['interfaces', 'packets', 'interfaceStatistics'] },
  )
})

function packets(index: fc.Arbitrary<number>) {
  return fc
    .record({
      interface: index,
      timestampNs: time,
      direction: fc.constantFrom('in' as const, 'out' as const, 'unknown' as const),
      octets: fc.uint8Array({ maxLength: 64 }),
      cut: fc.nat({ max: 2000 }),
      comments: fc.array(text, { maxLength: 3 }),
    })
    .map(({ cut, ...packet }) => ({ ...packet, originalLength: packet.octets.length + cut }))
}

describe(`pcapng (seed ${seed})`, () => {
  it('reads back what it wrote', () => {
    fc.assert(
      fc.property(captures, (capture) => {
        const decoded = decodePcapng(encodePcapng(capture))
        expect(decoded.interfaces).toEqual(capture.interfaces)
        expect(decoded.packets).toEqual(capture.packets)
        expect(decoded.interfaceStatistics).toEqual(capture.interfaceStatistics)
        expect(decoded.sections).toEqual([
          {
            application: capture.application ?? null,
            os: capture.os ?? null,
            comments: capture.comment === undefined ? [] : [capture.comment],
            firstInterface: 0,
          },
        ])
      }),
      { seed, numRuns: 500 },
    )
  })

  it('refuses a file cut anywhere but between two blocks', () => {
    const file = encodePcapng(sample())
    const boundaries = blockBoundaries(file)
    const accepted = [...file.keys()].filter((length) => isRead(file.subarray(0, length)))
    expect(accepted).toEqual(boundaries.filter((boundary) => boundary < file.length))
  })

  it('refuses a file cut anywhere where the section says how long it is', () => {
    const file = encodePcapng(sample())
    const headerEnd = blockBoundaries(file)[0] ?? 0
    new DataView(file.buffer).setBigUint64(16, BigInt(file.length - headerEnd), true)
    expect(isRead(file)).toBe(true)
    expect([...file.keys()].filter((length) => isRead(file.subarray(0, length)))).toEqual([])
  })

  it('answers 10,000 mutated files with a value or a PcapError', () => {
    const file = encodePcapng(sample())
    const change = fc.record({
      at: fc.nat({ max: file.length - 1 }),
      to: fc.oneof(fc.nat({ max: 255 }), fc.constantFrom(0, 1, 0x7f, 0x80, 0xff)),
    })
    const outcomes = { read: 0, refused: 0 }
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 8 }), (changes) => {
        const mutated = file.slice()
        for (const { at, to } of changes) mutated[at] = to
        outcomes[isRead(mutated) ? 'read' : 'refused'] += 1
      }),
      { seed, numRuns: 10_000 },
    )
    expect(outcomes.read).toBeGreaterThan(100)
    expect(outcomes.refused).toBeGreaterThan(100)
  })
})

/** False for a PcapError; every other error is thrown on. */
function isRead(octets: Uint8Array): boolean {
  try {
    decodePcapng(octets)
    return true
  } catch (error) {
    if (error instanceof PcapError) return false
    throw error
  }
}

function blockBoundaries(file: Uint8Array): number[] {
  const view = new DataView(file.buffer)
  const boundaries: number[] = []
  let offset = 0
  while (offset < file.length) {
    offset += view.getUint32(offset + 4, true)
    boundaries.push(offset)
  }
  return boundaries
}

function sample(): Capture {
  const [capture] = fc.sample(captures, { seed, numRuns: 1 })
  return {
    application: 'Frameproof',
    interfaces: capture?.interfaces ?? [],
    packets: [
      ...(capture?.packets ?? []),
      {
        interface: 0,
        timestampNs: 1_580_558_992_123_456_789n,
        direction: 'out',
        octets: Uint8Array.from({ length: 61 }, (_, index) => index),
        originalLength: 1514,
        comments: ['marker 2 of VLAN-13', 'met: at red3, untagged'],
      },
    ],
    interfaceStatistics: [{ interface: 0, timestampNs: 5n, received: 10, dropped: 0 }],
  }
}
