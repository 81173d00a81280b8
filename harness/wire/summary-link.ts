/** Lines of spanning tree BPDUs, in the notation of tcpdump(8), and of LLDP. */
import type { NamedFields } from './named-fields.ts'
import { STP_TYPE, STP_VERSION } from './stp.ts'

/** As tcpdump names them, in its order. */
const FLAG_WORDS: readonly (readonly [string, string])[] = [
  ['topologyChange', 'Topology change'],
  ['proposal', 'Proposal'],
  ['learning', 'Learn'],
  ['forwarding', 'Forward'],
  ['agreement', 'Agreement'],
  ['topologyChangeAcknowledgement', 'Topology change ACK'],
]

/** @param length of the BPDU and what follows it within the frame's length, in octets */
export function stpOf(frame: NamedFields, length: number): string {
  if (!frame.has('stp.type')) return 'STP [|stp]'
  const type = frame.number('stp.type')
  const standard = `STP ${standardOf(frame.number('stp.version'))}`
  if (type === STP_TYPE.topologyChangeNotification) return `${standard}, Topology Change`
  const kind = type === STP_TYPE.rapid ? 'Rapid STP' : 'Config'
  if (type !== STP_TYPE.configuration && type !== STP_TYPE.rapid) return `${standard}, type ${type}`
  if (!frame.has('stp.forwardDelaySeconds')) return `${standard}, ${kind}, [|stp]`
  return `${standard}, ${kind}, Flags [${flagsOf(frame)}], bridge-id ${bridgeOf(frame)}, length ${length}`
}

/** @param length of the data unit with its padding, in octets */
export function lldpOf(frame: NamedFields, length: number): string {
  const isWhole =
    frame.has('lldp.chassisId.id') && frame.has('lldp.portId.id') && frame.has('lldp.timeToLive.seconds')
  if (!isWhole) return `LLDP, [|lldp], length ${length}`
  const name = frame.has('lldp.systemName.text') ? `: ${frame.text('lldp.systemName.text')}` : ''
  const ports = `chassis ${frame.text('lldp.chassisId.id')}, port ${frame.text('lldp.portId.id')}`
  return `LLDP, ${ports}, ttl ${frame.text('lldp.timeToLive.seconds')}, length ${length}${name}`
}

function standardOf(version: number): string {
  if (version === STP_VERSION.stp) return '802.1d'
  if (version === STP_VERSION.rapid) return '802.1w'
  return version === STP_VERSION.multiple ? '802.1s' : `version ${version}`
}

function flagsOf(frame: NamedFields): string {
  const set = frame.text('stp.flags').split(',')
  const words = FLAG_WORDS.filter(([name]) => set.includes(name)).map(([, word]) => word)
  return words.join(', ') || 'none'
}

/** 8001.02:00:00:00:0b:01.8003: priority with system ID, address, port. */
function bridgeOf(frame: NamedFields): string {
  const priority = frame.number('stp.bridge.priority') + frame.number('stp.bridge.systemId')
  const port = frame.text('stp.port').slice('0x'.length)
  return `${priority.toString(16).padStart(4, '0')}.${frame.text('stp.bridge.mac')}.${port}`
}
