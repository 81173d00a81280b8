/**
 *   [ red1 ]--( hv1 )==( sw1 )--outside ... a host beyond
 *
 * Datagrams in fragments, in order, reversed, and in pieces of eight octets, leave, in one packet or in several: put
 * together again each is the VM's datagram with the physical address, and nothing else changed. An answer in fragments
 * comes back to the VM likewise. Of a datagram that lacks its first fragment, one in the middle or its last nothing
 * leaves; what the VM sends behind it does.
 *
 * Source: RFC 3022, 4.4 and 6.3; RFC 4787, 11; RFC 791, 3.2.
 */
import {
  decodeEthernet,
  decodeIpv4,
  decodeUdp,
  ETHER_TYPE,
  encodeEthernet,
  encodeIpv4,
  encodeUdp,
  endsOf,
  exactly,
  expect,
  farAddress,
  fragmentIpv4,
  type Ipv4Packet,
  ipv4Packet,
  reassembleIpv4,
  replyTo,
  requirement,
  type Seen,
  type Station,
  type Stimulus,
  udp,
} from '../../harness/index.ts'

const PORT = 5800
const HEADER_OCTETS = 20
const UDP = 17

interface Datagram {
  from: Station
  to: Station
  srcPort: number
  dstPort: number
  identification: number
  sizeOctets: number
}

requirement('NAT-11', 'fragmented datagrams pass whole, or not at all', async ({ lab, window }) => {
  const { red1 } = lab.guests
  const hv1 = lab.machine('hv1')
  const hidden = [lab.trunk('hv1'), lab.outside]
  const via = await lab.routes([red1])
  const ends = { from: red1, to: via(red1, farAddress(140)) }
  const behind = udp({ ...ends, srcPort: PORT, dstPort: 53 })
  const flow = { ...ends, srcPort: PORT + 1, dstPort: 53 }
  const complete = [
    { datagram: { ...flow, identification: 1001, sizeOctets: 2000 }, mtu: 1500, order: inOrder },
    { datagram: { ...flow, identification: 1002, sizeOctets: 3000 }, mtu: 576, order: reversed },
    { datagram: { ...flow, identification: 1003, sizeOctets: 100 }, mtu: HEADER_OCTETS + 8, order: inOrder },
    { datagram: { ...flow, identification: 1004, sizeOctets: 100 }, mtu: HEADER_OCTETS + 8, order: reversed },
  ]
  const incomplete = [0, 1, 2].flatMap((missing) => {
    return threeFragments(ends, 1011 + missing).filter((_, at) => at !== missing)
  })

  const out = await window({}, async (w) => {
    for (const { datagram, mtu, order } of complete)
      await w.inject(red1, ...order(fragmentsOf(datagram, mtu)))
    await w.inject(red1, ...incomplete, behind)
    await w.proveAbsence({ of: incomplete, at: hidden, behind })
  })

  for (const port of hidden) {
    expect(out.at(port)).toCarry(behind, { times: 1, rewritten: { sourceAddress: hv1.address } })
    for (const fragment of incomplete) expect(out.at(port)).not.toCarry(fragment)
  }
  for (const { datagram, mtu, order } of complete) {
    const how = `${datagram.sizeOctets} octets in fragments of ${mtu}, ${order.name}`
    const came = wholeAt(out, lab.outside, datagram.identification)
    expect(came.text, `what leaves of ${how}`).toBe(
      hex(packetOf({ ...datagram, from: { ...red1, address: hv1.address }, srcPort: came.srcPort }, 63)),
    )
  }

  const seen = endsOf(out.at(lab.outside), behind)
  const answerBehind = replyTo(out.at(lab.outside), behind)
  if (seen === undefined || answerBehind === undefined) return
  const answer = {
    ...{ from: seen.to, to: seen.from, srcPort: seen.to.port, dstPort: seen.from.port },
    ...{ identification: 1021, sizeOctets: 2500 },
  }
  const back = await window({}, async (w) => {
    await w.put(lab.outside, ...reversed(fragmentsOf(answer, 576)), answerBehind)
    await w.proveDelivery({ of: answerBehind, at: [red1.port] })
  })
  const restored = { destinationAddress: red1.address, destinationPort: PORT, to: red1 }
  expect(back.at(red1.port)).toCarry(answerBehind, { times: 1, rewritten: restored })
  expect(wholeAt(back, red1.port, answer.identification).text, 'what comes back of the answer').toBe(
    hex(packetOf({ ...answer, to: red1, dstPort: PORT }, 63)),
  )
})

function packetOf(datagram: Datagram, ttl: number): Ipv4Packet {
  const { from, to, srcPort, dstPort, identification, sizeOctets } = datagram
  const addresses = { src: from.address, dst: to.address }
  const payload = Uint8Array.from({ length: sizeOctets }, (_, at) => at % 251)
  return {
    ...{
      dscp: 0,
      ecn: 0,
      identification,
      dontFragment: false,
      moreFragments: false,
      fragmentOffsetOctets: 0,
    },
    ...{ ttl, protocol: UDP, ...addresses, options: new Uint8Array(0) },
    payload: encodeUdp({ srcPort, dstPort, payload }, addresses),
  }
}

function fragmentsOf(datagram: Datagram, mtu: number): readonly Stimulus[] {
  const { from, to } = datagram
  return fragmentIpv4(packetOf(datagram, 64), mtu).map((fragment) => {
    const payload = encodeIpv4(fragment)
    return exactly(
      encodeEthernet({ dst: to.mac, src: from.mac, tags: [], etherType: ETHER_TYPE.ipv4, payload }),
    )
  })
}

/** Each has a signature of its own, so that no piece can leave unnoticed. */
function threeFragments(ends: { from: Station; to: Station }, identification: number): readonly Stimulus[] {
  const ip = { identification, dontFragment: false }
  return [
    udp({ ...ends, srcPort: PORT + 2, dstPort: 53, ip: { ...ip, moreFragments: true } }), // 24 octets
    ipv4Packet({ ...ends, protocol: UDP, ip: { ...ip, moreFragments: true, fragmentOffsetOctets: 24 } }), // 16
    ipv4Packet({ ...ends, protocol: UDP, ip: { ...ip, fragmentOffsetOctets: 40 } }),
  ]
}

/** The datagram of this identification that comes to there, put together again, and the port from which it comes. */
function wholeAt(seen: Seen, port: Parameters<Seen['at']>[0], identification: number) {
  const fragments = seen.at(port).frames.flatMap(({ octets }) => {
    const { etherType, payload } = decodeEthernet(octets)
    if (etherType !== ETHER_TYPE.ipv4) return []
    const { trailer: _, ...packet } = decodeIpv4(payload)
    return packet.identification === identification && packet.protocol === UDP ? [packet] : []
  })
  const whole = reassembleIpv4(fragments)
  if (whole === undefined) return { text: `not whole: ${fragments.length} fragments`, srcPort: 0 }
  return { text: hex(whole), srcPort: decodeUdp(whole.payload).srcPort }
}

function inOrder<T>(all: readonly T[]): readonly T[] {
  return all
}

function reversed<T>(all: readonly T[]): readonly T[] {
  return all.toReversed()
}

function hex(packet: Ipv4Packet): string {
  return Buffer.from(encodeIpv4(packet)).toString('hex')
}
