/** What a case is given: the lab's guests, machines and ports, windows, and a place for what it measured. */
import type { Link } from '../agent/messages/index.ts'
import { ConfigureFailed } from '../lab/configure.ts'
import { OUTSIDE_DHCP } from '../lab/fabric.ts'
import type { StateChanges } from '../lab/noted-states.ts'
import type { FdbEntry, Operation, ProgramResult, Proposal } from '../lab/operation.ts'
import type { DhcpPlan, Plan, PlanChange } from '../lab/plan.ts'
import type { Scenario } from '../lab/scenario.ts'
import {
  type Guest,
  ipv4Range,
  type LimiterView,
  type LoadOptions,
  type Machine,
  type Offer,
  outageOf,
  type Port,
  type PortView,
  type Seen,
  type SentSeries,
  type WindowScript,
  type World,
} from '../proof/index.ts'
import type { Measured } from '../report/results.ts'
import type { CallSeen, CaseRun, Say, TalkOptions, TalkSeen, WindowOptions } from './case-run.ts'
import { loadWindow, measureRate } from './load-window.ts'
import { findRoutes, type Via } from './routes.ts'
import { GATEWAY } from './world.ts'

/** A case wants what this lab does not have: it could not run there. */
class NotHere extends Error {
  override readonly name = 'NotHere'
}

export interface CaseContext {
  lab: CaseLab
  /** What stands in it is written down, then played in one go. */
  window(options: WindowOptions, write: (script: WindowScript) => Promise<void> | void): Promise<Seen>
  /**
   * A window in which these rates are offered, side by side: at the senders' ports and at these others what passes is
   * captured. Beforehand everybody is told that nobody is beyond `outside`.
   */
  load(offers: readonly Offer[], options: LoadOptions & { at: readonly Port[] }): Promise<Seen>
  /** Two guests answer each other, frame by frame, while something else happens. */
  talk(a: Guest, b: Guest, meanwhile: () => Promise<void>, options?: TalkOptions): Promise<TalkSeen>
  /** Guests send to another every few ms, whether it hears them or not, while something else happens, and a bit longer. */
  call(callers: readonly Guest[], to: Guest, meanwhile: (say: Say) => Promise<void>): Promise<CallSeen>
  measure(name: string, measured: Measured): void
  /** The rate of a limiter's steady part with its 95% interval, and what was offered to it. */
  measureRate(name: string, limiter: LimiterView): void
  /** Of a talk or a call, where it is to arrive: the frames lost and the longest interruption, under names of their own. */
  measureOutage(at: PortView, series: SentSeries, circumstances?: string): void
  /** The implementation does not offer this, or is better than the weakness that the rule documents. */
  notSupported(reason: string): void
}

/** `owed`: that `configure` does it is what the rule judges, so failing deviates. Else it ends the run. */
export interface CallOptions {
  owed?: boolean
}

export interface CaseLab {
  /** By name. One that the topology at hand does not have is an error of the case. */
  guests: Readonly<Record<GuestName, Guest>>
  everyGuest: readonly Guest[]
  scenario: Scenario
  /** A hypervisor's physical port: `trunk('hv1')` is `hv1:eth0`. */
  trunk(hypervisor: string): Port
  /** The same cable at the physical switch, `sw1:hv1`, from which frames can be put on it: not every lab has it. */
  switchPort(hypervisor: string): Port
  /** Behind what the hypervisor sends by its uplink: that cable's end at the switch, or where none can be seen the uplink. */
  behind(hypervisor: string): Port
  /** What is seen of that cable: its ends, or where nobody can look into the switch the hypervisor's. */
  cable(hypervisor: string): readonly Port[]
  /** A hypervisor with its own address, or the host `outside`. */
  machine(name: string): Machine
  /** The NIC of the host on the physical network. */
  outside: Port
  /** These guests find their gateway; what is beyond it is then told by a guest and an IPv4 address. */
  routes(guests: readonly Guest[]): Promise<Via>
  /** Whether the implementation promises this rule beyond the article. */
  protects(rule: string): boolean
  /** Opens the guests' devices and plugs them in; the reverse. */
  attach(guests: readonly Guest[], options?: CallOptions): Promise<void>
  detach(guests: readonly Guest[], options?: CallOptions): Promise<void>
  /** Detached where it is and attached on that hypervisor, under the same name. Answers the guest as it is there. */
  move(guest: Guest, hypervisor: string, options?: CallOptions): Promise<Guest>
  /** `configure up` once more, with the plans as they are. */
  up(hypervisors: readonly string[], options?: CallOptions): Promise<void>
  /** `configure down`; detach the guests before. Case option `notesBare`, to ask for `leftovers`. */
  down(hypervisors: readonly string[], options?: CallOptions): Promise<void>
  /** The TUN/TAP device alone. */
  openDevice(guest: Guest): Promise<void>
  closeDevice(guest: Guest): Promise<void>
  /** The device is closed, its NIC stays. */
  powerOff(guest: Guest): Promise<void>
  powerOn(guest: Guest): Promise<void>
  /** While `meanwhile` lasts the hypervisor's plan is changed so, by `configure up`. */
  withPlan(
    hypervisor: string,
    change: PlanChange,
    meanwhile: () => Promise<void>,
    options?: CallOptions,
  ): Promise<void>
  /** The hypervisor's plan is changed so, by `configure up`, until it is changed again. */
  changePlan(hypervisor: string, change: PlanChange, options?: CallOptions): Promise<void>
  /**
   * `configure up` with the hypervisor's plan changed so, and what came of it. What was done, or half done, is undone at
   * once; what was refused has changed nothing, or so it says.
   */
  propose(hypervisor: string, change: PlanChange): Promise<Proposal>
  /**
   * What is other on these hypervisors after `meanwhile` than before, a line each: NICs, addresses, routes, rules, qdiscs,
   * sysctls, processes, files.
   */
  changes(hypervisors: readonly string[], meanwhile: () => Promise<void>): Promise<StateChanges>
  /** The same, since before the implementation was first asked for anything. */
  leftovers(hypervisors: readonly string[]): Promise<StateChanges>
  /** The NICs of a hypervisor or machine. */
  links(node: string): Promise<readonly Link[]>
  /** The forwarding database of its bridges, as bridge(8) shows it. */
  fdb(node: string): Promise<readonly FdbEntry[]>
  /** What a hypervisor was told: what the cases may count on. */
  plan(hypervisor: string): Promise<Plan>
  /** While `meanwhile` lasts the hypervisor's server has only the first so many addresses of its range. */
  withFewAddresses(
    hypervisor: string,
    count: number,
    meanwhile: (dhcp: DhcpPlan) => Promise<void>,
  ): Promise<void>
  /** What its server is to hand out: the first that its plan names. */
  dhcp(hypervisor: string): Promise<DhcpPlan>
  /** The physical network's DHCP server serves from now on. @returns what it hands out */
  serveDhcpOutside(): Promise<DhcpPlan>
  /** So long passes for every program of the lab, at once; where its clocks are not its own, the case cannot run. */
  passTime(seconds: number): Promise<void>
  /** Runs a program on the guest's own network stack. */
  run(guest: Guest, ...command: readonly string[]): Promise<ProgramResult>
}

/** The guests of the usual topology. */
export type GuestName = 'red1' | 'red2' | 'red3' | 'blue1' | 'blue2'

export type CaseBody = (context: CaseContext) => Promise<void>

export function contextOf(run: CaseRun, scenario: Scenario, protects: readonly string[]): CaseContext {
  const { judgement } = run
  return {
    lab: labOf(run, scenario, protects),
    window: run.window,
    load: (offers, options) => loadWindow(run, offers, options),
    talk: run.talk,
    call: run.call,
    measure: run.measure,
    measureRate: (name, limiter) => measureRate(run, name, limiter),
    measureOutage(at, series, circumstances = '') {
      const { framesLost, interruptionMs } = outageOf(at, series)
      const which = `from ${series.from} to ${at.port.guest ?? at.port.id}${circumstances}`
      run.measure(`frames lost ${which}`, { value: framesLost })
      run.measure(`interruption ${which}, ms`, { value: interruptionMs })
    },
    notSupported: (reason) =>
      judgement.add({ verdict: 'not supported', expected: reason, found: reason, frames: [] }),
  }
}

function labOf(run: CaseRun, scenario: Scenario, protects: readonly string[]): CaseLab {
  const { world, perform, judgement } = run
  const configured = async (operation: Operation, { owed = false }: CallOptions = {}): Promise<void> => {
    const failure = (await perform(operation)) as string | null
    if (failure === null) return
    if (!owed) throw new ConfigureFailed(failure)
    judgement.add({ verdict: 'deviates', expected: 'configure does it', found: failure, frames: [] })
  }
  const device = async (what: 'open device' | 'close device' | 'power off' | 'power on', { name }: Guest) => {
    await perform({ do: what, guests: [name] })
  }
  const dhcp = async (hypervisor: string): Promise<DhcpPlan> => {
    const { dhcp: [first] = [] } = (await perform({ do: 'plan', hypervisor })) as Plan
    if (first === undefined) throw new NotHere(`the plan of ${hypervisor} documents no DHCP`)
    return first
  }
  const withPlan: CaseLab['withPlan'] = async (hypervisor, change, meanwhile, options) => {
    await configured({ do: 'reconfigure', hypervisor, change }, options)
    try {
      await meanwhile()
    } finally {
      await configured({ do: 'reconfigure', hypervisor, change: {} }, options)
    }
  }
  return {
    guests: guestsOf(world),
    everyGuest: world.guests,
    scenario,
    trunk: (hypervisor) => uplinkOf(world, hypervisor),
    switchPort: (hypervisor) => switchPortOf(world, hypervisor),
    cable: (hypervisor) => cableOf(world, hypervisor),
    behind: (hypervisor) => cableOf(world, hypervisor).at(-1) ?? uplinkOf(world, hypervisor),
    machine: (name) => machineOf(world, name),
    get outside() {
      return outsideOf(world)
    },
    routes: (guests) => findRoutes(run, machineOf(world, GATEWAY), guests),
    protects: (rule) => protects.includes(rule),
    attach: (guests, options) => configured({ do: 'attach', guests: namesOf(guests) }, options),
    detach: (guests, options) => configured({ do: 'detach', guests: namesOf(guests) }, options),
    openDevice: (guest) => device('open device', guest),
    closeDevice: (guest) => device('close device', guest),
    powerOff: (guest) => device('power off', guest),
    powerOn: (guest) => device('power on', guest),
    up: (hypervisors, options) => configured({ do: 'up', hypervisors }, options),
    down: (hypervisors, options) => configured({ do: 'down', hypervisors }, options),
    async move({ name }, hypervisor, options) {
      await configured({ do: 'move', guest: name, hypervisor }, options)
      return guestIn(world, name)
    },
    withPlan,
    async withFewAddresses(hypervisor, count, meanwhile) {
      const whole = await dhcp(hypervisor)
      const few = { ...whole, last: ipv4Range(whole)[count - 1] ?? whole.last }
      await withPlan(hypervisor, { dhcp: [{ tenant: null, ...few }] }, () => meanwhile(few))
    },
    changePlan: (hypervisor, change, options) =>
      configured({ do: 'reconfigure', hypervisor, change }, options),
    async propose(hypervisor, change) {
      const proposal = (await perform({ do: 'propose', hypervisor, change })) as Proposal
      if (proposal.outcome !== 'refused') await configured({ do: 'reconfigure', hypervisor, change: {} })
      return proposal
    },
    async changes(hypervisors, meanwhile) {
      await perform({ do: 'note state', hypervisors })
      await meanwhile()
      return (await perform({ do: 'compare state', since: 'now', hypervisors })) as StateChanges
    },
    leftovers: async (hypervisors) =>
      (await perform({ do: 'compare state', since: 'bare', hypervisors })) as StateChanges,
    links: async (node) => (await perform({ do: 'links', node })) as readonly Link[],
    fdb: async (node) => (await perform({ do: 'fdb', node })) as readonly FdbEntry[],
    plan: async (hypervisor) => (await perform({ do: 'plan', hypervisor })) as Plan,
    dhcp,
    async serveDhcpOutside() {
      await perform({ do: 'serve DHCP outside' })
      return OUTSIDE_DHCP
    },
    async passTime(seconds) {
      await perform({ do: 'pass time', seconds })
    },
    run: async ({ name }, ...command) =>
      (await perform({ do: 'run', guest: name, command })) as ProgramResult,
  }
}

function guestIn({ guests }: World, name: string): Guest {
  const guest = guests.find((candidate) => candidate.name === name)
  if (guest === undefined) throw new NotHere(`this lab has no guest ${name}`)
  return guest
}

function guestsOf(world: World): CaseLab['guests'] {
  const byName = Object.fromEntries(world.guests.map((guest) => [guest.name, guest]))
  return new Proxy(byName as Record<GuestName, Guest>, {
    get(known, name) {
      const guest = known[name as GuestName]
      if (guest === undefined) throw new NotHere(`this lab has no guest ${String(name)}`)
      return guest
    },
  })
}

function uplinkOf(world: World, hypervisor: string): Port {
  const port = world.ports.find((candidate) => candidate.kind === 'uplink' && candidate.node === hypervisor)
  if (port === undefined) throw new NotHere(`this lab has no hypervisor ${hypervisor}`)
  return port
}

function outsideOf(world: World): Port {
  const port = world.ports.find(({ kind }) => kind === 'outside')
  if (port === undefined) throw new NotHere('this lab has no host on the physical network to send from')
  return port
}

/** The uplink, and the switch's end of its cable where that can be seen. */
function cableOf(world: World, hypervisor: string): readonly Port[] {
  const uplink = uplinkOf(world, hypervisor)
  return [uplink, ...world.ports.filter(({ id }) => id === uplink.wiredTo)]
}

function switchPortOf(world: World, hypervisor: string): Port {
  const [, end] = cableOf(world, hypervisor)
  if (end === undefined)
    throw new NotHere(`this lab has no physical switch from which ${hypervisor} could be sent frames`)
  return end
}

function machineOf(world: World, name: string): Machine {
  const machine = world.machines.find((candidate) => candidate.name === name)
  if (machine === undefined) throw new NotHere(`this lab has no machine ${name} with an address of its own`)
  return machine
}

function namesOf(guests: readonly Guest[]): readonly string[] {
  return guests.map(({ name }) => name)
}
