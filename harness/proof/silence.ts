/**
 * That a port carries nothing at all while its VM is off, nor what was sent then when it is on again. Nothing of the
 * harness can pass it then, so no control and no marker shows that its capture lives: two windows do, one before and one
 * after, in which they passed.
 */
import type { Assertion } from './judgement.ts'
import { healthOf } from './record.ts'
import type { PortView, Seen } from './seen.ts'

const MOST_TOLD = 3

export interface Silence {
  /** The windows around this one, in which the port was watched and its VM was on. */
  between: readonly [Seen, Seen]
}

export function carriesNothing(view: PortView, { between }: Silence): Assertion {
  const { port, seen } = view
  const expected = `${port.id} carries nothing`
  for (const sent of seen.record.sent.filter(({ role }) => role === 'stimulus'))
    seen.judgement.watch({ sent, number: sent.number, port: port.id, summary: sent.summary })
  const frames = view.frames.map(({ frame }) => frame)
  if (frames.length > 0) {
    const rest = frames.length > MOST_TOLD ? ` and ${frames.length - MOST_TOLD} more` : ''
    const told = `frame ${frames.slice(0, MOST_TOLD).join(', ')}${rest}`
    const found = `expected  ${expected} (${port.description})\nseen      ${told}`
    return { verdict: 'deviates', expected, found, frames }
  }
  const excuse = lossAt(view) ?? between.map((other) => deafness(other, port.id)).find(isText) ?? missed(seen)
  if (excuse === null) return { verdict: 'conforms', expected, found: null, frames }
  return { verdict: 'could not run', expected, found: `${expected}: not proved, for ${excuse}`, frames }
}

function lossAt({ seen, port }: PortView): string | null {
  const health = healthOf(seen.record, port.id)
  if (health === undefined) return `${port.id} was not captured`
  return health.drops > 0 ? `the capture at ${port.id} lost ${health.drops} frames` : null
}

/** What the harness put there in a window around it was not captured. */
function deafness({ record }: Seen, port: string): string | null {
  if (healthOf(record, port)?.control === 'seen') return null
  return `the harness's control frame was not seen at ${port} in a window around it`
}

/** What was sent may not have been handled when the window ended. */
function missed({ record }: Seen): string | null {
  const step = record.story.find((one) => one.kind === 'awaited' && one.missing.length > 0)
  const [missing] = step?.kind === 'awaited' ? step.missing : []
  return missing === undefined ? null : `what was awaited at ${missing.port} never came`
}

function isText(text: string | null): text is string {
  return text !== null
}
