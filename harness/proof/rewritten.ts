/**
 * What becomes of an IPv4 packet where its addresses are translated: the frame that is owed, made of the one that was
 * sent. Addresses, ports, TTL and checksums change, and not one octet more. Sources: RFC 3022 4.1 and 4.2, RFC 5508 3
 * and 4 (ICMP), RFC 1624 (checksums), RFC 1812 5.3.1 (TTL).
 */
import { IP_PROTOCOL, internetChecksum, parseIpv4, parseMac, u8At, u16At, viewOf } from '../wire/index.ts'
import type { Station } from './frames.ts'

/** What is not given is as it was sent; but the port of a source whose address is given is the translator's choice. */
export interface Rewriting extends Translation {
  /** One less than was sent, if not given. */
  ttl?: number
  /** Between which stations it travels now; any, if not given. */
  from?: Pick<Station, 'mac'>
  to?: Pick<Station, 'mac'>
  /** Of the packet that an ICMP error quotes. */
  quoted?: Translation
}

export interface Translation {
  sourceAddress?: string
  /** Of TCP and UDP; of an ICMP echo its identifier, which is a request's source and a reply's destination. */
  sourcePort?: number
  destinationAddress?: string
  destinationPort?: number
}

const ETHERNET = 14
const TTL = 8
const HEADER_CHECKSUM = 10
const ICMP_CHECKSUM = 2
const CHECKSUM_AT: Readonly<Record<number, number>> = {
  [IP_PROTOCOL.icmp]: ICMP_CHECKSUM,
  [IP_PROTOCOL.tcp]: 16,
  [IP_PROTOCOL.udp]: 6,
}
const ECHO_REPLY = 0
const ECHO_REQUEST = 8
const ICMP_HEADER = 8

/**
 * The frame that is owed, and the one seen as it is compared with it: both without padding, which routers cut off.
 * @param seen for what the rewriting leaves open
 */
export function asRewritten(
  sent: Uint8Array,
  wanted: Rewriting,
  seen: Uint8Array,
): { expected: Uint8Array; compared: Uint8Array } {
  const expected = unpadded(sent)
  const compared = unpadded(seen)
  expected.set(wanted.to === undefined ? viewOf(compared, 0, 6) : parseMac(wanted.to.mac), 0)
  expected.set(wanted.from === undefined ? viewOf(compared, 6, 12) : parseMac(wanted.from.mac), 6)
  const packet = new Packet(expected.subarray(ETHERNET))
  const other = new Packet(compared.subarray(ETHERNET))
  packet.setTtl(wanted.ttl ?? u8At(packet.octets, TTL) - 1)
  packet.translate(wanted, other)
  if (wanted.quoted !== undefined) packet.translateQuoted(wanted.quoted, other)
  packet.forgiveZeros(other)
  return { expected, compared }
}

/** In place, on the octets of a frame that is nobody else's. */
class Packet {
  readonly octets: Uint8Array

  constructor(octets: Uint8Array) {
    this.octets = octets
  }

  get #protocol(): number {
    return u8At(this.octets, 9)
  }

  /** Past the IPv4 header. */
  get #content(): Uint8Array {
    return this.octets.subarray((u8At(this.octets, 0) & 0xf) * 4)
  }

  setTtl(ttl: number): void {
    this.octets[TTL] = ttl
    this.#mendHeader()
  }

  translate(wanted: Translation, seen: Packet): void {
    const before = this.#coveredWords()
    if (wanted.sourceAddress !== undefined) this.octets.set(parseIpv4(wanted.sourceAddress), 12)
    if (wanted.destinationAddress !== undefined) this.octets.set(parseIpv4(wanted.destinationAddress), 16)
    const { source, destination } = this.#portsAt()
    const isOpen = wanted.sourceAddress !== undefined && wanted.sourcePort === undefined
    const sourcePort = isOpen ? seen.#portAt(source) : wanted.sourcePort
    this.#setPort(source, sourcePort)
    this.#setPort(destination, wanted.destinationPort)
    this.#mendHeader()
    this.#mendContent(before)
  }

  translateQuoted(wanted: Translation, seen: Packet): void {
    if (this.#protocol !== IP_PROTOCOL.icmp) return
    const quoted = new Packet(this.#content.subarray(ICMP_HEADER))
    const seenQuoted = new Packet(seen.#content.subarray(ICMP_HEADER))
    quoted.translate(wanted, seenQuoted)
    quoted.forgiveZeros(seenQuoted)
    set16(this.#content, ICMP_CHECKSUM, 0)
    set16(this.#content, ICMP_CHECKSUM, internetChecksum(this.#content))
  }

  /** In one's complement 0x0000 and 0xffff are the same; only UDP tells them apart. */
  forgiveZeros(seen: Packet): void {
    forgiveZero(this.octets, seen.octets, HEADER_CHECKSUM)
    const at = CHECKSUM_AT[this.#protocol]
    if (at !== undefined && this.#protocol !== IP_PROTOCOL.udp) forgiveZero(this.#content, seen.#content, at)
  }

  #mendHeader(): void {
    const header = this.octets.subarray(0, this.octets.length - this.#content.length)
    set16(header, HEADER_CHECKSUM, 0)
    set16(header, HEADER_CHECKSUM, internetChecksum(header))
  }

  /** By what has changed: so it can be done where only the beginning is there, and what was wrong stays wrong. */
  #mendContent(before: readonly number[]): void {
    const at = CHECKSUM_AT[this.#protocol]
    const content = this.#content
    if (at === undefined || content.length < at + 2) return
    const isUdp = this.#protocol === IP_PROTOCOL.udp
    const checksum = u16At(content, at)
    if (isUdp && checksum === 0) return
    const after = this.#coveredWords()
    if (after.every((word, index) => word === before[index])) return
    const sum = after.reduce((all, word, index) => all + word + (0xffff - (before[index] ?? 0)), 0)
    const mended = internetChecksum(Uint8Array.of(), 0xffff - checksum + sum)
    set16(content, at, isUdp && mended === 0 ? 0xffff : mended)
  }

  /** What a translator may change and the content's checksum covers. */
  #coveredWords(): readonly number[] {
    const { source, destination } = this.#portsAt()
    const ports = [source, destination].map((at) => this.#portAt(at) ?? 0)
    if (this.#protocol === IP_PROTOCOL.icmp) return ports
    return [...[12, 14, 16, 18].map((at) => u16At(this.octets, at)), ...ports]
  }

  /** Where they are in the content; null where there are none. */
  #portsAt(): { source: number | null; destination: number | null } {
    const isFirst = (u16At(this.octets, 6) & 0x1fff) === 0
    const hasPorts = this.#protocol === IP_PROTOCOL.tcp || this.#protocol === IP_PROTOCOL.udp
    if (isFirst && hasPorts) return { source: 0, destination: 2 }
    if (!isFirst || this.#protocol !== IP_PROTOCOL.icmp) return { source: null, destination: null }
    const type = u8At(this.#content, 0)
    return { source: type === ECHO_REQUEST ? 4 : null, destination: type === ECHO_REPLY ? 4 : null }
  }

  #portAt(at: number | null): number | undefined {
    return at === null || this.#content.length < at + 2 ? undefined : u16At(this.#content, at)
  }

  #setPort(at: number | null, port: number | undefined): void {
    if (at !== null && port !== undefined && this.#content.length >= at + 2) set16(this.#content, at, port)
  }
}

function forgiveZero(expected: Uint8Array, seen: Uint8Array, at: number): void {
  if (expected.length < at + 2 || seen.length < at + 2) return
  const pair = [u16At(expected, at), u16At(seen, at)]
  if (pair.includes(0) && pair.includes(0xffff)) set16(expected, at, u16At(seen, at))
}

/** A copy that ends where its IPv4 packet says. */
function unpadded(frame: Uint8Array): Uint8Array {
  const size = frame.length < ETHERNET + 20 ? frame.length : ETHERNET + u16At(frame, ETHERNET + 2)
  return frame.slice(0, size)
}

function set16(octets: Uint8Array, at: number, value: number): void {
  octets[at] = value >>> 8
  octets[at + 1] = value & 0xff
}
