/**
 *   [ red1  ]--( hv1 )==eth0, htb ====( sw1 )     red1 floods
 *   [ blue1 ]--(     )    red  guaranteed 6 Mbit/s, up to 10
 *                         blue guaranteed 4 Mbit/s, up to 10, delayed by no more than 50 ms
 *
 * A VM floods, three times what may leave; its neighbour of another class sends a little less than it is guaranteed. The
 * neighbour loses nothing, and none of its frames is delayed by more than the plan says. Controls: the flood was one, and
 * the neighbour sent what it was to; with one rate for all and no classes the same flood takes frames from it.
 *
 * Source: the article, 2 and 1.3.1; tc-htb(8).
 */
import {
  type BucketLimit,
  classOf,
  control,
  EGRESS,
  expect,
  type Guest,
  limiterBetween,
  MBIT,
  outward,
  requirement,
  type Stimulus,
  shapedTo,
} from '../../harness/index.ts'

const ALL = 10 * MBIT
const FLOOD = 3 * ALL
const SENDING_MS = 1000
/** Of what it is guaranteed: it is to send 0.9. */
const LEAST_SENT = 0.8

requirement('QOS-07', 'a neighbour keeps its rate and its delay while a VM floods', async (context) => {
  const { lab, load, measure, measureRate } = context
  const { red1, blue1 } = lab.guests
  const uplink = lab.trunk(red1.hypervisor)
  const red = classOf(uplink, {
    ...{ like: red1, among: lab.everyGuest },
    ...{ guaranteedBitsPerSecond: 6 * MBIT, ceilBitsPerSecond: ALL },
  })
  const blue = classOf(uplink, {
    ...{ like: blue1, among: lab.everyGuest },
    ...{ guaranteedBitsPerSecond: 4 * MBIT, ceilBitsPerSecond: ALL },
  })
  const { rateBitsPerSecond, burstOctets } = blue
  const limit = { rateBitsPerSecond, burstOctets }
  const flooded = async () => {
    const flood = { from: red1, frame: outward(red1, 1514), rateBitsPerSecond: FLOOD, endMs: SENDING_MS }
    const modest = { from: blue1, frame: outward(blue1, 512), rateBitsPerSecond: 0.9 * rateBitsPerSecond }
    const offers = [flood, { ...modest, beginMs: 100, endMs: SENDING_MS }]
    const seen = await load(offers, { at: [lab.behind('hv1')] })
    const through = (from: Guest, frame: Stimulus, limit: BucketLimit) => {
      const between = { flows: [frame], limit, counting: EGRESS }
      return limiterBetween(seen.from(from.port), seen.at(lab.behind('hv1')), between)
    }
    const { tooLittle } = through(red1, flood.frame, { ...limit, rateBitsPerSecond: ALL }).measurement
    control(tooLittle === null, `the flood was none: ${tooLittle}`)
    const neighbour = through(blue1, modest.frame, limit)
    const { factor } = neighbour.measurement
    control(factor > LEAST_SENT, `the neighbour sent ${factor.toFixed(2)} of its rate only`)
    return neighbour
  }

  await lab.withPlan('hv1', { shaping: [], policing: [], classes: [red, blue] }, async () => {
    const neighbour = await flooded()
    measureRate('the neighbour, under a flood', neighbour)
    expect(neighbour).toLoseNothing()
    expect(neighbour).toDelayAtMost({ ms: blue.delayBoundMs })
  })
  await lab.withPlan('hv1', { shaping: [shapedTo(lab.trunk('hv1'), ALL)], policing: [] }, async () => {
    const { joined } = (await flooded()).measurement
    measure('frames of the neighbour lost without classes', { value: joined.lost })
    control(joined.lost > 0, 'without classes the flood takes no frame from its neighbour: it was none')
  })
})
