/**
 *   [ red1 ]--( hv1 )==( sw1 )==( hv2 )--[ red3 ]
 *                         |
 *                      outside ... hosts beyond
 *
 * A host beyond the physical network answers what it saw, to the address and port that it saw: UDP, a SYN, an ICMP echo,
 * and protocol 253. The answer comes once to the VM that asked, from its gateway, with the VM's own address and port as
 * its destination and otherwise as it was sent. A VM's own TCP reaches the host outside, and every octet arrives.
 *
 * Source: the article, 1.3.2.2; RFC 3022, 2.2.
 */
import {
  expect,
  farAddress,
  icmpEcho,
  ipv4Packet,
  replyTo,
  requirement,
  TCP_FLAG,
  tcp,
  udp,
} from '../../harness/index.ts'

requirement('NAT-02', 'the answer comes back to the VM that asked', async ({ lab, window }) => {
  const via = await lab.routes(lab.everyGuest)
  const transfers = [lab.guests.red1, lab.guests.red3].map((guest) => {
    return { from: guest, to: lab.machine('outside'), sizeOctets: 50_000 }
  })
  const asked = lab.everyGuest.flatMap((guest, index) => {
    const outward = { from: guest, to: via(guest, farAddress(30 + index)) }
    const segment = { dstPort: 80, sequence: 9, flags: TCP_FLAG.syn }
    return [
      { guest, port: 5001, question: udp({ ...outward, srcPort: 5001 }) },
      { guest, port: 5002, question: tcp({ ...outward, ...segment, srcPort: 5002 }) },
      { guest, port: 5003, question: icmpEcho({ ...outward, identifier: 5003 }) },
      { guest, port: 0, question: ipv4Packet({ ...outward, protocol: 253 }) },
    ]
  })

  const outward = await window({}, async (w) => {
    for (const transfer of transfers) await w.transfer(transfer)
    for (const { guest, question } of asked) await w.inject(guest, question)
    await w.proveDelivery({ of: asked.map(({ question }) => question), at: [lab.outside] })
  })

  for (const transfer of transfers) expect(outward.transfer(transfer)).toArriveWhole()
  const answered = asked.flatMap(({ guest, port, question }) => {
    const rewritten = { sourceAddress: lab.machine(guest.hypervisor).address }
    expect(outward.at(lab.outside)).toCarry(question, { times: 1, rewritten })
    const answer = replyTo(outward.at(lab.outside), question)
    return answer === undefined ? [] : [{ guest, port, answer }]
  })
  if (answered.length === 0) return

  const back = await window({}, async (w) => {
    await w.put(lab.outside, ...answered.map(({ answer }) => answer))
    for (const { guest, answer } of answered) await w.proveDelivery({ of: answer, at: [guest.port] })
  })

  for (const { guest, port, answer } of answered) {
    const { mac } = via(guest, lab.machine('outside').address)
    const rewritten = { destinationAddress: guest.address, destinationPort: port, from: { mac }, to: guest }
    expect(back.at(guest.port)).toCarry(answer, { times: 1, rewritten })
  }
})
