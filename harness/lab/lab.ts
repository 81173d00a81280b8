/**
 * A lab: a topology on its ground, configured by an implementation for one scenario, its guests attached, every port
 * captured.
 */
import { awaitRunning, type NoiseAtPort, type TalkRequest, type TalkResult } from '../agent/messages/index.ts'
import {
  type Action,
  type ConfigureCall,
  ConfigureFailed,
  checkRequirements,
  configure,
} from './configure.ts'
import { applyFault, applyFaultAlways } from './fault.ts'
import type { Fault } from './fault-file.ts'
import { type Building, bySite, type Ground } from './ground.ts'
import { LabPlans } from './lab-plans.ts'
import { LabPorts } from './lab-ports.ts'
import type { LabSpecification } from './lab-specification.ts'
import { showState } from './machine-state/index.ts'
import { LabNoise } from './noise/lab-noise.ts'
import { type Moment, NotedStates, type StateChanges } from './noted-states.ts'
import { NotAllowed } from './operation.ts'
import { Operations } from './operations.ts'
import type { Place } from './place.ts'
import type { Plan } from './plan.ts'
import {
  type CallRequest,
  type LabCall,
  type LabStep,
  type LabWindow,
  type PlayMore,
  WindowPlayer,
} from './player.ts'
import { runScript } from './run-on-site.ts'
import type { GuestNode, HypervisorNode } from './topology.ts'
import { portAt, type Vantage } from './vantage.ts'

/** A kernel looks after links once a second at the latest, and a VLAN NIC follows its physical one. */
const RUNNING_DEADLINE_MS = 2500

export class Lab {
  readonly specification: LabSpecification
  /** Every call of `configure`, in order: evidence. */
  readonly calls: ConfigureCall[] = []
  readonly operations: Operations
  readonly #ground: Ground
  readonly #plans: LabPlans
  readonly #ports: LabPorts
  readonly #player: WindowPlayer
  readonly #states: NotedStates
  readonly #noise: LabNoise | null
  #asBuilt = ''

  private constructor(ground: Ground, specification: LabSpecification) {
    const { topology, scenario } = specification
    this.#ground = ground
    this.specification = specification
    const plans = new LabPlans(specification)
    const ports = new LabPorts(ground, topology)
    this.#plans = plans
    this.#ports = ports
    this.#states = new NotedStates((hypervisor) => this.placeOf(hypervisor))
    this.#player = new WindowPlayer(ground.sites, (port) => ports.placeOf(port).site)
    this.#noise = this.#noiseOf(specification)
    this.operations = new Operations({
      ground,
      isConfigured: specification.implementation.configure === null,
      scenario,
      get guests() {
        return ports.guests
      },
      hypervisors: topology.hypervisors,
      outsideName: topology.outsideName,
      planOf: (hypervisor) => plans.of(hypervisor),
      configure: (hypervisor, action, guests) => this.#call(hypervisor, action, guests),
      change: (hypervisor, change) => plans.change(hypervisor, change),
      takeBack: (hypervisor) => plans.takeBack(hypervisor),
      place: (guest, hypervisor) => ports.place(guest, hypervisor),
      lookInside: (hypervisor) => ports.lookInside(hypervisor),
      noteState: (hypervisors) => this.#states.note('now', plans.ofAll(hypervisors)),
      stateChanges: (since, hypervisors) => this.#stateChanges(since, hypervisors),
      routerOf: ({ hypervisor }) => this.plans.get(hypervisor)?.nat?.gateway.replace(/\/.*/, '') ?? null,
    })
  }

  /** By hypervisor, as they are now. */
  get plans(): ReadonlyMap<string, Plan> {
    return this.#plans.all
  }

  /**
   * Builds it from nothing, whatever was on its ground before.
   * @throws {LabError} if the ground cannot carry it; {ConfigureFailed} if the implementation fails; {BadInput} for a
   * fault that does not work
   */
  static async build(ground: Ground, specification: LabSpecification): Promise<Lab> {
    const lab = new Lab(ground, specification)
    const { topology, implementation } = specification
    const sites = new Set(topology.hypervisors.map(({ name }) => ground.placeOf(name).site))
    await Promise.all([...sites].map((site) => checkRequirements(site, implementation)))
    await ground.prepare(lab.#building)
    await lab.#makeRunDirectories()
    if (specification.notesBare === true) await lab.#states.note('bare', [...lab.plans.values()])
    await lab.#bringUp()
    lab.#asBuilt = await lab.#state()
    await lab.#noise?.begin()
    return lab
  }

  /** Whether it is as it was built: what a case did to it was undone. */
  async isAsBuilt(): Promise<boolean> {
    return !this.operations.hasPassedTime && (await this.#state()) === this.#asBuilt
  }

  /** The NICs that the implementation made for itself: not judged, but hops of journeys. */
  get inner(): readonly Vantage[] {
    return this.#ports.inner
  }

  /** Whether the lab has this machine: not every ground has a physical switch to look into. */
  has(node: string): boolean {
    return this.#ground.has(node)
  }

  /** Whether the port is captured. */
  sees(vantage: Vantage): boolean {
    return this.#ports.sees(vantage)
  }

  placeOf(node: string): Place {
    return this.#ground.placeOf(node)
  }

  play(run: number, steps: readonly LabStep[]): Promise<LabWindow> {
    return this.#player.play(run, steps.map(this.#asPlayed))
  }

  /** Two guests talk while `meanwhile` happens; every port is captured from before it until after it. */
  talk(
    request: TalkRequest,
    meanwhile: () => Promise<void>,
  ): Promise<{ talk: TalkResult; window: LabWindow }> {
    return this.#player.talk(request, meanwhile)
  }

  /** Guests send to another while `meanwhile` happens, which may let others send, too. */
  call(request: CallRequest, meanwhile: (play: PlayMore) => Promise<void>): Promise<LabCall> {
    return this.#player.call(request, meanwhile)
  }

  /** What each port carried of other traffic since this was last asked; null: none is made. */
  async takeNoise(): Promise<readonly NoiseAtPort[] | null> {
    return (await this.#noise?.take()) ?? null
  }

  /** By hypervisor: how its network stands now, as text for people. Never throws. */
  async inWords(): Promise<ReadonlyMap<string, string>> {
    const { hypervisors } = this.specification.topology
    const shown = hypervisors.map(async ({ name }) => [name, await showState(this.placeOf(name))] as const)
    return new Map(await Promise.all(shown))
  }

  async remove(): Promise<void> {
    const { topology } = this.specification
    await this.#noise?.end()
    await this.#ports.closeCaptures()
    if (!this.#ground.isThrownAway) {
      const detached = topology.hypervisors.map((hypervisor) => this.#detachAll(hypervisor))
      await Promise.all(detached)
    }
    await this.#ports.closeTaps()
    await this.#ground.clear(this.#building)
  }

  /** Before `down`, as the contract says. Some may be detached already: what that call says is nobody's concern. */
  async #detachAll(hypervisor: HypervisorNode): Promise<void> {
    const { implementation } = this.specification
    const plan = this.plans.get(hypervisor.name)
    const names = this.#ports.guestsOn(hypervisor.name).map(({ name }) => name)
    if (plan === undefined || names.length === 0 || implementation.configure === null) return
    await configure(this.placeOf(hypervisor.name), implementation, plan, 'detach', names)
  }

  #noiseOf({ noiseFramesPerSecond = null, topology }: LabSpecification): LabNoise | null {
    if (noiseFramesPerSecond === null) return null
    return new LabNoise({
      ground: this.#ground,
      topology,
      framesPerSecond: noiseFramesPerSecond,
      isInside: (port) => this.inner.some((nic) => portAt(nic) === port),
      tapPorts: () => this.#ports.tapPorts,
    })
  }

  get #building(): Building {
    const { topology, scenario, implementation } = this.specification
    const isConfigured = implementation.configure === null
    return { topology, scenario, implementation: isConfigured ? null : implementation, plans: this.plans }
  }

  async #makeRunDirectories(): Promise<void> {
    await bySite(
      [...this.plans.values()],
      ({ hypervisor }) => this.placeOf(hypervisor).site,
      (site, own) =>
        runScript(
          site,
          'the run directories could not be made',
          'rm -rf "$@"; mkdir -p "$@"',
          own.map((plan) => plan.runDirectory),
        ),
    )
  }

  async #bringUp(): Promise<void> {
    const { topology, fault, implementation } = this.specification
    const hypervisors = topology.hypervisors
    const before = await this.#ports.hypervisorsNics()
    await Promise.all(hypervisors.map((hypervisor) => this.#configure(hypervisor, 'up', [])))
    await this.#ports.openTaps(implementation.configure === null)
    await Promise.all(
      hypervisors.map((hypervisor) =>
        this.#configure(hypervisor, 'attach', this.#ports.guestsOn(hypervisor.name)),
      ),
    )
    if (fault !== null) await this.#applyFault(fault)
    await this.#ports.findInner(before)
    await this.#ports.openCaptures()
    await Promise.all(this.#ground.sites.map((site) => site.ask(awaitRunning, RUNNING_DEADLINE_MS)))
  }

  async #applyFault(fault: Fault): Promise<void> {
    const apply = () => applyFault(this.#ground, fault, this.plans)
    const isAsked = this.specification.notesBare === true && fault.when === 'ready'
    return isAsked ? this.#states.forgive([...this.plans.values()], apply) : apply()
  }

  async #stateChanges(since: Moment, hypervisors: readonly string[]): Promise<StateChanges> {
    const plans = this.#plans.ofAll(hypervisors)
    if (plans.some((plan) => !this.#states.has(since, plan)))
      throw new NotAllowed(`nobody noted what ${hypervisors.join(' and ')} held: ${since}`)
    const lastCall = (name: string) => this.calls.findLast(({ hypervisor }) => hypervisor === name)
    const isUp = (name: string): boolean => since === 'bare' && lastCall(name)?.action !== 'down'
    return this.#states.changesSince(since, plans, isUp)
  }

  /** A guest that is a machine of its own sends by its NIC. */
  readonly #asPlayed = (step: LabStep): LabStep => {
    const isMachine = (name: string): boolean =>
      this.specification.topology.guests.some((guest) => guest.name === name && guest.vm !== undefined)
    if (step.kind === 'load') {
      const loads = step.loads.map((load) => (isMachine(load.from) ? { ...load, by: 'nic' as const } : load))
      return { ...step, loads }
    }
    if (step.kind !== 'send' || !isMachine(step.guest)) return step
    return { kind: 'put', port: step.guest, frames: step.frames }
  }

  async #configure({ name }: HypervisorNode, action: Action, guests: readonly GuestNode[]): Promise<void> {
    if (this.specification.implementation.configure === null) return
    const { reason } = await this.#call(name, action, guests)
    if (reason !== null) throw new ConfigureFailed(reason)
  }

  async #call(hypervisor: string, action: Action, guests: readonly GuestNode[]): Promise<ConfigureCall> {
    const { implementation, fault } = this.specification
    const plan = this.#plans.of(hypervisor)
    const names = guests.map((guest) => guest.name)
    const call = await configure(this.placeOf(hypervisor), implementation, plan, action, names)
    this.calls.push(call)
    const isDone = call.outcome === 'done'
    if (isDone && fault !== null) await applyFaultAlways(this.#ground, fault, plan, action, names)
    return call
  }

  /** Plans, and the NICs of every machine with their state. */
  async #state(): Promise<string> {
    return JSON.stringify([[...this.plans.values()], await this.#ports.nicStates()])
  }
}
