/**
 * What a script promises of each stimulus, and where: found at once, for an assertion on every pair of a hundred
 * guests asks for it ten thousand times.
 */
import type { Awaited } from './record.ts'
import type { AbsenceProof, DeliveryProof } from './script-steps.ts'
import type { Stimulus } from './stimulus.ts'

interface Promises {
  absences: Map<string, AbsenceProof> // by port, the first of each
  deliveries: DeliveryProof[]
  /** Behind the stimulus, as its proofs of absence wait for it: proofs made together share it. */
  behind: Set<readonly Awaited[]>
}

export class Proofs {
  readonly #of = new Map<Stimulus, Promises>()

  addAbsence(proof: AbsenceProof): void {
    const { absences, behind } = this.#promisesOf(proof.stimulus)
    if (!absences.has(proof.port)) absences.set(proof.port, proof)
    behind.add(proof.behind)
  }

  addDelivery(proof: DeliveryProof): void {
    this.#promisesOf(proof.stimulus).deliveries.push(proof)
  }

  absence(stimulus: Stimulus, port: string): AbsenceProof | undefined {
    return this.#of.get(stimulus)?.absences.get(port)
  }

  deliveries(stimulus: Stimulus): readonly DeliveryProof[] {
    return this.#of.get(stimulus)?.deliveries ?? []
  }

  /** Wherever a frame behind this one was waited for, that its absence elsewhere might be proved. */
  behindAbsences(stimulus: Stimulus): readonly Awaited[] {
    return [...(this.#of.get(stimulus)?.behind ?? [])].flat()
  }

  #promisesOf(stimulus: Stimulus): Promises {
    const known = this.#of.get(stimulus)
    if (known !== undefined) return known
    const fresh = { absences: new Map(), deliveries: [], behind: new Set<readonly Awaited[]>() }
    this.#of.set(stimulus, fresh)
    return fresh
  }
}
