/**
 *   [ red1 ]--( hv1: DHCP, gateway 203.0.113.1 )==eth0==( sw1 )==( outside 192.0.2.1 )
 *
 * A VM has its lease, and uses it at once. Nobody answers its ARP probe for the address, while the gateway, asked behind
 * it, does. With the leased address, and the router that the lease names, it reaches the gateway and the host outside.
 * Had somebody answered, it would have declined the address: the server takes that, and leases it another one.
 *
 * Source: the article, 1.3.2.2; RFC 2131, 3.1, 4.3.3 and 4.4.1; RFC 5227, 2.1.
 */
import {
  arpRequest,
  dhcpClient,
  dhcpOption,
  expect,
  fieldsOf,
  icmpEcho,
  leaseAll,
  releaseAll,
  requirement,
  settingsOf,
} from '../../harness/index.ts'

requirement('DHCP-11', 'the leased settings work at once', async ({ lab, window }) => {
  const { red1 } = lab.guests
  const outside = lab.machine('outside')
  const settings = settingsOf(await lab.dhcp('hv1'))
  const leases = await leaseAll(window, [dhcpClient(red1)], settings)
  expect(leases.length, 'clients that got a lease').toBe(1)
  for (const lease of leases) {
    const [router = ''] = dhcpOption(lease.options, 'router')?.addresses ?? []
    const itself = { ...red1, address: lease.address }
    const probe = arpRequest({ from: { ...red1, address: '0.0.0.0' }, forAddress: lease.address })
    const question = arpRequest({ from: itself, forAddress: router })

    const asked = await window({ at: [red1.port] }, async (w) => {
      await w.inject(red1, probe, question)
      await w.awaitAnswer({ to: question })
    })
    const isFor = { 'arp.op': 2, 'arp.spa': router, 'arp.tha': red1.mac }
    expect(asked.at(red1.port)).toCarryAnswer(isFor, { times: 1 })
    const answers = asked.at(red1.port).frames.map(({ octets }) => {
      return new Map(fieldsOf(octets).map(({ name, value }) => [name, value]))
    })
    const isTaken = answers.filter((fields) => fields.get('arp.spa') === lease.address)
    expect(isTaken.length, `ARP messages of somebody else with the leased address, ${lease.address}`).toBe(0)

    const mac = answers.find((fields) => fields.get('arp.spa') === router)?.get('arp.sha')
    if (mac === undefined) continue
    const echoes = [router, outside.address].map((address) => ({
      address,
      echo: icmpEcho({ from: itself, to: { mac, address, address6: '::' } }),
    }))
    const seen = await window({ at: [red1.port] }, async (w) => {
      for (const { echo } of echoes) await w.inject(red1, echo)
      await w.awaitAnswer({ to: echoes.map(({ echo }) => echo) })
    })
    for (const { address } of echoes) {
      const answer = { 'icmp.type': 0, 'ip.src': address, 'ip.dst': lease.address, 'eth.dst': red1.mac }
      expect(seen.at(red1.port)).toCarryAnswer(answer, { times: 1 })
    }

    await window({}, (w) => w.inject(red1, lease.client.decline(lease)))
    const [other] = await leaseAll(window, [lease.client], settings)
    expect(other?.address, 'an address that was declined').not.toBe(lease.address)
    await releaseAll(window, other === undefined ? [] : [other])
  }
})
