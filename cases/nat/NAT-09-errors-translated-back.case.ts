/**
 *   [ red1 ]--+
 *             ( hv1 )==( sw1 )--outside ... a router beyond ... a host beyond
 *   [ red2 ]--+
 *
 * Two VMs have sent from the same port to the same host: a datagram, a SYN, an echo. What comes of it are errors that
 * quote the packets as they were seen outside: port unreachable from the host, fragmentation needed and time exceeded
 * from a router on the way. Each comes once to the VM whose packet it quotes, with that packet as the VM had sent it,
 * right checksums within and without, and nothing else changed; to the other VM it does not come. So does one that quotes
 * no more than eight octets behind the header.
 *
 * Source: RFC 5508, 4; RFC 3022, 4.3; RFC 792; RFC 1191, 4 (next-hop MTU).
 */
import {
  type End,
  endsOf,
  expect,
  farAddress,
  icmpEcho,
  icmpError,
  replyTo,
  requirement,
  type Station,
  type Stimulus,
  TCP_FLAG,
  tcp,
  udp,
} from '../../harness/index.ts'

const PORT = 5500
const ERRORS = ['port unreachable', 'fragmentation needed', 'time exceeded'] as const

interface Outward {
  from: Station
  to: Station
  ip?: { ttl: number }
}

const KINDS: readonly ((ends: Outward, port: number) => Stimulus)[] = [
  (ends, srcPort) => udp({ ...ends, srcPort, dstPort: 53 }),
  (ends, srcPort) => tcp({ ...ends, srcPort, dstPort: 80, sequence: 1, flags: TCP_FLAG.syn }),
  (ends, identifier) => icmpEcho({ ...ends, identifier }),
]

requirement('NAT-09', 'ICMP errors reach the VM that they are about', async ({ lab, window }) => {
  const guests = [lab.guests.red1, lab.guests.red2]
  const sourceAddress = lab.machine('hv1').address
  const via = await lab.routes(guests)
  const sent = guests.map((guest) => {
    const ends = { from: guest, to: via(guest, farAddress(100)) }
    return { guest, questions: KINDS.map((make) => make(ends, PORT)) }
  })

  const outward = await window({}, async (w) => {
    for (const { guest, questions } of sent) {
      await w.inject(guest, ...questions)
      await w.proveDelivery({ of: questions, at: [lab.outside] })
    }
  })

  const outside = outward.at(lab.outside)
  const told = sent.map(({ guest, questions }) => {
    for (const question of questions)
      expect(outside).toCarry(question, { times: 1, rewritten: { sourceAddress } })
    const errors = questions.flatMap((question, index) => {
      const seen = endsOf(outside, question)
      const make = KINDS[index]
      if (seen === undefined || make === undefined) return []
      const about = make({ ...seen, ip: { ttl: 60 } }, seen.from.port)
      return ERRORS.map((error) => icmpError({ from: whoTells(error, seen.to), to: seen.from, error, about }))
    })
    const [datagram] = questions
    const behind = datagram && replyTo(outside, datagram)
    return behind === undefined ? undefined : { guest, errors, behind }
  })
  const [own, other] = told
  if (own === undefined || other === undefined) return

  const inward = await window({}, async (w) => {
    await w.put(lab.outside, ...own.errors, ...other.errors, own.behind, other.behind)
    await w.proveAbsence({ of: own.errors, at: [other.guest.port], behind: other.behind })
    await w.proveAbsence({ of: other.errors, at: [own.guest.port], behind: own.behind })
    for (const { guest, errors } of [own, other]) await w.proveDelivery({ of: errors, at: [guest.port] })
  })

  for (const { guest, errors } of [own, other]) {
    const quoted = { sourceAddress: guest.address, sourcePort: PORT }
    const rewritten = { destinationAddress: guest.address, to: guest, quoted }
    for (const error of errors) expect(inward.at(guest.port)).toCarry(error, { times: 1, rewritten })
  }
  for (const error of own.errors) expect(inward.at(other.guest.port)).not.toCarry(error)
  for (const error of other.errors) expect(inward.at(own.guest.port)).not.toCarry(error)
})

/** The host itself, or a router before it. */
function whoTells(error: (typeof ERRORS)[number], host: End): Station {
  return error === 'port unreachable' ? host : { ...host, address: farAddress(200) }
}
