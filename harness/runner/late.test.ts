/** What comes late, held against what was claimed. */
import { expect, it } from 'vitest'
import { dhcpClient, experimental, transactionAskedIn } from '../proof/index.ts'
import { answerAt } from '../proof/testing/dhcp-server.ts'
import { RUN } from '../proof/testing/window.ts'
import { blue2, red1, world } from '../proof/testing/world.ts'
import { encodeSignature } from '../wire/index.ts'
import { claimBreakers } from './late.ts'

const stimulus = experimental({ from: red1, to: blue2 })
const octetsOf = (number: number) => stimulus.build(encodeSignature({ run: RUN, caseNumber: 1, number }))
const sent = {
  ...{ number: 10, role: 'stimulus' as const, summary: stimulus.summary },
  ...{ from: red1.name, octets: octetsOf(10), signed: true },
}

function breakers(number: number, count?: number) {
  const claim = { sent, number: 10, port: blue2.port.id, summary: stimulus.summary }
  const octets = octetsOf(number)
  const came = {
    port: blue2.port.id,
    timestampNs: 0n,
    direction: 'out' as const,
    originalLength: octets.length,
  }
  const claims = [count === undefined ? claim : { ...claim, count }]
  return claimBreakers([{ ...came, octets, number }], claims, world.ports, 100)
}

it.each([
  ['the frame itself', 10, undefined, 1],
  ['another', 11, undefined, 0],
  ['the first of a stream', 10, 5, 1],
  ['the last of a stream', 14, 5, 1],
  ['one before a stream', 9, 5, 0],
  ['one behind a stream', 15, 5, 0],
])('%s', (_, number, count, broken) => {
  expect(breakers(number, count)).toHaveLength(broken)
})

it('one more reply of a transaction, at its port', () => {
  const [question, other] = [20, 21].map((number) =>
    dhcpClient(red1)
      .discover()
      .build(encodeSignature({ run: RUN, caseNumber: 1, number })),
  )
  if (question === undefined || other === undefined) throw new Error('no questions')
  const claim = { transaction: transactionAskedIn(question) ?? 0, port: red1.port.id, summary: 'one more' }
  const broken = [question, other].map((asked) => {
    const { octets, port, direction } = answerAt(red1.port.id, asked, { type: 'offer' })
    const arrival = { port, direction, octets, number: null, timestampNs: 0n, originalLength: octets.length }
    return claimBreakers([arrival], [claim], world.ports, 100).length
  })
  expect(broken).toEqual([1, 0])
})
