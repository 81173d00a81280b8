/**
 * A lab: a topology on its ground, configured by an implementation for one scenario, its guests attached, every port
 * captured.
 */
import {
  awaitRunning,
  type CaptureRequest,
  closeCaptures,
  closeTaps,
  type Link,
  links,
  type NoiseAtPort,
  openCaptures,
  openTaps,
  type PortId,
  renewCaptures,
  type TalkRequest,
  type TalkResult,
  type TapRequest,
} from '../agent/messages/index.ts'
import {
  type Action,
  type ConfigureCall,
  ConfigureFailed,
  checkRequirements,
  configure,
} from './configure.ts'
import { OUTSIDE_INTERFACE } from './fabric.ts'
import { applyFault, applyFaultAlways } from './fault.ts'
import type { Fault } from './fault-file.ts'
import { type Building, bySite, type Ground } from './ground.ts'
import type { Implementation } from './implementation.ts'
import { LabNoise } from './noise/lab-noise.ts'
import { type Moment, NotedStates, type StateChanges } from './noted-states.ts'
import { NotAllowed } from './operation.ts'
import { Operations } from './operations.ts'
import type { Place } from './place.ts'
import { type Plan, type PlanChange, planFor } from './plan.ts'
import {
  type CallRequest,
  type LabCall,
  type LabStep,
  type LabWindow,
  type PlayMore,
  WindowPlayer,
} from './player.ts'
import { runScript } from './run-on-site.ts'
import type { Scenario } from './scenario.ts'
import type { Site } from './site.ts'
import type { GuestNode, HypervisorNode, Topology } from './topology.ts'

export interface LabSpecification {
  topology: Topology
  scenario: Scenario
  implementation: Implementation
  fault: Fault | null
  /** Values of the plan that hold on this ground. */
  documented?: PlanChange
  /** What the hypervisors hold before they are first configured is noted: somebody will ask what is left of it. */
  notesBare?: boolean
  /** What each port is to carry of other traffic, while the lab stands; none without. */
  noiseFramesPerSecond?: number | null
}

/** Beyond it the NICs that an implementation makes for itself are not looked into: a ring of 1 MB each is too much. */
const MOST_GUESTS_OF_WHOLE_JOURNEYS = 100
/** A kernel looks after links once a second at the latest, and a VLAN NIC follows its physical one. */
const RUNNING_DEADLINE_MS = 2500

/** A NIC of one of the lab's machines. Its capture is named NODE:INTERFACE. */
export interface Vantage {
  node: string
  interface: string
}

export class Lab {
  readonly specification: LabSpecification
  readonly plans: Map<string, Plan>
  /** Every call of `configure`, in order: evidence. */
  readonly calls: ConfigureCall[] = []
  readonly operations: Operations
  readonly #ground: Ground
  readonly #player: WindowPlayer
  readonly #planBefore = new Map<string, Plan>()
  readonly #states: NotedStates
  readonly #noise: LabNoise | null
  /** Each where it is now. */
  #guests: readonly GuestNode[]
  #inner: readonly Vantage[] = []
  #asBuilt = ''

  private constructor(ground: Ground, specification: LabSpecification) {
    const { topology, scenario } = specification
    this.#ground = ground
    this.specification = specification
    this.plans = new Map(topology.hypervisors.map(({ name }) => [name, this.#planFor(name, {})]))
    this.#guests = topology.guests
    this.#states = new NotedStates((hypervisor) => this.placeOf(hypervisor))
    this.#player = new WindowPlayer(ground.sites, (port) => this.#placeOfPort(port).site)
    this.#noise = this.#noiseOf(specification)
    const guestsNow = (): readonly GuestNode[] => this.#guests
    this.operations = new Operations({
      ground,
      isConfigured: specification.implementation.configure === null,
      scenario,
      get guests() {
        return guestsNow()
      },
      hypervisors: topology.hypervisors,
      outsideName: topology.outsideName,
      planOf: (hypervisor) => this.#planOf(hypervisor),
      configure: (hypervisor, action, guests) => this.#call(hypervisor, action, guests),
      change: (hypervisor, change) => {
        const before = this.plans.get(hypervisor)
        if (before !== undefined) this.#planBefore.set(hypervisor, before)
        this.plans.set(hypervisor, this.#planFor(hypervisor, change))
      },
      takeBack: (hypervisor) => {
        const before = this.#planBefore.get(hypervisor)
        if (before !== undefined) this.plans.set(hypervisor, before)
      },
      place: (guest, hypervisor) => this.#place(guest, hypervisor),
      lookInside: (hypervisor) => this.#lookInside(hypervisor),
      noteState: (hypervisors) => this.#states.note('now', this.#plansOf(hypervisors)),
      stateChanges: (since, hypervisors) => this.#stateChanges(since, hypervisors),
      routerOf: ({ hypervisor }) => this.plans.get(hypervisor)?.nat?.gateway.replace(/\/.*/, '') ?? null,
    })
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
    return this.#inner
  }

  /** Whether the lab has this machine: not every ground has a physical switch to look into. */
  has(node: string): boolean {
    return this.#ground.has(node)
  }

  /** Whether the port is captured. */
  sees({ node, interface: nic }: Vantage): boolean {
    return this.has(node) || this.#ground.captures.has(`${node}:${nic}`)
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

  async remove(): Promise<void> {
    const { topology } = this.specification
    await this.#noise?.end()
    await bySite(this.#captures(), siteOf, (site, own) => site.ask(closeCaptures, own.map(portOf)))
    if (!this.#ground.isThrownAway) {
      const detached = topology.hypervisors.map((hypervisor) => this.#detachAll(hypervisor))
      await Promise.all(detached)
    }
    await bySite(this.#tapGuests, this.#siteOfGuest, (site, own) =>
      site.ask(
        closeTaps,
        own.map((guest) => guest.name),
      ),
    )
    await this.#ground.clear(this.#building)
  }

  /** Before `down`, as the contract says. Some may be detached already: what that call says is nobody's concern. */
  async #detachAll(hypervisor: HypervisorNode): Promise<void> {
    const { implementation } = this.specification
    const plan = this.plans.get(hypervisor.name)
    const names = this.#guestsOn(hypervisor).map(({ name }) => name)
    if (plan === undefined || names.length === 0 || implementation.configure === null) return
    await configure(this.placeOf(hypervisor.name), implementation, plan, 'detach', names)
  }

  #noiseOf({ noiseFramesPerSecond = null, topology }: LabSpecification): LabNoise | null {
    if (noiseFramesPerSecond === null) return null
    return new LabNoise({
      ground: this.#ground,
      topology,
      framesPerSecond: noiseFramesPerSecond,
      isInside: (port) => this.#inner.some((nic) => nameOf(nic) === port),
      tapPorts: () => new Map(this.#tapGuests.map((guest) => [guest.name, nameOf(tapOf(guest))])),
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
    const { topology, fault } = this.specification
    const hypervisors = topology.hypervisors
    const before = await this.#interfaces()
    await Promise.all(hypervisors.map((hypervisor) => this.#configure(hypervisor, 'up', [])))
    await bySite(this.#tapGuests, this.#siteOfGuest, (site, own) =>
      site.ask(openTaps, own.map(this.#tapRequest)),
    )
    await Promise.all(
      hypervisors.map((hypervisor) => this.#configure(hypervisor, 'attach', this.#guestsOn(hypervisor))),
    )
    if (fault !== null) await this.#applyFault(fault)
    if (topology.guests.length <= MOST_GUESTS_OF_WHOLE_JOURNEYS)
      this.#inner = madeBetween(before, await this.#interfaces(), topology)
    await bySite(this.#captures(), siteOf, (site, own) => site.ask(openCaptures, own.map(captureRequest)))
    await Promise.all(this.#ground.sites.map((site) => site.ask(awaitRunning, RUNNING_DEADLINE_MS)))
  }

  async #applyFault(fault: Fault): Promise<void> {
    const apply = () => applyFault(this.#ground, fault, this.plans)
    const isAsked = this.specification.notesBare === true && fault.when === 'ready'
    return isAsked ? this.#states.forgive([...this.plans.values()], apply) : apply()
  }

  /** Every NIC that is captured, and where: a VM's own, and vantage points outside, too. */
  #captures(): readonly PlacedCapture[] {
    const own = this.#vantages().map((vantage) => {
      return { port: nameOf(vantage), place: this.placeOf(vantage.node), interface: vantage.interface }
    })
    const vms = this.specification.topology.guests.flatMap(({ name, vm }) => {
      return vm === undefined ? [] : [{ port: name, place: this.placeOf(name), interface: vm.interface }]
    })
    return [...own, ...vms, ...[...this.#ground.captures].map(([port, vantage]) => ({ port, ...vantage }))]
  }

  #vantages(): readonly Vantage[] {
    const { hypervisors, switchName, outsideName } = this.specification.topology
    const all = [
      ...this.#guests.filter(({ tap }) => tap !== '').map(tapOf),
      ...this.#inner,
      ...hypervisors.map(({ name, uplink }) => ({ node: name, interface: uplink })),
      ...[...hypervisors.map((hypervisor) => hypervisor.switchPort), outsideName].map((port) => ({
        node: switchName,
        interface: port,
      })),
      { node: outsideName, interface: OUTSIDE_INTERFACE },
    ]
    return all.filter(({ node }) => this.has(node))
  }

  get #tapGuests(): readonly GuestNode[] {
    return this.#guests.filter(({ vm }) => vm === undefined)
  }

  #guestsOn(hypervisor: HypervisorNode): readonly GuestNode[] {
    return this.#guests.filter((guest) => guest.hypervisor === hypervisor.name)
  }

  /** A VM that is a machine of its own stays where it is. */
  #place(name: string, hypervisor: string): void {
    this.#guests = this.#guests.map((guest) => (guest.name === name ? { ...guest, hypervisor } : guest))
  }

  async #lookInside(hypervisor: string): Promise<void> {
    const own = this.#inner.filter(({ node }) => node === hypervisor)
    if (own.length > 0) await this.placeOf(hypervisor).site.ask(renewCaptures, own.map(nameOf))
  }

  #plansOf(hypervisors: readonly string[]): readonly Plan[] {
    return [...this.plans.values()].filter(({ hypervisor }) => hypervisors.includes(hypervisor))
  }

  async #stateChanges(since: Moment, hypervisors: readonly string[]): Promise<StateChanges> {
    const plans = this.#plansOf(hypervisors)
    if (plans.some((plan) => !this.#states.has(since, plan)))
      throw new NotAllowed(`nobody noted what ${hypervisors.join(' and ')} held: ${since}`)
    return this.#states.changesSince(since, plans)
  }

  readonly #siteOfGuest = ({ hypervisor }: GuestNode): Site => this.placeOf(hypervisor).site

  readonly #tapRequest = ({ name, hypervisor, tap }: GuestNode): TapRequest => {
    const keeps = this.specification.implementation.configure === null
    return { guest: name, namespace: this.placeOf(hypervisor).namespace, name: tap, keeps }
  }

  /** Of a NIC, `hv1:eth0`, or a guest's device, `red1`. */
  #placeOfPort(port: PortId): Place {
    const outside = this.#ground.captures.get(port)
    if (outside !== undefined) return outside.place
    const [node = ''] = port.split(':')
    const guest = this.#guests.find(({ name }) => name === port)
    return this.placeOf(guest !== undefined && guest.vm === undefined ? guest.hypervisor : node)
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
    const plan = this.#planOf(hypervisor)
    const names = guests.map((guest) => guest.name)
    const call = await configure(this.placeOf(hypervisor), implementation, plan, action, names)
    this.calls.push(call)
    const isDone = call.outcome === 'done'
    if (isDone && fault !== null) await applyFaultAlways(this.#ground, fault, plan, action, names)
    return call
  }

  #planOf(hypervisor: string): Plan {
    const plan = this.plans.get(hypervisor)
    if (plan === undefined) throw new Error(`no plan for ${hypervisor}`)
    return plan
  }

  #planFor(hypervisor: string, change: PlanChange): Plan {
    const { topology, scenario } = this.specification
    const runDirectory = `/run/frameproof/${hypervisor}`
    const given = { ...this.specification.documented, ...change }
    return planFor({ topology, scenario, hypervisor, runDirectory, change: given })
  }

  async #interfaces(): Promise<readonly Vantage[]> {
    const { hypervisors } = this.specification.topology
    const all = await Promise.all(hypervisors.map(({ name }) => this.#linksOf(name)))
    return hypervisors.flatMap(({ name }, index) =>
      (all[index] ?? []).map((nic) => ({ node: name, interface: nic.name })),
    )
  }

  /** Plans, and the NICs of every machine with their state. */
  async #state(): Promise<string> {
    const { hypervisors, switchName, outsideName } = this.specification.topology
    const nodes = [...hypervisors.map(({ name }) => name), switchName, outsideName]
    const nics = await Promise.all(nodes.filter((node) => this.has(node)).map((node) => this.#linksOf(node)))
    const sorted = nics.map((all) => all.map((nic) => JSON.stringify(nic)).sort())
    return JSON.stringify([[...this.plans.values()], sorted])
  }

  #linksOf(node: string): Promise<readonly Link[]> {
    const { site, namespace } = this.placeOf(node)
    return site.ask(links, namespace)
  }
}

interface PlacedCapture {
  port: PortId
  place: Place
  interface: string
}

function siteOf({ place }: PlacedCapture): Site {
  return place.site
}

function portOf({ port }: PlacedCapture): PortId {
  return port
}

function captureRequest({ port, place: { namespace }, interface: nic }: PlacedCapture): CaptureRequest {
  return { port, namespace, interface: nic, ring: null }
}

function nameOf({ node, interface: nic }: Vantage): string {
  return `${node}:${nic}`
}

function tapOf({ hypervisor, tap }: GuestNode): Vantage {
  return { node: hypervisor, interface: tap }
}

/** What is there now and was not before, the guests' TAPs apart. */
function madeBetween(
  before: readonly Vantage[],
  after: readonly Vantage[],
  topology: Topology,
): readonly Vantage[] {
  const known = new Set([...before, ...topology.guests.map(tapOf)].map(nameOf))
  return after.filter((nic) => !known.has(nameOf(nic)))
}
