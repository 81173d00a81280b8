/**
 *   [ red1  ]--( hv1 )==eth0, htb ====( sw1 )
 *   [ red2  ]--(     )    red  guaranteed 6 Mbit/s, up to 10
 *   [ blue1 ]--(     )    blue guaranteed 4 Mbit/s, up to 8
 *
 * VMs of two classes send as much as they can, first both, then each class alone, red by its other VM. Together each gets
 * what it is guaranteed; alone it borrows up to its ceiling; within 2%. htb counts octets of the frame without FCS.
 *
 * Source: the article, 2; tc-htb(8), rate and ceil.
 */
import {
  classOf,
  EGRESS,
  expect,
  type Guest,
  limiterBetween,
  MBIT,
  outward,
  rateWithin,
  requirement,
} from '../../harness/index.ts'

const TOLERANCE = 0.02
const OFFERED = 20 * MBIT
const PART_MS = 1800
/** Buckets are full again, and queues empty. */
const RECOVERY_MS = 300

requirement(
  'QOS-06',
  'classes get what they are guaranteed, and borrow up to their ceilings',
  async (context) => {
    const { lab, load, measureRate } = context
    const { red1, red2, blue1 } = lab.guests
    const uplink = lab.trunk(red1.hypervisor)
    const red = classOf(uplink, {
      ...{ like: red1, among: lab.everyGuest },
      ...{ guaranteedBitsPerSecond: 6 * MBIT, ceilBitsPerSecond: 10 * MBIT },
    })
    const blue = classOf(uplink, {
      ...{ like: blue1, among: lab.everyGuest },
      ...{ guaranteedBitsPerSecond: 4 * MBIT, ceilBitsPerSecond: 8 * MBIT },
    })
    await lab.withPlan('hv1', { shaping: [], policing: [], classes: [red, blue] }, async () => {
      const part = (from: Guest, at: number, expected: number) => {
        const beginMs = at * (PART_MS + RECOVERY_MS)
        const times = { beginMs, endMs: beginMs + PART_MS }
        return {
          expected,
          at,
          offer: { from, frame: outward(from, 1514), rateBitsPerSecond: OFFERED, ...times },
        }
      }
      const parts = [
        part(red1, 0, red.rateBitsPerSecond),
        part(blue1, 0, blue.rateBitsPerSecond),
        part(red2, 1, red.ceilBitsPerSecond),
        part(blue1, 2, blue.ceilBitsPerSecond),
      ]
      const seen = await load(
        parts.map(({ offer }) => offer),
        { at: [lab.behind('hv1')] },
      )
      for (const { expected, at, offer } of parts) {
        const { from, frame } = offer
        const { burstOctets } = from.tenant === red1.tenant ? red : blue
        const limit = { rateBitsPerSecond: expected, burstOctets }
        const behind = seen.at(lab.behind('hv1'))
        const limiter = limiterBetween(seen.from(from.port), behind, {
          flows: [frame],
          limit,
          counting: EGRESS,
        })
        measureRate(`${from.tenant}, ${at === 0 ? 'with the other' : 'alone'}`, limiter)
        expect(limiter).toKeepRate(rateWithin(expected, TOLERANCE))
      }
    })
  },
)
