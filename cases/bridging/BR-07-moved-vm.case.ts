/**
 *                              1. red2 -> 2. blue1 -> 3. red3 -> 4. blue2 -> 5. red1
 *   [ red1  ]--( hv1 )==eth0==( sw1 )==eth0==( hv2 )--[ red3  ]
 *   [ red2  ]--(     )                       (     )--[ blue2 ]
 *   [ blue1 ]--(     )
 *
 * A VM moves: from port to port of one hypervisor, to the other hypervisor, and back. Each time it announces itself by
 * gratuitous ARP, a request or a reply; from then on what the others send to it comes to its new port, and to no other:
 * not to the old one.
 *
 * The rover is a MAC address that is heard behind one VM's port after the other. That is all that a network sees of a
 * moved VM: the same address as source, at another port.
 *
 * Source: the article, 1.3.1 (flexibility) and 1.3.2.1; IEEE 802.1Q, 8.7 (learning); RFC 5227, 3 (announcements).
 */
import {
  expect,
  experimental,
  type Guest,
  gratuitousArp,
  icmpEcho,
  icmpv6Echo,
  requirement,
  type Stimulus,
  stranger,
  TCP_FLAG,
  tcp,
  udp,
} from '../../harness/index.ts'

const ROVER = stranger(701)

requirement('BR-07', 'a moved VM is found at its new port at once', async ({ lab, window }) => {
  const { red1, red2, red3, blue1, blue2 } = lab.guests
  const trunks = [lab.trunk('hv1'), lab.trunk('hv2')]
  const ports = lab.everyGuest.map(({ port }) => port)

  for (const [home, operation] of [
    [red2, 'request'],
    [blue1, 'reply'],
    [red3, 'request'],
    [blue2, 'request'],
    [red1, 'reply'],
  ] as const) {
    const others = lab.everyGuest.filter((guest) => guest !== home)
    const announcement = gratuitousArp({ from: ROVER, operation })
    const letters = others.map((from) => {
      const isNear = from.hypervisor === home.hypervisor
      return {
        from,
        frames: everyKind(from),
        way: isNear ? [home.port] : [home.port, ...trunks],
        elsewhere: [...ports.filter((port) => port !== home.port), ...(isNear ? trunks : [])],
      }
    })

    const seen = await window({ at: [...ports, ...trunks] }, async (w) => {
      await w.inject(home, announcement)
      await w.proveDelivery({ of: announcement, at: [...others.map(({ port }) => port), ...trunks] })
      for (const { from, frames, way, elsewhere } of letters) {
        const marker = udp({ from, to: home }) // its way is known: the rover's is what is judged
        await w.inject(from, ...frames)
        await w.proveDelivery({ of: frames, at: way, marker })
        await w.proveAbsence({ of: frames, at: elsewhere, marker })
      }
    })

    for (const { port } of others) expect(seen.at(port)).toCarry(announcement, { times: 1 })
    for (const { frames, way, elsewhere } of letters) {
      for (const frame of frames) {
        for (const port of way) expect(seen.at(port)).toCarry(frame, { times: 1, tag: 'untagged' })
        for (const port of elsewhere) expect(seen.at(port)).not.toCarry(frame)
      }
    }
  }
})

function everyKind(from: Guest): readonly Stimulus[] {
  const to = ROVER
  return [
    icmpEcho({ from, to }),
    icmpv6Echo({ from, to }),
    udp({ from, to }),
    tcp({ from, to, srcPort: 40000, dstPort: 80, sequence: 1, flags: TCP_FLAG.syn }),
    experimental({ from, to }),
  ]
}
