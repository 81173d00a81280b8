/**
 *   [ red1 ]--tap-red1--( hv1 )--eth0 == sw1 == eth0--( hv2 )--tap-red3--[ red3 ]
 *
 *   payload (untagged)  … 1500 octets    passes: the MTU
 *                       1501 to 1504     whole or not at all: a bridge may allow for a tag
 *                       1505 …           never
 *
 * Between the hypervisors, both ways, a frame with a tag may be four octets longer. At each hop it is whole or it is not
 * there: nothing is cut, and nothing is padded.
 *
 * Source: the article, 1.3.2.1; IEEE 802.3, 3.2.7 (maximum client data); IEEE 802.1Q, 6.5.8 (maximum service data unit).
 */
import {
  decodeEthernet,
  ETHER_TYPE,
  EVERYBODY,
  expect,
  experimental,
  type Guest,
  requirement,
  type Stimulus,
  tagged,
  udp,
} from '../../harness/index.ts'

const MTU = 1500
const ETHERNET_HEADER = 14
const IPV4_AND_UDP_HEADERS = 28
const FULL = ETHERNET_HEADER + MTU
const LARGER = [FULL + 1, FULL + 2, FULL + 3, FULL + 4]
const TOO_LARGE = [FULL + 5, 2 * FULL]

requirement('BR-11', 'frames of the full size pass between hypervisors', async ({ lab, window, measure }) => {
  const { red1, red2, red3, blue1, blue2 } = lab.guests
  const cables = ['hv1', 'hv2'].flatMap((hypervisor) => lab.cable(hypervisor))
  for (const [from, to] of [
    [red1, red3],
    [red3, red1],
    [red2, blue2],
    [blue2, blue1],
  ] as const) {
    const hops = [...cables, to.port]
    const full = [
      udp({ from, to, sizeOctets: MTU - IPV4_AND_UDP_HEADERS }),
      experimental({ from, to, sizeOctets: FULL, etherType: ETHER_TYPE.ipv6 }),
      experimental({ from, to: EVERYBODY, sizeOctets: FULL }),
      ...bothOf(from, to, FULL),
    ]
    const larger = LARGER.flatMap((size) => bothOf(from, to, size))
    const tooLarge = TOO_LARGE.flatMap((size) => bothOf(from, to, size))
    const marker = experimental({ from, to })

    const seen = await window({}, async (w) => {
      await w.inject(from, ...full, ...larger, ...tooLarge)
      await w.proveDelivery({ of: [...full, ...larger], at: hops, marker })
      await w.proveAbsence({ of: tooLarge, at: hops, marker })
    })

    for (const hop of hops) {
      for (const frame of full) expect(seen.at(hop)).toCarry(frame, { times: 1 })
      for (const frame of larger) expect(seen.at(hop)).toCarryIfAtAll(frame)
      for (const frame of tooLarge) expect(seen.at(hop)).not.toCarry(frame)
    }
    const passed = [...full, ...larger].flatMap((frame) => seen.at(to.port).carried(frame))
    const payloads = passed.map(({ octets }) => decodeEthernet(octets).payload.length)
    measure(`longest payload from ${from.name} to ${to.name}, octets`, { value: Math.max(0, ...payloads) })
  }
})

/** Of so many octets, and the same with a tag. */
function bothOf(from: Guest, to: Guest, sizeOctets: number): readonly Stimulus[] {
  const frame = experimental({ from, to, sizeOctets })
  return [frame, tagged(frame, { tpid: ETHER_TYPE.dot1q, vid: from.vid, pcp: 0, dei: false })]
}
