/**
 *   [ red1 ]--+
 *             ( hv1 )==( sw1 )--outside ... one host beyond
 *   [ red2 ]--+
 *
 * Two VMs send from the same port to the same port of the same host, and with the same identifier: UDP, a SYN, an ICMP
 * echo. Outside they are told apart. Each gets the answer to its own question, and not the other's.
 *
 * Source: RFC 3022, 2.2; RFC 4787, 4.2.1 (port assignment); RFC 5508, 3.1 (query identifiers).
 */
import {
  expect,
  farAddress,
  type Guest,
  icmpEcho,
  replyTo,
  requirement,
  TCP_FLAG,
  tcp,
  udp,
} from '../../harness/index.ts'

const PORT = 5000

requirement('NAT-04', 'two VMs with one source port get their own replies', async ({ lab, window }) => {
  const { red1, red2 } = lab.guests
  const via = await lab.routes([red1, red2])
  const questionsOf = (from: Guest) => {
    const outward = { from, to: via(from, farAddress(50)) }
    const ports = { srcPort: PORT, dstPort: 53 }
    return [
      udp({ ...outward, ...ports }),
      tcp({ ...outward, ...ports, sequence: 1, flags: TCP_FLAG.syn }),
      icmpEcho({ ...outward, identifier: PORT }),
    ]
  }
  const asked = [red1, red2].map((guest) => ({ guest, questions: questionsOf(guest) }))

  const outward = await window({}, async (w) => {
    for (const { guest, questions } of asked) {
      await w.inject(guest, ...questions)
      await w.proveDelivery({ of: questions, at: [lab.outside] })
    }
  })

  const outside = outward.at(lab.outside)
  const rewritten = { sourceAddress: lab.machine('hv1').address }
  const answered = asked.map(({ guest, questions }) => {
    for (const question of questions) expect(outside).toCarry(question, { times: 1, rewritten })
    const answers = questions.map((question) => replyTo(outside, question))
    const again = questions.map((question) => replyTo(outside, question))
    return { guest, answers: present(answers), again: present(again).slice(0, 1) }
  })
  const [own, other] = answered
  const [behindOther] = other?.again ?? []
  const [behindOwn] = own?.again ?? []
  if (own === undefined || other === undefined || behindOther === undefined || behindOwn === undefined) return

  const back = await window({}, async (w) => {
    await w.put(lab.outside, ...own.answers, ...other.answers, behindOwn, behindOther)
    await w.proveAbsence({ of: own.answers, at: [other.guest.port], behind: behindOther })
    await w.proveAbsence({ of: other.answers, at: [own.guest.port], behind: behindOwn })
    for (const { guest, answers } of answered) await w.proveDelivery({ of: answers, at: [guest.port] })
  })

  for (const { guest, answers } of answered) {
    const restored = { destinationAddress: guest.address, destinationPort: PORT, to: guest }
    for (const answer of answers)
      expect(back.at(guest.port)).toCarry(answer, { times: 1, rewritten: restored })
  }
  for (const answer of own.answers) expect(back.at(other.guest.port)).not.toCarry(answer)
  for (const answer of other.answers) expect(back.at(own.guest.port)).not.toCarry(answer)
})

function present<T>(all: readonly (T | undefined)[]): readonly T[] {
  return all.filter((one) => one !== undefined)
}
