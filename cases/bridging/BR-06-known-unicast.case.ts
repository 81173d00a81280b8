/**
 *   [ red1  ]--( hv1 )==eth0==( sw1 )==eth0==( hv2 )--[ red3  ]
 *   [ red2  ]--(     )                       (     )--[ blue2 ]
 *   [ blue1 ]--(     )
 *
 * First every VM says a word, so that all bridges have learned where it is. What is then sent to it comes to its port
 * and to no other VM's: nobody can eavesdrop on it. Between two VMs of one hypervisor it does not leave that
 * hypervisor; between two hypervisors it crosses the wire once. Every VM sends to every other: ARP, IPv4, IPv6 and
 * neither, small and of full size.
 *
 * Source: the article, 1.3.2.1 and 1.3.1 (isolation); IEEE 802.1Q, 8.6 and 8.8.
 */
import {
  arpReply,
  EVERYBODY,
  expect,
  experimental,
  type Guest,
  icmpEcho,
  icmpv6Echo,
  requirement,
  type Stimulus,
  TCP_FLAG,
  tcp,
  udp,
} from '../../harness/index.ts'

requirement('BR-06', 'known unicast comes to nobody else', async ({ lab, window }) => {
  const trunks = [lab.trunk('hv1'), lab.trunk('hv2')]
  const ports = lab.everyGuest.map(({ port }) => port)
  const words = lab.everyGuest.map((from) => ({ from, word: experimental({ from, to: EVERYBODY }) }))
  await window({}, async (w) => {
    for (const { from, word } of words) {
      await w.inject(from, word)
      await w.proveDelivery({ of: word, at: ports.filter((port) => port !== from.port) })
    }
  })

  for (const to of lab.everyGuest) {
    const others = lab.everyGuest.filter((guest) => guest !== to)
    const letters = others.map((from) => {
      const isNear = from.hypervisor === to.hypervisor
      return {
        from,
        frames: everyKind(from, to),
        way: isNear ? [to.port] : [to.port, ...trunks],
        elsewhere: [...ports.filter((port) => port !== to.port), ...(isNear ? trunks : [])],
      }
    })

    const seen = await window({ at: [...ports, ...trunks] }, async (w) => {
      for (const { from, frames, way, elsewhere } of letters) {
        await w.inject(from, ...frames)
        await w.proveDelivery({ of: frames, at: way })
        await w.proveAbsence({ of: frames, at: elsewhere })
      }
    })

    for (const { frames, way, elsewhere } of letters) {
      for (const frame of frames) {
        for (const port of way) expect(seen.at(port)).toCarry(frame, { times: 1, tag: 'untagged' })
        for (const port of elsewhere) expect(seen.at(port)).not.toCarry(frame)
      }
    }
  }
})

function everyKind(from: Guest, to: Guest): readonly Stimulus[] {
  return [
    arpReply({ from, to }),
    icmpEcho({ from, to }),
    icmpv6Echo({ from, to }),
    udp({ from, to }),
    udp({ from, to, sizeOctets: 1472, ip: { dscp: 46 } }),
    tcp({ from, to, srcPort: 40000, dstPort: 80, sequence: 1, flags: TCP_FLAG.syn }),
    experimental({ from, to }),
  ]
}
