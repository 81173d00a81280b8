/**
 *   [ red1 ]--( hv1: 192.0.2.11, then 192.0.2.31 )==( sw1 )--outside ... a host beyond
 *
 * The address of the physical NIC is replaced: the old one goes, the new one and the default route come. A new flow
 * leaves with the new address, and its answer comes back. When the old address is there again, it is the old one.
 *
 * Source: the article, 1.3.2.2; iptables-extensions(8), MASQUERADE.
 */
import {
  expect,
  farAddress,
  icmpEcho,
  replyTo,
  requirement,
  TCP_FLAG,
  tcp,
  udp,
} from '../../harness/index.ts'

const NEW_ADDRESS = '192.0.2.31'

requirement('NAT-12', 'new flows use the new address', async ({ lab, window }) => {
  const { red1 } = lab.guests
  const via = await lab.routes([red1])

  const leavesWith = async (sourceAddress: string, port: number) => {
    const outward = { from: red1, to: via(red1, farAddress(110)) }
    const questions = [
      udp({ ...outward, srcPort: port, dstPort: 53 }),
      tcp({ ...outward, srcPort: port, dstPort: 80, sequence: 1, flags: TCP_FLAG.syn }),
      icmpEcho({ ...outward, identifier: port }),
    ]
    const out = await window({}, async (w) => {
      await w.inject(red1, ...questions)
      await w.proveDelivery({ of: questions, at: [lab.trunk('hv1'), lab.outside] })
    })
    for (const question of questions)
      expect(out.at(lab.trunk('hv1'))).toCarry(question, { times: 1, rewritten: { sourceAddress } })
    const answers = questions.flatMap((question) => replyTo(out.at(lab.outside), question) ?? [])
    if (answers.length === 0) return
    const back = await window({}, async (w) => {
      await w.put(lab.outside, ...answers)
      await w.proveDelivery({ of: answers, at: [red1.port] })
    })
    const restored = { destinationAddress: red1.address, destinationPort: port, to: red1 }
    for (const answer of answers)
      expect(back.at(red1.port)).toCarry(answer, { times: 1, rewritten: restored })
  }

  const { address } = lab.machine('hv1')
  await leavesWith(address, 5600)
  await lab.withPlan('hv1', { address: `${NEW_ADDRESS}/24` }, () => leavesWith(NEW_ADDRESS, 5601))
  await leavesWith(address, 5602)
})
