/**
 *   [ red1 ]---tap-red1---( hv1 )--eth0 == sw1 == eth0--( hv2 )--tap-red3--[ red3 ]  "I am red1"
 *   [ blue1 ]--tap-blue1--(     )                       (     )
 *      "I am red1"
 *
 * A bridge believes what source addresses say. A VM that sends with another's gets what is for the other, whether that
 * one is on its own hypervisor or not, until the other speaks again: the documented weakness. It lies in every way: by
 * broadcast, to one VM, with a tag, to the nearest bridge. An implementation that promises to prevent it is not moved by
 * any of these.
 *
 * Source: the article, 1.3.1 and 1.3.2.1; IEEE 802.1Q, 8.7 (the learning process).
 */
import {
  ETHER_TYPE,
  EVERYBODY,
  expect,
  experimental,
  type Guest,
  gratuitousArp,
  lldp,
  requirement,
  type Stimulus,
  tagged,
} from '../../harness/index.ts'

requirement(
  'BR-13',
  'a spoofed source address moves the FDB entry',
  async ({ lab, window, notSupported }) => {
    const { red1, red2, red3, blue1, blue2 } = lab.guests
    const isPrevented = lab.protects('mac-spoofing')
    for (const [victim, liar, asker] of [
      [red1, blue1, red2],
      [red1, blue1, blue2],
      [red1, red3, red2],
      [red1, red3, blue2],
      [blue2, red2, red3],
    ] as const) {
      const [truth, reminder] = [gratuitousArp({ from: victim }), gratuitousArp({ from: victim })]
      const lies = liesAbout(victim, asker)
      const [before, after] = [
        experimental({ from: asker, to: victim }),
        experimental({ from: asker, to: victim }),
      ]
      const marker = experimental({ from: asker, to: EVERYBODY }) // what is for one of them may come to the other

      const seen = await window({}, async (w) => {
        await w.inject(victim, truth)
        await w.proveDelivery({ of: truth, at: [asker.port] })
        await w.inject(asker, before)
        await w.proveAbsence({ of: before, at: [liar.port] })
        await w.inject(liar, ...lies)
        await w.proveDelivery({ of: lies, at: [asker.port], marker })
        await w.inject(asker, after)
        await w.proveDelivery({ of: after, at: [victim.port, liar.port], marker })
        await w.proveAbsence({ of: after, at: [victim.port, liar.port], marker })
        await w.inject(victim, reminder)
        await w.proveDelivery({ of: reminder, at: [asker.port] })
      })

      expect(seen.at(victim.port)).toCarry(before, { times: 1 })
      expect(seen.at(liar.port)).not.toCarry(before)
      const comesTo = ({ port }: Guest): boolean => seen.at(port).carried(after).length > 0
      if (!isPrevented && comesTo(victim) && !comesTo(liar)) {
        notSupported(
          `it is better than the documented weakness: ${liar.name} gets nothing that is for ${victim.name}`,
        )
        continue
      }
      const [gets, getsNone] = isPrevented ? [victim, liar] : [liar, victim]
      expect(seen.at(gets.port)).toCarry(after, { times: 1 })
      expect(seen.at(getsNone.port)).not.toCarry(after)
    }
  },
)

/** A bridge may learn from all of them. */
function liesAbout(victim: Guest, listener: Guest): readonly Stimulus[] {
  const toOne = experimental({ from: victim, to: listener })
  const tag = { tpid: ETHER_TYPE.dot1q, vid: victim.vid, pcp: 0, dei: false }
  return [gratuitousArp({ from: victim }), toOne, tagged(toOne, tag), lldp({ from: victim })]
}
