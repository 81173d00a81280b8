/**
 * The cases' `expect`. Of a port it takes "carries" and "never carries"; of anything else it is vitest's. Nothing
 * throws at the first failure: a case's verdict is the worst of all that it asserted.
 */
import { type Assertion, expect as vitestExpect } from 'vitest'
import { type Carriage, carries, carriesNot, PortView, type Stimulus } from '../proof/index.ts'

export interface PortExpectation {
  /** The port carries this frame as it was sent, tagged as given. */
  toCarry(stimulus: Stimulus, carriage?: Carriage): void
  not: {
    /** It never does: the window must have proved its absence there. */
    toCarry(stimulus: Stimulus): void
  }
}

export function expect(actual: PortView): PortExpectation
export function expect<T>(actual: T, message?: string): Assertion<T>
export function expect(actual: unknown, message?: string): PortExpectation | Assertion<unknown> {
  if (!(actual instanceof PortView)) return vitestExpect.soft(actual, message)
  const { judgement } = actual.seen
  return {
    toCarry: (stimulus, carriage = {}) => judgement.add(carries(actual, stimulus, carriage)),
    not: { toCarry: (stimulus) => judgement.add(carriesNot(actual, stimulus)) },
  }
}
