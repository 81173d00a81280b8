import { expect, test } from 'vitest'
import {
  decodeDhcp,
  decodeEthernet,
  decodeIpv4,
  decodeUdp,
  dhcpOption,
  dhcpOptionsOf,
  dhcpTypeOf,
  findSignature,
  summarise,
} from '../wire/index.ts'
import { dhcpClient, dhcpOctets } from './dhcp.ts'
import type { Stimulus } from './stimulus.ts'
import { scriptOf } from './testing/window.ts'
import { red1, red2 } from './testing/world.ts'

const LEASE = { address: '203.0.113.100', server: '203.0.113.1', serverMac: '02:00:00:00:0b:01' }

async function sent(...stimuli: Stimulus[]): Promise<readonly Uint8Array[]> {
  const script = await scriptOf((w) => w.inject(red1, ...stimuli))
  return script.sent.map(({ octets }) => octets)
}

function read(frame: Uint8Array) {
  const ethernet = decodeEthernet(frame)
  const packet = decodeIpv4(ethernet.payload)
  const datagram = decodeUdp(packet.payload)
  const message = decodeDhcp(datagram.payload)
  return { ethernet, packet, datagram, message, options: dhcpOptionsOf(message) }
}

test('a DISCOVER is to all, signed, of its own transaction, and no shorter than BOOTP’s', async () => {
  const client = dhcpClient(red1, { mac: '02:00:5e:00:00:07' })
  const [first, second] = (await sent(client.discover(), client.discover())).map(read)
  if (first === undefined || second === undefined) throw new Error('nothing was sent')
  expect(first.ethernet).toMatchObject({ dst: 'ff:ff:ff:ff:ff:ff', src: red1.mac })
  expect(first.packet).toMatchObject({ src: '0.0.0.0', dst: '255.255.255.255' })
  expect(first.datagram).toMatchObject({ srcPort: 68, dstPort: 67, length: 308 })
  expect(first.message).toMatchObject({ op: 1, hlen: 6, flags: 0x8000, ciaddr: '0.0.0.0' })
  expect([...first.message.chaddr.subarray(0, 7)]).toEqual([2, 0, 0x5e, 0, 0, 7, 0])
  expect(dhcpTypeOf(first.options)).toBe('discover')
  expect(first.message.xid).not.toBe(second.message.xid)
  expect(findSignature(first.datagram.payload)).toMatchObject({ number: 1 })
})

test('the messages of RFC 2131, table 5', async () => {
  const client = dhcpClient(red1, { clientIdentifier: Uint8Array.from([0, 1, 2]) })
  const lease = { ...LEASE, xid: 7 } as Parameters<typeof client.renew>[0]
  const [selecting, reboot, renewing, rebinding, release, decline, inform] = (
    await sent(
      ...[client.select(lease), client.initReboot(LEASE.address), client.renew(lease), client.rebind(lease)],
      ...[client.release(lease), client.decline(lease), client.inform(LEASE.address)],
    )
  ).map(read)
  const has = (one: typeof selecting, kind: 'requested address' | 'server identifier') =>
    one === undefined ? undefined : dhcpOption(one.options, kind)?.address
  expect(selecting?.message).toMatchObject({ xid: 7, ciaddr: '0.0.0.0' })
  expect(has(selecting, 'requested address')).toBe(LEASE.address)
  expect(has(selecting, 'server identifier')).toBe(LEASE.server)
  expect(has(reboot, 'requested address')).toBe(LEASE.address)
  expect(has(reboot, 'server identifier')).toBeUndefined()
  for (const one of [renewing, rebinding, release, inform]) expect(one?.message.ciaddr).toBe(LEASE.address)
  for (const one of [renewing, release]) {
    expect(one?.ethernet.dst).toBe(LEASE.serverMac)
    expect(one?.packet).toMatchObject({ src: LEASE.address, dst: LEASE.server })
  }
  for (const one of [rebinding, inform]) expect(one?.packet.dst).toBe('255.255.255.255')
  expect(has(decline, 'requested address')).toBe(LEASE.address)
  for (const one of [selecting, reboot, renewing, rebinding, release, decline, inform])
    expect(dhcpOption(one?.options ?? [], 'client identifier')).toMatchObject({ type: 0 })
})

test('a change takes the place of what is usual', async () => {
  const discover = dhcpClient(red2).discover({
    message: { hlen: 17 },
    options: [{ kind: 'message type', type: 9 }],
  })
  const [message] = (await sent(discover)).map(read)
  expect(message?.message.hlen).toBe(17)
  expect(message?.options.filter(({ kind }) => kind === 'message type')).toEqual([
    { kind: 'message type', type: 9 },
  ])
})

test('octets are sent as they are, though they be none', async () => {
  const [frame] = await sent(dhcpOctets(red1, new Uint8Array(0), 'nothing'))
  expect(summarise(frame ?? new Uint8Array(0))).toContain('UDP, length 0')
})

test('an answer is waited for by its octets, at who asked', async () => {
  const discover = dhcpClient(red1).discover()
  const script = await scriptOf(async (w) => {
    await w.inject(red1, discover)
    await w.awaitAnswer({ to: discover })
  })
  const step = script.finish().steps.find(({ kind }) => kind === 'match')
  if (step?.kind !== 'match') throw new Error('nothing is waited for')
  expect(step.patterns).toMatchObject([{ port: red1.port.id, number: 1, direction: 'out' }])
  const xid = script.frameOf(discover).octets.subarray(46, 50)
  expect(step.patterns[0]?.parts).toContainEqual({ at: 46, octets: xid })
})
