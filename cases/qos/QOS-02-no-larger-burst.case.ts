/**
 *   [ red1 ]--( hv1 )==eth0, tbf 10 Mbit/s====( sw1 )====tbf 1 Mbit/s, eth0==( hv2 )--[ red3 ]
 *
 * VMs send a burst of many times the bucket, are silent until it is full again, and send another: in no window t of what
 * comes out at the physical switch are there more octets than bucket + rate × t, and one frame.
 *
 * Source: the article, 2; tc-tbf(8), burst.
 */
import { EGRESS, expect, limiterBetween, MBIT, outward, requirement, shapedTo } from '../../harness/index.ts'

/** Enough to empty a bucket four times as large. */
const BURSTS_MS = [0, 700] as const
const BURST_MS = 300

requirement(
  'QOS-02',
  'no window carries more than bucket and rate allow',
  async ({ lab, load, measure, measureRate }) => {
    const { red1, red3 } = lab.guests
    const senders = [
      { from: red1, limit: shapedTo(lab.trunk('hv1'), 10 * MBIT) },
      { from: red3, limit: shapedTo(lab.trunk('hv2'), MBIT) },
    ]
    const changed = (at: 0 | 1) => ({
      shaping: senders.slice(at, at + 1).map(({ limit }) => limit),
      policing: [],
    })
    await lab.withPlan('hv1', changed(0), () =>
      lab.withPlan('hv2', changed(1), async () => {
        const offers = senders.flatMap(({ from, limit }) =>
          BURSTS_MS.map((beginMs) => {
            const rateBitsPerSecond = 3 * limit.rateBitsPerSecond
            return { from, frame: outward(from, 1514), rateBitsPerSecond, beginMs, endMs: beginMs + BURST_MS }
          }),
        )
        const seen = await load(offers, { at: [lab.behind('hv1'), lab.behind('hv2')] })
        for (const { from, limit } of senders) {
          const flows = offers.filter((offer) => offer.from === from).map(({ frame }) => frame)
          const behind = seen.at(lab.behind(from.hypervisor))
          const limiter = limiterBetween(seen.from(from.port), behind, { flows, limit, counting: EGRESS })
          measure(`largest burst behind ${from.hypervisor}, octets`, {
            value: limiter.measurement.burst.neededOctets,
          })
          measureRate(`${limit.rateBitsPerSecond / MBIT} Mbit/s in bursts`, limiter)
          expect(limiter).toKeepBurst()
        }
      }),
    )
  },
)
