/**
 * Golden frames, with what is in them written beside them. Each was put together by a separate program in Python
 * (struct.pack and a checksum of its own), and Wireshark 4.0.17 (tshark -V, all checksum checks on) dissects each into
 * the fields given here and finds all checksums correct.
 * 198.51.100.11 and .13 talk (RFC 5737), or 2001:db8::b and 2001:db8:0:1::d (RFC 3849).
 */
import { CONTROL_FRAMES } from './control-frames.ts'
import { octetsOf } from './octets.ts'

const ADDRESSES = '020000000a02 020000000a01' // to :02, from :01
const IPV4_ADDRESSES = 'c633640b c633640d'
const IPV6_ADDRESSES = '20010db800000000000000000000000b 20010db800000001000000000000000d'

/** 802.1Q VID 10, PCP 5, DEI; a request by .11 for .13; 18 octets of padding. */
export const ARP_TAGGED = octetsOf(`ffffffffffff 020000000a01 8100 b00a 0806
  0001 0800 06 04 0001 020000000a01 c633640b 000000000000 c633640d 000000000000000000000000000000000000`)

/** 802.1ad VID 100, PCP 3; 802.1Q VID 10, PCP 5, DEI; DSCP 46, ECN 1, DF, TTL 63; port 1000 to 2000; 'hello'. */
export const UDP_DOUBLE_TAGGED = octetsOf(`${ADDRESSES} 88a8 6064 8100 b00a 0800
  45 b9 0021 1c46 4000 3f 11 ca4d ${IPV4_ADDRESSES} 03e8 07d0 000d 5bca 68656c6c6f`)

/** Untagged, with the router alert option, and five octets after the IP packet. */
export const UDP_WITH_OPTIONS = octetsOf(`${ADDRESSES} 0800
  46 b9 0025 1c46 4000 3f 11 3545 ${IPV4_ADDRESSES} 94040000 03e8 07d0 000d 5bca 68656c6c6f a1a2a3a4a5`)

/** SYN, ECE, CWR from port 49152 to 80; MSS 1460, window scale 7. */
export const TCP_SYN = octetsOf(`${ADDRESSES} 0800 45 b9 0030 1c46 4000 3f 06 ca49 ${IPV4_ADDRESSES}
  c000 0050 01020304 a0b0c0d0 70c2 faf0 0e0b 0005 020405b4 01030307`)

/** Echo request, identifier 0x1234, sequence 7, 'ping!'. */
export const ICMP_ECHO = octetsOf(`${ADDRESSES} 0800 45 b9 0021 1c46 4000 3f 01 ca5d ${IPV4_ADDRESSES}
  08 00 e5f3 1234 0007 70696e6721`)

/** Port unreachable, quoting 28 octets of an IP packet. */
export const ICMP_UNREACHABLE = octetsOf(`${ADDRESSES} 0800 45 b9 0038 1c46 4000 3f 01 ca46 ${IPV4_ADDRESSES}
  03 03 956d 00000000 45b900211c4640003f11ca4d ${IPV4_ADDRESSES} 03e807d0000d5bca`)

/** A fragment in the middle of a UDP datagram: eight octets, 1480 octets into it. */
export const FRAGMENT = octetsOf(
  `${ADDRESSES} 0800 45 00 001c 1c46 20b9 3f 11 ea52 ${IPV4_ADDRESSES} 6162636465666768`,
)

/** Traffic class 0xb9, flow label 0x12345, hop limit 63; echo reply, identifier 0x1234, sequence 7, 'pong'. */
export const ICMPV6_ECHO = octetsOf(`${ADDRESSES} 86dd 6b912345 000c 3a 3f ${IPV6_ADDRESSES}
  81 00 321c 1234 0007 706f6e67`)

/** Neighbour solicitation for 2001:db8:0:1::d with the sender's link-layer address. */
export const ICMPV6_SOLICITATION = octetsOf(`${ADDRESSES} 86dd 6b912345 0020 3a 3f ${IPV6_ADDRESSES}
  87 00 e24f 00000000 20010db800000001000000000000000d 0101020000000a02`)

export const UDP_OVER_IPV6 = octetsOf(`${ADDRESSES} 86dd 6b912345 000d 11 3f ${IPV6_ADDRESSES}
  03e8 07d0 000d 54bf 68656c6c6f`)

export const TCP_OVER_IPV6 = octetsOf(`${ADDRESSES} 86dd 6b912345 001c 06 3f ${IPV6_ADDRESSES}
  c000 0050 01020304 a0b0c0d0 70c2 faf0 0700 0005 020405b4 01030307`)

/** An 802.3 length of 38 in place of an EtherType: a bridge's configuration BPDU, padded. */
export const LENGTH_FRAME = octetsOf(`${ADDRESSES} 0026 424203${'00'.repeat(35)}`)

export const GOLDEN_FRAMES: Readonly<Record<string, Uint8Array>> = {
  ARP_TAGGED,
  UDP_DOUBLE_TAGGED,
  UDP_WITH_OPTIONS,
  TCP_SYN,
  ICMP_ECHO,
  ICMP_UNREACHABLE,
  FRAGMENT,
  ICMPV6_ECHO,
  ICMPV6_SOLICITATION,
  UDP_OVER_IPV6,
  TCP_OVER_IPV6,
  LENGTH_FRAME,
  ...CONTROL_FRAMES,
}
