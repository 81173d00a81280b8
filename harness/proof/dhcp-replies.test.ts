import { describe, expect, test } from 'vitest'
import { type DhcpClient, dhcpClient } from './dhcp.ts'
import { areOnly, isNoReply, isOneReply } from './dhcp-assertions.ts'
import { repliesTo, serverMessages } from './dhcp-replies.ts'
import { ipv4Range, settingsOf } from './dhcp-settings.ts'
import { experimental } from './frames.ts'
import type { PortHealth } from './record.ts'
import { CaseError } from './script-steps.ts'
import type { Seen } from './seen.ts'
import type { Stimulus } from './stimulus.ts'
import { type Answer, answerAt, SERVER_MAC } from './testing/dhcp-server.ts'
import { numbering, type Passing, scriptOf, windowOf } from './testing/window.ts'
import { red1, red2 } from './testing/world.ts'

const DOCUMENTED = {
  ...{ server: '203.0.113.1/24', first: '203.0.113.100', last: '203.0.113.103', router: '203.0.113.1' },
  ...{ dns: ['192.0.2.53'], leaseSeconds: 120 },
}
const GOOD: Answer = { type: 'offer', address: '203.0.113.101' }

/** red1 asks, and gets these answers; then red2's or red1's own second question is answered, or not. */
async function asked(
  answers: readonly Answer[],
  {
    behind,
    by = red1,
    health,
    marker = false,
  }: {
    behind?: Answer
    by?: typeof red1
    health?: Partial<PortHealth>
    marker?: boolean
  } = {},
): Promise<{ seen: Seen; question: Stimulus; second: Stimulus }> {
  const clients: readonly DhcpClient[] = [dhcpClient(red1), dhcpClient(by, { mac: '02:00:5e:00:00:09' })]
  const [question, second] = clients.map((client) => client.discover())
  if (question === undefined || second === undefined) throw new Error('no clients')
  const write = async (w: Parameters<Parameters<typeof scriptOf>[0]>[0]) => {
    await w.inject(red1, question)
    await w.inject(by, second)
    await w.awaitAnswer({ to: [question, second] })
    if (marker)
      await w.proveDelivery({ of: second, at: [red1.port], marker: experimental({ from: by, to: red1 }) })
  }
  const numbers = await scriptOf(write, { numbers: numbering() })
  const noise: Passing[] = answers.map((one) => answerAt(red1.port.id, numbers.frameOf(question).octets, one))
  if (behind !== undefined) noise.push(answerAt(by.port.id, numbers.frameOf(second).octets, behind))
  const trouble = { noise, ...(health === undefined ? {} : { health: { [red1.port.id]: health } }) }
  return { seen: await windowOf(write, trouble, { numbers: numbering(), at: [red1.port] }), question, second }
}

describe('one reply', () => {
  test.each<[string, Answer[], string, string[]]>([
    ['as documented', [GOOD], 'conforms', []],
    ['none', [], 'deviates', ['no such reply', 'Discover']],
    ['two', [GOOD, GOOD], 'deviates', ['offer of 203.0.113.101']],
    ['of another type', [{ ...GOOD, type: 'ack' }], 'deviates', ['message type: expected offer, seen ack']],
    ['beyond the range', [{ ...GOOD, address: '203.0.113.104' }], 'deviates', ['seen 203.0.113.104']],
    ['with a wrong checksum', [{ ...GOOD, checksum: 1 }], 'deviates', ['a checksum is wrong']],
    ['to another', [{ ...GOOD, message: { chaddr: new Uint8Array(16) } }], 'deviates', ['chaddr']],
    ['without a lease time', [{ ...GOOD, options: [] }], 'deviates', ['the lease time is missing', 'router']],
    [
      'with half a lease time',
      [{ ...GOOD, options: [{ kind: 'other', code: 51, data: new Uint8Array(2) }] }],
      'deviates',
      ['malformed'],
    ],
  ])('%s', async (_, answers, verdict, told) => {
    const { seen, question } = await asked(answers)
    const wanted = { ...settingsOf(DOCUMENTED), timersInOrder: true }
    const assertion = isOneReply(repliesTo(question, seen.at(red1.port)), 'offer', wanted)
    expect(assertion.verdict).toBe(verdict)
    for (const words of told) expect(assertion.found).toContain(words)
    expect(assertion.frames).toHaveLength(answers.length)
  })

  test.each<[number, string]>([
    [121, 'deviates'],
    [120, 'conforms'],
    [110, 'conforms'],
    [109, 'deviates'],
  ])('of a lease that was granted for 120 s, 10 s ago, for %i s', async (seconds, verdict) => {
    const { seen, question } = await asked([{ ...GOOD, options: [{ kind: 'lease time', seconds }] }])
    const replies = repliesTo(question, seen.at(red1.port))
    const [reply] = replies.replies
    if (reply === undefined) throw new Error('no reply')
    const options = [{ kind: 'lease time' as const, seconds: 120 }]
    const lasting = { ...reply, options, timestampNs: reply.timestampNs - 10_000_000_000n }
    expect(isOneReply(replies, 'offer', { leaseSeconds: 120, lasting }).verdict).toBe(verdict)
    expect(isOneReply(replies, 'offer', { leaseSeconds: 120 }).verdict).toBe(
      seconds === 120 ? 'conforms' : 'deviates',
    )
  })

  test('T1 after T2, and who answered', async () => {
    const options = [
      { kind: 'lease time' as const, seconds: 120 },
      { kind: 'renewal time' as const, seconds: 110 },
      { kind: 'rebinding time' as const, seconds: 105 },
    ]
    const { seen, question } = await asked([{ ...GOOD, options }])
    const replies = repliesTo(question, seen.at(red1.port))
    expect(isOneReply(replies, 'offer', { timersInOrder: true }).found).toContain('seen 110, 105, 120')
    expect(isOneReply(replies, 'offer', { serverMac: SERVER_MAC }).verdict).toBe('conforms')
    expect(isOneReply(replies, 'offer', { serverMac: red2.mac }).found).toContain('eth.src')
  })

  test('a NAK has no address and no lease time', async () => {
    const { seen, question } = await asked([
      { type: 'nak', address: '203.0.113.101', options: [{ kind: 'lease time', seconds: 120 }] },
    ])
    const { found } = isOneReply(repliesTo(question, seen.at(red1.port)), 'nak', {})
    expect(found).toContain('yiaddr of a NAK is 0')
    expect(found).toContain('a NAK has no lease time')
  })

  test('what is missing could not be told where the capture lost frames', async () => {
    const { seen, question } = await asked([], { health: { drops: 3 } })
    const assertion = isOneReply(repliesTo(question, seen.at(red1.port)), 'offer', {})
    expect(assertion).toMatchObject({ verdict: 'could not run', frames: [] })
    expect(assertion.found).toContain('lost 3 frames')
  })
})

describe('no reply', () => {
  test('proved by the answer to what was asked behind it, at the same port', async () => {
    const { seen, question, second } = await asked([], { behind: GOOD })
    const after = repliesTo(second, seen.at(red1.port))
    expect(isNoReply(repliesTo(question, seen.at(red1.port)), { after })).toMatchObject({
      verdict: 'conforms',
      frames: after.replies.map(({ frame }) => frame),
    })
  })

  test('broken by one', async () => {
    const { seen, question, second } = await asked([GOOD], { behind: GOOD })
    const after = repliesTo(second, seen.at(red1.port))
    expect(isNoReply(repliesTo(question, seen.at(red1.port)), { after }).verdict).toBe('deviates')
  })

  test('not proved where nothing behind it was answered', async () => {
    const { seen, question, second } = await asked([])
    const after = repliesTo(second, seen.at(red1.port))
    const assertion = isNoReply(repliesTo(question, seen.at(red1.port)), { after })
    expect(assertion.verdict).toBe('could not run')
    expect(assertion.found).toContain('silence is not proved')
  })

  test('not proved by what was answered elsewhere, without a marker behind that', async () => {
    const { seen, question, second } = await asked([], { behind: GOOD, by: red2, marker: true })
    const after = repliesTo(second, seen.at(red2.port))
    const assertion = isNoReply(repliesTo(question, seen.at(red1.port)), { after })
    expect(assertion.verdict).toBe('could not run') // noise is behind everything else, the marker too
    expect(assertion.found).toContain('no marker came to')
  })

  test('not by what was asked before it', async () => {
    const { seen, question, second } = await asked([GOOD], { behind: GOOD })
    const after = repliesTo(question, seen.at(red1.port))
    expect(() => isNoReply(repliesTo(second, seen.at(red2.port)), { after })).toThrow(CaseError)
  })

  test('none but well-formed ones of a type', async () => {
    const { seen, question, second } = await asked([GOOD], { behind: GOOD })
    const after = repliesTo(second, seen.at(red1.port))
    const replies = repliesTo(question, seen.at(red1.port))
    expect(areOnly(replies, ['offer', 'nak'], { after }).verdict).toBe('conforms')
    expect(areOnly(replies, ['nak'], { after }).found).toContain('it is of the type offer')
  })
})

test('whomever servers answer', async () => {
  const { seen } = await asked([GOOD], { behind: GOOD })
  expect(serverMessages(seen.at(red1.port)).replies).toHaveLength(2)
  expect(serverMessages(seen.at(red2.port)).replies).toHaveLength(0)
})

test('a range, and what a plan documents', () => {
  expect(ipv4Range(DOCUMENTED)).toEqual(['203.0.113.100', '203.0.113.101', '203.0.113.102', '203.0.113.103'])
  expect(ipv4Range({ first: '192.0.2.255', last: '192.0.3.0' })).toEqual(['192.0.2.255', '192.0.3.0'])
  expect(settingsOf({ ...DOCUMENTED, server: '203.0.113.1/20' })).toMatchObject({
    mask: '255.255.240.0',
    server: '203.0.113.1',
  })
})
