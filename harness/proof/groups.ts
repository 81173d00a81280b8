/** Stations that are no guests: everybody, groups, and somebody whom nobody knows. */

import { BROADCAST_MAC, parseIpv4, parseIpv6 } from '../wire/index.ts'
import type { Station } from './frames.ts'

export const EVERYBODY: Station = { mac: BROADCAST_MAC, address: '255.255.255.255', address6: 'ff02::1' }

/** An IPv4 group with its Ethernet address: 01-00-5E and the low 23 bits. RFC 1112, 6.4. */
export function ipv4Group(address: string): Station {
  const [, b = 0, c = 0, d = 0] = parseIpv4(address)
  return { mac: macOf([0x01, 0x00, 0x5e, b & 0x7f, c, d]), address, address6: '::' }
}

/** All nodes on the link, with its Ethernet address: 33-33 and the low 32 bits. RFC 4291, 2.7.1; RFC 2464, 7. */
export const ALL_NODES: Station = { mac: '33:33:00:00:00:01', address: '0.0.0.0', address6: 'ff02::1' }

/** The group in which who has this address is looked for: ff02::1:ff and its last 24 bits. RFC 4291, 2.7.1; RFC 2464, 7. */
export function solicitedNode(address6: string): Station {
  const last = [...parseIpv6(address6).subarray(-3)]
  const [a = 0, b = 0, c = 0] = last
  const low = ((b << 8) | c).toString(16)
  return {
    ...{ mac: macOf([0x33, 0x33, 0xff, ...last]), address: '0.0.0.0' },
    address6: `ff02::1:ff${a.toString(16).padStart(2, '0')}:${low}`,
  }
}

/**
 * A station behind a guest's port, of which no plan knows: such as a VM within the VM. Every number is another one.
 */
export function stranger(number: number): Station {
  return {
    mac: macOf([0x02, 0x00, 0x5e, 0x00, number >> 8, number & 0xff]),
    address: `192.0.2.${200 + (number % 50)}`,
    address6: `fe80::5eff:fe00:${number.toString(16)}`,
  }
}

/** A host beyond the physical network's router, as far as anybody knows: nothing answers there. Every number is another one. */
export function farAddress(number: number): string {
  return `198.51.100.${number}`
}

function macOf(octets: readonly number[]): string {
  return octets.map((octet) => octet.toString(16).padStart(2, '0')).join(':')
}
