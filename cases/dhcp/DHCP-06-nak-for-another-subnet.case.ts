/**
 *   [ red1 ]--( hv1: DHCP 203.0.113.0/24 )
 *
 * A client that was elsewhere before asks whether it may keep its address (INIT-REBOOT): of another subnet it may not, and
 * gets one NAK. Nor may it take an address of another subnet that this server is said to have offered (SELECTING).
 * With a lease of this network it may: one ACK.
 *
 * Source: the article, 1.3.2.2; RFC 2131, 4.3.2.
 */
import {
  dhcpClient,
  expect,
  leaseAll,
  releaseAll,
  repliesTo,
  requirement,
  settingsOf,
} from '../../harness/index.ts'

const ELSEWHERE = '198.51.100.77'

requirement('DHCP-06', 'a request for an address of another subnet gets a NAK', async ({ lab, window }) => {
  const { red1, red2 } = lab.guests
  const settings = settingsOf(await lab.dhcp('hv1'))
  const server = settings.server ?? ''
  const [mover, stayer] = [dhcpClient(red1), dhcpClient(red2)]
  const leases = await leaseAll(window, [stayer], settings)
  expect(leases.length, 'clients that got a lease').toBe(1)

  const wrong = [mover.initReboot(ELSEWHERE), mover.select({ address: ELSEWHERE, server })]
  for (const question of wrong) {
    const seen = await window({ at: [red1.port] }, async (w) => {
      await w.inject(red1, question)
      await w.awaitAnswer({ to: question })
    })
    expect(repliesTo(question, seen.at(red1.port))).toBeOne('nak', { server })
  }
  for (const lease of leases) {
    const { address } = lease
    const right = stayer.initReboot(address)
    const seen = await window({ at: [red2.port] }, async (w) => {
      await w.inject(red2, right)
      await w.awaitAnswer({ to: right })
    })
    expect(repliesTo(right, seen.at(red2.port))).toBeOne('ack', { ...settings, address, lasting: lease })
  }
  await releaseAll(window, leases)
})
