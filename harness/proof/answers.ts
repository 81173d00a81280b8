/** Frames that nobody of the harness sent: what the implementation or a machine of the lab answers, told by its fields. */
import { fieldsOf } from '../wire/index.ts'
import type { Assertion } from './judgement.ts'
import { fabricDown } from './ports-up.ts'
import { healthOf, type RecordedFrame } from './record.ts'
import type { PortView } from './seen.ts'

/** Values of fields as they are shown, by their names: `{ 'arp.op': 2, 'arp.tha': red1.mac }`. */
export type FieldValues = Readonly<Record<string, string | number>>

export interface AnswerOptions {
  /** How often; without it, once or more. */
  times?: number
}

export function carriesAnswer(view: PortView, wanted: FieldValues, { times }: AnswerOptions): Assertion {
  const told = Object.entries(wanted).map(([name, value]) => `${name} ${value}`)
  const often = times === undefined ? '' : times === 1 ? ', once' : `, ${times} times`
  const expected = `${view.port.id} carries a frame with ${told.join(', ')}${often}`
  const frames = view.frames.filter((frame) => hasFields(frame, wanted)).map(({ frame }) => frame)
  if (times === undefined ? frames.length > 0 : frames.length === times)
    return { verdict: 'conforms', expected, found: null, frames }
  const health = healthOf(view.seen.record, view.port.id)
  const lost =
    health === undefined ? 'it was not captured' : health.drops > 0 ? 'its capture lost frames' : null
  const excuse = frames.length > (times ?? 0) ? null : (lost ?? fabricDown(view.seen))
  if (excuse !== null)
    return { verdict: 'could not run', expected, found: `${expected}: not proved, for ${excuse}`, frames }
  const seen = frames.length === 0 ? 'no such frame' : `${frames.length} times: frames ${frames.join(', ')}`
  const found = `expected  ${expected} (${view.port.description})\nseen      ${seen}`
  return { verdict: 'deviates', expected, found, frames }
}

export function hasFields({ octets }: Pick<RecordedFrame, 'octets'>, wanted: FieldValues): boolean {
  const values = new Map(fieldsOf(octets).map(({ name, value }) => [name, value]))
  return Object.entries(wanted).every(([name, value]) => values.get(name) === String(value))
}
