/** What the page reads of observations.json: checked, for a report may come from anywhere. */
import { z } from 'zod'
import { VERDICTS } from '../../proof/index.ts'

const count = z.int().min(0)

const sent = z.object({
  number: count,
  role: z.enum(['stimulus', 'marker', 'control']),
  ...{ summary: z.string(), from: z.string(), octets: z.string(), signed: z.boolean() },
})

const records = z.object({
  run: count,
  caseNumber: count,
  ports: z.array(
    z.object({
      id: z.string(),
      kind: z.enum(['tap', 'uplink', 'switch', 'outside', 'guest', 'inner']),
      node: z.string(),
      interface: z.string(),
      guest: z.string().nullable(),
      wiredTo: z.string().nullable(),
      description: z.string(),
    }),
  ),
  plans: z.record(z.string(), z.json()).default({}),
  windows: z.array(
    z.object({
      frames: z.object({ count }),
      ports: z.array(z.object({ drops: count })),
      sent: z.array(sent),
      series: z.array(z.object({ firstNumber: count, count, from: z.string(), summary: z.string() })),
    }),
  ),
  assertions: z
    .array(
      z.object({
        verdict: z.enum(VERDICTS),
        expected: z.string(),
        found: z.string().nullable(),
        frames: z.array(count),
        about: count.optional(),
        at: z.string().optional(),
      }),
    )
    .default([]),
})

export type Records = z.infer<typeof records>
export type SentRecord = z.infer<typeof sent>
export type AssertionRecord = Records['assertions'][number]

/** @throws {Error} saying what is wrong with it */
export function readRecords(text: string): Records {
  const checked = records.safeParse(JSON.parse(text))
  if (checked.success) return checked.data
  const [issue] = checked.error.issues
  throw new Error(`observations.json: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'unreadable'}`)
}
