/**
 *   [ red1 ]--( hv1: DHCP )--[ red2, which has a lease ]
 *
 * red1, which has no lease, sends what no client should: its DISCOVER cut off after every octet; with another magic cookie; with
 * options longer than what is there, or than they may be, or without an end; with a hardware address of no octets, or of
 * more than there is room for; from relays that cannot be; octets at random. The server answers nothing, or what RFC 2131 allows: an OFFER or a NAK,
 * well-formed. Behind them it still serves: red2 keeps its address, and a new client gets a lease.
 *
 * Source: the article, 1.3.2.2; RFC 2131, 2, 4.1 and 4.3; RFC 2132, 2.
 */
import {
  DHCP_MAGIC,
  type DhcpOption,
  decodeEthernet,
  decodeIpv4,
  decodeUdp,
  dhcpClient,
  dhcpOctets,
  EVERYBODY,
  expect,
  experimental,
  type Guest,
  leaseAll,
  releaseAll,
  repliesTo,
  requirement,
  type Stimulus,
  settingsOf,
  stranger,
} from '../../harness/index.ts'

/** As many in a window as a server's socket surely holds. */
const AT_ONCE = 40
const RANDOM = 60

requirement(
  'DHCP-12',
  'malformed messages leave the server serving and every lease as it was',
  async ({ lab, window }) => {
    const { red1, red2 } = lab.guests
    const settings = settingsOf(await lab.dhcp('hv1'))
    const leases = await leaseAll(window, [dhcpClient(red2)], settings)
    const [lease] = leases
    expect(leases.length, 'clients that got a lease').toBe(1)
    if (lease === undefined) return

    const malformed = malformedOf(red1)
    for (let first = 0; first < malformed.length; first += AT_ONCE) {
      const own = malformed.slice(first, first + AT_ONCE)
      const renewal = lease.client.rebind(lease)
      const find = lease.client.find(lease)
      const seen = await window({ at: [red1.port, red2.port] }, async (w) => {
        await w.inject(red2, find)
        await w.awaitAnswer({ to: find })
        await w.inject(red1, ...own)
        await w.inject(red2, renewal)
        await w.awaitAnswer({ to: renewal })
        await w.proveDelivery({
          of: renewal,
          at: [red1.port],
          marker: experimental({ from: red2, to: EVERYBODY }),
        })
      })
      const renewed = repliesTo(renewal, seen.at(red2.port))
      expect(renewed).toBeOne('ack', { ...settings, address: lease.address, lasting: lease })
      for (const message of own)
        expect(repliesTo(message, seen.at(red1.port))).toBeNoneBut(['offer', 'nak'], { after: renewed })
    }

    const fresh = await leaseAll(window, [dhcpClient(red1, { mac: stranger(1201).mac })], settings)
    expect(fresh.length, 'new clients that got a lease behind all that').toBe(1)
    expect(fresh[0]?.address, 'the address of the lease that was there before').not.toBe(lease.address)
    await releaseAll(window, [...leases, ...fresh])
  },
)

function malformedOf(guest: Guest): readonly Stimulus[] {
  const client = dhcpClient(guest, { mac: stranger(1200).mac })
  const whole = messageIn(client.discover({ message: { xid: 0x46500c00 } }))
  const end = whole.lastIndexOf(255)
  const cut = Array.from({ length: end + 1 }, (_, size) =>
    dhcpOctets(guest, whole.slice(0, size), `a DISCOVER cut off after ${size} octets`),
  )
  let next = 0x46500d00
  const odd = (what: string, change: (octets: Uint8Array) => Uint8Array): Stimulus => {
    const octets = whole.slice()
    new DataView(octets.buffer).setUint32(4, next)
    next += 1
    return dhcpOctets(guest, change(octets), what)
  }
  const withOctet = (at: number, octet: number) => (octets: Uint8Array) => octets.with(at, octet)
  const withOctets =
    (at: number, data: readonly number[]) =>
    (octets: Uint8Array): Uint8Array => {
      octets.set(data, at)
      return octets
    }
  const withOptions =
    (...data: number[]) =>
    (octets: Uint8Array) =>
      new Uint8Array([...octets.subarray(0, 240), ...data])
  const long = (kind: DhcpOption['kind'], code: number, size: number): Stimulus =>
    odd(
      `a DISCOVER with a ${kind} of ${size} octets`,
      withOptions(53, 1, 1, code, size, ...new Uint8Array(size), 255),
    )
  return [
    ...cut,
    odd('a DISCOVER without a magic cookie', (octets) => octets.fill(0, 236, 240)),
    ...[0, 1, 2, 3].map((at) =>
      odd(`a DISCOVER with octet ${at} of the magic cookie wrong`, (octets) =>
        octets.with(236 + at, ((DHCP_MAGIC >>> (8 * (3 - at))) & 0xff) ^ 0x01),
      ),
    ),
    ...[0, 1, 15, 17, 128, 255].map((hlen) => odd(`a DISCOVER with an hlen of ${hlen}`, withOctet(2, hlen))),
    ...[0, 2, 255].map((op) => odd(`a DISCOVER with an op of ${op}`, withOctet(0, op))),
    odd('a DISCOVER with an htype of 255', withOctet(1, 255)),
    odd('a DISCOVER over 255 relays', withOctet(3, 255)),
    ...[
      [255, 255, 255, 255],
      [127, 0, 0, 1],
      [233, 252, 0, 1],
      [198, 51, 100, 7],
    ].map((giaddr) => odd(`a DISCOVER of the relay ${giaddr.join('.')}`, withOctets(24, giaddr))),
    odd('a DISCOVER without an end', (octets) => octets.subarray(0, end)),
    odd('a message without options', withOptions()),
    odd('a message with pads only', withOptions(...new Uint8Array(60))),
    odd('a message without a type', withOptions(12, 3, 97, 98, 99, 255)),
    ...[0, 9, 18, 255].map((type) => odd(`a message of the type ${type}`, withOptions(53, 1, type, 255))),
    odd('a message with a type of no octets', withOptions(53, 0, 255)),
    odd('a DISCOVER with an option longer than the message', withOptions(53, 1, 1, 12, 200, 97, 255)),
    odd('a DISCOVER with a code and no length', withOptions(53, 1, 1, 12)),
    long('requested address', 50, 3),
    long('requested address', 50, 255),
    long('parameter request list', 55, 255),
    long('client identifier', 61, 255),
    long('client identifier', 61, 0),
    long('host name', 12, 255),
    long('server identifier', 54, 1),
    odd('a DISCOVER that says its file holds options', withOptions(53, 1, 1, 52, 1, 1, 255)),
    odd(
      'a DISCOVER whose options in file never end',
      (octets) =>
        new Uint8Array([
          ...octets.subarray(0, 108),
          ...new Uint8Array(128).fill(0x0c),
          ...octets.subarray(236, 240),
          53,
          1,
          1,
          52,
          1,
          3,
          255,
        ]),
    ),
    ...Array.from({ length: RANDOM }, (_, number) =>
      odd(`octets at random, ${number}`, () => atRandom(number)),
    ),
  ]
}

function messageIn({ build }: Stimulus): Uint8Array {
  const frame = build(new Uint8Array(16))
  return decodeUdp(decodeIpv4(decodeEthernet(frame).payload).payload).payload
}

/** The same for the same number: mulberry32. Half of them begin as DHCP messages do. */
function atRandom(number: number): Uint8Array {
  let state = number + 1
  const octets = Uint8Array.from({ length: 244 + ((number * 37) % 300) }, () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return (mixed ^ (mixed >>> 14)) & 0xff
  })
  if (number % 2 === 1) return octets
  octets.set([1, 1, 6, 0])
  octets.set([0x63, 0x82, 0x53, 0x63, 53, 1, 1], 236)
  return octets
}
