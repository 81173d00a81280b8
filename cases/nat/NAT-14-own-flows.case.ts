/**
 *   [ red1 ]--( hv1: 192.0.2.11 )==( sw1 )--outside: 192.0.2.1
 *
 * Flows of the hypervisor itself, from its own address: TCP to the host outside and from it comes whole, while a VM's
 * flows are there, and an echo from outside is answered. Outside they have the hypervisor's address, which is the same
 * with which the VM's are seen; but no answer to one of the hypervisor's own comes to the VM.
 *
 * Source: RFC 3022, 4; iptables-extensions(8), MASQUERADE.
 */
import { endsOf, expect, farAddress, icmpEcho, replyTo, requirement, udp } from '../../harness/index.ts'

requirement('NAT-14', 'flows of the hypervisor itself keep its address', async ({ lab, window }) => {
  const { red1 } = lab.guests
  const [hv1, outside] = [lab.machine('hv1'), lab.machine('outside')]
  const via = await lab.routes([red1])
  const question = udp({ from: red1, to: via(red1, farAddress(130)), srcPort: 5700 })
  const transfers = [
    { from: hv1, to: outside, sizeOctets: 100_000 },
    { from: outside, to: hv1, sizeOctets: 100_000 },
    { from: red1, to: outside, sizeOctets: 50_000 },
  ]

  const seen = await window({ at: [lab.trunk('hv1'), lab.outside] }, async (w) => {
    await w.inject(red1, question)
    await w.proveDelivery({ of: question, at: [lab.outside] })
    for (const transfer of transfers) await w.transfer(transfer)
  })

  for (const transfer of transfers) expect(seen.transfer(transfer)).toArriveWhole()
  const own = { 'ip.src': hv1.address, 'ip.dst': outside.address }
  expect(seen.at(lab.outside)).toCarryAnswer({ ...own, 'tcp.flags': 'syn' })
  expect(seen.at(lab.outside)).toCarryAnswer({ ...own, 'tcp.flags': 'syn,ack' })
  const ends = endsOf(seen.at(lab.outside), question)
  const answer = replyTo(seen.at(lab.outside), question)
  if (ends === undefined || answer === undefined) return

  const echo = icmpEcho({ from: ends.to, to: ends.from, identifier: 5701 })
  const back = await window({ at: [lab.trunk('hv1')] }, async (w) => {
    await w.put(lab.outside, echo, answer)
    await w.awaitAnswer({ to: echo })
    await w.proveAbsence({ of: echo, at: [red1.port], behind: answer })
  })
  const echoed = { 'icmp.type': 0, 'ip.src': hv1.address, 'ip.dst': ends.to.address, 'icmp.identifier': 5701 }
  expect(back.at(lab.outside)).toCarryAnswer(echoed, { times: 1 })
  expect(back.at(red1.port)).not.toCarry(echo)
  const rewritten = { destinationAddress: red1.address, destinationPort: 5700, to: red1 }
  expect(back.at(red1.port)).toCarry(answer, { times: 1, rewritten })
})
