/** The lab as a case sees it: whom it has, and what can be done with it, by operations of the lab. */
import type { Link } from '../agent/messages/index.ts'
import { ConfigureFailed } from '../lab/configure.ts'
import { OUTSIDE_DHCP } from '../lab/fabric.ts'
import type { StateChanges } from '../lab/noted-states.ts'
import type { FdbEntry, Operation, ProgramResult, Proposal } from '../lab/operation.ts'
import type { DhcpPlan, Plan, PlanChange } from '../lab/plan.ts'
import type { Scenario } from '../lab/scenario.ts'
import { type Guest, ipv4Range, type Machine, type Port } from '../proof/index.ts'
import type { CaseRun } from './case-run.ts'
import {
  cableOf,
  type GuestName,
  guestIn,
  guestsOf,
  machineOf,
  NotHere,
  outsideOf,
  switchPortOf,
  uplinkOf,
} from './places-in-world.ts'
import { findRoutes, type Via } from './routes.ts'
import { GATEWAY } from './world.ts'

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
  /** So long passes for every program of the lab: at once where its clocks are its own, else in truth. */
  passTime(seconds: number): Promise<void>
  /** Runs a program on the guest's own network stack. */
  run(guest: Guest, ...command: readonly string[]): Promise<ProgramResult>
}

export function labOf(run: CaseRun, scenario: Scenario, protects: readonly string[]): CaseLab {
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

function namesOf(guests: readonly Guest[]): readonly string[] {
  return guests.map(({ name }) => name)
}
