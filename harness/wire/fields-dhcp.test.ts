import { expect, test } from 'vitest'
import { differences } from './differences.ts'
import { fieldsOf } from './fields.ts'
import { summarise } from './summary.ts'
import { DHCP_ACK, DHCP_DISCOVER } from './testing/dhcp-frames.ts'

const HEADER_AT = 14 + 20 + 8

function changed(frame: Uint8Array, ...octets: [at: number, octet: number][]): Uint8Array {
  const copy = frame.slice()
  for (const [at, octet] of octets) copy[at] = octet
  return copy
}

function valuesOf(frame: Uint8Array): Record<string, string> {
  const own = fieldsOf(frame).filter(({ name }) => name.startsWith('dhcp.'))
  return Object.fromEntries(own.map(({ name, value }) => [name, value]))
}

test('a client’s message, field by field', () => {
  const {
    'dhcp.options': options,
    'dhcp.sname': sname,
    'dhcp.file': file,
    ...values
  } = valuesOf(DHCP_DISCOVER)
  expect([options?.endsWith('(33 octets)'), sname?.length, file?.length]).toEqual([true, 77, 78])
  expect(values).toEqual({
    ...{ 'dhcp.op': '1', 'dhcp.htype': '1', 'dhcp.hlen': '6', 'dhcp.hops': '0', 'dhcp.xid': '0x3903f326' },
    ...{ 'dhcp.secs': '7', 'dhcp.flags': '0x8000', 'dhcp.ciaddr': '0.0.0.0', 'dhcp.yiaddr': '0.0.0.0' },
    ...{ 'dhcp.siaddr': '0.0.0.0', 'dhcp.giaddr': '0.0.0.0', 'dhcp.chaddr': '02:00:00:00:0a:01' },
    ...{ 'dhcp.chaddrRest': '0x00000000000000000000', 'dhcp.magic': '0x63825363' },
    ...{ 'dhcp.option.messageType': 'Discover', 'dhcp.option.clientIdentifier': '01020000000a01' },
    ...{ 'dhcp.option.type12': '72656431', 'dhcp.option.type55': '01030633363a3b' },
    'dhcp.option.maximumMessageSize': '576',
  })
})

test('a server’s, with options in all three fields', () => {
  expect(valuesOf(DHCP_ACK)).toMatchObject({
    ...{ 'dhcp.op': '2', 'dhcp.yiaddr': '203.0.113.100', 'dhcp.option.messageType': 'ACK' },
    ...{ 'dhcp.option.serverIdentifier': '203.0.113.1', 'dhcp.option.leaseTimeSeconds': '120' },
    ...{ 'dhcp.option.subnetMask': '255.255.255.0', 'dhcp.option.router': '203.0.113.1' },
    ...{ 'dhcp.option.overload': '3', 'dhcp.option.dns': '192.0.2.54', 'dhcp.option.dns[1]': '192.0.2.53' },
    ...{ 'dhcp.option.renewalTimeSeconds': '60', 'dhcp.option.rebindingTimeSeconds': '105' },
  })
})

test('a difference names the field and the option', () => {
  const other = changed(DHCP_ACK, [HEADER_AT + 19, 101])
  expect(differences(DHCP_ACK, other)).toMatchObject([{ name: 'dhcp.yiaddr', seen: '203.0.113.101' }])
  const lease = changed(DHCP_ACK, [HEADER_AT + 240 + 3 + 6 + 5, 121])
  expect(differences(DHCP_ACK, lease)).toMatchObject([
    { name: 'dhcp.options' },
    { name: 'dhcp.option.leaseTimeSeconds', expected: '120', seen: '121' },
  ])
})

test('what cannot be read is payload', () => {
  expect(valuesOf(changed(DHCP_DISCOVER, [HEADER_AT + 239, 0]))).toMatchObject({ 'dhcp.magic': '0x63825300' })
  expect(fieldsOf(changed(DHCP_DISCOVER, [HEADER_AT + 239, 0])).at(-1)?.name).toBe('payload')
  expect(valuesOf(changed(DHCP_DISCOVER, [35, 69]))).toEqual({}) // another port
  expect(valuesOf(DHCP_DISCOVER.subarray(0, HEADER_AT + 100))).toMatchObject({ 'dhcp.op': '1' })
})

// What tcpdump 4.99.3 -n prints of each, behind the address family; the message's type is our own.
test.each([
  [
    DHCP_DISCOVER,
    'IPv4 0.0.0.0.68 > 255.255.255.255.67: BOOTP/DHCP, Request from 02:00:00:00:0a:01, length 273: Discover',
  ],
  [DHCP_ACK, 'IPv4 203.0.113.1.67 > 203.0.113.100.68: BOOTP/DHCP, Reply, length 497: ACK'],
  [
    changed(DHCP_ACK, [HEADER_AT, 9]),
    'IPv4 203.0.113.1.67 > 203.0.113.100.68: BOOTP/DHCP, unknown (0x09), length 497: ACK',
  ],
  [
    changed(DHCP_DISCOVER, [HEADER_AT + 2, 0]),
    'IPv4 0.0.0.0.68 > 255.255.255.255.67: BOOTP/DHCP, Request, length 273: Discover',
  ],
  [DHCP_DISCOVER.subarray(0, 200), 'IPv4 0.0.0.0.68 > 255.255.255.255.67: UDP, length 273'],
])('on one line %#', (frame, line) => {
  expect(summarise(frame)).toBe(line)
})
