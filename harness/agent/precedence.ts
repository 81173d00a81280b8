/**
 * Who gets the processor first where a lab has but one: while the agent must keep a pace, it, and then the programs that
 * it runs. Frames come in from a network whatever a machine does at the time. Source: setpriority(2), sched(7).
 */
import { constants, getPriority, setPriority } from 'node:os'

/** Three quarters of the processor where both want all of it; the agent wants less, so programs get more than the rest. */
const NICER = 5
/** Only the privileged may go first. */
const REFUSALS: readonly unknown[] = ['EACCES', 'EPERM']

export class Precedence {
  readonly #usual = getPriority()
  #isTaken = false

  /** Where that is allowed: else all stays as it is. */
  take(): void {
    try {
      setPriority(Math.max(this.#usual - NICER, constants.priority.PRIORITY_HIGHEST))
      this.#isTaken = true
    } catch (error) {
      if (!REFUSALS.includes((error as NodeJS.ErrnoException).code)) throw error
    }
  }

  leave(): void {
    if (this.#isTaken) setPriority(this.#usual)
    this.#isTaken = false
  }

  /** A process that was just started has inherited it. @param pid undefined: it could not be started */
  readonly denyTo = (pid: number | undefined): void => {
    if (this.#isTaken && pid !== undefined) setPriority(pid, this.#usual)
  }
}
