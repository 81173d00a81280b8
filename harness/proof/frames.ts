/** The frames that cases inject, as functions of who sends them and to whom. A frame of a guest is untagged. */
import {
  ARP_OPERATION,
  type Bpdu,
  BROADCAST_MAC,
  ETHER_TYPE,
  encodeArp,
  encodeLlc,
  encodeLldp,
  encodeStp,
  LLC_SAP,
  LLC_UI,
  LLDP_CHASSIS_ID,
  LLDP_MAC,
  LLDP_PORT_ID,
  parseIpv4,
  parseMac,
  STP_MAC,
  summarise,
  untagged,
  type VlanTag,
  withTag,
} from '../wire/index.ts'
import {
  type Ends,
  ETHERNET_HEADER_SIZE,
  ethernet,
  SAMPLE_SIGNATURE,
  SHORTEST_FRAME,
  type Station,
  signed,
} from './building.ts'
import type { AnswerPart, Stimulus } from './stimulus.ts'

export type { Station } from './building.ts'
export * from './ip-frames.ts'

const ZEROS: Station = { mac: '00:00:00:00:00:00', address: '0.0.0.0', address6: '::' }

/** Who-has, broadcast. The signature is in the padding. */
export function arpRequest({ from, forAddress }: { from: Station; forAddress: string }): Stimulus {
  const request = arp(ARP_OPERATION.request, { from, to: { ...ZEROS, address: forAddress } }, BROADCAST_MAC)
  return { ...request, answer: () => isAt(forAddress) }
}

/** An ARP reply of whoever has this address. */
function isAt(address: string): readonly AnswerPart[] {
  const reply = [ETHER_TYPE.arp >>> 8, ETHER_TYPE.arp & 0xff, 0, 1, 8, 0, 6, 4, 0, ARP_OPERATION.reply]
  return [
    { at: 12, octets: Uint8Array.from(reply) },
    { at: 28, octets: parseIpv4(address) },
  ]
}

/**
 * An announcement, broadcast: who has moved says where it is now. Some do so by a reply, to everybody. RFC 5227, 3 and
 * 4 (why it is seldom one).
 */
export function gratuitousArp({
  from,
  operation = 'request',
}: {
  from: Station
  operation?: keyof typeof ARP_OPERATION
}): Stimulus {
  return arp(ARP_OPERATION[operation], { from, to: { ...ZEROS, address: from.address } }, BROADCAST_MAC)
}

/** Is-at, to who asked. */
export function arpReply({ from, to }: Ends): Stimulus {
  return arp(ARP_OPERATION.reply, { from, to }, to.mac)
}

function arp(operation: number, { from, to }: Ends, dst: string): Stimulus {
  return signed((signature) => {
    const message = encodeArp({
      operation,
      senderMac: from.mac,
      senderAddress: from.address,
      targetMac: to.mac,
      targetAddress: to.address,
      trailer: signature,
    })
    return ethernet(from.mac, dst, ETHER_TYPE.arp, message)
  })
}

export interface ExperimentalFrame {
  from: Pick<Station, 'mac'>
  to: Pick<Station, 'mac'>
  /** Of the whole frame, untagged and without FCS; the shortest without. */
  sizeOctets?: number
  etherType?: number
}

/** EtherType 0x88B5, for local experiments: no stack answers it. IEEE 802, 9.2.3. */
export function experimental({
  from,
  to,
  sizeOctets = SHORTEST_FRAME,
  etherType = ETHER_TYPE.localExperimental,
}: ExperimentalFrame): Stimulus {
  return signed((signature) => {
    const payload = Uint8Array.from({ length: sizeOctets - ETHERNET_HEADER_SIZE }, (_, at) => at & 0xff)
    payload.set(signature)
    return ethernet(from.mac, to.mac, etherType, payload)
  })
}

export interface BpduFrame {
  from: Pick<Station, 'mac'>
  kind?: Bpdu['kind']
}

/** Of the spanning tree: a bridge that claims to be its root. The signature is behind what the length counts. */
export function bpdu({ from, kind = 'configuration' }: BpduFrame): Stimulus {
  const itself = { priority: 0, systemId: 0, mac: from.mac }
  const times = { messageAgeSeconds: 0, maxAgeSeconds: 20, helloTimeSeconds: 2, forwardDelaySeconds: 15 }
  const claim = { flags: 0, root: itself, rootPathCost: 0, bridge: itself, port: 0x8001, ...times }
  const payload = encodeStp(kind === 'topology change notification' ? { kind } : { kind, ...claim })
  return signed((trailer) => {
    const llc = encodeLlc({ dsap: LLC_SAP.stp, ssap: LLC_SAP.stp, control: LLC_UI, payload, trailer })
    return ethernet(from.mac, STP_MAC, llc.etherType, llc.payload)
  })
}

/** A station tells its neighbour of itself. The signature is behind the end. */
export function lldp({ from }: { from: Pick<Station, 'mac'> }): Stimulus {
  const id = parseMac(from.mac)
  return signed((trailer) => {
    const unit = encodeLldp({
      tlvs: [
        { kind: 'chassis id', subtype: LLDP_CHASSIS_ID.mac, id },
        { kind: 'port id', subtype: LLDP_PORT_ID.mac, id },
        { kind: 'time to live', seconds: 120 },
        { kind: 'end' },
      ],
      trailer,
    })
    return ethernet(from.mac, LLDP_MAC, ETHER_TYPE.lldp, unit)
  })
}

/**
 * A frame given octet by octet: as long and as strange as the case likes. It carries no signature: a run must not
 * inject the same one twice.
 */
export function exactly(octets: Uint8Array, summary = summarise(octets)): Stimulus {
  return { summary, signed: false, build: () => octets }
}

/** The same frame with these tags, outermost first. */
export function tagged(stimulus: Stimulus, ...tags: readonly VlanTag[]): Stimulus {
  const build = (signature: Uint8Array): Uint8Array =>
    tags.reduceRight((octets, tag) => withTag(octets, tag), untagged(stimulus.build(signature)))
  return { ...stimulus, build, summary: summarise(build(SAMPLE_SIGNATURE)) }
}
