/** Packets from within a host's IP stack, on this machine's kernel: what is answered, what arrives, what is refused. */
import { setImmediate } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { describeUnless } from '../testing/describe-unless.ts'
import { decodeEthernet } from '../wire/ethernet.ts'
import { decodeIcmp, encodeIcmp, ICMP_TYPE } from '../wire/icmp.ts'
import { encodeIcmpv6 } from '../wire/icmpv6.ts'
import { decodeIpv4, encodeIpv4, IP_PROTOCOL, type Ipv4Packet, ipv4ChecksumIsRight } from '../wire/ipv4.ts'
import { encodeUdp } from '../wire/udp.ts'
import { PacketSocket } from './packet-socket.ts'
import { RawIp, type RawIpRequest } from './raw-ip.ts'
import { openRingCapture, type RingCapture } from './ring-capture.ts'
import { Collector } from './testing/collector.ts'
import { collectGarbage } from './testing/garbage.ts'
import { descriptors, leaveHost, makeCable, sh } from './testing/network.ts'

const LEFT = '192.0.2.1'
const RIGHT = '192.0.2.2'
const STRANGER = '203.0.113.9'
const LEFT6 = '2001:db8::1'
const RIGHT6 = '2001:db8::2'

const mayNot = leaveHost()

/** A promise for the first message that is like this. */
function inbox(isWanted: (octets: Buffer) => boolean) {
  let keep: (octets: Buffer) => void
  const message = new Promise<Buffer>((resolve) => {
    keep = resolve
  })
  const onMessage = (octets: Buffer): void => {
    if (isWanted(octets)) keep(octets)
  }
  return { message, onMessage }
}

function echoRequest(sequence: number, payload = 'frameproof'): Uint8Array {
  const text = Buffer.from(payload)
  return encodeIcmp({ kind: 'echo request', code: 0, identifier: 7, sequence, payload: text })
}

const echoOf = (octets: Buffer) => decodeIcmp(decodeIpv4(octets).payload)
const isEchoReply = (octets: Buffer) => echoOf(octets).kind === 'echo reply'

function packet(changes: Partial<Ipv4Packet> = {}): Ipv4Packet {
  const addresses = { src: STRANGER, dst: RIGHT }
  const udp = encodeUdp({ srcPort: 53, dstPort: 9, payload: Buffer.from('unasked') }, addresses)
  const flags = { dontFragment: true, moreFragments: false, fragmentOffsetOctets: 0 }
  const fixed = { dscp: 0, ecn: 0, identification: 1, ttl: 64, options: new Uint8Array() }
  return { ...fixed, ...flags, ...addresses, protocol: IP_PROTOCOL.udp, payload: udp, ...changes }
}

describeUnless(mayNot, 'raw IP', { timeout: 20_000 }, () => {
  const opened: RawIp[] = []
  let seen: Collector
  let capture: RingCapture

  beforeAll(async () => {
    makeCable({ namespace: 'left', nic: 'cable-l' }, { namespace: 'right', nic: 'cable-r' })
    makeCable({ namespace: 'left', nic: 'other-l' }, { namespace: 'right', nic: 'other-r' })
    sh(`ip -n left addr add ${LEFT}/24 brd + dev cable-l; ip -n right addr add ${RIGHT}/24 brd + dev cable-r
        ip -n left addr add ${LEFT6}/64 dev cable-l nodad; ip -n right addr add ${RIGHT6}/64 dev cable-r nodad`)
    await watch('cable-r')
  })
  afterEach(() => {
    for (const raw of opened.splice(0)) raw.close()
  })
  afterAll(() => capture.close())

  async function watch(interfaceName: string): Promise<void> {
    await capture?.close()
    seen = new Collector()
    capture = await openRingCapture({
      namespace: 'right',
      interfaceName,
      filter: 'ip',
      onFrame: seen.onFrame,
    })
  }
  function open(request: Partial<RawIpRequest> = {}): RawIp {
    const raw = RawIp.open({ namespace: 'left', protocol: IP_PROTOCOL.icmp, ...request })
    opened.push(raw)
    return raw
  }
  async function captured(): Promise<Buffer> {
    const [frame] = await seen.have(1)
    return Buffer.from(decodeEthernet(frame?.octets ?? Buffer.alloc(0)).payload)
  }

  test('an ICMP echo request to another namespace is answered', async () => {
    const { message, onMessage } = inbox(isEchoReply)
    await open({ onMessage }).send(echoRequest(1), RIGHT)
    const reply = await message
    expect(decodeIpv4(reply)).toMatchObject({ src: RIGHT, dst: LEFT })
    expect(echoOf(reply)).toMatchObject({ identifier: 7, sequence: 1 })
  })

  test('ICMPv6 too: the kernel writes its checksum', async () => {
    const request = { kind: 'echo request', code: 0, identifier: 7, sequence: 1 } as const
    const addresses = { src: LEFT6, dst: RIGHT6 }
    const octets = encodeIcmpv6({ ...request, checksum: 0xbad, payload: Buffer.from('six') }, addresses)
    const { message, onMessage } = inbox((reply) => reply[0] === 129)
    await open({ version: 6, protocol: IP_PROTOCOL.icmpv6, onMessage }).send(octets, RIGHT6)
    expect((await message).subarray(8).toString()).toBe('six')
  })

  test('messages stay as they came, whatever comes after', async () => {
    const messages: Buffer[] = []
    let enough = (): void => undefined
    const all = new Promise<void>((resolve) => {
      enough = resolve
    })
    const raw = open({
      onMessage: (octets) => {
        if (isEchoReply(octets) && messages.push(octets) === 100) enough()
      },
    })
    for (let sequence = 0; sequence < 100; sequence += 1) await raw.send(echoRequest(sequence), RIGHT)
    await all
    const sequences = messages.map(echoOf).map((echo) => ('sequence' in echo ? echo.sequence : -1))
    expect(sequences).toEqual(Array.from({ length: 100 }, (_, sequence) => sequence))
  })

  test('what is to be sent is taken at once: the caller may write another', async () => {
    await watch('cable-r')
    const octets = echoRequest(5)
    const sent = open().send(octets, RIGHT)
    octets.fill(0)
    await sent
    expect(echoOf(await captured())).toMatchObject({ sequence: 5 })
  })

  test('a packet with a stranger’s address arrives as it was written', async () => {
    await watch('cable-r')
    const raw = open({ protocol: IP_PROTOCOL.udp, includeHeader: true })
    await raw.send(encodeIpv4(packet()), RIGHT)
    expect(await captured()).toEqual(Buffer.from(encodeIpv4(packet())))
  })

  test('an ICMP error that quotes a packet arrives', async () => {
    await watch('cable-r')
    const rest = Buffer.concat([Buffer.alloc(4), encodeIpv4(packet({ src: RIGHT, dst: STRANGER }))])
    const { destinationUnreachable: type } = ICMP_TYPE
    const message = encodeIcmp({ kind: 'other', type, code: 1, rest })
    await open().send(message, RIGHT)
    expect(decodeIpv4(await captured()).payload).toEqual(message)
  })

  test('of a whole header the kernel rewrites checksum, length, and a source and identification of 0', async () => {
    await watch('cable-r')
    const wrong = packet({
      checksum: 0xbad,
      totalLength: 21,
      identification: 0,
      src: '0.0.0.0',
      ttl: 3,
      dscp: 9,
    })
    await open({ protocol: IP_PROTOCOL.udp, includeHeader: true }).send(encodeIpv4(wrong), RIGHT)
    const octets = await captured()
    expect(ipv4ChecksumIsRight(octets)).toBe(true)
    const { payload } = wrong
    expect(decodeIpv4(octets)).toMatchObject({ totalLength: 20 + payload.length, src: LEFT, ttl: 3, dscp: 9 })
  })

  test('over the MTU: EMSGSIZE with the header included, fragments without it', async () => {
    await watch('cable-r')
    const long = encodeIpv4(packet({ payload: Buffer.alloc(1481) }))
    const whole = open({ protocol: IP_PROTOCOL.udp, includeHeader: true })
    await expect(whole.send(long, RIGHT)).rejects.toMatchObject({ name: 'SystemError', code: 'EMSGSIZE' })
    await open().send(echoRequest(1, 'x'.repeat(2000)), RIGHT)
    const fragments = await seen.have(2)
    const packets = fragments.map(({ octets }) => decodeIpv4(decodeEthernet(octets).payload))
    expect(packets.map(({ moreFragments, src }) => [moreFragments, src]).slice(0, 2)).toEqual([
      [true, LEFT],
      [false, LEFT],
    ])
  })

  test('broadcasts leave, and by the NIC that was named', async () => {
    await watch('cable-r')
    await open().send(echoRequest(1), '192.0.2.255')
    expect(decodeIpv4(await captured())).toMatchObject({ dst: '192.0.2.255' })
    await watch('other-r')
    await open({ interfaceName: 'other-l' }).send(echoRequest(2), '255.255.255.255')
    expect(echoOf(await captured())).toMatchObject({ sequence: 2 })
  })

  test('it goes on listening though nothing refers to it', async () => {
    const { message, onMessage } = inbox((octets) => echoOf(octets).kind === 'echo request')
    RawIp.open({ namespace: 'right', protocol: IP_PROTOCOL.icmp, onMessage })
    for (let round = 0; round < 3; round += 1) {
      collectGarbage()
      await setImmediate()
    }
    await open().send(echoRequest(42), RIGHT)
    expect(echoOf(await message)).toMatchObject({ sequence: 42 })
  })

  test.each([
    ['no such NIC', { interfaceName: 'absent' }, 'ENODEV'],
    ['no such namespace', { namespace: 'nowhere' }, 'ENOENT'],
    ['no such protocol', { protocol: 0 }, 'EPROTONOSUPPORT'],
  ])('%s is refused by name', (_name, request, code) => {
    const before = descriptors()
    expect(() => open(request)).toThrow(expect.objectContaining({ name: 'SystemError', code }))
    expect(descriptors()).toBe(before)
  })

  test('no route, and no address, are refused by name', async () => {
    await expect(open().send(echoRequest(1), STRANGER)).rejects.toMatchObject({ code: 'ENETUNREACH' })
    await expect(open().send(echoRequest(1), 'nobody')).rejects.toThrow(/nobody/)
  })

  test('closed, it sends nothing, and says so for what waits; 100 leave no descriptor', async () => {
    const before = descriptors()
    for (let round = 0; round < 100; round += 1) open().close()
    const raw = open()
    const waiting = raw.send(echoRequest(1), RIGHT)
    raw.close()
    raw.close()
    await expect(waiting).rejects.toThrow(/closed before/)
    await expect(raw.send(echoRequest(2), RIGHT)).rejects.toThrow(/closed/)
    expect(descriptors()).toBe(before)
  })

  test('its socket is the namespace’s, and this process stays in its own', () => {
    open()
    const socket = PacketSocket.open(null)
    expect(socket.linkState('cable-l').exists).toBe(false)
    socket.close()
  })
})
