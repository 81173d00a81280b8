/**
 *   [ red1 ]--( hv1 )==eth0, tbf 10, then 100 Mbit/s====( sw1 )====tbf 1 Mbit/s, eth0==( hv2 )--[ red3 ]
 *                                                          |
 *                                                      ( outside )
 *
 * VMs offer twice the rate that leaves their hypervisor, with short, middle and long frames, one after the
 * other: what comes out at the physical switch keeps to the rate, within 1%, from when the bucket is empty. tbf
 * counts octets of the frame without FCS. At 100 Mbit/s frames of 512 octets are judged where this site can offer enough
 * of them. Control: without shaping all that is offered comes out, far more than 10 Mbit/s.
 *
 * Source: the article, 2; tc-tbf(8); RFC 2544, 26.1.
 */
import {
  type CaseContext,
  control,
  EGRESS,
  expect,
  type Guest,
  LEAST_FACTOR,
  limiterBetween,
  MBIT,
  outward,
  rateWithin,
  requirement,
  shapedTo,
} from '../../harness/index.ts'

const TOLERANCE = 0.01
/** Of 10 and of 1 Mbit/s, side by side. */
const SIZES = [
  [128, 1514],
  [512, 512],
  [1514, 128],
] as const
/** As long as a rate needs: at 1 Mbit/s there are few frames, and each is a hundredth of a second. */
const SENDING_MS = { slow: 1900, fast: 1200 }

requirement('QOS-01', 'what leaves keeps to 1, 10 and 100 Mbit/s, whatever its size', async (context) => {
  const { lab } = context
  const { red1, red3 } = lab.guests
  const shaped = (hypervisor: string, rate: number) => {
    return { shaping: [shapedTo(lab.trunk(hypervisor), rate)], policing: [] }
  }
  const fast = { from: red1, rate: 10 * MBIT, factor: 2, endMs: SENDING_MS.fast }
  const slow = { from: red3, rate: MBIT, factor: 2, endMs: SENDING_MS.slow }
  const fastest = { from: red1, rate: 100 * MBIT, factor: 1.7 }

  await lab.withPlan('hv2', shaped('hv2', MBIT), async () => {
    await lab.changePlan('hv1', shaped('hv1', 10 * MBIT))
    for (const [fastSize, slowSize] of SIZES)
      await hold(context, [
        { ...fast, size: fastSize },
        { ...slow, size: slowSize },
      ])
    await lab.changePlan('hv1', shaped('hv1', 100 * MBIT))
    await hold(context, [{ ...fastest, size: 1514, endMs: SENDING_MS.fast }])
    await hold(context, [{ ...fastest, size: 512, endMs: 500, ifOffered: true }])
    await lab.changePlan('hv1', { shaping: [], policing: [] })
    await passFreely(context, red1, 30 * MBIT)
    await lab.changePlan('hv1', {})
  })
})

interface Part {
  from: Guest
  rate: number
  /** So many times the rate is offered. */
  factor: number
  size: number
  endMs: number
  /** Not every site can offer it. */
  ifOffered?: boolean
}

/** More than its rate is offered in each part: what comes out keeps to it. */
async function hold({ lab, load, measureRate }: CaseContext, parts: readonly Part[]): Promise<void> {
  const offers = parts.map(({ from, rate, factor, size, endMs }) => {
    return { from, frame: outward(from, size), rateBitsPerSecond: factor * rate, endMs }
  })
  const seen = await load(offers, { at: parts.map(({ from }) => lab.behind(from.hypervisor)) })
  parts.forEach(({ from, rate, size, ifOffered }, at) => {
    const flows = offers.slice(at, at + 1).map(({ frame }) => frame)
    const limit = shapedTo(lab.trunk(from.hypervisor), rate)
    const behind = seen.at(lab.behind(from.hypervisor))
    const limiter = limiterBetween(seen.from(from.port), behind, { flows, limit, counting: EGRESS })
    measureRate(`${rate / MBIT} Mbit/s, frames of ${size} octets`, limiter)
    if (!ifOffered || limiter.measurement.factor >= LEAST_FACTOR)
      expect(limiter).toKeepRate(rateWithin(rate, TOLERANCE))
  })
}

/** Without shaping, this rate comes out as it was offered. */
async function passFreely({ lab, load, measureRate }: CaseContext, from: Guest, rate: number): Promise<void> {
  const frame = outward(from, 1514)
  const seen = await load([{ from, frame, rateBitsPerSecond: rate, endMs: 400 }], {
    at: [lab.behind(from.hypervisor)],
  })
  const limit = shapedTo(lab.trunk(from.hypervisor), rate / 2)
  const behind = seen.at(lab.behind(from.hypervisor))
  const limiter = limiterBetween(seen.from(from.port), behind, { flows: [frame], limit, counting: EGRESS })
  measureRate('without shaping', limiter)
  const { unfit, tooLittle, joined } = limiter.measurement
  const trouble = unfit ?? tooLittle
  control(trouble === null, `without shaping: ${trouble}`)
  control(joined.lost === 0, `without shaping ${joined.lost} frames are lost: by what?`)
}
