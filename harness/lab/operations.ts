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
import type { PlanChange } from './plan.ts'
import { runIp, runOnSite, runScript } from './run-on-site.ts'
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
  | { do: 'links' | 'fdb'; node: string }
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
export type Answer = ConfigureAnswer | readonly Link[] | readonly FdbEntry[] | ProgramResult

/** What the operations need of a lab. */
export interface LabParts {
  site: Site
  scenario: Scenario
  guests: readonly GuestNode[]
  hypervisors: readonly { name: string }[]
  configure(hypervisor: string, action: Action, guests: readonly GuestNode[]): Promise<ConfigureCall>
  change(hypervisor: string, change: PlanChange): void
}

const RUNNING_DEADLINE_MS = 2500
const PROGRAM_DEADLINE_MS = 30_000
const STACK_NIC = 'eth0'

export class Operations {
  readonly #lab: LabParts

  constructor(lab: LabParts) {
    this.#lab = lab
  }

  async perform(operation: Operation): Promise<Answer> {
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
      case 'links':
        return this.#lab.site.ask(links, operation.node)
      case 'fdb':
        return this.#fdb(operation.node)
      case 'run':
        return this.#run(operation.guest, operation.command)
    }
  }

  /** A network stack of its own for each: a namespace and a NIC with the guest's addresses. */
  async openStacks(names: readonly string[]): Promise<void> {
    if (names.length === 0) return
    const { site, scenario } = this.#lab
    const namespaces = names.map((name) => `netns add ${stackOf(name)}`)
    await runIp(site, `${names.join(', ')} got no namespaces`, namespaces)
    for (const guest of this.#guests(names)) {
      const namespace = stackOf(guest.name)
      await site.ask(openStack, { guest: guest.name, namespace, name: STACK_NIC })
      const commands = [
        `link set ${STACK_NIC} address ${guest.mac} addrgenmode none`,
        `address add ${addressOf(guest, scenario)}/${PHYSICAL_PREFIX_LENGTH} dev ${STACK_NIC}`,
        `link set ${STACK_NIC} up`,
        'link set lo up',
      ]
      await runIp(site, `${guest.name} got no network stack`, commands, ['-n', namespace])
    }
  }

  async closeStacks(names: readonly string[]): Promise<void> {
    if (names.length === 0) return
    for (const name of names) await this.#lab.site.ask(closeStack, name)
    const namespaces = names.map((name) => `netns del ${stackOf(name)}`)
    await runIp(this.#lab.site, `the namespaces of ${names.join(', ')} stay`, namespaces)
  }

  #guests(names: readonly string[]): readonly GuestNode[] {
    return this.#lab.guests.filter((guest) => names.includes(guest.name))
  }

  async #open(guests: readonly GuestNode[]): Promise<null> {
    await this.#lab.site.ask(
      openTaps,
      guests.map(({ name, hypervisor, tap }) => ({ guest: name, namespace: hypervisor, name: tap })),
    )
    return null
  }

  async #close(guests: readonly GuestNode[]): Promise<null> {
    await this.#lab.site.ask(
      closeTaps,
      guests.map(({ name }) => name),
    )
    return null
  }

  async #powerOn(guests: readonly GuestNode[]): Promise<null> {
    await this.#open(guests)
    await this.#lab.site.ask(awaitRunning, RUNNING_DEADLINE_MS)
    return null
  }

  /** A kernel takes notice up to 1 s later that a NIC has lost its carrier, and with it the bridge. */
  async #powerOff(guests: readonly GuestNode[]): Promise<null> {
    const { site } = this.#lab
    await site.ask(
      powerOff,
      guests.map(({ name }) => name),
    )
    await site.ask(awaitStopped, { ports: guests.map(tapPortOf), deadlineMs: RUNNING_DEADLINE_MS })
    return null
  }

  async #attach(guests: readonly GuestNode[]): Promise<ConfigureAnswer> {
    const failure = await this.#configureEach('attach', guests)
    const captures = guests.map((guest) => {
      return { port: tapPortOf(guest), namespace: guest.hypervisor, interface: guest.tap, ring: null }
    })
    await this.#lab.site.ask(openCaptures, captures)
    await this.#lab.site.ask(awaitRunning, RUNNING_DEADLINE_MS)
    return failure
  }

  async #detach(guests: readonly GuestNode[]): Promise<ConfigureAnswer> {
    const failure = await this.#configureEach('detach', guests)
    await this.#lab.site.ask(closeCaptures, guests.map(tapPortOf))
    await this.#close(guests)
    return failure
  }

  /** Hypervisors side by side. */
  async #configureEach(action: Action, guests: readonly GuestNode[]): Promise<ConfigureAnswer> {
    const calls = this.#lab.hypervisors.map(async ({ name }) => {
      const own = guests.filter((guest) => guest.hypervisor === name)
      return own.length === 0 ? null : (await this.#lab.configure(name, action, own)).reason
    })
    return (await Promise.all(calls)).find((reason) => reason !== null) ?? null
  }

  async #reconfigure(hypervisor: string, change: PlanChange): Promise<ConfigureAnswer> {
    this.#lab.change(hypervisor, change)
    const { reason } = await this.#lab.configure(hypervisor, 'up', [])
    await this.#lab.site.ask(awaitRunning, RUNNING_DEADLINE_MS)
    return reason
  }

  async #fdb(node: string): Promise<readonly FdbEntry[]> {
    const shown = await runScript(
      this.#lab.site,
      `the FDB of ${node} is not shown`,
      'bridge -n "$1" -j fdb show',
      [node],
    )
    const entries = JSON.parse(shown === '' ? '[]' : shown) as readonly { mac: string; ifname: string }[]
    return entries.map(({ mac, ifname }) => ({ mac, port: ifname }))
  }

  async #run(guest: string, [program = '', ...args]: readonly string[]): Promise<ProgramResult> {
    await this.openStacks([guest])
    try {
      const result = await runOnSite(this.#lab.site, {
        namespace: stackOf(guest),
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

function tapPortOf({ hypervisor, tap }: GuestNode): string {
  return `${hypervisor}:${tap}`
}

/** The namespace of a guest's own network stack. */
export function stackOf(guest: string): string {
  return `guest-${guest}`
}
