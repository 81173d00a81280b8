/**
 *   [ red1  ]--( hv1 )=====( sw1 )=====( hv2 )--[ red3  ]
 *   [ red2  ]--(     )        |        (     )--[ blue2 ]
 *   [ blue1 ]--(     )   ( outside )
 *
 * Each VM reaches three machines in its own subnet: its hypervisor, the other hypervisor, and a host on the physical
 * network. They have network stacks of their own. An ARP request is answered to the VM that asked, once, and so is an
 * ICMP echo; TCP comes whole, both ways, between each of the three and one VM of each hypervisor. The MAC addresses of
 * the three are learned from what they answer.
 *
 * Source: the article, 1.3.2.1; RFC 826 (ARP), 792 (ICMP), 9293 (TCP).
 */
import {
  arpRequest,
  expect,
  fieldsOf,
  icmpEcho,
  type Port,
  requirement,
  type Seen,
} from '../../harness/index.ts'

requirement('BR-03', 'a VM reaches the hypervisors and a host outside', async ({ lab, window }) => {
  const { red1, red3 } = lab.guests
  const machines = [lab.machine('hv1'), lab.machine('hv2'), lab.machine('outside')]
  const transfers = [red1, red3].flatMap((guest) =>
    machines.flatMap((machine) => [
      { from: guest, to: machine, sizeOctets: 10_000 },
      { from: machine, to: guest, sizeOctets: 10_000 },
    ]),
  )
  const first = await window({ at: [red1.port, red3.port] }, async (w) => {
    for (const transfer of transfers) await w.transfer(transfer)
  })
  for (const transfer of transfers) expect(first.transfer(transfer)).toArriveWhole()

  for (const machine of machines) {
    const mac = macIn(first, red1.port, machine.address)
    expect(mac, `the MAC address in an answer of ${machine.name} to ARP`).toBeDefined()
    if (mac === undefined) continue
    const questions = lab.everyGuest.map((guest) => ({
      guest,
      request: arpRequest({ from: guest, forAddress: machine.address }),
      echo: icmpEcho({ from: guest, to: { mac, address: machine.address, address6: '::' } }),
    }))

    const seen = await window({ at: lab.everyGuest.map(({ port }) => port) }, async (w) => {
      for (const { guest, request, echo } of questions) await w.inject(guest, request, echo)
      await w.awaitAnswer({ to: questions.map(({ echo }) => echo) })
    })

    for (const { guest } of questions) {
      const answer = { 'eth.src': mac, 'eth.dst': guest.mac }
      const isAt = { 'arp.op': 2, 'arp.sha': mac, 'arp.spa': machine.address, 'arp.tha': guest.mac }
      const echoed = { 'icmp.type': 0, 'icmp.code': 0, 'ip.src': machine.address, 'ip.dst': guest.address }
      expect(seen.at(guest.port)).toCarryAnswer({ ...answer, ...isAt }, { times: 1 })
      expect(seen.at(guest.port)).toCarryAnswer({ ...answer, ...echoed }, { times: 1 })
    }
  }
})

/** Who said at this port that this address is at its own. */
function macIn(seen: Seen, port: Port, address: string): string | undefined {
  const answers = seen.at(port).frames.map(({ octets }) => {
    return new Map(fieldsOf(octets).map(({ name, value }) => [name, value]))
  })
  const isAt = answers.find((fields) => fields.get('arp.op') === '2' && fields.get('arp.spa') === address)
  return isAt?.get('arp.sha')
}
