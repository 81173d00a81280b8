/**
 *   [ red1 ]==write==> tap-red1 --( hv1 )-- tap-red2 ==> [ red2 ]
 *
 * What the VM writes into the device leaves the TAP port into the hypervisor octet by octet: every documented size,
 * any EtherType, any payload. It is compared where it leaves the TAP (tap-red1, inward) and, so that nothing later
 * can hide a change, where the bridge hands it to the peer.
 *
 * Source: the article, 1.2; the kernel's Documentation/networking/tuntap.rst.
 */
import {
  encodeEthernet,
  exactly,
  expect,
  type Guest,
  requirement,
  type Stimulus,
} from '../../harness/index.ts'

const SIZES_OCTETS = [60, 61, 64, 128, 512, 1513, 1514]
/** IPv4, ARP, IPv6, PPPoE, MPLS, PTP, the two for local experiments, the highest; no tag protocols. */
const ETHER_TYPES = [0x0800, 0x0806, 0x86dd, 0x8864, 0x8847, 0x88f7, 0x88b5, 0x88b6, 0xffff]
const PAYLOADS: Readonly<Record<string, (index: number) => number>> = {
  zeros: () => 0,
  ones: () => 0xff,
  counting: (index) => index & 0xff,
  random: (index) => (Math.imul(index + 1, 0x9e3779b1) >>> 24) & 0xff, // looks so, and is the same in every run
}

requirement('TAP-02', 'what the VM writes leaves its TAP port octet by octet', async ({ lab, window }) => {
  const { red1, red2 } = lab.guests
  for (const sizeOctets of SIZES_OCTETS) {
    const frames = ETHER_TYPES.flatMap((etherType) =>
      Object.keys(PAYLOADS).map((payload) => frame(red1, red2, etherType, sizeOctets, payload)),
    )
    const seen = await window({ at: [red1.port, red2.port] }, async (w) => {
      await w.inject(red1, ...frames)
      await w.proveDelivery({ of: frames, at: [red1.port, red2.port] })
    })
    for (const each of frames) {
      expect(seen.from(red1.port)).toCarry(each, { times: 1, tag: 'untagged' })
      expect(seen.at(red2.port)).toCarry(each, { times: 1, tag: 'untagged' })
    }
  }
})

function frame(from: Guest, to: Guest, etherType: number, sizeOctets: number, payload: string): Stimulus {
  const octetAt = PAYLOADS[payload] ?? (() => 0)
  const content = Uint8Array.from({ length: sizeOctets - 14 }, (_, index) => octetAt(index))
  const octets = encodeEthernet({ dst: to.mac, src: from.mac, tags: [], etherType, payload: content })
  return exactly(
    octets,
    `${sizeOctets} octets, EtherType 0x${etherType.toString(16).padStart(4, '0')}, ${payload}`,
  )
}
