/**
 *   [ red1 ]--( hv1 )======( sw1 )======( hv2 )--[ red3 ]    red1 talks with red3, then with red2 on its own hypervisor
 *   [ red2 ]--(     )                   (     )
 *   [  …   ]--(     )                   (     )--[  …   ]    all the others are deleted and created
 *
 * While two VMs talk, on two hypervisors in full-size frames, on one in the shortest, the others are deleted and created
 * again: first one, then all at once. The talk loses nothing. TAP-06 does it a hundred times.
 *
 * Source: the article, 1.3.1 (flexibility).
 */
import { expect, requirement } from '../../harness/index.ts'

const SHORTEST_OCTETS = 60
const FULL_SIZE_OCTETS = 1514

requirement(
  'LIFE-01',
  'VMs are created and deleted while others talk',
  async ({ lab, talk, measureOutage }) => {
    const { red1, red2, red3 } = lab.guests
    for (const [a, b, sizeOctets] of [
      [red1, red3, FULL_SIZE_OCTETS],
      [red1, red2, SHORTEST_OCTETS],
    ] as const) {
      const others = lab.everyGuest.filter((guest) => guest !== a && guest !== b)
      const comeAndGo = async () => {
        for (const some of [others.slice(0, 1), others]) {
          await lab.detach(some, { owed: true })
          await lab.attach(some, { owed: true })
        }
      }

      const { seen, there, back } = await talk(a, b, comeAndGo, { sizeOctets })

      expect(seen.at(b.nic)).toCarryInOrder(there)
      expect(seen.at(a.nic)).toCarryInOrder(back)
      measureOutage(seen.at(b.nic), there)
      measureOutage(seen.at(a.nic), back)
    }
  },
)
