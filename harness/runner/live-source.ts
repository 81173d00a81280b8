/** A case's answers from a lab. */

import type { Step } from '../agent/messages/index.ts'
import type { Lab } from '../lab/lab.ts'
import type { Answer, Operation } from '../lab/operation.ts'
import type { LabStep } from '../lab/player.ts'
import type { ScriptStep, Stack, WindowScript } from '../proof/index.ts'
import type { CallOrder, CaseSource, LateArrival, PlayedWindow, PlayMore, TalkOrder } from './case-source.ts'
import { lateArrivals, windowRecord } from './live-window.ts'

/** Often enough that an outage of a few frames shows, seldom enough that the evidence stays small. */
const TALK_PACE_MS = 5
const LOST_AFTER_MS = 1000
/** As surely as this is known how long nothing came. */
const CALL_PACE_MS = 2
/** How often callers go on when all else is over. */
const CALLS_AFTERWARDS = 50

export class LiveSource implements CaseSource {
  readonly #lab: Lab
  readonly #run: number

  constructor(lab: Lab, run: number) {
    this.#lab = lab
    this.#run = run
  }

  async play(script: WindowScript, firstFrame: number): Promise<PlayedWindow> {
    const { steps, controls } = script.finish()
    const stacks = stacksIn(steps)
    await this.#lab.operations.stacks.open(stacks)
    try {
      const result = await this.#lab.play(this.#run, steps.map(this.#labStep))
      return windowRecord(result, {
        steps,
        controls,
        sent: script.sent,
        series: script.series,
        run: this.#run,
        firstFrame,
      })
    } finally {
      await this.#lab.operations.stacks.close(stacks)
    }
  }

  async talk(
    script: WindowScript,
    { a, b, there, back }: TalkOrder,
    firstFrame: number,
    meanwhile: () => Promise<void>,
  ): Promise<PlayedWindow> {
    const { steps, controls } = script.finish()
    const request = {
      ...{
        run: this.#run,
        steps: steps.flatMap((step) => (step.kind === 'transfer' ? [] : [agentStep(step)])),
        a,
        b,
        fromA: there,
        fromB: back,
      },
      ...{ paceMs: TALK_PACE_MS, lostAfterMs: LOST_AFTER_MS },
    }
    const { talk, window } = await this.#lab.talk(request, meanwhile)
    const series = [
      { ...there, count: talk.sentByA },
      { ...back, count: talk.sentByB },
    ]
    return windowRecord(window, {
      ...{ steps, controls, sent: script.sent, series },
      ...{ run: this.#run, firstFrame, wholeAt: [a, b] },
    })
  }

  async call(
    script: WindowScript,
    { callers, to }: CallOrder,
    firstFrame: number,
    meanwhile: (play: PlayMore) => Promise<void>,
  ): Promise<PlayedWindow> {
    const { steps, controls } = script.finish()
    const played = [...steps]
    const request = {
      ...{ run: this.#run, steps: steps.map(this.#labStep), callers, to },
      ...{ paceMs: CALL_PACE_MS, afterwards: CALLS_AFTERWARDS },
    }
    const { said, window } = await this.#lab.call(request, (play) =>
      meanwhile(async (more) => {
        played.push(...more)
        await play(more.map(this.#labStep))
      }),
    )
    const series = callers.map(({ says }, at) => ({ ...says, count: said[at] ?? 0 }))
    return windowRecord(window, {
      ...{ steps: played, controls, sent: script.sent, series },
      ...{ run: this.#run, firstFrame },
    })
  }

  readonly #labStep = (step: ScriptStep): LabStep => {
    if (step.kind !== 'transfer') return agentStep(step)
    const { client, server, deadlineMs, transfer } = step
    const { sizeOctets } = transfer
    return { kind: 'transfer', client: this.#end(client), server: this.#end(server), sizeOctets, deadlineMs }
  }

  #end(stack: Stack) {
    return { place: this.#lab.operations.stacks.placeOf(stack), address: stack.address }
  }

  perform(operation: Operation): Promise<Answer> {
    return this.#lab.operations.perform(operation)
  }
}

/** What came since the last window, with nothing injected. */
export async function lateOf(lab: Lab, run: number): Promise<readonly LateArrival[]> {
  return lateArrivals(await lab.play(run, []), run)
}

/** The guests that need a network stack. */
function stacksIn(steps: readonly ScriptStep[]): readonly string[] {
  const owners = steps.flatMap((step) => (step.kind === 'transfer' ? [step.client, step.server] : []))
  return [...new Set(owners.filter(({ isGuest }) => isGuest).map(({ name }) => name))]
}

type Simple<S extends { kind: string }> = Exclude<S, { kind: 'transfer' }>

function agentStep(step: Simple<ScriptStep>): Simple<Step> {
  if (step.kind !== 'send' && step.kind !== 'put') return step
  return { ...step, frames: step.frames.map((frame) => frame.octets) }
}
