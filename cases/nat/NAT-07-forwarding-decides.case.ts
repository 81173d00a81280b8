/**
 *   [ red1 ]--+
 *             ( hv1, forwarding on, off, on )==( sw1 )--outside ... a host beyond
 *   [ red2 ]--+
 *
 * With forwarding off nothing passes, neither out, nor between VMs by their gateway, nor back to a VM whose question left
 * before; VMs reach each other by their MAC addresses, and their gateway answers. On again, what goes out passes, and what
 * VMs send each other by their gateway if it did before. That what was sent has been handled is shown by echoes of the
 * hypervisor itself, one from each side, which it answers behind it.
 *
 * Source: the article, 1.3.2.2; RFC 1812, 2.2.8.1; the kernel's ip-sysctl, ip_forward.
 */
import {
  type Ends,
  endsOf,
  expect,
  farAddress,
  icmpEcho,
  replyTo,
  requirement,
  udp,
} from '../../harness/index.ts'

const PORT = 5200

requirement('NAT-07', 'forwarding off stops it all, and on lets it pass', async ({ lab, window }) => {
  const { red1, red2 } = lab.guests
  const trunk = lab.trunk('hv1')
  const sourceAddress = lab.machine('hv1').address
  const via = await lab.routes([red1, red2])
  const outward = () => udp({ from: red1, to: via(red1, farAddress(70)), srcPort: PORT })
  const between = () => udp({ from: red1, to: via(red1, red2.address), srcPort: PORT + 1 })

  /** What is sent out comes to the host beyond: between whom it travels there, and whether VMs reach each other, too. */
  const passes = async (mustCross: boolean) => {
    const [out, across] = [outward(), between()]
    const seen = await window({}, async (w) => {
      await w.inject(red1, out, across)
      await w.proveDelivery({ of: out, at: [trunk, lab.outside] })
      await w.proveDelivery({ of: across, at: [red2.port] })
    })
    expect(seen.at(trunk)).toCarry(out, { times: 1, rewritten: { sourceAddress } })
    const crosses = seen.at(red2.port).carried(across).length > 0
    if (mustCross || crosses)
      expect(seen.at(red2.port)).toCarry(across, { times: 1, rewritten: { to: red2 } })
    return { crosses, ends: endsOf(seen.at(lab.outside), out), answer: replyTo(seen.at(lab.outside), out) }
  }

  const { crosses, ends, answer } = await passes(false)
  if (ends === undefined || answer === undefined) return
  await lab.withPlan(
    'hv1',
    { nat: { gateway: `${lab.machine('gateway').address}/24`, forwarding: false } },
    async () => {
      const [out, across] = [outward(), between()]
      const toGateway = icmpEcho({ from: red1, to: via(red1, lab.machine('gateway').address) })
      const fromOutside = icmpEcho(backTo(ends))
      const allowed = { marker: udp({ from: red1, to: red2 }) }
      const seen = await window({ at: [red1.port] }, async (w) => {
        await w.inject(red1, out, across, toGateway)
        await w.put(lab.outside, answer, fromOutside)
        await w.awaitAnswer({ to: [toGateway, fromOutside] })
        await w.proveAbsence({ of: out, at: [trunk], ...allowed })
        await w.proveAbsence({ of: across, at: [red2.port], ...allowed })
        await w.proveAbsence({ of: answer, at: [red1.port] })
      })
      expect(seen.at(trunk)).not.toCarry(out)
      expect(seen.at(red2.port)).not.toCarry(across)
      expect(seen.at(red1.port)).not.toCarry(answer)
      const echoReply = { 'icmp.type': 0, 'ip.src': lab.machine('gateway').address, 'ip.dst': red1.address }
      expect(seen.at(red1.port)).toCarryAnswer(echoReply, { times: 1 })
      expect(seen.at(lab.outside)).toCarryAnswer({ 'icmp.type': 0, 'ip.src': sourceAddress }, { times: 1 })
    },
  )
  await passes(crosses)
})

/** From the host beyond to the hypervisor itself. */
function backTo({ from, to }: Ends) {
  return { from: to, to: from }
}
