/** What a DHCP server's reply is to say, and what a plan documents of it. Source: RFC 2131 4.3.1; RFC 2132 3, 9. */
import {
  type DhcpMessage,
  type DhcpOption,
  type DhcpType,
  dhcpOption,
  hexOf,
  parseIpv4,
  parseIpv4Prefix,
  u32At,
} from '../wire/index.ts'
import type { DhcpReply } from './dhcp-reading.ts'

/** What a reply is to say. A range of addresses has its first and its last. */
export interface DhcpSettings {
  address?: string | { first: string; last: string }
  server?: string
  serverMac?: string
  mask?: string
  router?: string
  dns?: readonly string[]
  /** `none`: who asks by INFORM is told none. RFC 2131 4.3.5. */
  leaseSeconds?: number | 'none'
  /**
   * Who asks has this lease, and asks before half of it is over: a server may leave its end as it is, and then says how
   * long it still lasts. RFC 2131 4.4.5.
   */
  lasting?: DhcpReply
  /** T1 and T2 are there, and T1 < T2 < lease time. */
  timersInOrder?: boolean
}

/** As a plan documents it. */
export interface DocumentedDhcp {
  server: string // with its prefix length
  first: string
  last: string
  router: string
  dns: readonly string[]
  leaseSeconds: number
}

/** What each offer and ACK is to say. */
export function settingsOf({ server, first, last, router, dns, leaseSeconds }: DocumentedDhcp): DhcpSettings {
  const { address, prefixLength } = parseIpv4Prefix(server)
  const bits = (0xffffffff << (32 - prefixLength)) >>> 0
  const mask = [24, 16, 8, 0].map((shift) => (bits >>> shift) & 0xff).join('.')
  return { address: { first, last }, server: address, mask, router, dns, leaseSeconds }
}

/** Wherein a reply to what was asked differs from what is wanted. @param asked null: it was malformed on purpose */
export function faultsOf(
  reply: DhcpReply,
  asked: DhcpMessage | null,
  type: DhcpType,
  wanted: DhcpSettings,
): readonly string[] {
  const { message, options } = reply
  const faults: string[] = []
  const same = (what: string, expected: unknown, seen: unknown): void => {
    if (String(expected) !== String(seen))
      faults.push(`${what}: expected ${expected}, seen ${seen ?? 'none'}`)
  }
  const optionOf = <K extends DhcpOption['kind']>(kind: K) => dhcpOption(options, kind)
  same('message type', type, reply.type ?? 'none')
  if (asked !== null) {
    same('chaddr', hexOf(asked.chaddr), hexOf(message.chaddr))
    same('hlen', asked.hlen, message.hlen)
    same('giaddr', asked.giaddr, message.giaddr)
    if (type !== 'nak') same('broadcast flag', asked.flags & 0x8000, message.flags & 0x8000)
  }
  const { address, mask, router, dns, leaseSeconds, server, serverMac } = wanted
  if (typeof address === 'string') same('yiaddr', address, reply.address)
  if (typeof address === 'object' && !isWithin(reply.address, address))
    faults.push(`yiaddr: expected ${address.first} to ${address.last}, seen ${reply.address}`)
  if (server !== undefined) same('server identifier', server, optionOf('server identifier')?.address)
  if (serverMac !== undefined) same('eth.src', serverMac, reply.serverMac)
  if (mask !== undefined) same('subnet mask', mask, optionOf('subnet mask')?.address)
  if (router !== undefined) same('router', router, optionOf('router')?.addresses)
  if (dns !== undefined) same('DNS servers', dns, optionOf('dns')?.addresses)
  const lease = optionOf('lease time')?.seconds
  const lasts = secondsLeft(wanted.lasting, reply)
  const isAsItWas = typeof leaseSeconds === 'number' && isBetween(lease, lasts, leaseSeconds)
  if (leaseSeconds !== undefined && !isAsItWas) same('lease time', leaseSeconds, lease ?? 'none')
  if (wanted.timersInOrder === true) {
    const [t1, t2] = [optionOf('renewal time')?.seconds, optionOf('rebinding time')?.seconds]
    const isInOrder = t1 !== undefined && t2 !== undefined && lease !== undefined && t1 < t2 && t2 < lease
    if (!isInOrder)
      faults.push(`T1 < T2 < lease time: seen ${[t1, t2, lease].map((s) => s ?? 'none').join(', ')}`)
  }
  return faults
}

/** Of a lease, when this reply came: whole seconds, for servers count no others. Undefined without one. */
function secondsLeft(lease: DhcpReply | undefined, { timestampNs }: DhcpReply): number | undefined {
  const granted = dhcpOption(lease?.options ?? [], 'lease time')?.seconds
  if (lease === undefined || granted === undefined) return undefined
  return Math.floor(granted - Number(timestampNs - lease.timestampNs) / 1e9)
}

function isBetween(seen: number | undefined, least: number | undefined, most: number): boolean {
  return seen !== undefined && least !== undefined && seen >= least && seen <= most
}

/** All addresses of a range, in their order. */
export function ipv4Range({ first, last }: { first: string; last: string }): readonly string[] {
  const [from, to] = [first, last].map((text) => u32At(parseIpv4(text), 0))
  const count = (to ?? 0) - (from ?? 0) + 1
  return Array.from({ length: count }, (_, index) => {
    const address = (from ?? 0) + index
    return [24, 16, 8, 0].map((shift) => (address >>> shift) & 0xff).join('.')
  })
}

export function isWithin(address: string, { first, last }: { first: string; last: string }): boolean {
  const [at, from, to] = [address, first, last].map((text) => u32At(parseIpv4(text), 0))
  return at !== undefined && from !== undefined && to !== undefined && at >= from && at <= to
}

export function settingsInWords({ address, timersInOrder, lasting, ...settings }: DhcpSettings): string {
  const range = typeof address === 'object' ? `${address.first} to ${address.last}` : address
  const told = Object.entries({ address: range, ...settings }).filter(([, value]) => value !== undefined)
  const words = [
    ...told.map(([name, value]) => `${name} ${value}`),
    ...(lasting === undefined ? [] : [`or what is left of the lease of frame ${lasting.frame}`]),
    ...(timersInOrder ? ['T1 < T2 < lease time'] : []),
  ]
  return words.length === 0 ? '' : `: ${words.join(', ')}`
}
