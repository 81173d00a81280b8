/**
 * Plays windows at the sites of a lab. Where there is one site, a window is one message, its waiting included: no round
 * trip a frame. Where there are several, the window is open at all of them, and each plays the steps that are its own.
 */
import {
  beginTalk,
  endTalk,
  hush,
  type PortId,
  type Series,
  type SpeakRequest,
  type StepResult,
  speak,
  speakOn,
  type TalkRequest,
  type TalkResult,
  window,
} from '../agent/messages/index.ts'
import { OpenWindow, SiteClocks } from './player/open-window.ts'
import { agentStep, type LabStep, type LabWindow, waitsOf } from './player/steps.ts'
import { LabError, type Site } from './site.ts'

export type { SiteClock } from './player/clock.ts'
export type { LabStep, LabWindow, PlacedEnd, TransferStep } from './player/steps.ts'

/** What is on its way when a talk is ended may still come. */
const LAST_WORD_MS = 1000
/** Beyond what any so many frames take. */
const SPEAK_ON_MS = 5000

export interface LabTalk {
  talk: TalkResult
  window: LabWindow
}

/** Guests that send to one other all the time, heard or not. */
export interface CallRequest {
  run: number
  /** Played first: what shows that the captures live. */
  steps: readonly LabStep[]
  callers: readonly { guest: PortId; says: Series }[]
  to: PortId
  paceMs: number
  /** How many frames each sends when all else is over. */
  afterwards: number
}

export interface LabCall {
  /** How many numbers each caller has sent. */
  said: readonly number[]
  window: LabWindow
}

/** Plays steps in a window that is open. */
export type PlayMore = (steps: readonly LabStep[]) => Promise<readonly StepResult[]>

export class WindowPlayer {
  readonly #sites: readonly Site[]
  readonly #siteOf: (port: PortId) => Site
  readonly #clocks = new SiteClocks()
  #isOpen = false

  /**
   * @param sites all of the lab
   * @param siteOf which of them holds a port: a capture (`hv1:eth0`) or a guest (`red1`)
   */
  constructor(sites: readonly Site[], siteOf: (port: PortId) => Site) {
    this.#sites = sites
    this.#siteOf = siteOf
  }

  /** @throws {LabError} if a site fails */
  async play(run: number, steps: readonly LabStep[]): Promise<LabWindow> {
    const [only, ...others] = this.#sites
    if (only === undefined) throw new LabError('a lab without sites')
    if (others.length === 0) {
      const result = await only.ask(window, { run, steps: steps.map(agentStep) }, waitsOf(steps))
      return { ...result, clocks: [] }
    }
    return this.#whileOpen(run, async (open) => open.end(await open.play(steps)))
  }

  /**
   * Two guests talk while `meanwhile` happens; every port is captured from before it until after it.
   * @throws {LabError} if a site fails, and whatever `meanwhile` throws
   */
  talk(request: TalkRequest, meanwhile: () => Promise<void>): Promise<LabTalk> {
    const [only, ...others] = this.#sites
    if (only === undefined) throw new LabError('a lab without sites')
    return others.length === 0
      ? talkAtOne(only, request, meanwhile)
      : this.#whileOpen(request.run, (open) => this.#talkIn(open, request, meanwhile))
  }

  /**
   * Guests send to another while `meanwhile` happens, which may let others send, too.
   * @throws {LabError} if a site fails, and whatever `meanwhile` throws
   */
  call(request: CallRequest, meanwhile: (play: PlayMore) => Promise<void>): Promise<LabCall> {
    const { run, callers, to, paceMs, afterwards } = request
    const hears = { firstNumber: 1, count: 0 }
    return this.#whileOpen(run, async (open) => {
      const steps = [...(await open.play(request.steps))]
      const sites = [...new Set(callers.map(({ guest }) => this.#siteOf(guest)))]
      const atEach = <R>(ask: (site: Site) => Promise<R>): Promise<readonly R[]> =>
        Promise.all(sites.map((site) => open.heeding(site, () => ask(site))))
      for (const { guest, says } of callers) {
        const order = { guest, says, hears, begins: true, paceMs, lostAfterMs: paceMs }
        await open.heeding(this.#siteOf(guest), () => this.#siteOf(guest).ask(speak, order))
      }
      await meanwhile(async (more) => {
        const results = await open.play(more)
        steps.push(...results)
        return results
      })
      const frames = afterwards
      await atEach((site) => site.ask(speakOn, { frames, deadlineMs: SPEAK_ON_MS }, SPEAK_ON_MS))
      const told = (await atEach((site) => site.ask(hush, undefined))).flat()
      const said = callers.map(({ guest }) => told.find((one) => one.guest === guest)?.said ?? 0)
      const lastWords = callers.map(({ says }, at) => {
        return { port: to, number: says.firstNumber + (said[at] ?? 0) - 1, direction: 'in' as const }
      })
      await open.play([{ kind: 'await', arrivals: lastWords, deadlineMs: LAST_WORD_MS }])
      return { said, window: await open.end(steps) }
    })
  }

  async #talkIn(open: OpenWindow, request: TalkRequest, meanwhile: () => Promise<void>): Promise<LabTalk> {
    const { a, b, fromA, fromB, paceMs, lostAfterMs } = request
    const steps = await open.play(request.steps.map(talkStep))
    const [siteOfA, siteOfB] = [this.#siteOf(a), this.#siteOf(b)]
    const common = { paceMs, lostAfterMs }
    const letSpeak = (site: Site, request: SpeakRequest) => open.heeding(site, () => site.ask(speak, request))
    await letSpeak(siteOfB, { guest: b, says: fromB, hears: fromA, begins: false, ...common })
    await letSpeak(siteOfA, { guest: a, says: fromA, hears: fromB, begins: true, ...common })
    await meanwhile()
    const said = await Promise.all(
      [...new Set([siteOfA, siteOfB])].map((site) => open.heeding(site, () => site.ask(hush, undefined))),
    )
    const saidBy = (guest: PortId): number => said.flat().find((one) => one.guest === guest)?.said ?? 0
    const talk = { sentByA: saidBy(a), sentByB: saidBy(b) }
    const lastWords = [
      { port: b, number: fromA.firstNumber + talk.sentByA - 1, direction: 'in' as const },
      { port: a, number: fromB.firstNumber + talk.sentByB - 1, direction: 'in' as const },
    ]
    const arrivals = lastWords.filter((_, at) => (at === 0 ? talk.sentByA : talk.sentByB) > 0)
    await open.play([{ kind: 'await', arrivals, deadlineMs: LAST_WORD_MS }])
    return { talk, window: await open.end(steps) }
  }

  async #whileOpen<T>(run: number, work: (open: OpenWindow) => Promise<T>): Promise<T> {
    if (this.#isOpen) throw new Error('a window is open: end it first')
    this.#isOpen = true
    try {
      await this.#clocks.meet(this.#sites)
      const open = await OpenWindow.begin(run, this.#sites, this.#siteOf, this.#clocks)
      return await open.orAbandon(() => work(open))
    } finally {
      this.#isOpen = false
    }
  }
}

async function talkAtOne(site: Site, request: TalkRequest, meanwhile: () => Promise<void>): Promise<LabTalk> {
  const steps = await site.ask(beginTalk, request, waitsOf(request.steps))
  try {
    await meanwhile()
  } catch (error) {
    await site.ask(endTalk, undefined).catch(() => undefined) // the first failure is the one to tell
    throw error
  }
  const { talk, window } = await site.ask(endTalk, undefined)
  return { talk, window: { ...window, steps, clocks: [] } }
}

function talkStep(step: TalkRequest['steps'][number]): LabStep {
  if (step.kind === 'transfer') throw new Error('a talk has no room for a transfer')
  return step
}
