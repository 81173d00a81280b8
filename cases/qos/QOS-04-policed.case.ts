/**
 *   [ red1 ]--police 10 Mbit/s, tap-red1--( hv1 )=====( sw1 )
 *   [ red2 ]--tap-red2-------------------(     )
 *
 * A VM whose port is policed sends twice the rate, with long frames and then with middle ones: what passes is the
 * configured rate, within 2%, and at most the bucket at once; the excess is dropped, and what passes is not delayed.
 * `police` counts octets of the L3 packet: the frame without its Ethernet header. A neighbour whose port is not policed
 * sends as much at the same time, and loses nothing.
 *
 * Source: the article, 2; tc-police(8).
 */
import {
  expect,
  limiterBetween,
  MBIT,
  outward,
  POLICE,
  policedTo,
  rateWithin,
  requirement,
} from '../../harness/index.ts'

const TOLERANCE = 0.02
const OFFERED = 20 * MBIT
const SIZES = [1514, 512] as const
const PART_MS = 900
const RECOVERY_MS = 150

requirement(
  'QOS-04',
  'what a port takes in over its rate is dropped, the rest passes at once',
  async (context) => {
    const { lab, load, measureRate } = context
    const { red1, red2 } = lab.guests
    const limit = policedTo(red1.port, 10 * MBIT)
    await lab.withPlan('hv1', { shaping: [], policing: [limit] }, async () => {
      const policed = SIZES.map((size, at) => {
        const beginMs = at * (PART_MS + RECOVERY_MS)
        const endMs = beginMs + PART_MS
        return { from: red1, frame: outward(red1, size), rateBitsPerSecond: OFFERED, beginMs, endMs }
      })
      const free = { from: red2, frame: outward(red2, 1514), rateBitsPerSecond: OFFERED, endMs: PART_MS }
      const seen = await load([...policed, free], { at: [lab.behind('hv1')] })
      const behind = seen.at(lab.behind('hv1'))
      policed.forEach(({ frame }, at) => {
        const limiter = limiterBetween(seen.from(red1.port), behind, {
          flows: [frame],
          limit,
          counting: POLICE,
        })
        measureRate(`policed to 10 Mbit/s, frames of ${SIZES[at]} octets`, limiter)
        expect(limiter).toKeepRate(rateWithin(10 * MBIT, TOLERANCE))
        expect(limiter).toKeepBurst()
        expect(limiter).toHaveWorkedAs('policed')
      })
      const flows = [free.frame]
      const neighbour = limiterBetween(seen.from(red2.port), behind, { flows, limit, counting: POLICE })
      expect(neighbour).toLoseNothing()
    })
  },
)
