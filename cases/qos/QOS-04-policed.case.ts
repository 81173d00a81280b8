/**
 *   [ red1 ]--police 10 Mbit/s, tap-red1--( hv1 )=====( sw1 )=====( hv2 )--police 10 Mbit/s, tap-red3--[ red3 ]
 *   [ red2 ]--tap-red2-------------------(     )
 *
 * VMs whose ports are policed send twice the rate, one with long frames and one with middle ones: what passes is the
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
const RATE = 10 * MBIT
const OFFERED = 2 * RATE
const SENDING_MS = 2000

requirement(
  'QOS-04',
  'what a port takes in over its rate is dropped, the rest passes at once',
  async (context) => {
    const { lab, load, measureRate } = context
    const { red1, red2, red3 } = lab.guests
    const offer = { rateBitsPerSecond: OFFERED, endMs: SENDING_MS }
    const policed = [
      { ...offer, from: red1, size: 1514, frame: outward(red1, 1514), limit: policedTo(red1.port, RATE) },
      { ...offer, from: red3, size: 512, frame: outward(red3, 512), limit: policedTo(red3.port, RATE) },
    ]
    const [first, second] = policed.map(({ limit }) => ({ shaping: [], policing: [limit] }))
    await lab.withPlan('hv1', first ?? {}, () =>
      lab.withPlan('hv2', second ?? {}, async () => {
        const free = { ...offer, from: red2, frame: outward(red2, 1514), endMs: SENDING_MS / 2 }
        const seen = await load([...policed, free], { at: [lab.behind('hv1'), lab.behind('hv2')] })
        for (const { from, size, frame, limit } of policed) {
          const behind = seen.at(lab.behind(from.hypervisor))
          const limiter = limiterBetween(seen.from(from.port), behind, {
            flows: [frame],
            limit,
            counting: POLICE,
          })
          measureRate(`policed to 10 Mbit/s, frames of ${size} octets`, limiter)
          expect(limiter).toKeepRate(rateWithin(RATE, TOLERANCE))
          expect(limiter).toKeepBurst()
          expect(limiter).toHaveWorkedAs('policed')
        }
        const neighbour = { flows: [free.frame], limit: policedTo(red2.port, RATE), counting: POLICE }
        expect(limiterBetween(seen.from(red2.port), seen.at(lab.behind('hv1')), neighbour)).toLoseNothing()
      }),
    )
  },
)
