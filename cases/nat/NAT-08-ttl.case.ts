/**
 *   [ red1  ]--+
 *   [ red2  ]--( 203.0.113.1: hv1: 192.0.2.11 )==( sw1 )--outside ... a host beyond
 *   [ blue1 ]--+
 *
 * The TTL falls by one: 2 leaves as 1, and 255 as 254. With TTL 1 nothing leaves; the gateway answers time exceeded to
 * the VM, once, and quotes the VM's own packet, octet by octet: a datagram, a SYN, an echo, each of another VM, and
 * before them a second is let pass, so that a gateway which tells each VM no more than one error a second owes them
 * all. An answer that comes back with TTL 1 does not reach the VM, and of what the hypervisor says of it outside
 * nothing shows the VM's address.
 *
 * Source: RFC 1812, 4.3.2.3 and 5.3.1; RFC 792 (time exceeded); RFC 5508, 4.2 (of a NAT's own errors).
 */
import {
  decodeEthernet,
  decodeIcmpError,
  decodeIpv4,
  expect,
  farAddress,
  type IpFields,
  icmpChecksumIsRight,
  icmpEcho,
  replyTo,
  requirement,
  TCP_FLAG,
  tcp,
  udp,
} from '../../harness/index.ts'

const PORT = 5300
/** RFC 1812, 4.3.2.8: errors may be limited; the kernel's icmp_ratelimit is one in 1,000 ms to each address. */
const ONE_ERROR_MS = 1100

requirement('NAT-08', 'the TTL falls by one, and at its end the VM is told', async ({ lab, window }) => {
  const { red1, red2, blue1 } = lab.guests
  const hidden = [lab.trunk('hv1'), lab.outside]
  const sourceAddress = lab.machine('hv1').address
  const via = await lab.routes([red1, red2, blue1])
  const host = farAddress(80)
  const makers = [
    { guest: red1, make: (ip: IpFields) => udp({ from: red1, to: via(red1, host), srcPort: PORT, ip }) },
    {
      guest: red2,
      make: (ip: IpFields) => {
        const segment = { srcPort: PORT, dstPort: 80, sequence: 1, flags: TCP_FLAG.syn }
        return tcp({ from: red2, to: via(red2, host), ...segment, ip })
      },
    },
    {
      guest: blue1,
      make: (ip: IpFields) => icmpEcho({ from: blue1, to: via(blue1, host), identifier: PORT, ip }),
    },
  ]
  const sent = makers.map(({ guest, make }) => {
    return { guest, dying: make({ ttl: 1 }), last: make({ ttl: 2 }), alive: make({ ttl: 255 }) }
  })

  const outward = await window({ at: sent.map(({ guest }) => guest.port) }, async (w) => {
    await w.pass(ONE_ERROR_MS)
    for (const { guest, dying, last, alive } of sent) {
      await w.inject(guest, dying, last, alive)
      await w.proveAbsence({ of: dying, at: hidden, behind: alive })
      await w.proveDelivery({ of: last, at: hidden })
      await w.awaitAnswer({ to: dying })
    }
  })

  for (const { guest, dying, last, alive } of sent) {
    for (const port of hidden) {
      expect(outward.at(port)).not.toCarry(dying)
      expect(outward.at(port)).toCarry(last, { times: 1, rewritten: { sourceAddress, ttl: 1 } })
      expect(outward.at(port)).toCarry(alive, { times: 1, rewritten: { sourceAddress, ttl: 254 } })
    }
    const exceeded = { 'icmp.type': 11, 'icmp.code': 0, 'ip.src': lab.machine('gateway').address }
    const toTheVm = { ...exceeded, 'ip.dst': guest.address, 'eth.dst': guest.mac }
    expect(outward.at(guest.port)).toCarryAnswer(toTheVm, { times: 1 })
    const quotes = outward.at(guest.port).frames.flatMap(({ octets }) => quoteIn(octets))
    const [own] = outward.from(guest.port).carried(dying)
    const packet = own === undefined ? '' : hex(packetIn(own.octets))
    expect(quotes, `what the gateway quotes to ${guest.name}`).toEqual([packet])
  }

  const [first] = sent
  const answerTo = (ttl: number) => first && replyTo(outward.at(lab.outside), first.alive, { ip: { ttl } })
  const [reply, behind] = [answerTo(1), answerTo(2)]
  if (reply === undefined || behind === undefined) return
  const inward = await window({ at: [lab.trunk('hv1')] }, async (w) => {
    await w.put(lab.outside, reply, behind)
    await w.proveAbsence({ of: reply, at: [red1.port], behind })
  })
  expect(inward.at(red1.port)).not.toCarry(reply)
  const restored = { destinationAddress: red1.address, destinationPort: PORT, to: red1, ttl: 1 }
  expect(inward.at(red1.port)).toCarry(behind, { times: 1, rewritten: restored })
  expect(inward.at(lab.trunk('hv1'))).toHideAddressesOf(lab.everyGuest)
})

/** Of a time exceeded with a right checksum. */
function quoteIn(octets: Uint8Array): readonly string[] {
  if (decodeEthernet(octets).etherType !== 0x0800) return []
  const { protocol, payload } = decodeIpv4(decodeEthernet(octets).payload)
  const isExceeded = protocol === 1 && payload[0] === 11 && icmpChecksumIsRight(payload)
  return isExceeded ? [hex(decodeIcmpError(payload).quote)] : []
}

function packetIn(frame: Uint8Array): Uint8Array {
  const { payload } = decodeEthernet(frame)
  return payload.subarray(0, decodeIpv4(payload).totalLength)
}

function hex(octets: Uint8Array): string {
  return Buffer.from(octets).toString('hex')
}
