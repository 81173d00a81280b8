/**
 *   [ red1  ]--( hv1 )==VID 10==( sw1 )==VID 10==( hv2 )--[ red3  ]
 *   [ blue1 ]--(     )==VID 20==(     )==VID 20==(     )--[ blue2 ]
 *
 * The tag with which a frame leaves one hypervisor is the tag with which it comes to the other: at both ends of both
 * cables there is one tag, with the same TPID, VID, PCP and DEI. So it is for every kind of frame, both ways.
 *
 * Source: the article, 1.3.3; IEEE 802.1Q, 8.6 and 9.6.
 */
import {
  arpRequest,
  EVERYBODY,
  expect,
  experimental,
  icmpEcho,
  icmpv6Echo,
  requirement,
  TCP_FLAG,
  tcp,
  udp,
} from '../../harness/index.ts'

requirement('VLAN-04', 'the VID survives the physical switch', async ({ lab, window }) => {
  const { red1, red3, blue1, blue2 } = lab.guests
  const cables = ['hv1', 'hv2'].flatMap((name) => lab.cable(name))
  for (const [from, to, stranger] of [
    [red1, red3, blue2],
    [red3, red1, blue1],
    [blue1, blue2, red3],
    [blue2, blue1, red1],
  ] as const) {
    const frames = [
      arpRequest({ from, forAddress: to.address }),
      icmpEcho({ from, to }),
      icmpv6Echo({ from, to }),
      udp({ from, to }),
      tcp({ from, to, srcPort: 40000, dstPort: 80, sequence: 1, flags: TCP_FLAG.syn }),
      experimental({ from, to }),
      experimental({ from, to: EVERYBODY }),
    ]

    const seen = await window({}, async (w) => {
      await w.inject(from, ...frames)
      await w.proveDelivery({ of: frames, at: [...cables, to.port] })
      await w.proveAbsence({ of: frames, at: [stranger.port] })
    })

    for (const frame of frames) {
      for (const end of cables)
        expect(seen.at(end)).toCarry(frame, { times: 1, vid: from.vid, pcp: 0, dei: false, tpid: 0x8100 })
      expect(seen.at(to.port)).toCarry(frame, { times: 1, tag: 'untagged' })
      expect(seen.at(stranger.port)).not.toCarry(frame)
    }
  }
})
