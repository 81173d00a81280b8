/**
 *   [ red1 ]--( hv1 )==eth0, tbf 10, then 5 Mbit/s, then none====( sw1 )
 *
 * A VM offers 20 Mbit/s. What comes out keeps to 10 Mbit/s; as soon as `configure` has returned with half of that, to
 * 5 Mbit/s, within 1%; and when the rate is taken away all of it comes out, without waiting.
 *
 * Source: the article, 2; tc(8), change, replace and delete.
 */
import {
  EGRESS,
  expect,
  type LimiterView,
  limiterBetween,
  MBIT,
  outward,
  rateWithin,
  requirement,
  shapedTo,
} from '../../harness/index.ts'

const TOLERANCE = 0.01
const OFFERED = 20 * MBIT
const SENDING_MS = 1800

requirement('QOS-09', 'another rate is in force at once, and none restores full speed', async (context) => {
  const { lab, load, measureRate } = context
  const { red1 } = lab.guests
  const limitTo = (rate: number) => shapedTo(lab.trunk('hv1'), rate)
  const flood = async (rate: number): Promise<LimiterView> => {
    const frame = outward(red1, 1514)
    const seen = await load([{ from: red1, frame, rateBitsPerSecond: OFFERED, endMs: SENDING_MS }], {
      at: [lab.behind('hv1')],
    })
    const between = { flows: [frame], limit: limitTo(rate), counting: EGRESS }
    return limiterBetween(seen.from(red1.port), seen.at(lab.behind('hv1')), between)
  }

  for (const rate of [10 * MBIT, 5 * MBIT]) {
    await lab.changePlan('hv1', { shaping: [limitTo(rate)], policing: [] }, { owed: true })
    const limiter = await flood(rate)
    measureRate(`set to ${rate / MBIT} Mbit/s`, limiter)
    expect(limiter).toKeepRate(rateWithin(rate, TOLERANCE))
    expect(limiter).toKeepBurst()
  }
  await lab.changePlan('hv1', { shaping: [], policing: [] }, { owed: true })
  const free = await flood(5 * MBIT)
  measureRate('taken away', free)
  expect(free).toLoseNothing()
  expect(free).toHaveWorkedAs('neither')
  await lab.changePlan('hv1', {})
})
