/** observations.json read back: everything of a case that is no packet. Its format is described in docs/results.md. */
import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { BadInput, fieldName, firstProblem } from '../lab/bad-input.ts'
import { SCENARIOS } from '../lab/scenario.ts'
import { VERDICTS } from '../proof/index.ts'

const hex = z
  .string()
  .regex(/^([0-9a-f]{2})*$/, 'wanted octets in hexadecimal')
  .transform((text) => new Uint8Array(Buffer.from(text, 'hex')))
const count = z.int().min(0)
const nanoseconds = z
  .string()
  .regex(/^-?\d+$/, 'wanted nanoseconds as decimal text')
  .transform(BigInt)
const direction = z.enum(['in', 'out'])
const awaited = z.object({ port: z.string(), number: count, direction: direction.nullable() })

const storyStep = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('sent'),
    from: z.string(),
    numbers: z.array(count),
    error: z.string().nullable(),
  }),
  z.object({
    kind: z.literal('awaited'),
    arrivals: z.array(awaited),
    missing: z.array(awaited),
    waitedMs: z.number(),
  }),
  z.object({
    kind: z.literal('answered'),
    ...{ arrivals: z.array(awaited), missing: z.array(awaited), waitedMs: z.number() },
  }),
  z.object({ kind: z.literal('settled'), ms: z.number() }),
  z.object({
    kind: z.literal('streamed'),
    from: z.string(),
    firstNumber: count,
    sent: count,
    error: z.string().nullable(),
  }),
  z.object({
    kind: z.literal('loaded'),
    loads: z.array(
      z.object({ from: z.string(), firstNumber: count, sent: count, error: z.string().nullable() }),
    ),
    longestPauseMs: z.number(),
  }),
  z.object({
    kind: z.literal('transferred'),
    ...{ from: z.string(), to: z.string(), sizeOctets: count },
    ...{ received: count, intact: z.boolean(), ended: z.boolean(), error: z.string().nullable() },
  }),
])

const port = z.object({
  id: z.string(),
  kind: z.enum(['tap', 'uplink', 'switch', 'outside', 'guest', 'inner']),
  node: z.string(),
  interface: z.string(),
  guest: z.string().nullable(),
  wiredTo: z.string().nullable(),
  description: z.string(),
})

const window = z.object({
  frames: z.object({ first: count.nullable(), count }),
  ports: z.array(
    z.object({
      port: z.string(),
      drops: count,
      control: z.enum(['seen', 'missing', 'none']),
      ...{ exists: z.boolean(), up: z.boolean(), carrier: z.boolean() },
    }),
  ),
  story: z.array(storyStep),
  sent: z.array(
    z.object({
      number: count,
      role: z.enum(['stimulus', 'marker', 'control']),
      ...{ summary: z.string(), from: z.string(), octets: hex, signed: z.boolean() },
    }),
  ),
  series: z.array(
    z.object({ firstNumber: count, count, from: z.string(), summary: z.string(), template: hex }),
  ),
  clocks: z
    .array(
      z.object({
        ...{ site: z.string(), offsetNs: nanoseconds, uncertaintyNs: nanoseconds },
        steppedNs: nanoseconds.nullable(),
      }),
    )
    .default([]),
})

const observations = z.object({
  schema: z.literal(1),
  result: z.object({
    ...{ id: z.string(), name: z.string(), file: z.string(), scenario: z.enum(SCENARIOS) },
    ...{ verdict: z.enum(VERDICTS), reason: z.string().nullable(), evidence: z.string().nullable() },
  }),
  run: count,
  caseNumber: count,
  firstNumber: count,
  failure: z.string().nullable(),
  protects: z.array(z.string()),
  settleMs: z.number(),
  ports: z.array(port),
  guests: z.array(
    z.object({
      ...{ name: z.string(), tenant: z.string(), vid: count, hypervisor: z.string(), mac: z.string() },
      ...{ address: z.string(), address6: z.string(), port: z.string(), nic: z.string() },
    }),
  ),
  machines: z.array(z.object({ name: z.string(), address: z.string() })),
  performed: z.array(z.object({ operation: z.looseObject({ do: z.string() }), answer: z.json() })),
  windows: z.array(window),
  /** What the run asserted; judging again asserts anew. */
  assertions: z
    .array(
      z.object({
        ...{ verdict: z.enum(VERDICTS), expected: z.string(), found: z.string().nullable() },
        ...{ frames: z.array(count), about: count.optional(), at: z.string().optional() },
      }),
    )
    .default([]),
  plans: z.record(z.string(), z.json()).default({}),
})

export type Observations = z.infer<typeof observations>
export type ObservedWindow = Observations['windows'][number]

/** @throws {BadInput} naming file and field */
export function readObservations(path: string): Observations {
  let value: unknown
  try {
    value = JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    throw new BadInput(`${path}: these are no observations of a case: ${(error as Error).message}`)
  }
  const checked = observations.safeParse(value)
  if (checked.success) return checked.data
  const { path: field, message } = firstProblem(checked.error)
  throw new BadInput(`${path}: ${fieldName(field)}: ${message}`)
}
