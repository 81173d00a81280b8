/** "This port carries nothing while its VM is off": when that is proved, and when it is not. */
import { describe, expect, it } from 'vitest'
import { experimental } from './frames.ts'
import type { PortHealth } from './record.ts'
import { carriesNothing } from './silence.ts'
import { type Trouble, windowOf } from './testing/window.ts'
import { red1, red2, red3 } from './testing/world.ts'

const OFF: Partial<PortHealth> = { carrier: false }
const greeting = experimental({ from: red2, to: red1 })
const others = experimental({ from: red2, to: red3 })

const whileOn = (trouble: Trouble = {}) =>
  windowOf((w) => w.inject(red2, greeting), trouble, { at: [red1.port] })
const whileOff = (trouble: Trouble = {}) =>
  windowOf(
    async (w) => {
      await w.inject(red2, others)
      await w.proveDelivery({ of: others, at: [red3.port] })
    },
    { health: { [red1.port.id]: OFF }, ...trouble },
  )

async function judged(during: Trouble = {}, before: Trouble = {}, after: Trouble = {}) {
  const seen = await whileOff(during)
  const between = [await whileOn(before), await whileOn(after)] as const
  return { seen, assertion: carriesNothing(seen.at(red1.port), { between }) }
}

const deaf: Trouble = { capture: (frame) => (frame.port === red1.port.id ? [] : [frame]) }

describe('a port whose VM is off', () => {
  it('conforms where nothing came, in a capture that lived before and after', async () => {
    const { seen, assertion } = await judged()
    expect(assertion).toMatchObject({ verdict: 'conforms', frames: [] })
    expect(seen.judgement.absenceClaims.map(({ port, summary }) => `${summary} at ${port}`)).toEqual([
      `${others.summary} at ${red1.port.id}`,
    ])
  })

  it('deviates with every frame that it carried, whosever it is', async () => {
    const octets = experimental({ from: red3, to: red1 }).build(new Uint8Array(16))
    const noise = [{ port: red1.port.id, direction: 'out' as const, octets }]
    const { assertion } = await judged({ noise, health: { [red1.port.id]: OFF } })
    expect(assertion.verdict).toBe('deviates')
    expect(assertion.found).toContain(`expected  ${red1.port.id} carries nothing (${red1.port.description})`)
    expect(assertion.found).toMatch(/seen {6}frame \d+$/)
    expect(assertion.frames).toHaveLength(1)
  })

  it.each([
    ['the capture lost frames', { health: { [red1.port.id]: { ...OFF, drops: 3 } } }, {}, {}],
    ['its capture did not live before', {}, deaf, {}],
    ['its capture did not live after', {}, {}, deaf],
    ['what was sent may not have been handled', { capture: () => [] }, {}, {}],
  ])('could not run where %s', async (_, during, before, after) => {
    expect((await judged(during, before, after)).assertion.verdict).toBe('could not run')
  })
})
