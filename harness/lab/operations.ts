/**
 * What a case may do to a lab besides sending frames, and see of it besides frames. Each is one line of data, and so
 * is its answer: both are kept as evidence, and a case that is judged again is given the same answers.
 */
import {
  awaitRunning,
  awaitStopped,
  closeCaptures,
  closeStack,
  closeTaps,
  type Link,
  links,
  openCaptures,
  openStack,
  openTaps,
  powerOff,
} from '../agent/messages/index.ts'
import type { Action, ConfigureCall } from './configure.ts'
import { serveDhcpOutside } from './fabric.ts'
import { bySite, type Ground } from './ground.ts'
import type { Moment, StateChanges } from './noted-states.ts'
import type { Place } from './place.ts'
import type { Plan, PlanChange } from './plan.ts'
import { inNamespace, runIp, runOnSite, runScript } from './run-on-site.ts'
import type { Scenario } from './scenario.ts'
import type { Site } from './site.ts'
import { addressOf, type GuestNode, PHYSICAL_PREFIX_LENGTH } from './topology.ts'

export type Operation =
  /** Its TAP device is opened, then `configure attach`; `configure detach`, then it is closed. */
  | { do: 'attach' | 'detach'; guests: readonly string[] }
  /** The device alone, without `configure`. */
  | { do: 'open device' | 'close device'; guests: readonly string[] }
  /** The device is closed, and its NIC stays. */
  | { do: 'power off' | 'power on'; guests: readonly string[] }
  /** `configure up` with the plan changed so; without a change, the first plan again. */
  | { do: 'reconfigure'; hypervisor: string; change: PlanChange }
  /** The same, but unless it is done the plan is the one before. */
  | { do: 'propose'; hypervisor: string; change: PlanChange }
  /** `configure` as it is, with the plans as they are. */
  | { do: 'up' | 'down'; hypervisors: readonly string[] }
  /** Detached where it is, and attached on the other hypervisor. */
  | { do: 'move'; guest: string; hypervisor: string }
  /** What these hypervisors hold is noted, to be compared with later. */
  | { do: 'note state'; hypervisors: readonly string[] }
  | { do: 'compare state'; since: Moment; hypervisors: readonly string[] }
  | { do: 'links' | 'fdb'; node: string }
  /** What a hypervisor was told. */
  | { do: 'plan'; hypervisor: string }
  /** The physical network's DHCP server begins to serve, on the host `outside`, as long as the lab stands. */
  | { do: 'serve DHCP outside' }
  /** The lab's clocks are set forward: so long has passed for every program there. */
  | { do: 'pass time'; seconds: number }
  /** A program in the guest's own namespace, where its network stack is. */
  | { do: 'run'; guest: string; command: readonly string[] }

/** An entry of a bridge's forwarding database. */
export interface FdbEntry {
  mac: string
  port: string
}

export interface ProgramResult {
  status: number | null
  stdout: string
  stderr: string
}

/** Null where `configure` did it, else why not, in one line. */
export type ConfigureAnswer = string | null
/** What became of a plan that may be refused. */
export type Proposal = Pick<ConfigureCall, 'outcome' | 'reason'>
export type Answer =
  | ConfigureAnswer
  | Proposal
  | StateChanges
  | Plan
  | readonly Link[]
  | readonly FdbEntry[]
  | ProgramResult

/** What the operations need of a lab. */
export interface LabParts {
  ground: Ground
  /** By whomever, and not by `configure`. */
  isConfigured: boolean
  scenario: Scenario
  /** Each where it is now. */
  readonly guests: readonly GuestNode[]
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
  /** The address by which a guest's network stack reaches other networks. */
  routerOf(guest: GuestNode): string | null
}

/** A case wants something of the lab that its owner did not allow: it could not run, and the lab is as good as before. */
export class NotAllowed extends Error {
  override readonly name = 'NotAllowed'
}

const CONFIGURING: ReadonlySet<Operation['do']> = new Set([
  ...(['attach', 'detach', 'move', 'up', 'down', 'reconfigure', 'propose'] as const),
])
const CHANGING: ReadonlySet<Operation['do']> = new Set([
  ...CONFIGURING,
  ...(['open device', 'close device', 'power off', 'power on'] as const),
])
const RUNNING_DEADLINE_MS = 2500
const PROGRAM_DEADLINE_MS = 30_000
const STACK_NIC = 'eth0'

export class Operations {
  readonly #lab: LabParts
  #servesOutside = false
  #hasPassedTime = false

  constructor(lab: LabParts) {
    this.#lab = lab
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
        await this.#open(this.#guests(operation.guests))
        return this.#attach(this.#guests(operation.guests))
      case 'detach':
        return this.#detach(this.#guests(operation.guests))
      case 'open device':
        return this.#open(this.#guests(operation.guests))
      case 'power on':
        return this.#powerOn(this.#guests(operation.guests))
      case 'close device':
        return this.#close(this.#guests(operation.guests))
      case 'power off':
        return this.#powerOff(this.#guests(operation.guests))
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

  /** A network stack of its own for each: a namespace and a NIC with the guest's addresses. */
  async openStacks(names: readonly string[]): Promise<void> {
    await this.#bySite(this.#guests(names), async (site, guests) => {
      const namespaces = guests.map(({ name }) => `netns add ${stackOf(name)}`)
      await runIp(site, `${names.join(', ')} got no namespaces`, namespaces)
      for (const guest of guests) await this.#openStack(site, guest)
    })
  }

  async closeStacks(names: readonly string[]): Promise<void> {
    await this.#bySite(this.#guests(names), async (site, guests) => {
      for (const { name } of guests) await site.ask(closeStack, name)
      const namespaces = guests.map(({ name }) => `netns del ${stackOf(name)}`)
      await runIp(site, `the namespaces of ${names.join(', ')} stay`, namespaces)
    })
  }

  /** Where the stack of a guest, or of a machine, is. */
  placeOfStack({ name, isGuest }: { name: string; isGuest: boolean }): Place {
    if (!isGuest) return this.#lab.ground.placeOf(name)
    const [guest] = this.#guests([name])
    if (guest === undefined) throw new Error(`there is no guest ${name}`)
    return { site: this.#siteOf(guest), namespace: stackOf(name) }
  }

  async #openStack(site: Site, guest: GuestNode): Promise<void> {
    const namespace = stackOf(guest.name)
    await site.ask(openStack, { guest: guest.name, namespace, name: STACK_NIC })
    const router = this.#lab.routerOf(guest)
    const commands = [
      `link set ${STACK_NIC} address ${guest.mac} addrgenmode none`,
      `address add ${addressOf(guest, this.#lab.scenario)}/${PHYSICAL_PREFIX_LENGTH} dev ${STACK_NIC}`,
      `link set ${STACK_NIC} up`,
      'link set lo up',
      ...(router === null ? [] : [`route add default via ${router}`]),
    ]
    await runIp(site, `${guest.name} got no network stack`, commands, ['-n', namespace])
  }

  readonly #siteOf = ({ hypervisor }: GuestNode): Site => this.#lab.ground.placeOf(hypervisor).site

  #bySite<R>(guests: readonly GuestNode[], ask: (site: Site, own: readonly GuestNode[]) => Promise<R>) {
    return bySite(guests, this.#siteOf, ask)
  }

  #guests(names: readonly string[]): readonly GuestNode[] {
    return this.#lab.guests.filter((guest) => names.includes(guest.name))
  }

  async #open(guests: readonly GuestNode[]): Promise<null> {
    await this.#bySite(guests, (site, own) =>
      site.ask(
        openTaps,
        own.map(({ name, hypervisor, tap }) => {
          return { guest: name, namespace: this.#namespaceOf(hypervisor), name: tap }
        }),
      ),
    )
    return null
  }

  async #close(guests: readonly GuestNode[]): Promise<null> {
    await this.#bySite(guests, (site, own) => site.ask(closeTaps, own.map(nameOf)))
    return null
  }

  async #powerOn(guests: readonly GuestNode[]): Promise<null> {
    await this.#open(guests)
    await this.#bySite(guests, (site) => site.ask(awaitRunning, RUNNING_DEADLINE_MS))
    return null
  }

  /** A kernel takes notice up to 1 s later that a NIC has lost its carrier, and with it the bridge. */
  async #powerOff(guests: readonly GuestNode[]): Promise<null> {
    await this.#bySite(guests, async (site, own) => {
      await site.ask(powerOff, own.map(nameOf))
      await site.ask(awaitStopped, { ports: own.map(tapPortOf), deadlineMs: RUNNING_DEADLINE_MS })
    })
    return null
  }

  async #attach(guests: readonly GuestNode[]): Promise<ConfigureAnswer> {
    const failure = await this.#configureEach('attach', guests)
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
    await this.#bySite(guests, (site, own) => site.ask(closeCaptures, own.map(tapPortOf)))
    await this.#close(guests)
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
    await this.#open(this.#guests([name]))
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

  async #settle(hypervisor: string): Promise<void> {
    await this.#lab.lookInside(hypervisor)
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

  async #passTime(seconds: number): Promise<null> {
    const { sites } = this.#lab.ground
    const other = sites.find(({ kind }) => kind !== 'uml')
    if (other !== undefined)
      throw new NotAllowed(
        `this sets clocks forward, and ${other.name} (${other.kind}) has none of the lab's own`,
      )
    this.#hasPassedTime = true
    const script = 'date -s "@$(($(date +%s) + $1))"'
    const set = sites.map((site) => runScript(site, 'the clock could not be set', script, [String(seconds)]))
    await Promise.all(set)
    return null
  }

  async #run(guest: string, [program = '', ...args]: readonly string[]): Promise<ProgramResult> {
    await this.openStacks([guest])
    try {
      const { site, namespace } = this.placeOfStack({ name: guest, isGuest: true })
      const result = await runOnSite(site, {
        namespace,
        program,
        args,
        timeoutMs: PROGRAM_DEADLINE_MS,
      })
      const { status, stdout, stderr, notStarted } = result
      return { status, stdout, stderr: notStarted ?? stderr }
    } finally {
      await this.closeStacks([guest])
    }
  }
}

function nameOf({ name }: GuestNode): string {
  return name
}

function tapPortOf({ hypervisor, tap }: GuestNode): string {
  return `${hypervisor}:${tap}`
}

/** The namespace of a guest's own network stack. */
export function stackOf(guest: string): string {
  return `guest-${guest}`
}
