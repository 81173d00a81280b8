/**
 *   [ red1 ]--+
 *             ( 203.0.113.1: hv1: 192.0.2.11 )==( sw1 )==( 192.0.2.12: hv2 )
 *   [ red2 ]--+                                    |
 *                                               outside
 *
 * Two VMs of one NAT network talk as they are by their MAC addresses. What one sends the other by their gateway need not be
 * forwarded: nobody needs that way, and many a gateway lets pass only what goes out. Where it is (measured), its TTL is
 * lower, and neither address nor port is another. A VM that asks its gateway is answered from the address that it asked,
 * to its own; what it asks there of usual services does not go on to others. What it sends to machines of the physical
 * network, the other hypervisor and the host outside, is rewritten.
 *
 * Source: the article, 1.3.2.2; RFC 3022, 2; RFC 1812, 5.2.7.2 (the gateway may tell of a better way).
 */
import { expect, icmpEcho, requirement, TCP_FLAG, tcp, udp } from '../../harness/index.ts'

/** What gateways are tempted to pass on: DNS, HTTP, NTP, HTTPS. */
const SERVICES = [53, 80, 123, 443]

requirement(
  'NAT-10',
  'only what leaves by the physical NIC is rewritten',
  async ({ lab, window, measure }) => {
    const { red1, red2 } = lab.guests
    const via = await lab.routes([red1, red2])
    const gateway = lab.machine('gateway')
    const direct = [
      udp({ from: red1, to: red2 }),
      icmpEcho({ from: red1, to: red2 }),
      tcp({ from: red1, to: red2, srcPort: 5000, dstPort: 80, sequence: 1, flags: TCP_FLAG.syn }),
    ]
    const routed = [
      udp({ from: red1, to: via(red1, red2.address), srcPort: 5001 }),
      icmpEcho({ from: red1, to: via(red1, red2.address), identifier: 5002 }),
    ]
    const echoes = [gateway, lab.machine('hv1')].map(({ address }) => {
      return { address, echo: icmpEcho({ from: red1, to: via(red1, address) }) }
    })
    const toGateway = SERVICES.flatMap((dstPort) => {
      const ends = { from: red1, to: via(red1, gateway.address), dstPort }
      return [udp(ends), tcp({ ...ends, srcPort: 5003, sequence: 1, flags: TCP_FLAG.syn })]
    })
    const last = udp({ from: red1, to: via(red1, lab.machine('outside').address), dstPort: 10 })
    const machines = [lab.machine('hv2'), lab.machine('outside')]
    const outward = machines.map(({ address }) => udp({ from: red1, to: via(red1, address), dstPort: 9 }))
    const transfers = [red2, { name: 'hv1', address: gateway.address }].map((to) => {
      return { from: red1, to, sizeOctets: 20_000 }
    })

    const seen = await window({ at: [red1.port] }, async (w) => {
      for (const transfer of transfers) await w.transfer(transfer)
      await w.inject(red1, ...direct, ...routed, ...echoes.map(({ echo }) => echo), ...outward)
      await w.proveDelivery({ of: [...direct, ...routed], at: [red2.port] })
      await w.awaitAnswer({ to: echoes.map(({ echo }) => echo) })
      await w.proveDelivery({ of: outward, at: [lab.trunk('hv1')] })
      await w.inject(red1, ...toGateway, last)
      await w.proveAbsence({ of: toGateway, at: [lab.trunk('hv1')], behind: last })
    })

    for (const transfer of transfers) expect(seen.transfer(transfer)).toArriveWhole()
    for (const frame of direct) expect(seen.at(red2.port)).toCarry(frame, { times: 1 })
    const hop = { from: via(red2, gateway.address), to: red2 } // its own addresses and ports are as they were
    const forwarded = routed.filter((frame) => seen.at(red2.port).carried(frame).length > 0)
    for (const frame of forwarded) expect(seen.at(red2.port)).toCarry(frame, { times: 1, rewritten: hop })
    measure(`frames between VMs that their gateway forwarded, of ${routed.length}`, {
      value: forwarded.length,
    })
    for (const { address } of echoes) {
      const answer = { 'icmp.type': 0, 'ip.src': address, 'ip.dst': red1.address, 'eth.dst': red1.mac }
      expect(seen.at(red1.port)).toCarryAnswer(answer, { times: 1 })
    }
    for (const frame of toGateway) expect(seen.at(lab.trunk('hv1'))).not.toCarry(frame)
    const rewritten = { sourceAddress: lab.machine('hv1').address }
    expect(seen.at(lab.trunk('hv1'))).toCarry(last, { times: 1, rewritten })
    for (const frame of outward) expect(seen.at(lab.trunk('hv1'))).toCarry(frame, { times: 1, rewritten })
  },
)
