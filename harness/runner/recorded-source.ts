/** A case's answers from evidence: what a lab answered before, in the same order. */
import type { Answer, Operation } from '../lab/operation.ts'
import { CaseError, type RecordedFrame, type WindowRecord, type WindowScript } from '../proof/index.ts'
import type { CallOrder, CaseSource, LateArrival, PlayedWindow, PlayMore, TalkOrder } from './case-source.ts'
import { isLooked } from './live-window.ts'
import type { Observations } from './observations.ts'

/** What the lab did not get to any more. Its message is what the run said of it then. */
export class NotRecorded extends Error {
  override readonly name = 'NotRecorded'
}

export class RecordedSource implements CaseSource {
  readonly #windows: readonly WindowRecord[]
  readonly #performed: Observations['performed']
  readonly #failure: string
  #window = 0
  #operation = 0

  constructor(windows: readonly WindowRecord[], { performed, failure }: Observations) {
    this.#windows = windows
    this.#performed = performed
    this.#failure = failure ?? 'the evidence ends before the case does'
  }

  /** The case played all that was recorded. */
  get isAtEnd(): boolean {
    return this.#window === this.#windows.length && this.#operation === this.#performed.length
  }

  async play(script: WindowScript): Promise<PlayedWindow> {
    script.finish()
    return this.#next(script)
  }

  async talk(
    script: WindowScript,
    _talk: TalkOrder,
    _firstFrame: number,
    meanwhile: () => Promise<void>,
  ): Promise<PlayedWindow> {
    script.finish()
    await meanwhile()
    return this.#next(script)
  }

  async call(
    script: WindowScript,
    _call: CallOrder,
    _firstFrame: number,
    meanwhile: (play: PlayMore) => Promise<void>,
  ): Promise<PlayedWindow> {
    script.finish()
    await meanwhile(async () => undefined)
    return this.#next(script)
  }

  async perform(operation: Operation): Promise<Answer> {
    const recorded = this.#performed[this.#operation]
    if (recorded === undefined) throw new NotRecorded(this.#failure)
    this.#operation += 1
    if (JSON.stringify(recorded.operation) !== JSON.stringify(operation)) {
      throw new CaseError(`this evidence is not of this case: ${describe(recorded.operation)} was done there`)
    }
    return recorded.answer as unknown as Answer
  }

  #next(script: WindowScript): PlayedWindow {
    const record = this.#windows[this.#window]
    if (record === undefined) throw new NotRecorded(this.#failure)
    this.#window += 1
    requireSame(script, record, this.#window)
    return { record, late: [], lostBetween: 0 }
  }
}

/** What the case would send is what was sent: else the evidence is of another case, or of another state of it. */
function requireSame(script: WindowScript, { sent, series }: WindowRecord, window: number): void {
  const differs = script.sent.find((frame, index) => {
    const other = sent[index]
    return other?.number !== frame.number || Buffer.compare(other.octets, frame.octets) !== 0
  })
  const hasOtherSeries = script.series.some((own, index) => {
    const other = series[index]
    return (
      other?.firstNumber !== own.firstNumber ||
      other.count > own.count ||
      Buffer.compare(other.template, own.template) !== 0
    )
  })
  if (differs === undefined && sent.length === script.sent.length && !hasOtherSeries) return
  const what = differs === undefined ? '' : `, such as ${differs.summary} of ${differs.from}`
  throw new CaseError(
    `this evidence is not of this case: in window ${window} the case sends other frames${what}`,
  )
}

function describe(operation: Observations['performed'][number]['operation']): string {
  return JSON.stringify(operation)
}

/** What was looked at behind the last window of a capture: signed frames, and DHCP servers' messages. */
export function lateIn(frames: readonly RecordedFrame[]): readonly LateArrival[] {
  return frames.flatMap(({ frame: _, signature, ...arrival }) =>
    isLooked(arrival.octets, signature) ? [{ ...arrival, number: signature }] : [],
  )
}
