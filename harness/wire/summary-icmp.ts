/** ICMP's and ICMPv6's part of a frame's line, in the words of tcpdump(8). */
import { ICMP_TYPE } from './icmp.ts'
import { ICMP_UNREACHABLE_CODE } from './icmp-error.ts'
import { ICMPV6_TYPE } from './icmpv6.ts'
import { ICMPV6_UNREACHABLE_CODE } from './icmpv6-error.ts'
import { IP_PROTOCOL } from './ipv4.ts'
import type { NamedFields } from './named-fields.ts'

type Text = (frame: NamedFields) => string

/** RFC 792, RFC 1122 3.2.2.1 and RFC 1812 5.2.7.1. */
const UNREACHABLE: ReadonlyMap<number, Text> = new Map<number, Text>([
  [ICMP_UNREACHABLE_CODE.network, (frame) => `net ${destination(frame)} unreachable`],
  [ICMP_UNREACHABLE_CODE.host, (frame) => `host ${destination(frame)} unreachable`],
  [
    ICMP_UNREACHABLE_CODE.protocol,
    (frame) => `${destination(frame)} protocol ${frame.text('quoted.ip.protocol')} unreachable`,
  ],
  [ICMP_UNREACHABLE_CODE.port, (frame) => `${destination(frame)} ${quotedPort(frame, 'ip')} unreachable`],
  [
    ICMP_UNREACHABLE_CODE.fragmentationNeeded,
    (frame) => `${destination(frame)} unreachable - need to frag (mtu ${frame.text('icmp.nextHopMtu')})`,
  ],
  [5, (frame) => `${destination(frame)} unreachable - source route failed`],
  [6, (frame) => `net ${destination(frame)} unreachable - unknown`],
  [7, (frame) => `host ${destination(frame)} unreachable - unknown`],
  [9, (frame) => `net ${destination(frame)} unreachable - admin prohibited`],
  [10, (frame) => `host ${destination(frame)} unreachable - admin prohibited`],
  [
    ICMP_UNREACHABLE_CODE.administrativelyProhibited,
    (frame) => `host ${destination(frame)} unreachable - admin prohibited filter`,
  ],
])
/** RFC 792. */
const REDIRECT: readonly string[] = ['net', 'host', 'net', 'host']

const UNREACHABLE_V6: ReadonlyMap<number, Text> = new Map<number, Text>([
  [ICMPV6_UNREACHABLE_CODE.noRoute, (frame) => `unreachable route ${destination6(frame)}`],
  [
    ICMPV6_UNREACHABLE_CODE.administrativelyProhibited,
    (frame) => `unreachable prohibited ${destination6(frame)}`,
  ],
  [
    ICMPV6_UNREACHABLE_CODE.beyondScope,
    (frame) => `beyond scope ${destination6(frame)}, source address ${frame.text('quoted.ip6.src')}`,
  ],
  [ICMPV6_UNREACHABLE_CODE.address, (frame) => `unreachable address ${destination6(frame)}`],
  [
    ICMPV6_UNREACHABLE_CODE.port,
    (frame) => `unreachable port, ${destination6(frame)} ${quotedPort(frame, 'ip6')}`,
  ],
])
/** RFC 4443 3.4 and RFC 7112 5. */
const PROBLEM_V6: readonly string[] = [
  'erroneous',
  'next header',
  'option',
  'first fragment has incomplete header chain',
]

export function icmpOf(frame: NamedFields): string {
  if (!frame.has('icmp.checksum')) return '[|icmp]'
  return errorOf(frame) ?? messageOf(frame, 'icmp', ICMP_TYPE)
}

export function icmpv6Of(frame: NamedFields): string {
  if (!frame.has('icmp6.checksum')) return '[|icmp6]'
  return error6Of(frame) ?? neighbourOf(frame) ?? messageOf(frame, 'icmp6', ICMPV6_TYPE)
}

/** Undefined: none, or too little of it is there. */
function errorOf(frame: NamedFields): string | undefined {
  const type = frame.number('icmp.type')
  const code = frame.number('icmp.code')
  if (type === ICMP_TYPE.timeExceeded) return timeExceededOf(code)
  if (type === ICMP_TYPE.parameterProblem && frame.has('icmp.pointer')) {
    return `parameter problem - ${code === 0 ? `octet ${frame.text('icmp.pointer')}` : `code ${code}`}`
  }
  if (!frame.has('quoted.ip.dst')) return undefined
  if (type === ICMP_TYPE.destinationUnreachable) {
    return UNREACHABLE.get(code)?.(frame) ?? `${destination(frame)} unreachable - #${code}`
  }
  const redirected = REDIRECT[code]
  if (type !== ICMP_TYPE.redirect || redirected === undefined) return undefined
  const service = code < 2 ? '' : '-tos'
  return `redirect${service} ${destination(frame)} to ${redirected} ${frame.text('icmp.gateway')}`
}

function timeExceededOf(code: number): string {
  if (code === 0) return 'time exceeded in-transit'
  return code === 1 ? 'ip reassembly time exceeded' : `time exceeded-#${code}`
}

function error6Of(frame: NamedFields): string | undefined {
  const type = frame.number('icmp6.type')
  const code = frame.number('icmp6.code')
  if (type === ICMPV6_TYPE.packetTooBig && frame.has('icmp6.mtu')) {
    return `packet too big, mtu ${frame.text('icmp6.mtu')}`
  }
  const problem = PROBLEM_V6[code]
  if (type === ICMPV6_TYPE.parameterProblem && problem !== undefined && frame.has('icmp6.pointer')) {
    return `parameter problem, ${problem} - octet ${frame.text('icmp6.pointer')}`
  }
  if (type === ICMPV6_TYPE.timeExceeded && code === 1) return 'time exceeded (reassembly)'
  if (!frame.has('quoted.ip6.dst')) return undefined
  if (type === ICMPV6_TYPE.timeExceeded && code === 0) {
    return `time exceeded in-transit for ${destination6(frame)}`
  }
  if (type !== ICMPV6_TYPE.destinationUnreachable) return undefined
  const reason = UNREACHABLE_V6.get(code)?.(frame)
  return reason === undefined ? undefined : `destination unreachable, ${reason}`
}

function neighbourOf(frame: NamedFields): string | undefined {
  const type = frame.number('icmp6.type')
  if (type === ICMPV6_TYPE.routerSolicitation) return 'router solicitation'
  if (type === ICMPV6_TYPE.routerAdvertisement) return 'router advertisement'
  if (!frame.has('icmp6.target')) return undefined
  const target = frame.text('icmp6.target')
  if (type === ICMPV6_TYPE.neighbourSolicitation) return `neighbor solicitation, who has ${target}`
  if (type === ICMPV6_TYPE.neighbourAdvertisement) return `neighbor advertisement, tgt is ${target}`
  if (type !== ICMPV6_TYPE.redirect || !frame.has('icmp6.destination')) return undefined
  return `redirect, ${frame.text('icmp6.destination')} to ${target}`
}

function messageOf(frame: NamedFields, name: string, types: Readonly<Record<string, number>>): string {
  const kind = nameOfType(frame.number(`${name}.type`), types)
  if (!frame.has(`${name}.sequence`)) return `${kind}, code ${frame.text(`${name}.code`)}`
  return `${kind}, id ${frame.text(`${name}.identifier`)}, seq ${frame.text(`${name}.sequence`)}`
}

/** 'echo request' for echoRequest. */
function nameOfType(type: number, types: Readonly<Record<string, number>>): string {
  const name = Object.keys(types).find((key) => types[key] === type)
  return name?.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`) ?? `type ${type}`
}

/** 'udp port 53', or the protocol if the quote has no port. */
function quotedPort(frame: NamedFields, ip: 'ip' | 'ip6'): string {
  for (const protocol of ['udp', 'tcp']) {
    const port = `quoted.${protocol}.dstPort`
    if (frame.has(port)) return `${protocol} port ${frame.text(port)}`
  }
  const number = frame.number(ip === 'ip' ? 'quoted.ip.protocol' : 'quoted.ip6.nextHeader')
  const name = Object.entries(IP_PROTOCOL).find(([, value]) => value === number)?.[0]
  return `${name ?? `protocol ${number}`} port`
}

function destination(frame: NamedFields): string {
  return frame.text('quoted.ip.dst')
}

function destination6(frame: NamedFields): string {
  return frame.text('quoted.ip6.dst')
}
