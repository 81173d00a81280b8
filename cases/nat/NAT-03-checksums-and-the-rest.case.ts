/**
 *   [ red1 ]--( hv1 )==( sw1 )--outside ... a host beyond
 *
 * Out and back, whatever the rest of the header is: every length odd and even up to a full packet, IP IDs of 0, 1 and
 * 65535, with and without DF, DSCP and ECN, IP options that say nothing, UDP without a checksum, TCP with options, ECN
 * and the highest sequence number. All that changes are the address, the port, the TTL and the checksums, and those are
 * right: where UDP's was 0 it still is.
 *
 * Source: RFC 3022, 4.1 and 4.2; RFC 1624; RFC 768 (checksum 0); RFC 4787, 11 (DF); RFC 6864 (IP ID).
 */
import {
  expect,
  farAddress,
  icmpEcho,
  type ReplyOptions,
  replyTo,
  requirement,
  type Station,
  type Stimulus,
  TCP_FLAG,
  tcp,
  udp,
} from '../../harness/index.ts'

const FULL_DATAGRAM = 1472
/** MSS, SACK permitted, timestamps, no operation, window scale. RFC 9293, 3.2; RFC 2018; RFC 7323. */
const TCP_OPTIONS = Uint8Array.of(2, 4, 5, 180, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0, 1, 3, 3, 7)
const NO_OPERATIONS = Uint8Array.of(1, 1, 1, 0)

requirement(
  'NAT-03',
  'all but addresses and ports is as it was, with right checksums',
  async ({ lab, window }) => {
    const { red1 } = lab.guests
    const via = await lab.routes([red1])
    const asked = questions({ from: red1, to: via(red1, farAddress(40)) })

    const outward = await window({}, async (w) => {
      await w.inject(red1, ...asked.map(({ question }) => question))
      await w.proveDelivery({
        of: asked.map(({ question }) => question),
        at: [lab.trunk('hv1'), lab.outside],
      })
    })

    const answered = asked.flatMap(({ question, port, like }) => {
      const rewritten = { sourceAddress: lab.machine('hv1').address }
      expect(outward.at(lab.trunk('hv1'))).toCarry(question, { times: 1, rewritten })
      const answer = replyTo(outward.at(lab.outside), question, like)
      return answer === undefined ? [] : [{ answer, port }]
    })
    if (answered.length === 0) return

    const back = await window({}, async (w) => {
      await w.put(lab.outside, ...answered.map(({ answer }) => answer))
      await w.proveDelivery({ of: answered.map(({ answer }) => answer), at: [red1.port] })
    })

    for (const { answer, port } of answered) {
      const rewritten = { destinationAddress: red1.address, destinationPort: port, to: red1 }
      expect(back.at(red1.port)).toCarry(answer, { times: 1, rewritten })
    }
  },
)

interface Asked {
  question: Stimulus
  port: number
  /** The answer is like it. */
  like: ReplyOptions
}

/** Each from a port of its own. */
function questions(ends: { from: Station; to: Station }): readonly Asked[] {
  const datagrams: readonly ReplyOptions[] = [
    { sizeOctets: 16 },
    { sizeOctets: 17 },
    { sizeOctets: 511 },
    { sizeOctets: FULL_DATAGRAM },
    { sizeOctets: FULL_DATAGRAM - 1, checksum: 'none' },
    { checksum: 'none' },
    { ip: { identification: 1, dontFragment: true } },
    { ip: { identification: 0xffff, dontFragment: false } },
    { ip: { identification: 0x1234, dontFragment: false, ttl: 255 } },
    { ip: { dscp: 46 } },
    { ip: { dscp: 63, ecn: 1, ttl: 2 } },
    { ip: { ecn: 2, options: NO_OPERATIONS } },
  ]
  const { syn, ece, cwr } = TCP_FLAG
  const segments = [
    { sequence: 0, flags: syn },
    { sequence: 0xffffffff, flags: syn, options: TCP_OPTIONS },
    {
      sequence: 0x80000000,
      flags: syn | ece | cwr,
      options: TCP_OPTIONS,
      ip: { dscp: 10, ecn: 3, identification: 9 },
    },
  ]
  return [
    ...datagrams.map((like, index) => {
      const port = 6000 + index
      return { question: udp({ ...ends, srcPort: port, dstPort: 53, ...like }), port, like }
    }),
    ...segments.map((segment, index) => {
      const port = 6100 + index
      const { options, ip } = { options: Uint8Array.of(), ip: {}, ...segment }
      return {
        question: tcp({ ...ends, srcPort: port, dstPort: 80, ...segment }),
        port,
        like: { options, ip },
      }
    }),
    { question: icmpEcho({ ...ends, identifier: 6200, sequence: 0xffff }), port: 6200, like: {} },
    {
      question: icmpEcho({ ...ends, identifier: 6201, sequence: 0, ip: { dscp: 8, ecn: 3 } }),
      port: 6201,
      like: {},
    },
  ]
}
