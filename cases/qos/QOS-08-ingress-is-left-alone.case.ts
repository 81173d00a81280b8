/**
 *   [ red1  ]--tap-red1---( hv1 )==eth0, tbf 1 Mbit/s out====( sw1 )====( outside )
 *   [ red2  ]--tap-red2---(     )
 *   [ blue1 ]--tap-blue1--(     )
 *
 * What leaves is shaped to 1 Mbit/s; eight times that comes in for each VM, while one itself sends more than may leave:
 * all that comes in reaches the VM's port, in order, without waiting. What leaves is held to the rate meanwhile.
 *
 * Source: the article, 2; tc(8).
 */
import {
  EGRESS,
  expect,
  experimental,
  limiterBetween,
  MBIT,
  outward,
  rateWithin,
  requirement,
  SINK,
  shapedTo,
} from '../../harness/index.ts'

const INWARD = 8 * MBIT
const SENDING_MS = 900
const TOLERANCE = 0.01

requirement('QOS-08', 'what comes in is as fast as ever', async ({ lab, load, measureRate }) => {
  const { red1, red2, blue1 } = lab.guests
  const limit = shapedTo(lab.trunk('hv1'), MBIT)
  await lab.withPlan('hv1', { shaping: [limit], policing: [] }, async () => {
    const inward = [red1, red2, blue1].map((to) => ({
      to,
      frame: experimental({ from: SINK, to, sizeOctets: 1514 }),
    }))
    const out = outward(red1, 512)
    const offers = [
      ...inward.map(({ frame }) => {
        return { from: lab.outside, frame, rateBitsPerSecond: INWARD, endMs: SENDING_MS }
      }),
      { from: red1, frame: out, rateBitsPerSecond: 3 * MBIT, endMs: SENDING_MS },
    ]
    const seen = await load(offers, { at: [lab.behind('hv1'), ...inward.map(({ to }) => to.port)] })
    const [outside, leaving] = [seen.at(lab.outside), seen.at(lab.behind('hv1'))]
    for (const { to, frame } of inward) {
      const entering = limiterBetween(outside, seen.at(to.port), { flows: [frame], limit, counting: EGRESS })
      measureRate(`inward, ${to.name}`, entering)
      expect(entering).toLoseNothing()
      expect(entering).toHaveWorkedAs('neither')
    }
    const shaped = limiterBetween(seen.from(red1.port), leaving, { flows: [out], limit, counting: EGRESS })
    measureRate('outward', shaped)
    expect(shaped).toKeepRate(rateWithin(limit.rateBitsPerSecond, TOLERANCE))
  })
})
