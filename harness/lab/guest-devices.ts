/** The TAP devices of guests: an agent that holds one is the VM's NIC. */
import { awaitRunning, awaitStopped, closeTaps, openTaps, powerOff } from '../agent/messages/index.ts'
import { bySite, type Ground } from './ground.ts'
import type { Place } from './place.ts'
import type { Site } from './site.ts'
import type { GuestNode } from './topology.ts'

/** A kernel looks after links once a second at the latest, and a VLAN NIC follows its physical one. */
export const RUNNING_DEADLINE_MS = 2500

export class GuestDevices {
  readonly #ground: Ground

  constructor(ground: Ground) {
    this.#ground = ground
  }

  async open(guests: readonly GuestNode[]): Promise<null> {
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

  async close(guests: readonly GuestNode[]): Promise<null> {
    await this.#bySite(guests, (site, own) => site.ask(closeTaps, own.map(nameOf)))
    return null
  }

  async powerOn(guests: readonly GuestNode[]): Promise<null> {
    await this.open(guests)
    await this.#bySite(guests, (site) => site.ask(awaitRunning, RUNNING_DEADLINE_MS))
    return null
  }

  /** A kernel takes notice up to 1 s later that a NIC has lost its carrier, and with it the bridge. */
  async powerOff(guests: readonly GuestNode[]): Promise<null> {
    await this.#bySite(guests, async (site, own) => {
      await site.ask(powerOff, own.map(nameOf))
      await site.ask(awaitStopped, { ports: own.map(tapPortOf), deadlineMs: RUNNING_DEADLINE_MS })
    })
    return null
  }

  #bySite(guests: readonly GuestNode[], ask: (site: Site, own: readonly GuestNode[]) => Promise<unknown>) {
    return bySite(guests, ({ hypervisor }) => this.#ground.placeOf(hypervisor).site, ask)
  }

  #namespaceOf(hypervisor: string): Place['namespace'] {
    return this.#ground.placeOf(hypervisor).namespace
  }
}

/** By which its capture is known: `hv1:tap-red1`. */
export function tapPortOf({ hypervisor, tap }: GuestNode): string {
  return `${hypervisor}:${tap}`
}

function nameOf({ name }: GuestNode): string {
  return name
}
