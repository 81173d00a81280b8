import { describe, expect, it } from 'vitest'
import { carriesAnswer } from './answers.ts'
import { icmpEcho } from './frames.ts'
import type { PortHealth } from './record.ts'
import type { WindowScript } from './script.ts'
import { CaseError } from './script-steps.ts'
import { type Passing, scriptOf, type Trouble, windowOf } from './testing/window.ts'
import { outside, red1, red3, switchOutside } from './testing/world.ts'

const question = icmpEcho({ from: red1, to: red3 })
const asked = async (w: WindowScript): Promise<void> => {
  await w.inject(red1, question)
  await w.awaitAnswer({ to: question })
}

/** A machine that gives back what it was asked, with the signature in it. */
const answering: Trouble = {
  capture: (hop, { role, octets }) => {
    const isAsked = role === 'stimulus' && hop.port === red3.port.id
    return isAsked ? [hop, answerAt(red1.port.id, octets.slice(42, 58))] : [hop]
  },
}

function answerAt(port: string, signature: Uint8Array): Passing {
  const reply = icmpEcho({ from: red3, to: red1, kind: 'echo reply' })
  return { port, direction: 'out', octets: reply.build(signature) }
}

const echoReply = { 'icmp.type': 0, 'ip.src': red3.address, 'eth.dst': red1.mac }
const judged = async (times: number | undefined, trouble: Trouble) => {
  const view = (await windowOf(asked, trouble)).at(red1.port)
  return carriesAnswer(view, echoReply, times === undefined ? {} : { times })
}
const unfit = (health: Partial<PortHealth>): Trouble => ({ health: { [red1.port.id]: health } })

describe('awaitAnswer', () => {
  it('waits for the question’s own number where it came from: out at a TAP port, in at a NIC', async () => {
    const ownAwaits = async (write: (w: WindowScript) => Promise<void>) => {
      const script = await scriptOf(write)
      const { number } = script.frameOf(question)
      const arrivals = script.steps.flatMap((step) => (step.kind === 'await' ? step.arrivals : []))
      return arrivals.map((arrival) => ({ ...arrival, isOwn: arrival.number === number }))
    }
    expect(await ownAwaits(asked)).toMatchObject([{ port: red1.port.id, direction: 'out', isOwn: true }])
    const put = await ownAwaits(async (w) => {
      await w.put(outside, question)
      await w.awaitAnswer({ to: [question] })
    })
    expect(put).toMatchObject([{ port: outside.id, direction: 'in', isOwn: true }])
  })

  it('is met by the answer, and not by the question', async () => {
    const missing = async (trouble: Trouble) =>
      (await windowOf(asked, trouble)).record.story.flatMap((step) =>
        step.kind === 'awaited' ? step.missing : [],
      )
    expect(await missing(answering)).toEqual([])
    expect(await missing({})).toMatchObject([{ port: red1.port.id, direction: 'out' }])
  })

  it('takes no question that was not asked', async () => {
    await expect(scriptOf((w) => w.awaitAnswer({ to: question }))).rejects.toThrow(CaseError)
  })
})

describe('toCarryAnswer', () => {
  it.each<[string, number | undefined, Trouble, string]>([
    ['an answer', undefined, answering, 'conforms'],
    ['one, where one is wanted', 1, answering, 'conforms'],
    ['one, where two are wanted', 2, answering, 'deviates'],
    ['none', undefined, {}, 'deviates'],
    ['none, and the port was not captured whole', 1, unfit({ drops: 3 }), 'could not run'],
    ['none, and a cable was down', 1, { health: { [switchOutside.id]: { up: false } } }, 'could not run'],
  ])('%s', async (_, times, trouble, verdict) => {
    expect((await judged(times, trouble)).verdict).toBe(verdict)
  })

  it('tells what was wanted, where, and what came', async () => {
    expect((await judged(2, answering)).found).toMatch(
      /^expected {2}hv1:tap-red1 carries a frame with icmp\.type 0, .*, 2 times .*\nseen {6}1 times: frames \d+$/,
    )
    expect((await judged(1, {})).found).toMatch(/, once .*\nseen {6}no such frame$/)
  })
})
