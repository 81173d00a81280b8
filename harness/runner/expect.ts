/**
 * The cases' `expect`. Of a port it takes "carries" and "never carries"; of anything else it is vitest's. Nothing
 * throws at the first failure: a case's verdict is the worst of all that it asserted.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import { type Assertion, expect as vitestExpect } from 'vitest'
import {
  ALLOWANCE,
  type Allowance,
  type AnswerOptions,
  areOnly,
  arrivesWhole,
  type Carriage,
  CaseError,
  carries,
  carriesAnswer,
  carriesIfAtAll,
  carriesInOrder,
  carriesNot,
  carriesNothing,
  DhcpReplies,
  type DhcpSettings,
  delaysAsQueued,
  delaysAtMost,
  type FieldValues,
  type Guest,
  hidesAddresses,
  isNoReply,
  isOneReply,
  type Judgement,
  keepsBurst,
  keepsRate,
  LimiterView,
  longestPauseMs,
  losesNothing,
  PortView,
  type RateBounds,
  type SentSeries,
  type SeriesPart,
  type Silence,
  type SilenceProof,
  type Stimulus,
  showsSignature,
  TransferView,
} from '../proof/index.ts'
import type { DhcpType } from '../wire/index.ts'

export interface PortExpectation {
  /** The port carries this frame as it was sent, tagged as given. */
  toCarry(stimulus: Stimulus, carriage?: Carriage): void
  /** Once and as it was sent, or not at all. */
  toCarryIfAtAll(stimulus: Stimulus, carriage?: Carriage): void
  /** Every number of the series, once, in order, as it was sent. */
  toCarryInOrder(series: Stimulus | SentSeries, part?: SeriesPart): void
  /** A frame that somebody else sent, with these fields: `{ 'arp.op': 2 }`. */
  toCarryAnswer(fields: FieldValues, options?: AnswerOptions): void
  /** What is sent there has none of these guests' addresses in any header. */
  toHideAddressesOf(guests: readonly Guest[]): void
  /** No frame at all, whosever: its VM is off. It was on in the windows around this one. */
  toCarryNothing(silence: Silence): void
  not: {
    /** It never does: the window must have proved its absence there. */
    toCarry(stimulus: Stimulus): void
  }
}

export interface DhcpExpectation {
  /** One reply came, of this type, well-formed, and it says this. */
  toBeOne(type: DhcpType, settings?: DhcpSettings): void
  /** None came, though a server that answered what was asked behind it had the chance. */
  toBeNone(proof: SilenceProof): void
  /** None came, or well-formed ones of these types. */
  toBeNoneBut(types: readonly DhcpType[], proof: SilenceProof): void
}

export interface TransferExpectation {
  toArriveWhole(): void
}

export interface LimiterExpectation {
  /** In its steady part: `rateWithin(10e6, 0.01)`. */
  toKeepRate(bounds: RateBounds): void
  /** No more in any window than the bucket, what the rate gives, and one frame. */
  toKeepBurst(): void
  /** By what it did to frames: it let them wait, or dropped what exceeded. */
  toHaveWorkedAs(kind: 'shaped' | 'policed' | 'neither'): void
  /** Nothing lost, in order, each delayed as the queue predicts: the case stays below the queue's limit. */
  toDelayAsQueued(allowance?: Partial<Allowance>): void
  /** No frame longer, over the quickest. */
  toDelayAtMost(bound: { ms: number }): void
  /** All of what came in leaves, each flow in order. */
  toLoseNothing(): void
}

/** Whose judgement assertions about plain values belong to: the case's under way. It is the process's. */
const HOLDER = globalThis as { frameproofJudging?: AsyncLocalStorage<Judgement> }
HOLDER.frameproofJudging ??= new AsyncLocalStorage()
const JUDGING = HOLDER.frameproofJudging

export function judgedBy<T>(judgement: Judgement, body: () => Promise<T>): Promise<T> {
  return JUDGING.run(judgement, body)
}

export function expect(actual: PortView): PortExpectation
export function expect(actual: TransferView): TransferExpectation
export function expect(actual: DhcpReplies): DhcpExpectation
export function expect(actual: LimiterView): LimiterExpectation
export function expect<T>(actual: T, message?: string): Assertion<T>
export function expect(
  actual: unknown,
  message?: string,
): PortExpectation | TransferExpectation | DhcpExpectation | LimiterExpectation | Assertion<unknown> {
  if (actual instanceof TransferView) {
    return { toArriveWhole: () => actual.seen.judgement.add(arrivesWhole(actual)) }
  }
  if (actual instanceof DhcpReplies) return ofDhcp(actual)
  if (actual instanceof LimiterView) return ofLimiter(actual)
  if (!(actual instanceof PortView)) return plainly(actual, message)
  const { judgement } = actual.seen
  return {
    toCarry: (stimulus, carriage = {}) => judgement.add(carries(actual, stimulus, known(carriage))),
    toCarryIfAtAll: (stimulus, carriage = {}) =>
      judgement.add(carriesIfAtAll(actual, stimulus, known(carriage))),
    toCarryInOrder: (series, part = {}) => judgement.add(carriesInOrder(actual, series, part)),
    toCarryAnswer: (fields, options = {}) => judgement.add(carriesAnswer(actual, fields, options)),
    toHideAddressesOf: (guests) => judgement.add(hidesAddresses(actual, guests)),
    toCarryNothing: (silence) => judgement.add(carriesNothing(actual, silence)),
    not: { toCarry: (stimulus) => judgement.add(carriesNot(actual, stimulus)) },
  }
}

function ofDhcp(replies: DhcpReplies): DhcpExpectation {
  const { judgement } = replies.view.seen
  return {
    toBeOne: (type, settings = {}) => {
      requireKnown('toBeOne', settings, DHCP_SETTINGS)
      judgement.add(isOneReply(replies, type, settings))
    },
    toBeNone: (proof) => judgement.add(isNoReply(replies, proof)),
    toBeNoneBut: (types, proof) => judgement.add(areOnly(replies, types, proof)),
  }
}

function ofLimiter({ seen: { judgement, record }, measurement }: LimiterView): LimiterExpectation {
  const stoodStillMs = longestPauseMs(record)
  return {
    toKeepRate: (bounds) =>
      judgement.addRate({ measurement, bounds, assertion: keepsRate(measurement, bounds) }),
    toKeepBurst: () => judgement.add(keepsBurst(measurement)),
    toHaveWorkedAs: (kind) => judgement.add(showsSignature(measurement, kind)),
    toDelayAsQueued: (allowance = {}) =>
      judgement.add(delaysAsQueued(measurement, { ...ALLOWANCE, ...allowance }, stoodStillMs)),
    toDelayAtMost: ({ ms }) => judgement.add(delaysAtMost(measurement, ms, stoodStillMs)),
    toLoseNothing: () => judgement.add(losesNothing(measurement)),
  }
}

const DHCP_SETTINGS = [
  ...['address', 'server', 'serverMac', 'mask', 'router', 'dns', 'leaseSeconds', 'lasting', 'timersInOrder'],
]

const CARRIAGE = ['times', 'tag', 'vid', 'pcp', 'dei', 'tpid', 'rewritten']
const TRANSLATION = ['sourceAddress', 'sourcePort', 'destinationAddress', 'destinationPort']
const REWRITING = [...TRANSLATION, 'ttl', 'from', 'to', 'quoted']

/** @throws {CaseError} for a word that would be passed over in silence */
function known(carriage: Carriage): Carriage {
  const { rewritten = {} } = carriage
  requireKnown('toCarry', carriage, CARRIAGE)
  requireKnown('rewritten', rewritten, REWRITING)
  requireKnown('quoted', rewritten.quoted ?? {}, TRANSLATION)
  return carriage
}

function requireKnown(where: string, given: object, words: readonly string[]): void {
  const other = Object.keys(given).find((key) => !words.includes(key))
  if (other !== undefined) throw new CaseError(`${where}: there is no ${other}, only ${words.join(', ')}`)
}

/** Vitest's matchers of a value, each an assertion of the case. */
function plainly(actual: unknown, message: string | undefined): Assertion<unknown> {
  const judgement = JUDGING.getStore()
  if (judgement === undefined) throw new CaseError('expect: outside of a case')
  const noted = (matchers: object, not: string): object =>
    new Proxy(matchers, {
      get(target, name) {
        const member: unknown = Reflect.get(target, name, target)
        if (name === 'not') return noted(member as object, 'not ')
        if (typeof member !== 'function') return member
        return (...wanted: readonly unknown[]) => {
          const told = `${message ?? 'a value'}: ${not}${String(name)} ${wanted.map(inWords).join(', ')}`
          judgement.add(assertionOf(told.trimEnd(), actual, () => member.apply(target, wanted)))
        }
      },
    })
  return noted(vitestExpect(actual, message), '') as Assertion<unknown>
}

function assertionOf(
  expected: string,
  actual: unknown,
  assert: () => unknown,
): Parameters<Judgement['add']>[0] {
  try {
    assert()
    return { verdict: 'conforms', expected, found: null, frames: [] }
  } catch (error) {
    if ((error as Error).name !== 'AssertionError') throw error // the matcher is not for such a value
    const found = `expected  ${expected}\nseen      ${inWords(actual)}`
    return { verdict: 'deviates', expected, found, frames: [] }
  }
}

const MOST_CHARACTERS = 500

function inWords(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value)
  return text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}…` : text
}
