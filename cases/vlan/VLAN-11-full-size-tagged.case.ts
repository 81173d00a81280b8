/**
 *   [ red1 ]--1514 octets--( hv1 )==1518 octets==( sw1 )==1518 octets==( hv2 )--1514 octets--[ red3 ]
 *
 * A frame with 1500 octets of payload is four octets longer on the cables than at the VM, for its tag, and crosses in one
 * piece: an IPv4 packet that must not be fragmented, and EtherType 0x88B5; both ways, in both VLANs. Lengths are without
 * FCS.
 *
 * Source: the article, 1.3.3; IEEE 802.3, 3.2.7 (largest data of a tagged frame).
 */
import { expect, experimental, requirement, udp } from '../../harness/index.ts'

const MTU = 1500
const ETHERNET_HEADER = 14
const TAG = 4
const IPV4_AND_UDP_HEADERS = 28

requirement('VLAN-11', 'a full-size frame crosses tagged and whole', async ({ lab, window }) => {
  const { red1, red3, blue1, blue2 } = lab.guests
  const cables = ['hv1', 'hv2'].flatMap((name) => lab.cable(name))
  for (const [from, to] of [
    [red1, red3],
    [red3, red1],
    [blue1, blue2],
    [blue2, blue1],
  ] as const) {
    const frames = [
      udp({ from, to, sizeOctets: MTU - IPV4_AND_UDP_HEADERS }),
      experimental({ from, to, sizeOctets: ETHERNET_HEADER + MTU }),
    ]

    const seen = await window({}, async (w) => {
      await w.inject(from, ...frames)
      await w.proveDelivery({ of: frames, at: [...cables, to.port] })
    })

    for (const frame of frames) {
      for (const end of cables) {
        expect(seen.at(end)).toCarry(frame, { times: 1, vid: from.vid, pcp: 0, dei: false })
        for (const { originalLength } of seen.at(end).carried(frame))
          expect(originalLength, `octets of a frame at ${end.id}`).toBe(ETHERNET_HEADER + TAG + MTU)
      }
      expect(seen.at(to.port)).toCarry(frame, { times: 1, tag: 'untagged' })
    }
  }
})
