/**
 *   4 VMs --( hv1 )==( sw1 )==( hv2 )-- 4 VMs
 *                       |
 *                    outside ... one host beyond
 *
 * Each of 8 VMs sends 125 datagrams from ports of its own to one host, all VMs from the same ports: 1,000 flows. None is
 * lost, and outside no two are the same. To each the host answers, and every answer comes once to its owner, to the port
 * from which it had asked, and to no other VM of that hypervisor.
 *
 * Source: RFC 3022, 2.2; RFC 4787, 4.2.
 */
import { endsOf, expect, farAddress, replyTo, requirement, udp } from '../../harness/index.ts'

const GUESTS = 8
const FLOWS_OF_EACH = 125
const FIRST_PORT = 20_000

requirement(
  'NAT-13',
  'a thousand flows, each with its own binding',
  { guests: GUESTS },
  async ({ lab, window }) => {
    const via = await lab.routes(lab.everyGuest)
    const senders = lab.everyGuest.map((guest) => {
      const outward = { from: guest, to: via(guest, farAddress(120)), dstPort: 53 }
      const ports = Array.from({ length: FLOWS_OF_EACH }, (_, at) => FIRST_PORT + at)
      const flows = ports.map((port) => ({ port, question: udp({ ...outward, srcPort: port }) }))
      const last = udp({ ...outward, srcPort: FIRST_PORT - 1 })
      return { guest, flows, questions: flows.map(({ question }) => question), last }
    })

    const out = await window({}, async (w) => {
      for (const { guest, questions } of senders) await w.inject(guest, ...questions)
      for (const { questions, last } of senders)
        await w.proveDelivery({ of: questions, at: [lab.outside], marker: last })
      for (const { guest, last } of senders) await w.inject(guest, last)
      for (const { last } of senders) await w.proveDelivery({ of: last, at: [lab.outside] })
    })

    const outside = out.at(lab.outside)
    const bindings = new Set<string>()
    for (const { guest, questions } of senders) {
      const rewritten = { sourceAddress: lab.machine(guest.hypervisor).address }
      for (const question of questions) {
        expect(outside).toCarry(question, { times: 1, rewritten })
        const ends = endsOf(outside, question)
        if (ends !== undefined) bindings.add(`${ends.from.address} ${ends.from.port}`)
      }
    }
    expect(bindings.size, 'bindings of the flows').toBe(GUESTS * FLOWS_OF_EACH)

    const owners = senders.map(({ guest, flows, last }) => ({
      guest,
      answers: flows.flatMap(({ port, question }) => {
        const answer = replyTo(outside, question)
        return answer === undefined ? [] : [{ port, answer }]
      }),
      last: replyTo(outside, last),
    }))
    const back = await window({}, async (w) => {
      for (const { answers } of owners) await w.put(lab.outside, ...answers.map(({ answer }) => answer))
      for (const { last } of owners) if (last !== undefined) await w.put(lab.outside, last)
      for (const { guest, last } of owners) {
        if (last === undefined) continue
        const others = owners.filter(
          (other) => other.guest !== guest && other.guest.hypervisor === guest.hypervisor,
        )
        const theirs = others.flatMap(({ answers }) => answers.map(({ answer }) => answer))
        await w.proveAbsence({ of: theirs, at: [guest.port], behind: last })
        const own = owners.find((owner) => owner.guest === guest)?.answers ?? []
        await w.proveDelivery({ of: own.map(({ answer }) => answer), at: [guest.port], marker: last })
      }
    })

    for (const { guest, answers } of owners) {
      for (const { port, answer } of answers) {
        const rewritten = { destinationAddress: guest.address, destinationPort: port, to: guest }
        expect(back.at(guest.port)).toCarry(answer, { times: 1, rewritten })
        for (const other of owners) {
          if (other.guest !== guest && other.guest.hypervisor === guest.hypervisor)
            expect(back.at(other.guest.port)).not.toCarry(answer)
        }
      }
    }
  },
)
