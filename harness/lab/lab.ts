/**
 * A lab: a topology on a site, configured by an implementation for one scenario, its guests attached, every port
 * captured. It lives in network namespaces and goes with them.
 */
import {
  awaitRunning,
  type CaptureRequest,
  closeCaptures,
  closeTaps,
  interfaces,
  openCaptures,
  openTaps,
  type Step,
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
import { type Plan, planFor } from './plan.ts'
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
  readonly plans: ReadonlyMap<string, Plan>
  /** Every call of `configure`, in order: evidence. */
  readonly calls: ConfigureCall[] = []
  readonly #site: Site
  #inner: readonly Vantage[] = []

  private constructor(site: Site, specification: LabSpecification) {
    const { topology, scenario } = specification
    this.#site = site
    this.specification = specification
    this.plans = new Map(
      topology.hypervisors.map(({ name }) => {
        const runDirectory = `/run/frameproof/${name}`
        return [name, planFor({ topology, scenario, hypervisor: name, runDirectory })]
      }),
    )
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
    return lab
  }

  /** The NICs that the implementation made for itself: not judged, but hops of journeys. */
  get inner(): readonly Vantage[] {
    return this.#inner
  }

  /** Plays a window in one message: no round trip a frame. */
  play(run: number, steps: readonly Step[]): Promise<WindowResult> {
    const waits = steps.map((step) =>
      step.kind === 'await' ? step.deadlineMs : step.kind === 'settle' ? step.ms : 0,
    )
    return this.#site.ask(
      window,
      { run, steps },
      waits.reduce((sum, ms) => sum + ms, 0),
    )
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
    const { implementation, fault } = this.specification
    const plan = this.plans.get(name)
    if (plan === undefined) throw new Error(`no plan for ${name}`)
    const names = guests.map((guest) => guest.name)
    const call = await configure(this.#site, implementation, plan, action, names)
    this.calls.push(call)
    if (call.reason !== null) throw new ConfigureFailed(call.reason)
    if (fault !== null) await applyFaultAlways(this.#site, fault, plan, action, names)
  }

  async #interfaces(): Promise<readonly Vantage[]> {
    const { hypervisors } = this.specification.topology
    const names = await Promise.all(
      hypervisors.map((hypervisor) => this.#site.ask(interfaces, hypervisor.name)),
    )
    return hypervisors.flatMap(({ name }, index) =>
      (names[index] ?? []).map((nic) => ({ node: name, interface: nic })),
    )
  }
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
