/** What a case found, assertion by assertion. A verdict is the worst of them; none is ever taken back. */
import type { Measurement } from './rates/measurement.ts'
import type { RateBounds } from './rates/verdicts.ts'
import type { SignedFrame } from './record.ts'

/** Worst first. */
export const VERDICTS = ['deviates', 'could not run', 'not supported', 'conforms'] as const
export type Verdict = (typeof VERDICTS)[number]

export interface Assertion {
  verdict: Verdict
  /** One line: what was expected, at which port. */
  expected: string
  /** What was seen instead, hop by hop; null where it conforms. */
  found: string | null
  /** The frames that met it or broke it, by their numbers in evidence.pcapng. */
  frames: readonly number[]
  /** Where it is about one injected frame: its number. By this its way is shown, where it was never seen, too. */
  about?: number
  /** Where it is about one port: its name. */
  at?: string
}

/** Of a rate, or a burst: it is about all frames between the two that it names, and none of them is wrong by itself. */
export function isAboutRate({ expected, frames }: Pick<Assertion, 'expected' | 'frames'>): boolean {
  return frames.length === 2 && / (keeps to|carries no more in any window t than) /.test(expected)
}

/** For people: those that show a frame's way first, and of these first what came where it must not: that says the rule. */
export function mostTellingFirst<T extends Pick<Assertion, 'expected' | 'found'>>(
  assertions: readonly T[],
): readonly T[] {
  const showsWay = ({ found }: T): boolean => found?.includes('\njourney ') === true
  const [showing, others] = [assertions.filter(showsWay), assertions.filter((one) => !showsWay(one))]
  return [...brokenAbsencesFirst(showing), ...others]
}

function brokenAbsencesFirst<T extends Pick<Assertion, 'expected'>>(assertions: readonly T[]): readonly T[] {
  const isAbsence = ({ expected }: T): boolean => expected.includes(' never carries ')
  return [...assertions.filter(isAbsence), ...assertions.filter((one) => !isAbsence(one))]
}

/** A broken lab breaks everything in the same way: the first few say it. */
const MOST_TOLD = 3

/** Of nothing, nothing was proved. */
export function worst(verdicts: readonly Verdict[]): Verdict {
  return VERDICTS.find((verdict) => verdicts.includes(verdict)) ?? 'could not run'
}

/** A claim that a frame never comes to a port: it stays watched until the run ends. */
export interface AbsenceClaim {
  sent: SignedFrame
  number: number
  /** Of a stream: so many numbers from that on. */
  count?: number
  port: string
  summary: string
}

/** A claim that no DHCP server's message of this transaction comes to a port any more: it stays watched, too. */
export interface ReplyClaim {
  transaction: number // xid
  port: string
  summary: string
}

export type Claim = AbsenceClaim | ReplyClaim

export interface AssertedRate {
  measurement: Measurement
  bounds: RateBounds
  assertion: Assertion
}

export class Judgement {
  readonly assertions: Assertion[] = []
  readonly absenceClaims: Claim[] = []
  /** Of the assertions those about rates, with what was measured: for people, no part of the evidence. */
  readonly rates: AssertedRate[] = []

  add(assertion: Assertion): void {
    this.assertions.push(assertion)
  }

  addRate(rate: AssertedRate): void {
    this.add(rate.assertion)
    this.rates.push(rate)
  }

  get deviates(): boolean {
    return this.assertions.some(({ verdict }) => verdict === 'deviates')
  }

  watch(claim: Claim): void {
    this.absenceClaims.push(claim)
  }

  /** A case that asserts nothing proves nothing. */
  verdict(): Verdict {
    if (this.assertions.length === 0) return 'could not run'
    return worst(this.assertions.map((assertion) => assertion.verdict))
  }

  /** The texts of the assertions that decided the verdict, each with what was found; first what came where it must not. */
  reason(): string | null {
    const verdict = this.verdict()
    if (verdict === 'conforms') return null
    if (this.assertions.length === 0) return 'the case asserted nothing'
    const decisive = brokenAbsencesFirst(this.assertions.filter((one) => one.verdict === verdict))
    const texts = [...new Set(decisive.map((assertion) => assertion.found ?? assertion.expected))]
    const told = texts.slice(0, MOST_TOLD)
    const more = texts.length - told.length
    return [
      ...told,
      ...(more > 0 ? [`and ${more} more of the kind: observations.json has them all`] : []),
    ].join('\n')
  }
}
