/**
 * A lab: a topology on a site, configured by an implementation for one scenario, its guests attached, every port
 * captured. It lives in network namespaces and goes with them.
 */
import {
  awaitRunning,
  beginTalk,
  type CaptureRequest,
  closeCaptures,
  closeTaps,
  endTalk,
  links,
  openCaptures,
  openTaps,
  type Step,
  type TalkRequest,
  type TalkResult,
  type WindowResult,
  window,
} from '../agent/messages/index.ts'
import {
  type Action,
  type ConfigureCall,
  ConfigureFailed,
  checkRequirements,
  configure,
} from './configure.ts'
import { buildFabric, OUTSIDE_INTERFACE, removeFabric } from './fabric.ts'
import { applyFault, applyFaultAlways } from './fault.ts'
import type { Fault } from './fault-file.ts'
import type { Implementation } from './implementation.ts'
import { Operations } from './operations.ts'
import { type Plan, type PlanChange, planFor } from './plan.ts'
import { runScript } from './run-on-site.ts'
import type { Scenario } from './scenario.ts'
import type { Site } from './site.ts'
import type { GuestNode, HypervisorNode, Topology } from './topology.ts'

export interface LabSpecification {
  topology: Topology
  scenario: Scenario
  implementation: Implementation
  fault: Fault | null
}

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
  readonly #site: Site
  #inner: readonly Vantage[] = []
  #asBuilt = ''

  private constructor(site: Site, specification: LabSpecification) {
    const { topology, scenario } = specification
    this.#site = site
    this.specification = specification
    this.plans = new Map(topology.hypervisors.map(({ name }) => [name, this.#planFor(name, {})]))
    this.operations = new Operations({
      site,
      scenario,
      guests: topology.guests,
      hypervisors: topology.hypervisors,
      configure: (hypervisor, action, guests) => this.#call(hypervisor, action, guests),
      change: (hypervisor, change) => this.plans.set(hypervisor, this.#planFor(hypervisor, change)),
    })
  }

  /**
   * Builds it from nothing, whatever was on the site before.
   * @throws {LabError} if the site cannot carry it; {ConfigureFailed} if the implementation fails; {BadInput} for a
   * fault that does not work
   */
  static async build(site: Site, specification: LabSpecification): Promise<Lab> {
    const lab = new Lab(site, specification)
    await checkRequirements(site, specification.implementation)
    await removeFabric(site, specification.topology)
    await buildFabric(site, specification.topology, specification.scenario)
    await lab.#bringUp()
    lab.#asBuilt = await lab.#state()
    return lab
  }

  /** Whether it is as it was built: what a case did to it was undone. */
  async isAsBuilt(): Promise<boolean> {
    return (await this.#state()) === this.#asBuilt
  }

  /** The NICs that the implementation made for itself: not judged, but hops of journeys. */
  get inner(): readonly Vantage[] {
    return this.#inner
  }

  /** Plays a window in one message: no round trip a frame. */
  play(run: number, steps: readonly Step[]): Promise<WindowResult> {
    return this.#site.ask(window, { run, steps }, waitsOf(steps))
  }

  /** Two guests talk while `meanwhile` happens; every port is captured from before it until after it. */
  async talk(
    request: TalkRequest,
    meanwhile: () => Promise<void>,
  ): Promise<{ talk: TalkResult; window: WindowResult }> {
    const steps = await this.#site.ask(beginTalk, request, waitsOf(request.steps))
    try {
      await meanwhile()
    } catch (error) {
      await this.#site.ask(endTalk, undefined).catch(() => undefined) // the first failure is the one to tell
      throw error
    }
    const { talk, window } = await this.#site.ask(endTalk, undefined)
    return { talk, window: { ...window, steps } }
  }

  async remove(): Promise<void> {
    const { topology } = this.specification
    await this.#site.ask(closeCaptures, this.#vantages().map(nameOf))
    await this.#site.ask(
      closeTaps,
      topology.guests.map((guest) => guest.name),
    )
    await removeFabric(this.#site, topology)
  }

  async #bringUp(): Promise<void> {
    const { topology, fault } = this.specification
    const hypervisors = topology.hypervisors
    const directories = [...this.plans.values()].map((plan) => plan.runDirectory)
    await runScript(
      this.#site,
      'the run directories could not be made',
      'rm -rf "$@"; mkdir -p "$@"',
      directories,
    )
    const before = await this.#interfaces()
    await Promise.all(hypervisors.map((hypervisor) => this.#configure(hypervisor, 'up', [])))
    await this.#site.ask(openTaps, topology.guests.map(tapRequest))
    await Promise.all(
      hypervisors.map((hypervisor) => this.#configure(hypervisor, 'attach', guestsOn(topology, hypervisor))),
    )
    if (fault !== null) await applyFault(this.#site, fault, this.plans)
    this.#inner = madeBetween(before, await this.#interfaces(), topology)
    await this.#site.ask(openCaptures, this.#vantages().map(captureRequest))
    await this.#site.ask(awaitRunning, RUNNING_DEADLINE_MS)
  }

  /** Every NIC that is captured. */
  #vantages(): readonly Vantage[] {
    const { guests, hypervisors, switchName, outsideName } = this.specification.topology
    return [
      ...guests.map(tapOf),
      ...this.#inner,
      ...hypervisors.map(({ name, uplink }) => ({ node: name, interface: uplink })),
      ...[...hypervisors.map((hypervisor) => hypervisor.switchPort), outsideName].map((port) => ({
        node: switchName,
        interface: port,
      })),
      { node: outsideName, interface: OUTSIDE_INTERFACE },
    ]
  }

  async #configure({ name }: HypervisorNode, action: Action, guests: readonly GuestNode[]): Promise<void> {
    const { reason } = await this.#call(name, action, guests)
    if (reason !== null) throw new ConfigureFailed(reason)
  }

  async #call(hypervisor: string, action: Action, guests: readonly GuestNode[]): Promise<ConfigureCall> {
    const { implementation, fault } = this.specification
    const plan = this.plans.get(hypervisor)
    if (plan === undefined) throw new Error(`no plan for ${hypervisor}`)
    const names = guests.map((guest) => guest.name)
    const call = await configure(this.#site, implementation, plan, action, names)
    this.calls.push(call)
    const isDone = call.outcome === 'done'
    if (isDone && fault !== null) await applyFaultAlways(this.#site, fault, plan, action, names)
    return call
  }

  #planFor(hypervisor: string, change: PlanChange): Plan {
    const { topology, scenario } = this.specification
    return planFor({ topology, scenario, hypervisor, runDirectory: `/run/frameproof/${hypervisor}`, change })
  }

  async #interfaces(): Promise<readonly Vantage[]> {
    const { hypervisors } = this.specification.topology
    const all = await Promise.all(hypervisors.map(({ name }) => this.#site.ask(links, name)))
    return hypervisors.flatMap(({ name }, index) =>
      (all[index] ?? []).map((nic) => ({ node: name, interface: nic.name })),
    )
  }

  /** Plans, and the NICs of every machine with their state. */
  async #state(): Promise<string> {
    const { hypervisors, switchName, outsideName } = this.specification.topology
    const nodes = [...hypervisors.map(({ name }) => name), switchName, outsideName]
    const nics = await Promise.all(nodes.map((node) => this.#site.ask(links, node)))
    const sorted = nics.map((all) => all.map((nic) => JSON.stringify(nic)).sort())
    return JSON.stringify([[...this.plans.values()], sorted])
  }
}

/** What a window may wait for by its own steps. */
function waitsOf(steps: readonly Step[]): number {
  const waits = steps.map((step) => ('deadlineMs' in step ? step.deadlineMs : 'ms' in step ? step.ms : 0))
  return waits.reduce((sum, ms) => sum + ms, 0)
}

function guestsOn(topology: Topology, hypervisor: HypervisorNode): readonly GuestNode[] {
  return topology.guests.filter((guest) => guest.hypervisor === hypervisor.name)
}

function tapRequest({ name, hypervisor, tap }: GuestNode) {
  return { guest: name, namespace: hypervisor, name: tap }
}

function captureRequest(vantage: Vantage): CaptureRequest {
  return { port: nameOf(vantage), namespace: vantage.node, interface: vantage.interface, ring: null }
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
