/**
 *   [ red1 ]--( hv1 )==eth0, tbf 10 Mbit/s====( sw1 )
 *
 * A VM sends twice the rate, no longer than the queue can hold: nothing is lost, order is kept, and each frame is delayed
 * as a queue behind that bucket predicts, from when it came in.
 *
 * Source: the article, 2; tc-tbf(8), limit and latency; RFC 2544, 26.2.
 */
import {
  EGRESS,
  expect,
  limiterBetween,
  MBIT,
  octetsIn,
  outward,
  requirement,
  shapedTo,
} from '../../harness/index.ts'

/** The queue holds what the rate gives in that time, and the bucket besides. */
const LATENCY_MS = 400
/** At twice the rate half of it is over the rate: the bucket takes 100 ms of that, the queue the rest. */
const BUCKET_MS = 100
const SENDING_MS = 350

requirement(
  'QOS-03',
  'what is shaped waits as its queue predicts, and nothing is lost',
  async ({ lab, load, measureRate }) => {
    const { red1 } = lab.guests
    const bucket = { burstOctets: octetsIn(10 * MBIT, BUCKET_MS), latencyMs: LATENCY_MS }
    const limit = { ...shapedTo(lab.trunk('hv1'), 10 * MBIT), ...bucket }
    await lab.withPlan('hv1', { shaping: [limit], policing: [] }, async () => {
      const frame = outward(red1, 1514)
      const rateBitsPerSecond = 2 * limit.rateBitsPerSecond
      const seen = await load([{ from: red1, frame, rateBitsPerSecond, endMs: SENDING_MS }], {
        at: [lab.behind('hv1')],
      })
      const behind = seen.at(lab.behind('hv1'))
      const limiter = limiterBetween(seen.from(red1.port), behind, {
        flows: [frame],
        limit,
        counting: EGRESS,
      })
      measureRate('twice the rate, as long as the queue lasts', limiter)
      expect(limiter).toLoseNothing()
      expect(limiter).toDelayAsQueued()
    })
  },
)
