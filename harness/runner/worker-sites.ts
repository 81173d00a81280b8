/** The sites that a worker has: connected when a lab is to be built, and all given up when one of them fails. */
import { type Feature, featuresMissingAt } from '../lab/features.ts'
import { connectToRelay } from '../lab/relay.ts'
import { connectSite, type Site } from '../lab/site.ts'
import type { SiteDescription } from '../report/results.ts'
import type { RunOrder } from './outcome.ts'
import { toolVersionsAt } from './tool-versions.ts'

export class WorkerSites {
  readonly #order: RunOrder
  readonly #number: number
  /** By name; all of the lab's, or none. */
  #sites: ReadonlyMap<string, Site> = new Map()
  #toolsAt: ReadonlyMap<string, Readonly<Record<string, string>>> = new Map()
  #missingAt: ReadonlyMap<string, readonly Feature[]> = new Map()

  /** @param number of the worker, from 1 */
  constructor(order: RunOrder, number: number) {
    this.#order = order
    this.#number = number
  }

  /** @throws {LabError} */
  async connected(): Promise<ReadonlyMap<string, Site>> {
    if (this.#sites.size === 0) this.#sites = await this.#connect()
    return this.#sites
  }

  /** What the kernels of hypervisors that are machines cannot do. */
  get missingAt(): ReadonlyMap<string, readonly Feature[]> {
    return this.#missingAt
  }

  /** Sites of which one failed are not trusted again: the next case gets others. */
  abandon(): void {
    for (const site of this.#sites.values()) site.close()
    this.#sites = new Map()
  }

  descriptions(): readonly SiteDescription[] {
    return [...this.#sites.values()].map(({ name, kind, kernel }) => {
      const tools = this.#toolsAt.get(name)
      return { name, kind, kernel, ...(tools === undefined ? {} : { tools }) }
    })
  }

  async #connect(): Promise<ReadonlyMap<string, Site>> {
    const { layout, relay, implementation } = this.#order
    const connecting = layout.sites.map(async (name) => {
      return [name, await connectSite(await connectToRelay(relay, this.#number, name), name)] as const
    })
    const sites = new Map(await Promise.all(connecting))
    const names = new Set(Object.values(layout.machines?.hypervisors ?? {}))
    const remote = [...sites.values()].filter(({ name }) => names.has(name))
    const missing = remote.map(async (site) => [site.name, await featuresMissingAt(site)] as const)
    this.#missingAt = new Map(await Promise.all(missing))
    const { requires } = implementation
    const tools = remote.map(async (site) => [site.name, await toolVersionsAt(site, requires)] as const)
    this.#toolsAt = new Map(await Promise.all(tools))
    return sites
  }
}
