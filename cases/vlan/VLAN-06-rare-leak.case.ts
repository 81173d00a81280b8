/**
 *   [ red1  ]--( hv1 )==trunk 10,20==( sw1 )==trunk 10,20==( hv2 )--[ red3  ]
 *   [ blue1 ]--(     )                                     (     )--[ blue2 ]
 *
 * A leak of one frame in a thousand is no less a leak. Where every frame leaks with that chance, whatever became of those
 * before it, n frames show none with the chance 0.999^n: below 0.1% with 6,905 of them (ln 0.001 / ln 0.999 = 6904.3).
 * So many broadcasts cross from each hypervisor to the other, in a VLAN each, and none comes to a VM of the other.
 *
 * Source: the article, 1.3.3; IEEE 802.1Q, 8.6 (the forwarding process).
 */
import { EVERYBODY, expect, experimental, requirement } from '../../harness/index.ts'

const RAREST_LEAK = 1 / 1000
const CHANCE_TO_MISS_IT = 1 / 1000
const COUNT = Math.ceil(Math.log(CHANCE_TO_MISS_IT) / Math.log(1 - RAREST_LEAK)) // 6905
const OUTSTANDING = 400

requirement('VLAN-06', 'no broadcast in thousands comes to a VM of another VID', async ({ lab, window }) => {
  const { red1, red3, blue1, blue2 } = lab.guests
  for (const [from, to] of [
    [red1, red3],
    [blue2, blue1],
  ] as const) {
    const broadcast = experimental({ from, to: EVERYBODY })
    const others = lab.everyGuest.filter((guest) => guest.vid !== from.vid).map(({ port }) => port)
    const at = [...others, lab.trunk(from.hypervisor)]

    const seen = await window({}, async (w) => {
      await w.stream(from, broadcast, { to, at, count: COUNT, outstanding: OUTSTANDING })
      await w.proveAbsence({ of: broadcast, at: others })
    })

    for (const port of others) expect(seen.at(port)).not.toCarry(broadcast)
  }
})
