/**
 *   [ red1 ]--( hv1 )======( sw1 )======( hv2 )--[ red3 ]    both send to red2 without a pause
 *   [ red2 ]--(     )   - - - - - - ->  (     )--
 *   [  …   ]--(     )   < - - - - - -   (     )--[  …   ]
 *
 * A VM moves to the other hypervisor, and back: it is unplugged here and plugged in there, with the same MAC and IP
 * address and tenant, and announces itself by gratuitous ARP. A VM on either hypervisor sends to it all the time. What is
 * lost is measured, and how long it is until the first frame comes again. Whatever is sent by who has heard the
 * announcement arrives. After it the VM is reached at its address by all of its tenant, by frames and by TCP, and reaches
 * them; what is for it comes to nobody else; where it was no port of it is left.
 *
 * Source: the article, 1.3.1 (flexibility); RFC 5227, 2.3 (announcing an address); IEEE 802.1Q, 8.7 (learning).
 */
import {
  type CaseContext,
  expect,
  experimental,
  type Guest,
  gratuitousArp,
  icmpEcho,
  requirement,
  udp,
} from '../../harness/index.ts'

const TRANSFER_OCTETS = 100_000

requirement('LIFE-02', 'a VM moves to the other hypervisor, and back', async (context) => {
  const { red2 } = context.lab.guests
  const there = await moves(context, red2, 'hv2')
  await moves(context, there, 'hv1')
})

async function moves(context: CaseContext, mover: Guest, hypervisor: string): Promise<Guest> {
  const { lab, call, measureOutage } = context
  const { red1, red3 } = lab.guests
  const announcement = gratuitousArp({ from: mover })
  let moved = mover

  const { seen, calls } = await call([red1, red3], mover, async (say) => {
    moved = await lab.move(mover, hypervisor, { owed: true })
    await say(moved, announcement, [red1.port, red3.port])
  })

  for (const { port } of [red1, red3]) expect(seen.at(port)).toCarry(announcement, { times: 1 })
  for (const series of calls) {
    expect(seen.at(mover.nic)).toCarryInOrder(series, { sentAfter: announcement })
    measureOutage(seen.at(mover.nic), series, `, which moved to ${hypervisor}`)
  }

  const left = await lab.links(mover.hypervisor)
  const old = left.filter(({ name }) => name === mover.port.interface)
  expect(old, `NICs of ${mover.name} on ${mover.hypervisor}, where it was`).toEqual([])
  await isReached(context, moved)
  return moved
}

async function isReached({ lab, window }: CaseContext, moved: Guest): Promise<void> {
  const others = lab.everyGuest.filter(({ name }) => name !== moved.name)
  const peers = others.filter(({ tenant }) => lab.scenario === 'bridged' || tenant === moved.tenant)
  const letters = peers.map((peer) => ({
    peer,
    to: [icmpEcho({ from: peer, to: moved }), udp({ from: peer, to: moved })],
    from: experimental({ from: moved, to: peer }),
    elsewhere: others.filter((other) => other !== peer).map(({ port }) => port),
  }))
  const transfers = peers.map((peer) => ({ from: peer, to: moved, sizeOctets: TRANSFER_OCTETS }))

  const seen = await window({}, async (w) => {
    for (const { peer, to, from, elsewhere } of letters) {
      await w.inject(peer, ...to)
      await w.proveDelivery({ of: to, at: [moved.port] })
      await w.proveAbsence({ of: to, at: elsewhere })
      await w.inject(moved, from)
      await w.proveDelivery({ of: from, at: [peer.port] })
    }
    for (const transfer of transfers) await w.transfer(transfer)
  })

  for (const { peer, to, from, elsewhere } of letters) {
    for (const frame of to) expect(seen.at(moved.port)).toCarry(frame, { times: 1, tag: 'untagged' })
    for (const frame of to) for (const port of elsewhere) expect(seen.at(port)).not.toCarry(frame)
    expect(seen.at(peer.port)).toCarry(from, { times: 1, tag: 'untagged' })
  }
  for (const transfer of transfers) expect(seen.transfer(transfer)).toArriveWhole()
}
