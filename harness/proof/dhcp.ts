/**
 * A DHCP client's messages. A client is who a case says it is: a guest, or an identity of its own behind a guest's NIC.
 * Each message is signed, in an option of private use, and has a transaction of its own unless it goes on with one:
 * its xid comes from its number, so no two of a run are the same. Source: RFC 2131 3, 4.3 and 4.4.
 */
import {
  BROADCAST_MAC,
  DHCP_BROADCAST_FLAG,
  DHCP_CHADDR_SIZE,
  DHCP_FILE_SIZE,
  DHCP_OP,
  DHCP_PORT,
  DHCP_SNAME_SIZE,
  DHCP_TYPE,
  type DhcpMessage,
  type DhcpOption,
  type DhcpType,
  dhcpField,
  dhcpPieces,
  ETHER_TYPE,
  encodeDhcp,
  encodeEthernet,
  encodeIpv4,
  encodeUdp,
  findSignature,
  IP_PROTOCOL,
  NO_OCTETS,
  parseMac,
  SIGNATURE_SIZE,
  summarise,
  viewOf,
} from '../wire/index.ts'
import type { DhcpReply } from './dhcp-reading.ts'
import { arpRequest } from './frames.ts'
import type { AnswerPart, Stimulus } from './stimulus.ts'
import type { Guest } from './world.ts'

/** RFC 3942: of private use; no server knows it. */
const SIGNATURE_OPTION = 224
/** BOOTP's messages had no less, and some servers want that. RFC 1542 2.1. */
const LEAST_MESSAGE = 300
const NOBODY = '0.0.0.0'
const EVERYBODY = '255.255.255.255'
const ETHERNET = 1
const MAC_SIZE = 6
const PARAMETERS = [1, 3, 6, 28, 51, 54, 58, 59]
/** Nothing of a lease: dnsmasq would tell it, though RFC 2131 4.3.5 forbids it. */
const PARAMETERS_OF_INFORM = [1, 3, 6, 28]
const UDP_AT = 34
const DHCP_AT = 42
const XID_AT = DHCP_AT + 4
const IP_PROTOCOL_AT = 23

export interface DhcpIdentity {
  /** Its hardware address, chaddr; the guest's, if not given. Frames are sent from the guest's own all the same. */
  mac?: string
  /** RFC 2132 9.14: type and identifier. Without it the client sends none. */
  clientIdentifier?: Uint8Array
}

/** What may be otherwise in one message; to make bad ones, too. */
export interface DhcpChange {
  message?: Partial<DhcpMessage>
  /** In place of the usual ones of the same kind, or behind them. */
  options?: readonly DhcpOption[]
}

interface Course extends DhcpChange {
  ciaddr?: string
  /** Absent: of the message's own. */
  xid?: number
  /** Absent: to all. */
  to?: { mac: string; address: string }
}

export class DhcpClient {
  readonly guest: Guest
  readonly mac: string
  readonly #clientIdentifier: Uint8Array | undefined

  constructor(guest: Guest, { mac = guest.mac, clientIdentifier }: DhcpIdentity = {}) {
    this.guest = guest
    this.mac = mac
    this.#clientIdentifier = clientIdentifier
  }

  /** Is there a server? */
  discover(change: DhcpChange = {}): Stimulus {
    return this.#message('discover', [{ kind: 'parameter request list', codes: PARAMETERS }], change)
  }

  /** SELECTING: takes an offer. In the offer's transaction, RFC 2131 4.4.1. */
  select(
    { xid, address, server }: Pick<DhcpReply, 'address' | 'server'> & { xid?: number },
    change: DhcpChange = {},
  ): Stimulus {
    const options: readonly DhcpOption[] = [
      { kind: 'requested address', address },
      { kind: 'server identifier', address: server },
      { kind: 'parameter request list', codes: PARAMETERS },
    ]
    return this.#message('request', options, xid === undefined ? change : { ...change, xid })
  }

  /** INIT-REBOOT: is this address still mine? */
  initReboot(address: string, change: DhcpChange = {}): Stimulus {
    return this.#message('request', [{ kind: 'requested address', address }], change)
  }

  /**
   * Who has a lease finds its server, as any host does before its first packet to it. So the server's host knows it, too,
   * and can answer by unicast: a client that is crafted answers no ARP.
   */
  find({ address, server }: Pick<DhcpReply, 'address' | 'server'>): Stimulus {
    return arpRequest({ from: { ...this.guest, address }, forAddress: server })
  }

  /** RENEWING: to the server that leased it. */
  renew(lease: DhcpReply): Stimulus {
    const to = { mac: lease.serverMac, address: lease.server }
    return this.#message('request', [], { ciaddr: lease.address, to })
  }

  /** REBINDING: to any server. */
  rebind({ address }: Pick<DhcpReply, 'address'>): Stimulus {
    return this.#message('request', [], { ciaddr: address })
  }

  /** Nothing answers it. */
  release({ address, server, serverMac }: DhcpReply): Stimulus {
    const options: readonly DhcpOption[] = [{ kind: 'server identifier', address: server }]
    return this.#message('release', options, { ciaddr: address, to: { mac: serverMac, address: server } })
  }

  /** The address is somebody else's. Nothing answers it. */
  decline({ address, server }: DhcpReply): Stimulus {
    const options: readonly DhcpOption[] = [
      { kind: 'requested address', address },
      { kind: 'server identifier', address: server },
    ]
    return this.#message('decline', options, {})
  }

  /** Who has an address asks for the rest. */
  inform(address: string): Stimulus {
    const options: readonly DhcpOption[] = [{ kind: 'parameter request list', codes: PARAMETERS_OF_INFORM }]
    return this.#message('inform', options, { ciaddr: address })
  }

  #message(type: DhcpType, options: readonly DhcpOption[], course: Course): Stimulus {
    const { ciaddr = NOBODY, to, options: more = [], message = {} } = course
    const identifier = this.#clientIdentifier
    const all: readonly DhcpOption[] = [
      { kind: 'message type', type: DHCP_TYPE[type] },
      ...(identifier === undefined ? [] : [{ kind: 'other' as const, code: 61, data: identifier }]),
      ...options,
    ]
    const kinds = new Set(more.map(({ kind }) => kind))
    const own = [...all.filter(({ kind }) => kind === 'other' || !kinds.has(kind)), ...more]
    // Who has no address, or another hardware address than its frames, takes no unicast.
    const takesUnicast = ciaddr !== NOBODY
    return dhcpStimulus(this.guest, { ciaddr, to }, (signature) => ({
      ...{ op: DHCP_OP.request, htype: ETHERNET, hlen: MAC_SIZE, hops: 0 },
      ...{ xid: course.xid ?? xidOf(signature), secs: 0, flags: takesUnicast ? 0 : DHCP_BROADCAST_FLAG },
      ...{ ciaddr, yiaddr: NOBODY, siaddr: NOBODY, giaddr: NOBODY },
      chaddr: dhcpField(DHCP_CHADDR_SIZE, parseMac(this.mac)),
      sname: new Uint8Array(DHCP_SNAME_SIZE),
      file: new Uint8Array(DHCP_FILE_SIZE),
      options: dhcpPieces([...own, { kind: 'other', code: SIGNATURE_OPTION, data: signature }]),
      ...message,
    }))
  }
}

/** A client is a guest, or an identity of its own behind the guest's NIC. */
export function dhcpClient(guest: Guest, identity: DhcpIdentity = {}): DhcpClient {
  return new DhcpClient(guest, identity)
}

/** The message's octets in a datagram from a guest, of which nothing is known to be right. It has no signature. */
export function dhcpOctets(from: Guest, octets: Uint8Array, what: string): Stimulus {
  const frame = framed(from, {}, octets)
  return { summary: what, signed: false, build: () => frame, answer: answerOf, kin: SERVER_MESSAGE }
}

interface Way {
  ciaddr?: string
  to?: { mac: string; address: string } | undefined
}

function dhcpStimulus(from: Guest, way: Way, messageOf: (signature: Uint8Array) => DhcpMessage): Stimulus {
  const build = (signature: Uint8Array): Uint8Array => {
    const message = encodeDhcp(messageOf(signature))
    const padded = new Uint8Array(Math.max(message.length, LEAST_MESSAGE))
    padded.set(message)
    return framed(from, way, padded)
  }
  const summary = summarise(build(new Uint8Array(SIGNATURE_SIZE)))
  return { summary, signed: true, build, answer: answerOf, kin: SERVER_MESSAGE }
}

function framed(from: Guest, { ciaddr = NOBODY, to }: Way, message: Uint8Array): Uint8Array {
  const addresses = { src: ciaddr, dst: to?.address ?? EVERYBODY }
  const payload = encodeIpv4({
    ...{ dscp: 0, ecn: 0, identification: 0, dontFragment: false, moreFragments: false },
    ...{ fragmentOffsetOctets: 0, ttl: 64, protocol: IP_PROTOCOL.udp, ...addresses, options: NO_OCTETS },
    payload: encodeUdp({ srcPort: DHCP_PORT.client, dstPort: DHCP_PORT.server, payload: message }, addresses),
  })
  const dst = to?.mac ?? BROADCAST_MAC
  return encodeEthernet({ dst, src: from.mac, tags: [], etherType: ETHER_TYPE.ipv4, payload })
}

/** Other numbers have others, and other runs begin elsewhere. */
function xidOf(octets: Uint8Array): number {
  const signature = findSignature(octets)
  if (signature === undefined) return 0 // of a sample, for its summary
  return (signature.number + Math.imul(signature.run, 0x9e3779b1)) >>> 0
}

/** From a server's port, a reply. */
const SERVER_MESSAGE: readonly AnswerPart[] = [
  { at: 12, octets: Uint8Array.from([0x08, 0x00, 0x45]) },
  { at: IP_PROTOCOL_AT, octets: Uint8Array.from([IP_PROTOCOL.udp]) },
  { at: UDP_AT, octets: Uint8Array.from([0, DHCP_PORT.server]) },
  { at: DHCP_AT, octets: Uint8Array.from([DHCP_OP.reply]) },
]

/** In the same transaction. */
function answerOf(question: Uint8Array): readonly AnswerPart[] {
  return [...SERVER_MESSAGE, { at: XID_AT, octets: viewOf(question, XID_AT, XID_AT + 4) }]
}
