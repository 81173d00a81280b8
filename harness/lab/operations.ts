/** How a lab does what a case wants of it besides sending frames. */
import { setTimeout } from 'node:timers/promises'
import { awaitRunning, closeCaptures, links, openCaptures } from '../agent/messages/index.ts'
import type { Action, ConfigureCall } from './configure.ts'
import { serveDhcpOutside } from './fabric.ts'
import { bySite } from './ground.ts'
import { GuestDevices, RUNNING_DEADLINE_MS, tapPortOf } from './guest-devices.ts'
import { GuestStacks, type StackParts } from './guest-stacks.ts'
import type { Moment, StateChanges } from './noted-states.ts'
import {
  type Answer,
  type ConfigureAnswer,
  type FdbEntry,
  NotAllowed,
  type Operation,
  type ProgramResult,
  type Proposal,
} from './operation.ts'
import type { Place } from './place.ts'
import type { Plan, PlanChange } from './plan.ts'
import { inNamespace, runOnSite, runScript } from './run-on-site.ts'
import type { Site } from './site.ts'
import type { GuestNode } from './topology.ts'

/** What the operations need of a lab. */
export interface LabParts extends StackParts {
  /** By whomever, and not by `configure`. */
  isConfigured: boolean
  hypervisors: readonly { name: string }[]
  outsideName: string
  planOf(hypervisor: string): Plan
  configure(hypervisor: string, action: Action, guests: readonly GuestNode[]): Promise<ConfigureCall>
  change(hypervisor: string, change: PlanChange): void
  /** Takes back the last change. */
  takeBack(hypervisor: string): void
  /** The guest is on that hypervisor from now on. */
  place(guest: string, hypervisor: string): void
  /** The NICs that the implementation made there may be others of the same names. */
  lookInside(hypervisor: string): Promise<void>
  noteState(hypervisors: readonly string[]): Promise<void>
  /** @throws {NotAllowed} if this lab did not note it */
  stateChanges(since: Moment, hypervisors: readonly string[]): Promise<StateChanges>
}

const CONFIGURING: ReadonlySet<Operation['do']> = new Set([
  ...(['attach', 'detach', 'move', 'up', 'down', 'reconfigure', 'propose'] as const),
])
const CHANGING: ReadonlySet<Operation['do']> = new Set([
  ...CONFIGURING,
  ...(['open device', 'close device', 'power off', 'power on'] as const),
])
const PROGRAM_DEADLINE_MS = 30_000

export class Operations {
  readonly stacks: GuestStacks
  readonly #devices: GuestDevices
  readonly #lab: LabParts
  /** By name. They were plugged in when the lab was built, and are again when they are attached. */
  readonly #unplugged = new Set<string>()
  #servesOutside = false
  #hasPassedTime = false

  constructor(lab: LabParts) {
    this.#lab = lab
    this.stacks = new GuestStacks(lab)
    this.#devices = new GuestDevices(lab.ground)
  }

  /** No other case should find such a lab: what its programs remember is older than it. */
  get hasPassedTime(): boolean {
    return this.#hasPassedTime
  }

  /** @throws {NotAllowed} for what would change a lab that is not ours to change */
  async perform(operation: Operation): Promise<Answer> {
    this.#requireAllowed(operation)
    switch (operation.do) {
      case 'attach':
        await this.#devices.open(this.#guests(operation.guests))
        return this.#attach(this.#guests(operation.guests))
      case 'detach':
        return this.#detach(this.#guests(operation.guests))
      case 'open device':
        return this.#devices.open(this.#guests(operation.guests))
      case 'power on':
        return this.#devices.powerOn(this.#guests(operation.guests))
      case 'close device':
        return this.#devices.close(this.#guests(operation.guests))
      case 'power off':
        return this.#devices.powerOff(this.#guests(operation.guests))
      case 'reconfigure':
        return this.#reconfigure(operation.hypervisor, operation.change)
      case 'propose':
        return this.#propose(operation.hypervisor, operation.change)
      case 'up':
      case 'down':
        return this.#configure(operation.do, operation.hypervisors)
      case 'move':
        return this.#move(operation.guest, operation.hypervisor)
      case 'note state':
        await this.#lab.noteState(operation.hypervisors)
        return null
      case 'compare state':
        return this.#lab.stateChanges(operation.since, operation.hypervisors)
      case 'links': {
        const { site, namespace } = this.#lab.ground.placeOf(operation.node)
        return site.ask(links, namespace)
      }
      case 'fdb':
        return this.#fdb(operation.node)
      case 'plan':
        return this.#lab.planOf(operation.hypervisor)
      case 'serve DHCP outside':
        return this.#serveOutside()
      case 'pass time':
        return this.#passTime(operation.seconds)
      case 'run':
        return this.#run(operation.guest, operation.command)
    }
  }

  #requireAllowed({ do: what }: Operation): void {
    const { ground, isConfigured } = this.#lab
    if (CONFIGURING.has(what) && isConfigured)
      throw new NotAllowed(`this needs ${what} by an implementation, and the network is configured already`)
    if (CHANGING.has(what) && !ground.isDisposable)
      throw new NotAllowed(`this would ${what}, and the machines are not disposable`)
  }

  readonly #siteOf = ({ hypervisor }: GuestNode): Site => this.#lab.ground.placeOf(hypervisor).site

  #bySite<R>(guests: readonly GuestNode[], ask: (site: Site, own: readonly GuestNode[]) => Promise<R>) {
    return bySite(guests, this.#siteOf, ask)
  }

  #guests(names: readonly string[]): readonly GuestNode[] {
    return this.#lab.guests.filter((guest) => names.includes(guest.name))
  }

  async #attach(guests: readonly GuestNode[]): Promise<ConfigureAnswer> {
    const failure = await this.#configureEach('attach', guests)
    for (const { name } of guests) this.#unplugged.delete(name)
    await this.#bySite(guests, async (site, own) => {
      const captures = own.map((guest) => {
        const namespace = this.#namespaceOf(guest.hypervisor)
        return { port: tapPortOf(guest), namespace, interface: guest.tap, ring: null }
      })
      await site.ask(openCaptures, captures)
      await site.ask(awaitRunning, RUNNING_DEADLINE_MS)
    })
    return failure
  }

  async #detach(guests: readonly GuestNode[]): Promise<ConfigureAnswer> {
    const failure = await this.#configureEach('detach', guests)
    for (const { name } of guests) this.#unplugged.add(name)
    await this.#bySite(guests, (site, own) => site.ask(closeCaptures, own.map(tapPortOf)))
    await this.#devices.close(guests)
    return failure
  }

  #namespaceOf(hypervisor: string): Place['namespace'] {
    return this.#lab.ground.placeOf(hypervisor).namespace
  }

  /** Hypervisors side by side. */
  async #configureEach(action: Action, guests: readonly GuestNode[]): Promise<ConfigureAnswer> {
    const calls = this.#lab.hypervisors.map(async ({ name }) => {
      const own = guests.filter((guest) => guest.hypervisor === name)
      return own.length === 0 ? null : (await this.#lab.configure(name, action, own)).reason
    })
    return (await Promise.all(calls)).find((reason) => reason !== null) ?? null
  }

  async #move(name: string, hypervisor: string): Promise<ConfigureAnswer> {
    if (this.#guests([name]).some(({ vm }) => vm !== undefined))
      throw new NotAllowed(`${name} is a machine of its own, and stays where it is plugged in`)
    const gone = await this.#detach(this.#guests([name]))
    this.#lab.place(name, hypervisor)
    await this.#devices.open(this.#guests([name]))
    const come = await this.#attach(this.#guests([name]))
    return gone ?? come
  }

  /** Hypervisors side by side. */
  async #configure(action: 'up' | 'down', hypervisors: readonly string[]): Promise<ConfigureAnswer> {
    const reasons = await Promise.all(
      hypervisors.map(async (name) => {
        const { reason } = await this.#lab.configure(name, action, [])
        if (action === 'up') await this.#settle(name)
        return reason
      }),
    )
    return reasons.find((reason) => reason !== null) ?? null
  }

  /** A bridge without a port has no carrier that could be awaited: where no guest is plugged in, attaching them waits. */
  async #settle(hypervisor: string): Promise<void> {
    await this.#lab.lookInside(hypervisor)
    const own = this.#lab.guests.filter((guest) => guest.hypervisor === hypervisor)
    if (own.length > 0 && own.every(({ name }) => this.#unplugged.has(name))) return
    await this.#lab.ground.placeOf(hypervisor).site.ask(awaitRunning, RUNNING_DEADLINE_MS)
  }

  async #reconfigure(hypervisor: string, change: PlanChange): Promise<ConfigureAnswer> {
    this.#lab.change(hypervisor, change)
    const { reason } = await this.#lab.configure(hypervisor, 'up', [])
    await this.#settle(hypervisor)
    return reason
  }

  async #propose(hypervisor: string, change: PlanChange): Promise<Proposal> {
    this.#lab.change(hypervisor, change)
    const { outcome, reason } = await this.#lab.configure(hypervisor, 'up', [])
    if (outcome !== 'done') this.#lab.takeBack(hypervisor)
    return { outcome, reason }
  }

  async #fdb(node: string): Promise<readonly FdbEntry[]> {
    const place = this.#lab.ground.placeOf(node)
    const script = 'bridge "$@" -j fdb show'
    const shown = await runScript(place.site, `the FDB of ${node} is not shown`, script, inNamespace(place))
    const entries = JSON.parse(shown === '' ? '[]' : shown) as readonly { mac: string; ifname: string }[]
    return entries.map(({ mac, ifname }) => ({ mac, port: ifname }))
  }

  async #serveOutside(): Promise<null> {
    const { ground, outsideName } = this.#lab
    if (!ground.has(outsideName)) throw new NotAllowed('this needs a host on the physical network')
    if (!this.#servesOutside) {
      const failure = await serveDhcpOutside(ground.placeOf(outsideName))
      if (failure !== null) throw new NotAllowed(`${outsideName} serves no DHCP: ${failure}`)
    }
    this.#servesOutside = true
    return null
  }

  /** Where all kernels are the lab's own their clocks are set; elsewhere others live by them: the time is let pass. */
  async #passTime(seconds: number): Promise<null> {
    const { sites } = this.#lab.ground
    if (sites.some(({ kind }) => kind !== 'uml')) {
      await setTimeout(seconds * 1000)
      return null
    }
    this.#hasPassedTime = true
    const script = 'date -s "@$(($(date +%s) + $1))"'
    const set = sites.map((site) => runScript(site, 'the clock could not be set', script, [String(seconds)]))
    await Promise.all(set)
    return null
  }

  async #run(guest: string, [program = '', ...args]: readonly string[]): Promise<ProgramResult> {
    await this.stacks.open([guest])
    try {
      const { site, namespace } = this.stacks.placeOf({ name: guest, isGuest: true })
      const result = await runOnSite(site, {
        namespace,
        program,
        args,
        timeoutMs: PROGRAM_DEADLINE_MS,
      })
      const { status, stdout, stderr, notStarted } = result
      return { status, stdout, stderr: notStarted ?? stderr }
    } finally {
      await this.stacks.close([guest])
    }
  }
}
