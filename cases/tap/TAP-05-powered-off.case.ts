/**
 *   [ red1  ]  x  ( hv1 )==( sw1 )==( hv2 )--[ red3  ]
 *   [ red2  ]-----(     )           (     )--[ blue2 ]
 *   [ blue1 ]-----(     )
 *
 * red1 is powered off: the NIC of its TAP stays, but nobody has the device open. It has no carrier, and so the bridge's
 * port is disabled. It carries nothing then, whatever the others send: to all, to groups, to somebody unknown, to red1
 * itself, which the bridges had learned; nor later, when red1 is on again. The others get all of it, and two of them that
 * talk lose nothing when red1 goes and when it comes back.
 *
 * Source: the article, 1.2 and 1.3.1; IEEE 802.1Q, 8.6 (only ports in forwarding are transmission ports).
 */
import {
  ALL_NODES,
  EVERYBODY,
  expect,
  experimental,
  type Guest,
  icmpv6Echo,
  ipv4Group,
  requirement,
  stranger,
  udp,
} from '../../harness/index.ts'

requirement('TAP-05', 'a VM that is off gets nothing, and disturbs nobody', async ({ lab, window, talk }) => {
  const { red1: off, red2, red3 } = lab.guests
  const others = lab.everyGuest.filter((guest) => guest !== off)
  const portsBut = (guest: Guest) => others.filter((other) => other !== guest).map(({ port }) => port)
  /** The VM is heard by all, and so known to the bridges, and hears each. */
  const reach = async () => {
    const hello = experimental({ from: off, to: EVERYBODY })
    const answers = others.map((from) => ({ from, frame: experimental({ from, to: off }) }))
    const seen = await window({ at: [off.port] }, async (w) => {
      await w.inject(off, hello)
      await w.proveDelivery({ of: hello, at: portsBut(off) })
      for (const { from, frame } of answers) {
        await w.inject(from, frame)
        await w.proveDelivery({ of: frame, at: [off.nic] })
      }
    })
    for (const port of portsBut(off)) expect(seen.at(port)).toCarry(hello, { times: 1 })
    for (const { frame } of answers) expect(seen.at(off.nic)).toCarry(frame, { times: 1 })
    return seen
  }

  const before = await reach()
  const going = await talk(red2, red3, () => lab.powerOff(off))

  const nic = (await lab.links(off.hypervisor)).find(({ name }) => name === off.port.interface)
  expect(nic?.up, `${off.port.id} stays, and stays up, while its VM is off`).toBe(true)
  expect(nic?.carrier, `${off.port.id} has carrier while its VM is off`).toBe(false)

  const said = others.map((from) => ({
    from,
    toOff: experimental({ from, to: off }),
    toAll: [
      udp({ from, to: EVERYBODY }),
      udp({ from, to: ipv4Group('233.252.0.1') }),
      icmpv6Echo({ from, to: ALL_NODES }),
      experimental({ from, to: stranger(5) }),
    ],
  }))
  const during = await window({}, async (w) => {
    for (const { from, toOff, toAll } of said) {
      await w.inject(from, toOff, ...toAll)
      await w.proveDelivery({ of: toAll, at: portsBut(from) })
    }
  })
  for (const { from, toAll } of said)
    for (const port of portsBut(from))
      for (const frame of toAll) expect(during.at(port)).toCarry(frame, { times: 1 })

  const coming = await talk(red2, red3, () => lab.powerOn(off))
  const after = await reach()
  expect(during.at(off.port)).toCarryNothing({ between: [before, after] })
  for (const { seen, there, back } of [going, coming]) {
    expect(seen.at(red3.nic)).toCarryInOrder(there)
    expect(seen.at(red2.nic)).toCarryInOrder(back)
  }
})
