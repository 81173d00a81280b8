/**
 *   [ red1  ]--( hv1 )==eth0, tbf 10 Mbit/s====( sw1 )
 *   [ blue1 ]--(     )
 *
 * Two VMs send four flows with frames of different sizes, half of them UDP that asks for precedence, through a full queue,
 * which drops some. What comes out of each flow is in the order in which it came in, none twice, and octet for octet as
 * it was sent. Control: the queue was full, for it did drop some; where it did not, nothing
 * conforms, yet what was overtaken deviates.
 *
 * Source: the article, 2; IEEE 802.1Q, 6.5.3 (frame misordering); tc(8).
 */
import {
  control,
  EGRESS,
  expect,
  limiterBetween,
  MBIT,
  outward,
  outwardDatagram,
  requirement,
  shapedTo,
} from '../../harness/index.ts'

const SENDING_MS = 500

requirement('QOS-10', 'what is shaped is unaltered and in order within its flow', async ({ lab, load }) => {
  const { red1, blue1 } = lab.guests
  const limit = shapedTo(lab.trunk('hv1'), 10 * MBIT)
  await lab.withPlan('hv1', { shaping: [limit], policing: [] }, async () => {
    const offers = [red1, blue1].flatMap((from) =>
      [outward(from, 1514), outwardDatagram(from, 256)].map((frame) => {
        return { from, frame, rateBitsPerSecond: 5 * MBIT, endMs: SENDING_MS }
      }),
    )
    const seen = await load(offers, { at: [lab.behind('hv1')], whole: true })
    const behind = seen.at(lab.behind('hv1'))
    for (const { frame } of offers) expect(behind).toCarryInOrder(frame, { mayLose: true })
    const lost = [red1, blue1].map((from) => {
      const flows = offers.filter((offer) => offer.from === from).map(({ frame }) => frame)
      return limiterBetween(seen.from(from.port), behind, { flows, limit, counting: EGRESS }).measurement
        .joined.lost
    })
    control(Math.max(...lost) > 0, 'too little load: nothing was dropped, so the queue was not full')
  })
})
