/**
 * The frames of background noise: what real stations and switches say of themselves, unasked. Their addresses belong to
 * nobody in a lab, they ask for nobody there, and they carry no signature: no case can take one for its own.
 * Sources: RFC 826, 5227 (ARP); RFC 4861 (ND); RFC 3810 (MLDv2); RFC 6762 (mDNS); IEEE 802.1AB; IEEE 802.1D 9.
 * Addresses: RFC 2544 (198.18.0.0/15), which no scenario uses; RFC 4291 (link-local).
 */
import {
  ARP_OPERATION,
  BROADCAST_MAC,
  ETHER_TYPE,
  encodeArp,
  encodeEthernet,
  encodeIcmpv6,
  encodeIpv6,
  encodeIpv6Extensions,
  encodeLlc,
  encodeLldp,
  encodeNeighbourMessage,
  encodeStp,
  encodeUdp,
  formatIpv6,
  IP_PROTOCOL,
  LLC_SAP,
  LLC_UI,
  LLDP_CHASSIS_ID,
  LLDP_MAC,
  LLDP_PORT_ID,
  parseIpv6,
  parseMac,
  STP_MAC,
} from '../../wire/index.ts'

/** Noise has a source address of 02:6E:6F: locally administered, and no topology's (topology.ts, macOf). */
export const NOISE_MAC = Uint8Array.from([0x02, 0x6e, 0x6f])

const SHORTEST_PAYLOAD = 46
const NOBODY = { mac: '00:00:00:00:00:00', address: '0.0.0.0' }
const HOP_LIMIT_OF_NEIGHBOURS = 255
const ALL_MLD_ROUTERS = 'ff02::16'
const MDNS = { address: 'ff02::fb', port: 5353 }
const MLD_REPORT = 143
const MLD_CHANGE_TO_EXCLUDE = 4
/** The least that there is: no bridge elects it its root. */
const LEAST_PRIORITY = 0xf000

/** A station of its own behind a port: number 1 to 65,535. */
interface Station {
  mac: string
  address: string
  neighbour: string
  address6: string
}

/** As a VM or a host: ARP, IPv6, LLDP, and a BPDU, for a VM may run a bridge. */
export function stationNoise(number: number): readonly Uint8Array[] {
  const station = stationOf(number)
  return [
    arpRequest(station, station.neighbour),
    neighbourSolicitation(station),
    mdnsQuery(station),
    arpRequest(station, station.address), // gratuitous: RFC 5227, 3
    mldReport(station),
    arpRequest(station, station.neighbour),
    lldp(station),
    bpdu(station),
  ]
}

/** As a switch's port: what it says itself. */
export function switchNoise(number: number): readonly Uint8Array[] {
  const station = stationOf(number)
  return [lldp(station), bpdu(station)]
}

function stationOf(number: number): Station {
  const [high, low] = [number >>> 8, number & 0xff]
  const mac = `02:6e:6f:${[0, high, low].map((octet) => octet.toString(16).padStart(2, '0')).join(':')}`
  const identifier = [0x00, 0x6e, 0x6f, 0xff, 0xfe, 0, high, low] // of the MAC address: RFC 4291, appendix A
  return {
    mac,
    address: `198.18.${high}.${low}`,
    neighbour: `198.19.${high}.${low}`,
    address6: formatIpv6(Uint8Array.from([0xfe, 0x80, 0, 0, 0, 0, 0, 0, ...identifier])),
  }
}

function arpRequest({ mac, address }: Station, targetAddress: string): Uint8Array {
  const request = {
    ...{ operation: ARP_OPERATION.request, senderMac: mac, senderAddress: address },
    ...{ targetMac: NOBODY.mac, targetAddress },
  }
  return ethernet(mac, BROADCAST_MAC, ETHER_TYPE.arp, encodeArp(request))
}

/** For a neighbour that there is not. */
function neighbourSolicitation({ mac, address6 }: Station): Uint8Array {
  const target = parseIpv6(address6)
  target[10] = 0x01
  const group = parseIpv6('ff02::1:ff00:0')
  group.set(target.subarray(13), 13)
  const addresses = { src: address6, dst: formatIpv6(group) }
  const message = encodeNeighbourMessage(
    {
      ...{ kind: 'neighbour solicitation', code: 0, target: formatIpv6(target) },
      options: [{ kind: 'source link-layer address', address: mac }],
    },
    addresses,
  )
  return ipv6(mac, addresses, IP_PROTOCOL.icmpv6, message, HOP_LIMIT_OF_NEIGHBOURS)
}

/** "I listen to a group", with the router alert that RFC 3810, 5.2.13 wants. */
function mldReport({ mac, address6 }: Station): Uint8Array {
  const addresses = { src: address6, dst: ALL_MLD_ROUTERS }
  const group = parseIpv6('ff02::1:ff00:0')
  group.set(parseIpv6(address6).subarray(13), 13)
  const oneRecord = [0, 0, 0, 1, MLD_CHANGE_TO_EXCLUDE, 0, 0, 0]
  const rest = Uint8Array.from([...oneRecord, ...group])
  const report = encodeIcmpv6({ kind: 'other', type: MLD_REPORT, code: 0, rest }, addresses)
  const { nextHeader, payload } = encodeIpv6Extensions({
    headers: [
      {
        kind: 'hop-by-hop',
        options: [
          { kind: 'router alert', value: 0 },
          { kind: 'padN', data: new Uint8Array(0) },
        ],
      },
    ],
    upperProtocol: IP_PROTOCOL.icmpv6,
    payload: report,
  })
  return ipv6(mac, addresses, nextHeader, payload, 1)
}

/** Who serves what here? RFC 6763, 9. */
function mdnsQuery({ mac, address6 }: Station): Uint8Array {
  const addresses = { src: address6, dst: MDNS.address }
  const name = ['_services', '_dns-sd', '_udp', 'local'].flatMap((label) => [
    label.length,
    ...Buffer.from(label),
  ])
  const payload = Uint8Array.from([0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, ...name, 0, 0, 12, 0, 1])
  const datagram = encodeUdp({ srcPort: MDNS.port, dstPort: MDNS.port, payload }, addresses)
  return ipv6(mac, addresses, IP_PROTOCOL.udp, datagram, HOP_LIMIT_OF_NEIGHBOURS)
}

function lldp({ mac }: Station): Uint8Array {
  const id = parseMac(mac)
  const unit = encodeLldp({
    tlvs: [
      { kind: 'chassis id', subtype: LLDP_CHASSIS_ID.mac, id },
      { kind: 'port id', subtype: LLDP_PORT_ID.mac, id },
      { kind: 'time to live', seconds: 120 },
      { kind: 'end' },
    ],
  })
  return ethernet(mac, LLDP_MAC, ETHER_TYPE.lldp, unit)
}

function bpdu({ mac }: Station): Uint8Array {
  const itself = { priority: LEAST_PRIORITY, systemId: 0, mac }
  const times = { messageAgeSeconds: 0, maxAgeSeconds: 20, helloTimeSeconds: 2, forwardDelaySeconds: 15 }
  const claim = { flags: 0, root: itself, rootPathCost: 0, bridge: itself, port: 0x8001, ...times }
  const payload = encodeStp({ kind: 'configuration', ...claim })
  const llc = encodeLlc({ dsap: LLC_SAP.stp, ssap: LLC_SAP.stp, control: LLC_UI, payload })
  return ethernet(mac, STP_MAC, llc.etherType, llc.payload)
}

function ipv6(
  mac: string,
  addresses: { src: string; dst: string },
  nextHeader: number,
  payload: Uint8Array,
  hopLimit: number,
): Uint8Array {
  const packet = encodeIpv6({ dscp: 0, ecn: 0, flowLabel: 0, nextHeader, hopLimit, ...addresses, payload })
  const group = [...parseIpv6(addresses.dst).subarray(12)].map((octet) => octet.toString(16).padStart(2, '0'))
  return ethernet(mac, `33:33:${group.join(':')}`, ETHER_TYPE.ipv6, packet)
}

/** Padded to the shortest frame, as a NIC would. */
function ethernet(src: string, dst: string, etherType: number, content: Uint8Array): Uint8Array {
  const payload = new Uint8Array(Math.max(content.length, SHORTEST_PAYLOAD))
  payload.set(content)
  return encodeEthernet({ dst, src, tags: [], etherType, payload })
}
