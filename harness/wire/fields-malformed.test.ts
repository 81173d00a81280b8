import { expect, test } from 'vitest'
import { fieldsOf } from './fields.ts'
import { hexOf } from './octets.ts'
import * as control from './testing/control-frames.ts'
import { octetsOf } from './testing/octets.ts'

// Beside each change, the names of some fields that follow one another.
test.each<[string, Uint8Array, readonly [at: number, octet: number][], string[]]>([
  ['a TCP option of no length', control.TCP_SYN_OPTIONS, [[59, 0]], ['tcp.options', 'tcp.option.mss']],
  ['a TCP option beyond the options', control.TCP_SYN_OPTIONS, [[55, 21]], ['tcp.options']],
  [
    'a segment size of three octets, and another time',
    octetsOf(`${hexOf(control.TCP_SYN_OPTIONS.subarray(0, 54))} 0205aabbcc 020405b4 020405b4 00000000000000`),
    [],
    ['tcp.options', 'tcp.option.type2', 'tcp.option.mss', 'tcp.option.mss[1]'],
  ],
  [
    'an extension header beyond the packet',
    control.IPV6_EXTENSIONS,
    [[55, 9]],
    ['ip6.hopByHop.length', 'payload'],
  ],
  ['an option of no length', control.ND_ROUTER_SOLICITATION, [[63, 0]], ['icmp6.reserved', 'payload']],
  ['an option beyond the message', control.ND_ROUTER_SOLICITATION, [[63, 2]], ['icmp6.reserved', 'payload']],
  [
    'a link-layer address of 14 octets',
    control.ND_ROUTER_ADVERTISEMENT,
    [
      [71, 2],
      [78, 0],
    ],
    ['icmp6.option.address', 'icmp6.option.data', 'icmp6.option[1].type'],
  ],
  ['a quote of another version', control.ICMP_REDIRECT, [[42, 0x65]], ['icmp.gateway', 'quoted.payload']],
  [
    'an error about an error',
    control.ICMP_TIME_EXCEEDED,
    [
      [51, 1],
      [62, 3],
    ],
    ['quoted.icmp.checksum', 'quoted.icmp.unused', 'quoted.icmp.nextHopMtu'],
  ],
  ['another LLC user', control.STP_RAPID, [[14, 0xaa]], ['llc.control', 'payload', 'trailer']],
  ['a numbered LLC PDU', control.STP_RAPID, [[16, 1]], ['llc.control', 'llc.secondControl', 'payload']],
  ['another protocol of bridges', control.STP_RAPID, [[18, 1]], ['llc.control', 'payload', 'trailer']],
  ['another type of BPDU', control.STP_RAPID, [[20, 1]], ['stp.type', 'payload', 'trailer']],
  ['a TLV beyond the unit', control.LLDP, [[24, 200]], ['lldp.chassisId.id', 'payload']],
  [
    'a time to live of three octets',
    control.LLDP,
    [[31, 3]],
    ['lldp.timeToLive.length', 'lldp.timeToLive.value'],
  ],
  [
    'a name that cannot be printed',
    control.LLDP,
    [[36, 7]],
    ['lldp.systemName.length', 'lldp.systemName.text'],
  ],
])('%s', (_, frame, changes, names) => {
  const octets = frame.slice()
  for (const [at, octet] of changes) octets[at] = octet
  const all = fieldsOf(octets).map(({ name }) => name)
  const first = all.indexOf(names[0] ?? '')
  expect(all.slice(first, first + names.length)).toEqual(names)
})
