/** One case being judged: its windows, its numbers, its judgement, and in the end its result and its evidence. */
import type { Lab } from '../lab/lab.ts'
import {
  CaseError,
  Judgement,
  type Numbering,
  type Port,
  portsAreUp,
  Seen,
  type WindowRecord,
  WindowScript,
  type World,
} from '../proof/index.ts'
import type { Measured } from '../report/results.ts'
import { type LateArrival, playWindow } from './live-window.ts'
import { worldOf } from './world.ts'

export interface WindowOptions {
  /** The ports to judge; each must show the harness's own frame first. Those of proofs and senders are added. */
  at?: readonly Port[]
}

export class CaseRun {
  readonly judgement = new Judgement()
  readonly windows: WindowRecord[] = []
  /** What came too late for its window while this case ran: its own claims are judged by it, too. */
  readonly late: LateArrival[] = []
  /** Frames that captures lost between windows, a late arrival perhaps among them. */
  lostBetween = 0
  readonly measured: Record<string, Measured> = {}
  readonly lab: Lab
  readonly world: World
  readonly #numbering: Numbering
  readonly #onLate: (late: readonly LateArrival[]) => void
  #nextFrame = 1

  constructor(lab: Lab, numbering: Numbering, onLate: (late: readonly LateArrival[]) => void) {
    this.lab = lab
    this.world = worldOf(lab.specification.topology, lab.specification.scenario, lab.inner)
    this.#numbering = numbering
    this.#onLate = onLate
  }

  /** Writes the script down, plays it in one go, and checks that the ports were fit to be judged. */
  readonly window = async (
    options: WindowOptions,
    write: (script: WindowScript) => Promise<void> | void,
  ): Promise<Seen> => {
    const { world } = this
    const script = new WindowScript(world, this.#numbering, options.at ?? [])
    await write(script)
    if (script.steps.length === 0) throw new CaseError('a window in which nothing is sent shows nothing')
    script.settle(this.lab.specification.implementation.settleMs)
    const { record, late, lostBetween } = await playWindow(
      this.lab,
      this.#numbering.run,
      script,
      this.#nextFrame,
    )
    this.windows.push(record)
    this.#nextFrame += record.frames.length
    this.late.push(...late)
    this.lostBetween += lostBetween
    this.#onLate(late)

    const seen = new Seen(record, script, world, this.judgement)
    for (const port of script.watched) {
      const assertion = portsAreUp(seen.at(port))
      if (assertion.verdict !== 'conforms') this.judgement.add(assertion)
    }
    return seen
  }

  readonly measure = (name: string, measured: Measured): void => {
    this.measured[name] = measured
  }
}
