/**
 *   [ red1 ]--( hv1: DHCP 203.0.113.1 )==eth0==( sw1 )==( outside: DHCP 192.0.2.1 )
 *
 * Both servers serve. A VM gets its lease from the hypervisor's, which renews it by unicast and by broadcast, and refuses
 * another; neither its questions nor a server's message is seen on the physical network, not even where a VM's question
 * names a relay there, or beyond, or says that the VM is there itself. Questions on the physical network, put on each
 * hypervisor's cable where it would ask itself, are answered by the physical network's server, once, and by no hypervisor,
 * and neither they nor the answers come to a VM.
 *
 * Source: the article, 1.3.2.2; RFC 2131, 4.1 and 4.3.5.
 */
import {
  dhcpClient,
  EVERYBODY,
  expect,
  experimental,
  farAddress,
  releaseAll,
  repliesTo,
  requirement,
  serverMessages,
  settingsOf,
  stranger,
} from '../../harness/index.ts'

const ELSEWHERE = '198.51.100.77'

requirement(
  'DHCP-08',
  "in NAT mode the VM's server is the hypervisor's, and neither network hears the other's",
  async ({ lab, window }) => {
    const { red1, red2, red3 } = lab.guests
    const settings = settingsOf(await lab.dhcp('hv1'))
    const outsideSettings = settingsOf(await lab.serveDhcpOutside())
    const trunk = lab.trunk('hv1')
    const client = dhcpClient(red1)
    const marker = experimental({ from: red1, to: red2 })

    const { address: outside } = lab.machine('outside')
    const relayed = [outside, farAddress(8)].map((giaddr, index) =>
      dhcpClient(red1, { mac: stranger(820 + index).mac }).discover({ message: { giaddr, hops: 1 } }),
    )
    const astray = [...relayed, client.inform(outside), client.inform(farAddress(8))]
    const discover = client.discover()
    const first = await window({ at: [red1.port] }, async (w) => {
      await w.inject(red1, ...astray, discover)
      await w.awaitAnswer({ to: discover })
      await w.proveAbsence({ of: [...astray, discover], at: [trunk, lab.outside], marker })
    })
    const offers = repliesTo(discover, first.at(red1.port))
    expect(offers).toBeOne('offer', settings)
    for (const question of [...astray, discover]) {
      expect(first.at(trunk)).not.toCarry(question)
      expect(first.at(lab.outside)).not.toCarry(question)
    }
    const [offer] = offers.replies
    if (offer === undefined) return

    const request = client.select(offer)
    const second = await window({ at: [red1.port] }, async (w) => {
      await w.inject(red1, request)
      await w.awaitAnswer({ to: request })
      await w.proveAbsence({ of: request, at: [trunk, lab.outside], marker })
    })
    const acks = repliesTo(request, second.at(red1.port))
    expect(acks).toBeOne('ack', { ...settings, address: offer.address })
    expect(second.at(trunk)).not.toCarry(request)
    expect(second.at(lab.outside)).not.toCarry(request)
    for (const [seen, answers] of [
      [first, offers],
      [second, acks],
    ] as const) {
      for (const port of [trunk, lab.outside])
        expect(serverMessages(seen.at(port))).toBeNone({ after: answers })
    }

    const leases = acks.replies.map((ack) => ({ ...ack, client }))
    for (const lease of leases) {
      const find = client.find(lease)
      const refused = dhcpClient(red1, { mac: stranger(822).mac }).initReboot(ELSEWHERE)
      const granted = [client.renew(lease), client.rebind(lease)]
      const asked = [refused, ...granted]
      const later = await window({ at: [red1.port] }, async (w) => {
        await w.inject(red1, find)
        await w.awaitAnswer({ to: find })
        await w.inject(red1, ...asked)
        await w.awaitAnswer({ to: asked })
        await w.proveAbsence({ of: asked, at: [trunk, lab.outside], marker })
      })
      const naks = repliesTo(refused, later.at(red1.port))
      expect(naks).toBeOne('nak', { server: lease.server })
      const { address } = lease
      for (const question of granted)
        expect(repliesTo(question, later.at(red1.port))).toBeOne('ack', { ...settings, address })
      for (const port of [trunk, lab.outside]) {
        for (const question of asked) expect(later.at(port)).not.toCarry(question)
        expect(serverMessages(later.at(port))).toBeNone({ after: naks })
      }
    }
    await releaseAll(window, leases)

    // The physical network's server hears both, and each hypervisor hears the one on the other's cable. What a VM asks of
    // its own server behind it is answered: that server had the chance to answer on the wire, too.
    const hello = experimental({ from: stranger(802), to: EVERYBODY })
    for (const [index, asker] of [trunk, lab.trunk('hv2')].entries()) {
      const onTheWire = dhcpClient({ ...red1, mac: stranger(810 + index).mac }).discover()
      const behind = [red1, red3].map((guest) => ({ guest, question: dhcpClient(guest).discover() }))
      const third = await window({ at: [asker, lab.outside] }, async (w) => {
        await w.put(asker, onTheWire)
        for (const { guest, question } of behind) await w.inject(guest, question)
        await w.awaitAnswer({ to: [onTheWire, ...behind.map(({ question }) => question)] })
        await w.proveAbsence({ of: onTheWire, at: lab.everyGuest.map(({ port }) => port), marker: hello })
      })
      expect(repliesTo(onTheWire, third.at(asker))).toBeOne('offer', outsideSettings)
      for (const { port } of lab.everyGuest) expect(third.at(port)).not.toCarry(onTheWire)
      for (const { guest, question } of behind) {
        const own = repliesTo(question, third.at(guest.port))
        expect(own).toBeOne('offer', settingsOf(await lab.dhcp(guest.hypervisor)))
        expect(repliesTo(onTheWire, third.at(guest.port))).toBeNone({ after: own })
      }
    }
  },
)
