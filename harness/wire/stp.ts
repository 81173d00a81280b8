/**
 * Bridges' protocol data units of the spanning tree and of the rapid one, as LLC carries them.
 * Sources: IEEE 802.1D-2004 9.2 (fields) and 9.3 (formats). Integers big-endian; lengths in octets; times in seconds,
 * also where the wire counts in 1/256.
 */
import { type MacAddress, readMac, writeMac } from './address.ts'
import { NO_OCTETS, OctetReader, OctetWriter } from './octets.ts'

/** The bridge group address. IEEE 802.1D 7.12.3. */
export const STP_MAC: MacAddress = '01:80:c2:00:00:00'
export const STP_VERSION = { stp: 0, rapid: 2, multiple: 3 } as const
export const STP_TYPE = { configuration: 0x00, rapid: 0x02, topologyChangeNotification: 0x80 } as const
/** Bits of flags; of a configuration only the first and the last. The role is between them. */
export const STP_FLAG = {
  topologyChange: 0x01,
  proposal: 0x02,
  learning: 0x10,
  forwarding: 0x20,
  agreement: 0x40,
  topologyChangeAcknowledgement: 0x80,
} as const
/** Two bits of flags, in their place. IEEE 802.1D 9.2.9. */
export const STP_ROLE = { unknown: 0x00, alternateOrBackup: 0x04, root: 0x08, designated: 0x0c } as const

const PROTOCOL = 'stp'
const PROTOCOL_IDENTIFIER = 0
const HEAD_SIZE = 4
const PARAMETERS_SIZE = 31
const TIME_UNIT = 1 / 256
const PRIORITY_UNIT = 4096

/** IEEE 802.1D 9.2.5. */
export interface BridgeId {
  priority: number // a multiple of 4096
  systemId: number // 12 bits; a VID with a tree for each VLAN
  mac: MacAddress
}

export interface ConfigurationBpdu {
  kind: 'configuration' | 'rapid'
  version?: number // absent on encoding: 0, or 2 of a rapid one
  flags: number // STP_FLAG and, of a rapid one, STP_ROLE
  root: BridgeId
  rootPathCost: number
  bridge: BridgeId
  port: number // 16 bits: four of priority, then the number
  messageAgeSeconds: number
  maxAgeSeconds: number
  helloTimeSeconds: number
  forwardDelaySeconds: number
  version1Length?: number // of a rapid one only; absent on encoding: 0
  trailer?: Uint8Array // what follows, as of the multiple spanning tree; absent on encoding: nothing
}

export interface TopologyChangeNotification {
  kind: 'topology change notification'
  version?: number // absent on encoding: 0
  trailer?: Uint8Array
}

export type Bpdu = ConfigurationBpdu | TopologyChangeNotification

/** @throws {WireError} if octets are missing, or the protocol identifier or the type is unknown */
export function decodeStp(octets: Uint8Array): Bpdu {
  const reader = new OctetReader(PROTOCOL, octets)
  const identifier = reader.u16('protocolIdentifier')
  if (identifier !== PROTOCOL_IDENTIFIER) {
    throw reader.fault('protocolIdentifier', 0, String(PROTOCOL_IDENTIFIER), identifier)
  }
  const version = reader.u8('version')
  const type = reader.u8('type')
  if (type === STP_TYPE.topologyChangeNotification) {
    return { kind: 'topology change notification', version, trailer: reader.rest() }
  }
  if (type !== STP_TYPE.configuration && type !== STP_TYPE.rapid) {
    throw reader.fault('type', reader.offset - 1, '0, 2 or 128', type)
  }
  const parameters = readParameters(reader)
  if (type === STP_TYPE.configuration) {
    return { kind: 'configuration', version, ...parameters, trailer: reader.rest() }
  }
  const version1Length = reader.u8('version1Length')
  return { kind: 'rapid', version, ...parameters, version1Length, trailer: reader.rest() }
}

/** Never pads or repairs. @throws {WireError} if a value exceeds its width */
export function encodeStp(bpdu: Bpdu): Uint8Array {
  const trailer = bpdu.trailer ?? NO_OCTETS
  const writer = new OctetWriter(PROTOCOL, sizeOf(bpdu) + trailer.length)
  writer.u16('protocolIdentifier', PROTOCOL_IDENTIFIER)
  writer.u8('version', bpdu.version ?? (bpdu.kind === 'rapid' ? STP_VERSION.rapid : STP_VERSION.stp))
  if (bpdu.kind === 'topology change notification') {
    writer.u8('type', STP_TYPE.topologyChangeNotification)
  } else {
    writer.u8('type', STP_TYPE[bpdu.kind])
    writeParameters(writer, bpdu)
    if (bpdu.kind === 'rapid') writer.u8('version1Length', bpdu.version1Length ?? 0)
  }
  writer.copy(trailer)
  return writer.finish()
}

type Parameters = Omit<ConfigurationBpdu, 'kind' | 'version' | 'version1Length' | 'trailer'>

function sizeOf(bpdu: Bpdu): number {
  if (bpdu.kind === 'topology change notification') return HEAD_SIZE
  return HEAD_SIZE + PARAMETERS_SIZE + (bpdu.kind === 'rapid' ? 1 : 0)
}

function readParameters(reader: OctetReader): Parameters {
  return {
    flags: reader.u8('flags'),
    root: readBridgeId(reader, 'root'),
    rootPathCost: reader.u32('rootPathCost'),
    bridge: readBridgeId(reader, 'bridge'),
    port: reader.u16('port'),
    messageAgeSeconds: reader.u16('messageAgeSeconds') * TIME_UNIT,
    maxAgeSeconds: reader.u16('maxAgeSeconds') * TIME_UNIT,
    helloTimeSeconds: reader.u16('helloTimeSeconds') * TIME_UNIT,
    forwardDelaySeconds: reader.u16('forwardDelaySeconds') * TIME_UNIT,
  }
}

function readBridgeId(reader: OctetReader, field: string): BridgeId {
  const word = reader.u16(field)
  return { priority: word & 0xf000, systemId: word & 0xfff, mac: readMac(reader, field) }
}

function writeParameters(writer: OctetWriter, bpdu: Parameters): void {
  writer.u8('flags', bpdu.flags)
  writeBridgeId(writer, 'root', bpdu.root)
  writer.u32('rootPathCost', bpdu.rootPathCost)
  writeBridgeId(writer, 'bridge', bpdu.bridge)
  writer.u16('port', bpdu.port)
  for (const field of ['messageAge', 'maxAge', 'helloTime', 'forwardDelay'] as const) {
    const seconds = bpdu[`${field}Seconds`]
    writer.u16(`${field}Seconds`, writer.units(`${field}Seconds`, seconds, TIME_UNIT, 16))
  }
}

function writeBridgeId(writer: OctetWriter, field: string, id: BridgeId): void {
  const priority = writer.units(`${field}.priority`, id.priority, PRIORITY_UNIT, 4)
  writer.u16(field, (priority << 12) | writer.fitting(`${field}.systemId`, id.systemId, 12))
  writeMac(writer, `${field}.mac`, id.mac)
}
