import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { DhcpOption } from './dhcp-options.ts'
import { hexOf, viewOf } from './octets.ts'
import { summarise } from './summary.ts'
import { type DhcpSample, sample } from './testing/dhcp-arbitraries.ts'
import { SEED } from './testing/properties.ts'
import { dissect } from './testing/tshark.ts'

const FRAMES = 1_000
const HEADER = [
  'type',
  'hw.type',
  'hw.len',
  'hops',
  'id',
  'secs',
  'flags',
  'ip.client',
  'ip.your',
  'ip.server',
]

test(`tshark sees in ${FRAMES} DHCP messages what was encoded`, { timeout: 60_000 }, async () => {
  const samples = fc.sample(sample, { seed: SEED, numRuns: FRAMES })
  const rows = samples.map(rowOf)
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))]
  const dissected = await dissect(
    samples.map(({ frame }) => frame),
    columns.map((name) => `dhcp.${name}`),
  )
  for (const [index, { frame }] of samples.entries()) {
    const row = rows[index] ?? {}
    const seen = Object.keys(row).map((name) => [
      name,
      dissected[index]?.[columns.indexOf(name)]?.map(normal),
    ])
    const where = `FRAMEPROOF_SEED=${SEED}, frame ${index}: ${summarise(frame)}\n${hexOf(frame)}`
    const wanted = Object.entries(row).map(([name, values]) => [name, values.map(String).map(normal)])
    expect(Object.fromEntries(seen), where).toEqual(Object.fromEntries(wanted))
  }
  const options = columns.filter((name) => name.startsWith('option.'))
  expect(columns).toEqual(expect.arrayContaining(HEADER))
  expect(options.length, options.join()).toBeGreaterThanOrEqual(14)
})

type Row = Record<string, readonly (string | number)[]>

/** tshark writes some numbers in hexadecimal. */
function normal(text: string): string {
  return Number.isNaN(Number(text)) ? text : String(Number(text))
}

function rowOf({ message, options }: DhcpSample): Row {
  const { op, htype, hlen, hops, xid, secs, flags, ciaddr, yiaddr, siaddr, giaddr, chaddr } = message
  const row: Row = {
    ...{ type: [op], 'hw.type': [htype], 'hw.len': [hlen], hops: [hops], id: [xid], secs: [secs] },
    ...{ flags: [flags], 'ip.client': [ciaddr], 'ip.your': [yiaddr], 'ip.server': [siaddr] },
    'ip.relay': [giaddr],
    'hw.addr_padding': [hexOf(viewOf(chaddr, 6, 16))],
  }
  for (const option of options) Object.assign(row, columnsOf(option))
  return row
}

function columnsOf(option: DhcpOption): Row {
  switch (option.kind) {
    case 'subnet mask':
      return { 'option.subnet_mask': [option.address] }
    case 'broadcast address':
      return { 'option.broadcast_address': [option.address] }
    case 'requested address':
      return { 'option.requested_ip_address': [option.address] }
    case 'server identifier':
      return { 'option.dhcp_server_id': [option.address] }
    case 'router':
      return { 'option.router': option.addresses }
    case 'dns':
      return { 'option.domain_name_server': option.addresses }
    case 'lease time':
      return { 'option.ip_address_lease_time': [option.seconds] }
    case 'renewal time':
      return { 'option.renewal_time_value': [option.seconds] }
    case 'rebinding time':
      return { 'option.rebinding_time_value': [option.seconds] }
    case 'host name':
      return { 'option.hostname': [option.text] }
    case 'message':
      return { 'option.message': [option.text] }
    case 'message type':
      return { 'option.dhcp': [option.type] }
    case 'overload':
      return { 'option.option_overload': [option.fields] }
    case 'maximum message size':
      return { 'option.dhcp_max_message_size': [option.sizeOctets] }
    case 'parameter request list':
      return { 'option.request_list_item': option.codes }
    default:
      return {} // tshark guesses at what these hold
  }
}
