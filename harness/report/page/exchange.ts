/** The frames that a sequence diagram shows: what passes between guests, hypervisors and the network, once each. */
import type { PcapngIndex } from '../../pcap/pcapng.ts'
import { ETHER_TYPE, fieldsOf, IP_PROTOCOL, isTagProtocol, u16At } from '../../wire/index.ts'
import type { Records } from './records.ts'

const MOST_ARROWS = 24
const MOST_SCANNED = 50_000
const DHCP_PORTS = [67, 68]
const TYPE_AT = 12

/** Where a guest's port is seen from both sides, the hypervisor's is the one. */
export function betweenMachines(ports: Records['ports']): ReadonlySet<string> {
  const hasTap = new Set(ports.filter(({ kind }) => kind === 'tap').map(({ guest }) => guest))
  const own = ports.filter(
    ({ kind, guest }) => kind === 'tap' || kind === 'uplink' || (kind === 'guest' && !hasTap.has(guest)),
  )
  return new Set(own.map(({ id }) => id))
}

/**
 * The DHCP messages of the transactions to which these frames belong, whoever sent them. @param frames by number
 * @returns numbers, in the file's order
 */
export function dhcpExchange(
  index: PcapngIndex,
  ports: Records['ports'],
  frames: readonly number[],
): readonly number[] {
  const transactions = new Set(frames.flatMap((frame) => transactionIn(index.peek(frame).octets) ?? []))
  if (transactions.size === 0) return []
  const here = betweenMachines(ports)
  const found: number[] = []
  for (let frame = 1; frame <= Math.min(index.count, MOST_SCANNED); frame += 1) {
    const { octets, interface: at } = index.peek(frame)
    if (!isDhcp(octets) || !here.has(index.interfaces[at]?.name ?? '')) continue
    const transaction = transactionIn(octets)
    if (transaction !== null && transactions.has(transaction)) found.push(frame)
    if (found.length === MOST_ARROWS) break
  }
  return found
}

export function firstArrows<T>(frames: readonly T[]): readonly T[] {
  return frames.slice(0, MOST_ARROWS)
}

/** Quickly: most frames are something else. */
function isDhcp(octets: Uint8Array): boolean {
  let at = TYPE_AT
  while (at + 4 <= octets.length && isTagProtocol(u16At(octets, at))) at += 4
  if (at + 26 > octets.length || u16At(octets, at) !== ETHER_TYPE.ipv4) return false
  const ip = at + 2
  if (octets[ip + 9] !== IP_PROTOCOL.udp) return false
  const udp = ip + ((octets[ip] ?? 0) & 0x0f) * 4
  return (
    udp + 4 <= octets.length &&
    DHCP_PORTS.includes(u16At(octets, udp)) &&
    DHCP_PORTS.includes(u16At(octets, udp + 2))
  )
}

function transactionIn(octets: Uint8Array): string | null {
  if (!isDhcp(octets)) return null
  return fieldsOf(octets).find(({ name }) => name === 'dhcp.xid')?.value ?? null
}
