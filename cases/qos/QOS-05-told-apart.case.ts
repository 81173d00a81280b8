/**
 *   [ red1 ]--police 10 Mbit/s, tap-red1--( hv1 )==eth0=================( sw1 )
 *   [ red3 ]--tap-red3-------------------( hv2 )==eth0, tbf 10 Mbit/s===(     )
 *
 * Two VMs offer twice the same rate, one through a policer, the other through a shaper. What comes out tells which: what
 * is policed loses at once and is not delayed; what is shaped waits, and is lost only when the queue is full. Without
 * either, the same load is neither delayed nor lost.
 *
 * Source: the article, 2; tc-tbf(8); tc-police(8).
 */
import {
  EGRESS,
  expect,
  type Guest,
  limiterBetween,
  MBIT,
  outward,
  POLICE,
  policedTo,
  requirement,
  shapedTo,
} from '../../harness/index.ts'

const RATE = 10 * MBIT
const SENDING_MS = 700

requirement('QOS-05', 'delay and loss tell a shaper from a policer', async ({ lab, load, measureRate }) => {
  const { red1, red2, red3 } = lab.guests
  const shaper = shapedTo(lab.trunk('hv2'), RATE)
  const policer = policedTo(red1.port, RATE)
  const offer = (from: Guest) => ({
    ...{ from, frame: outward(from, 1514), rateBitsPerSecond: 2 * RATE, endMs: SENDING_MS },
  })
  await lab.withPlan('hv1', { shaping: [], policing: [policer] }, () =>
    lab.withPlan('hv2', { shaping: [shaper], policing: [] }, async () => {
      const [policed, free, shaped] = [offer(red1), offer(red2), offer(red3)]
      const seen = await load([policed, free, shaped], { at: [lab.behind('hv1'), lab.behind('hv2')] })
      const [hv1, hv2] = [seen.at(lab.behind('hv1')), seen.at(lab.behind('hv2'))]
      const through = { limit: policer, counting: POLICE }
      const dropped = limiterBetween(seen.from(red1.port), hv1, { flows: [policed.frame], ...through })
      const untouched = limiterBetween(seen.from(red2.port), hv1, { flows: [free.frame], ...through })
      const queued = { flows: [shaped.frame], limit: shaper, counting: EGRESS }
      const waiting = limiterBetween(seen.from(red3.port), hv2, queued)
      measureRate('policed', dropped)
      measureRate('shaped', waiting)
      expect(dropped).toHaveWorkedAs('policed')
      expect(untouched).toHaveWorkedAs('neither')
      expect(waiting).toHaveWorkedAs('shaped')
    }),
  )
})
