import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodePcapng, encodeLatePackets, encodePcapng, PcapError, PcapngIndex } from './pcapng.ts'

const SEED = Number(process.env.FRAMEPROOF_SEED ?? Date.now() % 1e9)
const interfaces = ['a', 'b'].map((name) => ({ name, description: `port ${name}`, snapLength: 0 }))

function packet(at: number, octets: Uint8Array) {
  const direction = at % 2 === 0 ? ('in' as const) : ('out' as const)
  const timestampNs = 1_700_000_000_000_000_000n + BigInt(at)
  return {
    interface: at % 2,
    timestampNs,
    direction,
    octets,
    originalLength: octets.length,
    comments: [`${at}`],
  }
}

const packetLists = fc.array(fc.uint8Array({ maxLength: 80 }), { minLength: 1, maxLength: 30 })

describe('some packets of a capture', () => {
  it(`are what the whole reader reads (seed ${SEED})`, () => {
    fc.assert(
      fc.property(packetLists, fc.infiniteStream(fc.nat()), (all, dice) => {
        const packets = all.map((octets, at) => packet(at, octets))
        const late = packet(all.length, Uint8Array.of(1, 2, 3))
        const file = Buffer.concat([encodePcapng({ interfaces, packets }), encodeLatePackets([late])])
        const index = new PcapngIndex(file)
        const whole = decodePcapng(file)
        expect([index.count, index.interfaces]).toEqual([whole.packets.length, whole.interfaces])
        const frames = [...dice.take(5)].map((number) => 1 + (number % index.count))
        expect(index.pick(frames)).toEqual(frames.map((frame) => ({ ...whole.packets[frame - 1], frame })))
        for (const frame of frames)
          expect(Buffer.compare(index.peek(frame).octets, whole.packets[frame - 1]?.octets ?? file)).toBe(0)
      }),
      { seed: SEED },
    )
  })

  it('are found by octets in them, not by octets of a comment or across packets', () => {
    const wanted = Buffer.from('FPf1-signature')
    const holding = Buffer.concat([Buffer.alloc(20), wanted, wanted])
    const commented = { ...packet(0, Buffer.alloc(8)), comments: [wanted.toString()] }
    const file = encodePcapng({
      interfaces,
      packets: [commented, packet(1, holding), packet(2, Buffer.alloc(4)), packet(3, holding)],
    })
    expect(new PcapngIndex(file).holding(wanted)).toEqual([2, 4])
  })

  it(`never fail but with an error of the format (seed ${SEED})`, () => {
    const packets = [1, 2, 3].map((at) => packet(at, Buffer.alloc(at * 7, at)))
    const sound = encodePcapng({ interfaces, packets })
    const bends = fc.array(fc.tuple(fc.nat({ max: sound.length - 1 }), fc.integer({ min: 0, max: 255 })), {
      maxLength: 6,
    })
    fc.assert(
      fc.property(bends, fc.nat({ max: sound.length }), (changes, cut) => {
        const file = Uint8Array.from(sound)
        for (const [at, octet] of changes) file[at] = octet
        try {
          const index = new PcapngIndex(file.subarray(0, cut))
          for (let frame = 1; frame <= index.count; frame += 1) index.peek(frame)
          index.holding(Uint8Array.of(7, 7))
          index.pick(Array.from({ length: index.count }, (_, at) => at + 1))
        } catch (error) {
          expect(error).toBeInstanceOf(PcapError)
        }
      }),
      { seed: SEED, numRuns: 3000 },
    )
  })
})
