/**
 *   [ red1 ]--( hv1 )==eth0, tbf 10, then 100 Mbit/s====( sw1 )====tbf 1 Mbit/s, eth0==( hv2 )--[ red3 ]
 *                                                          |
 *                                                      ( outside )
 *
 * VMs offer twice the rate that leaves their hypervisor, with short, middle and long frames one after the other: what
 * comes out at the physical switch keeps to the rate, within 1%, from when the bucket is empty. tbf counts octets of the
 * frame without FCS. At 100 Mbit/s frames of 512 octets are judged where this site can offer enough of them.
 *
 * Source: the article, 2; tc-tbf(8); RFC 2544, 26.1.
 */
import {
  type CaseContext,
  EGRESS,
  expect,
  type Guest,
  limiterBetween,
  MBIT,
  outward,
  rateWithin,
  requirement,
  shapedTo,
  sinkIsOutside,
} from '../../harness/index.ts'

const TOLERANCE = 0.01

requirement('QOS-01', 'what leaves keeps to 1, 10 and 100 Mbit/s, whatever its size', async (context) => {
  const { lab } = context
  const { red1, red3 } = lab.guests
  const rates = (hypervisor: string, rate: number) => {
    return { shaping: [shapedTo(lab.trunk(hypervisor), rate)], policing: [] }
  }
  await lab.withPlan('hv2', rates('hv2', MBIT), async () => {
    await lab.withPlan('hv1', rates('hv1', 10 * MBIT), () =>
      hold(context, [
        ...[128, 512, 1514].map((size, at) => {
          return { from: red1, rate: 10 * MBIT, size, beginMs: 700 * at, endMs: 700 * at + 550 }
        }),
        { from: red3, rate: MBIT, size: 1514, beginMs: 0, endMs: 1950 },
      ]),
    )
  })
})

interface Part {
  from: Guest
  rate: number
  size: number
  beginMs: number
  endMs: number
}

/** Twice its rate is offered in each part: all of them keep to theirs. */
async function hold({ lab, window, measureRate }: CaseContext, parts: readonly Part[]): Promise<void> {
  const offers = parts.map(({ from, rate, size, beginMs, endMs }) => {
    return { from, frame: outward(from, size), rateBitsPerSecond: 2 * rate, beginMs, endMs }
  })
  const ports = parts.flatMap(({ from }) => [from.port, lab.behind(from.hypervisor)])
  const hello = sinkIsOutside()
  const seen = await window({ at: ports }, async (w) => {
    await w.put(lab.outside, hello)
    await w.proveDelivery({ of: hello, at: parts.map(({ from }) => from.port) })
    await w.load(offers, { at: [...new Set(ports)] })
  })
  parts.forEach(({ from, rate, size }, at) => {
    const [before, behind] = [seen.from(from.port), seen.at(lab.behind(from.hypervisor))]
    const flows = [offers[at]?.frame].filter((frame) => frame !== undefined)
    const { burstOctets } = shapedTo(lab.trunk(from.hypervisor), rate)
    const limit = { rateBitsPerSecond: rate, burstOctets }
    const limiter = limiterBetween(before, behind, { flows, limit, counting: EGRESS })
    measureRate(`${rate / MBIT} Mbit/s, frames of ${size} octets`, limiter)
    expect(limiter).toKeepRate(rateWithin(rate, TOLERANCE))
  })
}
