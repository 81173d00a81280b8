/**
 * The builders of frames as cases get them: each refuses an option that it does not know. A case is not compiled before
 * it runs, and one that says `ttl: 1` where there is no such option would judge another frame than its author meant.
 */
import * as frames from './frames.ts'
import { CaseError } from './script-steps.ts'
import type { Stimulus } from './stimulus.ts'

const ENDS = ['from', 'to']
const ECHO = ['kind', 'identifier', 'sequence']
const IP = ['ip', 'checksum']

export const arpRequest = checked('arpRequest', frames.arpRequest, ['from', 'forAddress'])
export const arpReply = checked('arpReply', frames.arpReply, ENDS)
export const gratuitousArp = checked('gratuitousArp', frames.gratuitousArp, ['from'], ['operation'])
export const icmpEcho = checked('icmpEcho', frames.icmpEcho, ENDS, [...ECHO, ...IP])
export const icmpv6Echo = checked('icmpv6Echo', frames.icmpv6Echo, ENDS, ECHO)
export const udp = checked('udp', frames.udp, ENDS, ['srcPort', 'dstPort', 'sizeOctets', ...IP])
export const tcp = checked(
  'tcp',
  frames.tcp,
  [...ENDS, 'srcPort', 'dstPort', 'sequence', 'flags'],
  ['acknowledgement', 'options', ...IP],
)
export const ipv4Packet = checked('ipv4Packet', frames.ipv4Packet, [...ENDS, 'protocol'], ['ip'])
export const icmpError = checked(
  'icmpError',
  frames.icmpError,
  [...ENDS, 'error', 'about'],
  ['quoteOctets', 'ip'],
)
export const experimental = checked('experimental', frames.experimental, ENDS, ['sizeOctets', 'etherType'])
export const bpdu = checked('bpdu', frames.bpdu, ['from'], ['kind'])
export const lldp = checked('lldp', frames.lldp, ['from'])

/**
 * A frame given octet by octet: as long and as strange as the case likes, and not padded. It carries no signature: a run
 * must not inject the same one twice. Its markers are of EtherType 0x88B5 where its proofs name no other.
 */
export function exactly(octets: Uint8Array, summary?: string): Stimulus {
  if (!(octets instanceof Uint8Array)) throw new CaseError('exactly: wanted the octets as a Uint8Array')
  return summary === undefined ? frames.exactly(octets) : frames.exactly(octets, summary)
}

function checked<Options extends object>(
  name: string,
  build: (options: Options) => Stimulus,
  required: readonly string[],
  optional: readonly string[] = [],
): (options: Options) => Stimulus {
  return (options) => {
    const given = Object.keys(options)
    const known = [...required, ...optional]
    const unknown = given.find((key) => !known.includes(key))
    if (unknown !== undefined)
      throw new CaseError(`${name}: there is no option ${unknown}, only ${known.join(', ')}`)
    const missing = required.find((key) => !given.includes(key))
    if (missing !== undefined) throw new CaseError(`${name}: the option ${missing} is missing`)
    return build(options)
  }
}
