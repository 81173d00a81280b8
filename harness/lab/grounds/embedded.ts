/** All machines of a lab as network namespaces on one site: thrown away, and made anew for each lab. */
import { buildFabric, machinesOf, removeFabric } from '../fabric.ts'
import { type Building, type Ground, placeIn } from '../ground.ts'
import type { Place } from '../place.ts'
import type { Site } from '../site.ts'
import type { Topology } from '../topology.ts'

export class EmbeddedGround implements Ground {
  readonly provider = 'embedded'
  readonly isThrownAway = true
  readonly isDisposable = true
  readonly captures = new Map()
  readonly sites: readonly Site[]
  readonly #site: Site
  readonly #places: ReadonlyMap<string, Place>

  constructor(site: Site, topology: Topology) {
    this.#site = site
    this.sites = [site]
    this.#places = new Map(machinesOf(topology).map((name) => [name, { site, namespace: name }]))
  }

  has(node: string): boolean {
    return this.#places.has(node)
  }

  placeOf(node: string): Place {
    return placeIn(this.#places, node)
  }

  async prepare({ topology, scenario }: Building): Promise<void> {
    await buildFabric(this.#site, topology, scenario)
  }

  async clear({ topology }: Building): Promise<void> {
    await removeFabric(this.#site, topology)
  }
}
