/** What a DHCP server would answer, as frames of a window that no lab played. */
import {
  DHCP_TYPE,
  type DhcpMessage,
  type DhcpOption,
  type DhcpType,
  decodeDhcp,
  dhcpPieces,
  ETHER_TYPE,
  encodeDhcp,
  encodeEthernet,
  encodeIpv4,
  encodeUdp,
  IP_PROTOCOL,
  NO_OCTETS,
} from '../../wire/index.ts'
import type { Passing } from './window.ts'

export const SERVER_MAC = '02:00:00:00:0b:01'
const SERVER = '203.0.113.1'
const DHCP_AT = 42

export interface Answer {
  type: DhcpType
  address?: string
  options?: readonly DhcpOption[]
  message?: Partial<DhcpMessage>
  checksum?: number
}

export const SETTINGS: readonly DhcpOption[] = [
  { kind: 'lease time', seconds: 120 },
  { kind: 'renewal time', seconds: 60 },
  { kind: 'rebinding time', seconds: 105 },
  { kind: 'subnet mask', address: '255.255.255.0' },
  { kind: 'router', addresses: [SERVER] },
  { kind: 'dns', addresses: ['192.0.2.53'] },
]

/** Out at a TAP port, to who asked with this frame. */
export function answerAt(port: string, question: Uint8Array, answer: Answer): Passing {
  const { type, address = '0.0.0.0', message = {} } = answer
  const options = answer.options ?? (type === 'nak' ? [] : SETTINGS)
  const asked = decodeDhcp(question.subarray(DHCP_AT))
  const reply = encodeDhcp({
    ...asked,
    ...{ op: 2, ciaddr: '0.0.0.0', yiaddr: address },
    options: dhcpPieces([
      { kind: 'message type', type: DHCP_TYPE[type] },
      { kind: 'server identifier', address: SERVER },
      ...options,
    ]),
    ...message,
  })
  const addresses = { src: SERVER, dst: '255.255.255.255' }
  const { checksum } = answer
  const ports = { srcPort: 67, dstPort: 68, ...(checksum === undefined ? {} : { checksum }) }
  const packet = encodeIpv4({
    ...{ dscp: 0, ecn: 0, identification: 0, dontFragment: false, moreFragments: false },
    ...{ fragmentOffsetOctets: 0, ttl: 64, protocol: IP_PROTOCOL.udp, ...addresses, options: NO_OCTETS },
    payload: encodeUdp({ ...ports, payload: reply }, addresses),
  })
  const macs = { dst: 'ff:ff:ff:ff:ff:ff', src: SERVER_MAC, tags: [] }
  const octets = encodeEthernet({ ...macs, etherType: ETHER_TYPE.ipv4, payload: packet })
  return { port, direction: 'out', octets }
}
