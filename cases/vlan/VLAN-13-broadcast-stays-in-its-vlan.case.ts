/**
 *   [ red1  ]--( hv1 )==trunk 10,20==( sw1 )==trunk 10,20==( hv2 )--[ red3  ]
 *   [ red2  ]--(     )                                     (     )--[ blue2 ]
 *   [ blue1 ]--(     )
 *
 * Every guest sends broadcasts: it asks for an address, as ARP does, and sends IPv4, also of full size, and EtherType
 * 0x88B5 to everybody.
 * Each port of its own VLAN carries each of them once, on both hypervisors, and no port of the other VLAN ever does.
 *
 * Source: the article, 1.3.3; IEEE 802.1Q, 8.6.
 */
import { arpRequest, EVERYBODY, expect, experimental, requirement, udp } from '../../harness/index.ts'

const FULL_DATAGRAM = 1472

requirement('VLAN-13', 'a broadcast stays in its VLAN on both hypervisors', async ({ lab, window }) => {
  for (const sender of lab.everyGuest) {
    const own = lab.everyGuest.filter((guest) => guest.tenant === sender.tenant && guest !== sender)
    const others = lab.everyGuest.filter((guest) => guest.tenant !== sender.tenant)
    const trunks = [lab.trunk('hv1'), lab.trunk('hv2')]
    const broadcasts = [
      arpRequest({ from: sender, forAddress: '198.51.100.200' }),
      udp({ from: sender, to: EVERYBODY }),
      udp({ from: sender, to: EVERYBODY, sizeOctets: FULL_DATAGRAM }),
      experimental({ from: sender, to: EVERYBODY }),
    ]

    const seen = await window({ at: trunks }, async (w) => {
      await w.inject(sender, ...broadcasts)
      await w.proveDelivery({ of: broadcasts, at: [...own.map((guest) => guest.port), ...trunks] })
      await w.proveAbsence({ of: broadcasts, at: [sender.port, ...others.map((guest) => guest.port)] })
    })

    for (const broadcast of broadcasts) {
      for (const guest of own) expect(seen.at(guest.port)).toCarry(broadcast, { times: 1, tag: 'untagged' })
      for (const trunk of trunks)
        expect(seen.at(trunk)).toCarry(broadcast, { times: 1, vid: sender.vid, pcp: 0, dei: false })
      for (const guest of others) expect(seen.at(guest.port)).not.toCarry(broadcast)
      expect(seen.at(sender.port)).not.toCarry(broadcast)
    }
  }
})
