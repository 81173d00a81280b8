/** Network stacks of guests: where a case needs a real one, it is in a namespace of its own, behind the guest's device. */
import { closeStack, openStack } from '../agent/messages/index.ts'
import { bySite, type Ground } from './ground.ts'
import type { Place } from './place.ts'
import { runIp } from './run-on-site.ts'
import type { Scenario } from './scenario.ts'
import type { Site } from './site.ts'
import { addressOf, type GuestNode, PHYSICAL_PREFIX_LENGTH } from './topology.ts'

const STACK_NIC = 'eth0'

/** What they need of a lab. */
export interface StackParts {
  ground: Ground
  scenario: Scenario
  /** Each where it is now. */
  readonly guests: readonly GuestNode[]
  /** The address by which a guest's network stack reaches other networks. */
  routerOf(guest: GuestNode): string | null
}

export class GuestStacks {
  readonly #lab: StackParts

  constructor(lab: StackParts) {
    this.#lab = lab
  }

  /** A network stack of its own for each: a namespace and a NIC with the guest's addresses. */
  async open(names: readonly string[]): Promise<void> {
    await this.#bySite(this.#guests(names), async (site, guests) => {
      const namespaces = guests.map(({ name }) => `netns add ${stackOf(name)}`)
      await runIp(site, `${names.join(', ')} got no namespaces`, namespaces)
      for (const guest of guests) await this.#openStack(site, guest)
    })
  }

  async close(names: readonly string[]): Promise<void> {
    await this.#bySite(this.#guests(names), async (site, guests) => {
      for (const { name } of guests) await site.ask(closeStack, name)
      const namespaces = guests.map(({ name }) => `netns del ${stackOf(name)}`)
      await runIp(site, `the namespaces of ${names.join(', ')} stay`, namespaces)
    })
  }

  /** Where the stack of a guest, or of a machine, is. */
  placeOf({ name, isGuest }: { name: string; isGuest: boolean }): Place {
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

  #bySite(guests: readonly GuestNode[], ask: (site: Site, own: readonly GuestNode[]) => Promise<void>) {
    return bySite(guests, this.#siteOf, ask)
  }

  #guests(names: readonly string[]): readonly GuestNode[] {
    return this.#lab.guests.filter((guest) => names.includes(guest.name))
  }
}

/** The namespace of a guest's own network stack. */
export function stackOf(guest: string): string {
  return `guest-${guest}`
}
