/**
 *   [ red1 ]--+
 *             ( hv1 )==( sw1 )--outside ... hosts beyond
 *   [ red2 ]--+
 *
 * Where a VM's source port is free outside it is kept, and all frames of a flow have the same one, also after answers and
 * with other flows between them. Towards another port of the host, and towards another host, the VM's port is kept,
 * too: without a collision the mapping looks endpoint-independent. When red2 holds that port towards one endpoint, red1
 * keeps it towards the others and gets another there, stable as well: with a collision the mapping is of address and
 * port. How many ports stand for the one of the VM towards three endpoints, without and with the collision, is
 * measured; how linux-bridge maps is in docs/implementations.md.
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
const TIMES = 4

requirement(
  'NAT-05',
  'a mapping is stable, and keeps the port where it is free',
  async ({ lab, window, measure }) => {
    const { red1, red2 } = lab.guests
    const via = await lab.routes([red1, red2])
    const sourceAddress = lab.machine('hv1').address
    const endpoints = [
      { host: farAddress(90), dstPort: 53 },
      { host: farAddress(90), dstPort: 54 },
      { host: farAddress(91), dstPort: 53 },
    ]
    const kinds = [
      (from: Guest, srcPort: number, { host, dstPort }: (typeof endpoints)[number]) => {
        return udp({ from, to: via(from, host), srcPort, dstPort })
      },
      (from: Guest, srcPort: number, { host, dstPort }: (typeof endpoints)[number]) => {
        return tcp({ from, to: via(from, host), srcPort, dstPort, sequence: 1, flags: TCP_FLAG.syn })
      },
    ]

    /** The ports by which these come to the host beyond, in the order in which they were sent. */
    const portsOf = async (frames: readonly { from: Guest; frame: Stimulus }[]) => {
      const seen = await window({}, async (w) => {
        for (const { from, frame } of frames) await w.inject(from, frame)
        await w.proveDelivery({ of: frames.map(({ frame }) => frame), at: [lab.outside] })
      })
      const outside = seen.at(lab.outside)
      for (const { frame } of frames)
        expect(outside).toCarry(frame, { times: 1, rewritten: { sourceAddress } })
      const answers = frames.flatMap(({ frame }) => replyTo(outside, frame) ?? [])
      return { ports: frames.map(({ frame }) => endsOf(outside, frame)?.from.port), answers }
    }

    for (const [index, make] of kinds.entries()) {
      const protocol = ['UDP', 'TCP'][index]
      const isFree = await portsOf(
        endpoints.map((endpoint) => ({ from: red1, frame: make(red1, FREE, endpoint) })),
      )
      expect(isFree.ports, `${protocol} ports outside of red1's port ${FREE}, which is free`).toEqual([
        FREE,
        FREE,
        FREE,
      ])

      const [first, ...others] = endpoints
      if (first === undefined) return
      const held = await portsOf([{ from: red2, frame: make(red2, TAKEN, first) }])
      expect(held.ports, `the ${protocol} port outside of red2's port ${TAKEN}`).toEqual([TAKEN])
      const isTaken = await portsOf(
        [...others, first].map((endpoint) => ({ from: red1, frame: make(red1, TAKEN, endpoint) })),
      )
      expect(
        isTaken.ports.slice(0, -1),
        `${protocol} ports outside of red1's port ${TAKEN}, free there`,
      ).toEqual([TAKEN, TAKEN])
      expect(
        isTaken.ports.at(-1),
        `the ${protocol} port outside of red1's port ${TAKEN}, which red2 holds`,
      ).not.toBe(TAKEN)
      if (protocol === 'UDP') {
        measure('portsWithoutCollision', { value: new Set(isFree.ports).size })
        measure('portsWithCollision', { value: new Set(isTaken.ports).size })
      }

      const answers = [...isTaken.answers, ...held.answers]
      if (answers.length < endpoints.length + 1) continue
      const back = await window({}, async (w) => {
        await w.put(lab.outside, ...answers)
        await w.proveDelivery({ of: isTaken.answers, at: [red1.port] })
        await w.proveDelivery({ of: held.answers, at: [red2.port] })
      })
      const restoredTo = (guest: Guest) => {
        return { destinationAddress: guest.address, destinationPort: TAKEN, to: guest }
      }
      for (const answer of isTaken.answers)
        expect(back.at(red1.port)).toCarry(answer, { times: 1, rewritten: restoredTo(red1) })
      for (const answer of held.answers)
        expect(back.at(red2.port)).toCarry(answer, { times: 1, rewritten: restoredTo(red2) })

      const again = await portsOf(
        Array.from({ length: TIMES }, () => [...others, first])
          .flat()
          .map((endpoint) => ({ from: red1, frame: make(red1, TAKEN, endpoint) })),
      )
      const everyTime = Array.from({ length: TIMES }, () => isTaken.ports).flat()
      expect(again.ports, `the same ${protocol} ports of red1, later`).toEqual(everyTime)
    }
  },
)
