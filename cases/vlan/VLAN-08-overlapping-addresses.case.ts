/**
 *   [ red1:  A ]--( hv1 )==trunk 10,20==( sw1 )==trunk 10,20==( hv2 )--[ red3:  B ]
 *   [ blue1: B ]--(     )                                     (     )--[ blue2: A ]
 *
 * Two tenants use the same addresses, MAC and IP: in each there is a station A on one hypervisor and a station B on the
 * other, and where A is in one tenant, B is in the other. They ask for each other (ARP) and answer, ping, and send
 * datagrams, at the same time and turn by turn, so that a bridge with one table for both would be misled by every frame.
 * Each answer comes to who asked, once, and no frame of one tenant comes to any VM of the other.
 *
 * Source: the article, 1.3.3; IEEE 802.1Q, 8.8.8 (allocation of VIDs to FIDs).
 */
import {
  arpReply,
  arpRequest,
  EVERYBODY,
  expect,
  experimental,
  type Guest,
  icmpEcho,
  icmpv6Echo,
  requirement,
  type Stimulus,
  stranger,
  udp,
} from '../../harness/index.ts'

const [A, B] = [stranger(808), stranger(809)]
const ROUNDS = 5

requirement('VLAN-08', 'two tenants use the same addresses at the same time', async ({ lab, window }) => {
  const { red1, red3, blue1, blue2 } = lab.guests
  for (let round = 1; round <= ROUNDS; round += 1) {
    const conversations = [
      { asks: red1, answers: red3, questions: questionsOf(round), replies: repliesOf(round) },
      { asks: blue2, answers: blue1, questions: questionsOf(round), replies: repliesOf(round) },
    ]
    const portsOfOthers = ({ vid }: Guest) =>
      lab.everyGuest.filter((guest) => guest.vid !== vid).map(({ port }) => port)

    const seen = await window({}, async (w) => {
      const say = async (from: Guest, frame: Stimulus | undefined) => {
        if (frame !== undefined) await w.inject(from, frame)
      }
      const hear = async (of: readonly Stimulus[], from: Guest, to: Guest) => {
        const marker = experimental({ from, to: EVERYBODY }) // what is for A or B comes to one VM only
        await w.proveDelivery({ of, at: [to.port], marker })
        await w.proveAbsence({ of, at: portsOfOthers(from), marker })
      }
      for (const turn of questionsOf(round).keys()) {
        for (const { asks, questions } of conversations) await say(asks, questions[turn])
        for (const { answers, replies } of conversations) await say(answers, replies[turn])
      }
      for (const { asks, answers, questions, replies } of conversations) {
        await hear(questions, asks, answers)
        await hear(replies, answers, asks)
      }
    })

    for (const { asks, answers, questions, replies } of conversations) {
      for (const question of questions)
        expect(seen.at(answers.port)).toCarry(question, { times: 1, tag: 'untagged' })
      for (const reply of replies) expect(seen.at(asks.port)).toCarry(reply, { times: 1, tag: 'untagged' })
      for (const port of portsOfOthers(asks))
        for (const frame of [...questions, ...replies]) expect(seen.at(port)).not.toCarry(frame)
    }
  }
})

function questionsOf(round: number): readonly Stimulus[] {
  return [
    arpRequest({ from: A, forAddress: B.address }),
    icmpEcho({ from: A, to: B, sequence: round }),
    icmpv6Echo({ from: A, to: B, sequence: round }),
    udp({ from: A, to: B, srcPort: 40000, dstPort: 40001 }),
  ]
}

function repliesOf(round: number): readonly Stimulus[] {
  return [
    arpReply({ from: B, to: A }),
    icmpEcho({ from: B, to: A, sequence: round, kind: 'echo reply' }),
    icmpv6Echo({ from: B, to: A, sequence: round, kind: 'echo reply' }),
    udp({ from: B, to: A, srcPort: 40001, dstPort: 40000 }),
  ]
}
