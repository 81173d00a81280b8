/** A load of a window: rates offered side by side, as one step. */
import { SIGNATURE_SIZE } from '../wire/index.ts'
import { knownByOctets } from '../wire/series.ts'
import type { LoadOptions, Offer, ScriptLoad, ScriptStep } from './script-steps.ts'
import type { SentFrames } from './sent-frames.ts'
import type { Port } from './world.ts'

const WHOLE_OCTETS = 65_535
/** What queues hold has drained by then. */
const DRAINED_MS = 3000
const BITS_PER_OCTET = 8
const MS_PER_SECOND = 1000
const NO_SIGNATURE = new Uint8Array(SIGNATURE_SIZE)

export function loadStep(
  offers: readonly Offer[],
  at: readonly Port[],
  frames: SentFrames,
  { whole = false }: LoadOptions,
): ScriptStep {
  const loads = offers.map((offer): ScriptLoad => {
    const { from, frame, beginMs = 0, endMs, rateBitsPerSecond } = offer
    const size = frame.build(NO_SIGNATURE).length
    const framesPerSecond = rateBitsPerSecond / (size * BITS_PER_OCTET)
    const count = Math.ceil((framesPerSecond * (endMs - beginMs)) / MS_PER_SECOND)
    const series = frames.newStream(from, frame, count, at)
    const by = 'kind' in from ? 'nic' : 'guest'
    return { from: series.from, by, series, framesPerSecond, beginMs, endMs }
  })
  const durationMs = Math.max(...loads.map(({ endMs }) => endMs))
  const [kept, deadlineMs] = [at.map(({ id }) => id), DRAINED_MS]
  const snapOctets = whole
    ? WHOLE_OCTETS
    : Math.max(...loads.map(({ series }) => knownByOctets(series.template)))
  return { kind: 'load', loads, kept, snapOctets, durationMs, deadlineMs }
}
