/**
 *   [ red1 ]--+
 *             ( hv1 )==( sw1 )--outside ... hosts beyond
 *   [ red2 ]--+
 *
 * Where a VM's source port is free outside it is kept, also the lowest and highest, towards a host, another port of
 * it, and another host: without a collision the mapping looks endpoint-independent. Where red2's flow has it towards
 * one endpoint, red1 gets another there, and the same one wherever else red2's mapping holds the port: nowhere (the
 * mapping is address- and port-dependent), at that host (address-dependent), or everywhere (endpoint-independent). All
 * frames of a flow have the same port, also after answers have come and between those of others. How many ports stand
 * for the one of the VM, without and with a collision, is measured; how linux-bridge maps is in
 * docs/implementations.md.
 *
 * Source: RFC 4787, 4.1 (mapping) and 4.2.1 (port assignment); RFC 5382, 4.1.
 */
import {
  endsOf,
  expect,
  farAddress,
  type Guest,
  replyTo,
  requirement,
  type Stimulus,
  TCP_FLAG,
  tcp,
  udp,
} from '../../harness/index.ts'

const FREE = 5400
const TAKEN = 5401
/** IKE has one for both ends; then the highest of the system's, and the highest of all. RFC 7296, 2.23; RFC 6335, 6. */
const EDGES = [500, 1023, 65_535]
const TIMES = 4
const FOUGHT_OVER = { host: farAddress(90), dstPort: 53 }
const OTHERS = [
  { host: farAddress(90), dstPort: 54 },
  { host: farAddress(91), dstPort: 53 },
]
const ENDPOINTS = [...OTHERS, FOUGHT_OVER]

interface Sent {
  from: Guest
  frame: Stimulus
}

requirement(
  'NAT-05',
  'a mapping is stable, and its port kept where free',
  async ({ lab, window, measure }) => {
    const { red1, red2 } = lab.guests
    const via = await lab.routes([red1, red2])
    const sourceAddress = lab.machine('hv1').address
    const kinds = {
      UDP: (from: Guest, srcPort: number, { host, dstPort }: typeof FOUGHT_OVER): Sent => {
        return { from, frame: udp({ from, to: via(from, host), srcPort, dstPort }) }
      },
      TCP: (from: Guest, srcPort: number, { host, dstPort }: typeof FOUGHT_OVER): Sent => {
        const segment = { srcPort, dstPort, sequence: 1, flags: TCP_FLAG.syn }
        return { from, frame: tcp({ from, to: via(from, host), ...segment }) }
      },
    }

    /** The ports by which these come to the hosts beyond, in the order in which they are sent, and what is answered. */
    const portsOf = async (sent: readonly Sent[]) => {
      const seen = await window({}, async (w) => {
        for (const { from, frame } of sent) await w.inject(from, frame)
        await w.proveDelivery({ of: sent.map(({ frame }) => frame), at: [lab.outside] })
      })
      const outside = seen.at(lab.outside)
      for (const { frame } of sent) expect(outside).toCarry(frame, { times: 1, rewritten: { sourceAddress } })
      return {
        ports: sent.map(({ frame }) => endsOf(outside, frame)?.from.port),
        answers: sent.flatMap(({ from, frame }) => {
          const answer = replyTo(outside, frame)
          return answer === undefined ? [] : [{ to: from, answer }]
        }),
      }
    }

    for (const [protocol, make] of Object.entries(kinds)) {
      const free = await portsOf(ENDPOINTS.map((endpoint) => make(red1, FREE, endpoint)))
      expect(free.ports, `${protocol} ports outside of port ${FREE}`).toEqual([FREE, FREE, FREE])
      const edges = await portsOf(EDGES.map((port) => make(red1, port, FOUGHT_OVER)))
      expect(edges.ports, `${protocol} ports outside of ports ${EDGES.join(', ')}`).toEqual(EDGES)

      const holder = await portsOf([make(red2, TAKEN, FOUGHT_OVER)])
      const taken = await portsOf(ENDPOINTS.map((endpoint) => make(red1, TAKEN, endpoint)))
      const [ofSameHost, ofOtherHost, last] = taken.ports
      const ofOthers =
        ofOtherHost === last ? [last, last] : ofSameHost === last ? [last, TAKEN] : [TAKEN, TAKEN]
      expect(holder.ports, `${protocol} ports outside of red2's port ${TAKEN}`).toEqual([TAKEN])
      expect(taken.ports, `${protocol} ports outside of red1's port ${TAKEN}`).toEqual([...ofOthers, last])
      expect(last, `the ${protocol} port outside of red1's port ${TAKEN} where red2 has it`).not.toBe(TAKEN)
      measure(`${protocol} ports without a collision`, { value: new Set(free.ports).size })
      measure(`${protocol} ports with a collision`, { value: new Set(taken.ports).size })

      const answers = [...taken.answers, ...holder.answers]
      if (answers.length === 0) return
      const back = await window({}, async (w) => {
        await w.put(lab.outside, ...answers.map(({ answer }) => answer))
        for (const { to, answer } of answers) await w.proveDelivery({ of: answer, at: [to.port] })
      })
      for (const { to, answer } of answers) {
        const rewritten = { destinationAddress: to.address, destinationPort: TAKEN, to }
        expect(back.at(to.port)).toCarry(answer, { times: 1, rewritten })
      }

      const rounds = Array.from({ length: TIMES }, () => ENDPOINTS).flat()
      const again = await portsOf(rounds.map((endpoint) => make(red1, TAKEN, endpoint)))
      const asBefore = Array.from({ length: TIMES }, () => taken.ports).flat()
      expect(again.ports, `${protocol} ports outside of red1's port ${TAKEN}, later`).toEqual(asBefore)
    }
  },
)
