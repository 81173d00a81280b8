/** What scripts of proofs are tested with: frames of red1, proofs of them, and what a script sends. For tests only. */
import { arpRequest, exactly, experimental, udp } from '../frames.ts'
import type { SignedFrame } from '../record.ts'
import type { WindowScript } from '../script.ts'
import type { ScriptStep } from '../script-steps.ts'
import type { Stimulus } from '../stimulus.ts'
import type { Port } from '../world.ts'
import { red1, red3 } from './world.ts'

export const NOBODY = '02:00:00:00:ee:ee'

export const broadcast = arpRequest({ from: red1, forAddress: red3.address })
export const unicast = udp({ from: red1, to: red3 })
export const toNobody = experimental({ from: red1, to: { mac: NOBODY } })
export const nameless = exactly(unicast.build(new Uint8Array(16)))

export const absent =
  (stimulus: Stimulus, ...at: readonly Port[]) =>
  async (w: WindowScript): Promise<void> => {
    await w.inject(red1, stimulus)
    await w.proveAbsence({ of: stimulus, at })
  }
export const delivered =
  (stimulus: Stimulus, ...at: readonly Port[]) =>
  async (w: WindowScript): Promise<void> => {
    await w.inject(red1, stimulus)
    await w.proveDelivery({ of: stimulus, at })
  }

/** Everything that a script sends, each with its sender and its destination. */
export function sendsOf({ steps }: { steps: readonly ScriptStep[] }, role: SignedFrame['role'] = 'marker') {
  return steps.flatMap((step) => {
    if (step.kind !== 'send' && step.kind !== 'put') return []
    const by = step.kind === 'send' ? step.guest : step.port
    return step.frames.filter((frame) => frame.role === role).map((frame) => ({ by, frame }))
  })
}
