/** One case being judged: its windows, what it did to the lab, its numbers, its judgement. */
import type { Answer, Operation } from '../lab/operations.ts'
import {
  CaseError,
  experimental,
  type Guest,
  hidesAddresses,
  Judgement,
  type Numbering,
  type Port,
  portsAreUp,
  Seen,
  type SentSeries,
  type Stimulus,
  type WindowRecord,
  WindowScript,
  type World,
} from '../proof/index.ts'
import type { Measured } from '../report/results.ts'
import type { CaseSource, LateArrival, PlayedWindow } from './case-source.ts'

export interface WindowOptions {
  /** The ports to judge; each must show the harness's own frame first. Those of proofs and senders are added. */
  at?: readonly Port[]
}

/** What two guests said to each other, and what was seen of it. */
export interface TalkSeen {
  seen: Seen
  there: SentSeries
  back: SentSeries
}

export interface Performed {
  operation: Operation
  answer: Answer
}

/** More than any talk says. */
const TALK_NUMBERS = 50_000

export class CaseRun {
  readonly judgement = new Judgement()
  readonly windows: WindowRecord[] = []
  readonly performed: Performed[] = []
  /** What came too late for its window while this case ran: its own claims are judged by it, too. */
  readonly late: LateArrival[] = []
  /** Frames that captures lost between windows, a late arrival perhaps among them. */
  lostBetween = 0
  readonly measured: Record<string, Measured> = {}
  readonly world: World
  readonly #source: CaseSource
  readonly #numbering: Numbering
  readonly #settleMs: number
  readonly #onLate: (late: readonly LateArrival[]) => void
  readonly #away = new Set<string>()
  /** MAC addresses that the case has learned to be routers'. */
  readonly routers = new Set<string>()
  /** Guests that have asked for their router, by their questions. */
  readonly askers = new Map<Guest, () => Stimulus>()
  #nextFrame = 1

  constructor({ source, world, numbering, settleMs, onLate }: CaseRunSetup) {
    const isHere = ({ name }: Guest): boolean => !this.#away.has(name)
    const { routers } = this
    this.world = { ...world, routers, peersOf: (guest) => world.peersOf(guest).filter(isHere) }
    this.#source = source
    this.#numbering = numbering
    this.#settleMs = settleMs
    this.#onLate = onLate
  }

  /** Writes the script down, plays it in one go, and checks that the ports were fit to be judged. */
  readonly window = async (
    options: WindowOptions,
    write: (script: WindowScript) => Promise<void> | void,
  ): Promise<Seen> => {
    const script = new WindowScript(this.world, this.#numbering, options.at ?? [])
    await this.#askAgain(script)
    const askedOnly = script.steps.length
    await write(script)
    if (script.steps.length === askedOnly)
      throw new CaseError('a window in which nothing is sent shows nothing')
    script.settle(this.#settleMs)
    return this.#take(await this.#source.play(script, this.#nextFrame), script, script.watched)
  }

  /** Two guests answer each other, frame by frame, while something else happens. */
  readonly talk = async (a: Guest, b: Guest, meanwhile: () => Promise<void>): Promise<TalkSeen> => {
    const ports = [a.port, b.port, a.nic, b.nic]
    const script = new WindowScript(this.world, this.#numbering, ports)
    const there = script.newSeries(a, experimental({ from: a, to: b }), TALK_NUMBERS)
    const back = script.newSeries(b, experimental({ from: b, to: a }), TALK_NUMBERS)
    const order = { a: a.name, b: b.name, there, back }
    const seen = this.#take(await this.#source.talk(script, order, this.#nextFrame, meanwhile), script, ports)
    return { seen, there, back }
  }

  readonly perform = async (operation: Operation): Promise<Answer> => {
    const answer = await this.#source.perform(operation)
    this.performed.push({ operation, answer })
    this.#noteWhoIsHere(operation)
    return answer
  }

  readonly measure = (name: string, measured: Measured): void => {
    this.measured[name] = measured
  }

  /** Who is unplugged, or off, is nobody's peer: no marker can come there. */
  #noteWhoIsHere(operation: Operation): void {
    if (!('guests' in operation)) return
    const isBack = operation.do === 'attach' || operation.do === 'power on'
    for (const name of operation.guests) {
      if (isBack) this.#away.delete(name)
      else this.#away.add(name)
    }
  }

  #take({ record, late, lostBetween }: PlayedWindow, script: WindowScript, watched: readonly Port[]): Seen {
    this.windows.push(record)
    this.#nextFrame += record.frames.length
    this.late.push(...late)
    this.lostBetween += lostBetween
    this.#onLate(late)
    const seen = new Seen(record, script, this.world, this.judgement)
    for (const port of watched) {
      const assertion = portsAreUp(seen.at(port))
      if (assertion.verdict !== 'conforms') this.judgement.add(assertion)
    }
    this.#watchAddresses(seen)
    return seen
  }

  /** No guest answers when its router asks for it: it asks itself, so that the router goes on to know it. */
  async #askAgain(script: WindowScript): Promise<void> {
    for (const [guest, question] of this.askers)
      if (!this.#away.has(guest.name)) await script.inject(guest, question())
  }

  /** In every window of the scenario, whatever its rule: a guest's address that is shown is a fault. */
  #watchAddresses(seen: Seen): void {
    const { ports, guests, hidesGuests } = this.world
    if (hidesGuests !== true) return
    for (const port of ports.filter(({ kind }) => kind === 'uplink')) {
      const assertion = hidesAddresses(seen.at(port), guests)
      if (assertion.verdict === 'deviates') this.judgement.add(assertion)
    }
  }
}

export interface CaseRunSetup {
  source: CaseSource
  world: World
  numbering: Numbering
  settleMs: number
  onLate: (late: readonly LateArrival[]) => void
}
