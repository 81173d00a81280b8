/** Runs a case's body on a source of answers, and says what follows from it: the same for a lab and for evidence. */
import type { Scenario } from '../lab/scenario.ts'
import { CaseError, type Verdict, worst } from '../proof/index.ts'
import { type CaseBody, contextOf } from './case-context.ts'
import type { CaseRun } from './case-run.ts'
import { judgedBy } from './expect.ts'

export interface Conclusion {
  verdict: Verdict
  reason: string | null
}

/** The body was not run to its end; null if it was. `cause` is what broke it off. */
export interface Failure {
  reason: string
  cause: unknown
}

export async function playBody(
  run: CaseRun,
  scenario: Scenario,
  protects: readonly string[],
  body: CaseBody,
): Promise<Failure | null> {
  try {
    await judgedBy(run.judgement, () => body(contextOf(run, scenario, protects)))
    return null
  } catch (cause) {
    return { reason: inWords(cause as Error), cause }
  }
}

/** The worst of all that was asserted; a body that broke off could not run, whatever it asserted before. */
export function conclude(run: CaseRun, failure: Failure | null): Conclusion {
  const { judgement } = run
  const verdicts: Verdict[] = [judgement.verdict()]
  const hasAsserted = judgement.assertions.length > 0
  const reasons = hasAsserted || failure === null ? [judgement.reason()] : []
  if (failure !== null) {
    verdicts.push('could not run')
    reasons.push(failure.reason)
  }
  const reason = reasons.filter((text) => text !== null).join('\n')
  return { verdict: worst(verdicts), reason: reason === '' ? null : reason }
}

function inWords(error: Error): string {
  if (error instanceof CaseError) return `the case is wrong: ${error.message}`
  return error.name === 'Error' || error.name === 'TypeError'
    ? `the case failed: ${error.message}`
    : error.message
}
