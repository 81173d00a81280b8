/** One case being judged: its windows, what it did to the lab, its numbers, its judgement. */
import type { Answer, Operation } from '../lab/operation.ts'
import {
  CaseError,
  experimental,
  type Guest,
  hidesAddresses,
  Judgement,
  type LimiterCurves,
  type Measurement,
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
import { CaseWorld } from './case-world.ts'

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

/** What callers sent, each in its place, and what was seen of it. */
export interface CallSeen {
  seen: Seen
  calls: readonly SentSeries[]
}

/** While others call: this guest sends a frame, and it is waited for at these ports. */
export type Say = (guest: Guest, stimulus: Stimulus, at: readonly Port[]) => Promise<void>

export interface TalkOptions {
  /** Of each frame as a whole. */
  sizeOctets?: number
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
  /** What limiters did over time, by what was measured. */
  readonly curves: Record<string, LimiterCurves> = {}
  /** Measured limiters, by what was measured: for people, no part of the evidence. */
  readonly limiters: { name: string; measurement: Measurement }[] = []
  /** Of each window: how many operations had been performed when it began. */
  readonly performedBefore: number[] = []
  readonly world: CaseWorld
  readonly #source: CaseSource
  readonly #numbering: Numbering
  readonly #settleMs: number
  readonly #onLate: (late: readonly LateArrival[]) => void
  readonly #onDeviation: () => Promise<void>
  #isNoted = false
  /** While frames go to and fro nothing else is done: it would take their time. */
  #isTalking = false
  /** Guests that have asked for their router, by what they say to it. */
  readonly askers = new Map<Guest, () => readonly Stimulus[]>()
  #nextFrame = 1

  constructor({ source, world, numbering, settleMs, onLate, onDeviation }: CaseRunSetup) {
    this.world = new CaseWorld(world)
    this.#source = source
    this.#numbering = numbering
    this.#settleMs = settleMs
    this.#onLate = onLate
    this.#onDeviation = onDeviation ?? (async () => undefined)
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
    this.performedBefore.push(this.performed.length)
    return this.#take(await this.#source.play(script, this.#nextFrame), script, script.watched)
  }

  /** Two guests answer each other, frame by frame, while something else happens. */
  readonly talk = async (
    a: Guest,
    b: Guest,
    meanwhile: () => Promise<void>,
    options: TalkOptions = {},
  ): Promise<TalkSeen> => {
    const ports = [a.port, b.port, a.nic, b.nic]
    const script = new WindowScript(this.world, this.#numbering, ports)
    const there = script.newSeries(a, experimental({ from: a, to: b, ...options }), TALK_NUMBERS)
    const back = script.newSeries(b, experimental({ from: b, to: a, ...options }), TALK_NUMBERS)
    const order = { a: a.name, b: b.name, there, back }
    this.performedBefore.push(this.performed.length)
    const talk = this.#source.talk(script, order, this.#nextFrame, meanwhile)
    const seen = this.#take(await this.#talking(talk), script, ports)
    return { seen, there, back }
  }

  /** Guests send to another all the time, heard or not, while something else happens. */
  readonly call = async (
    callers: readonly Guest[],
    to: Guest,
    meanwhile: (say: Say) => Promise<void>,
  ): Promise<CallSeen> => {
    const ports = callers.flatMap(({ port, nic }) => [port, nic])
    const script = new WindowScript(this.world, this.#numbering, [...ports, to.port, to.nic])
    const calls = callers.map((from) => script.newSeries(from, experimental({ from, to }), TALK_NUMBERS))
    const order = {
      callers: calls.map((says) => ({ guest: says.from, says })),
      to: to.name,
    }
    this.performedBefore.push(this.performed.length)
    const call = this.#source.call(script, order, this.#nextFrame, (play) =>
      meanwhile(async (guest, stimulus, at) => {
        const before = script.steps.length
        await script.say(guest, stimulus, at)
        await play(script.steps.slice(before))
      }),
    )
    const played = await this.#talking(call)
    return { seen: this.#take(played, script, ports), calls }
  }

  readonly perform = async (operation: Operation): Promise<Answer> => {
    if (!this.#isTalking && this.judgement.deviates) await this.noteDeviation()
    const answer = await this.#source.perform(operation)
    this.performed.push({ operation, answer })
    this.#noteWhoIsHere(operation)
    return answer
  }

  /** Once a case: when it is first seen to deviate, before anything is changed; else when it is over. */
  async noteDeviation(): Promise<void> {
    if (this.#isNoted) return
    this.#isNoted = true
    await this.#onDeviation()
  }

  readonly measure = (name: string, measured: Measured): void => {
    this.measured[name] = measured
  }

  readonly draw = (name: string, curves: LimiterCurves): void => {
    this.curves[name] = curves
  }

  async #talking<T>(talk: Promise<T>): Promise<T> {
    this.#isTalking = true
    try {
      return await talk
    } finally {
      this.#isTalking = false
    }
  }

  #noteWhoIsHere(operation: Operation): void {
    if (operation.do === 'move') this.world.move(operation.guest, operation.hypervisor)
    if (!('guests' in operation)) return
    if (operation.do === 'attach' || operation.do === 'power on') this.world.noteBack(operation.guests)
    else this.world.noteAway(operation.guests)
  }

  #take({ record, late, lostBetween }: PlayedWindow, script: WindowScript, watched: readonly Port[]): Seen {
    this.windows.push(record)
    this.#nextFrame += record.frames.length
    this.late.push(...late)
    this.lostBetween += lostBetween
    this.#onLate(late)
    const seen = new Seen(record, script, this.world.snapshot(), this.judgement)
    for (const port of watched) {
      const assertion = portsAreUp(seen.at(port))
      if (assertion.verdict !== 'conforms') this.judgement.add(assertion)
    }
    this.#watchAddresses(seen)
    return seen
  }

  /** No guest answers when its router asks for it: it speaks first, so that the router goes on to know it. */
  async #askAgain(script: WindowScript): Promise<void> {
    for (const [guest, words] of this.askers)
      if (!this.world.isAway(guest.name)) await script.inject(guest, ...words())
  }

  /** In every window of the scenario, whatever its rule: a guest's address that is shown is a fault. */
  #watchAddresses(seen: Seen): void {
    const { ports, guests, hidesGuests } = this.world
    if (!hidesGuests) return
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
  /** The lab is still as it was when the case deviated. It never throws, and changes no verdict. */
  onDeviation?: () => Promise<void>
}
