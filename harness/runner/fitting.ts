/** Whether the lab at hand can be what a case wants: its kernels, its guests, its VIDs. */
import { FEATURES, type Feature, lacking } from '../lab/features.ts'
import { grownTopology, mayGrow } from '../lab/grown-topology.ts'
import type { Topology } from '../lab/topology.ts'
import type { CaseTitle } from './case-record.ts'
import { REQUIREMENTS } from './catalogue.ts'
import type { RunOrder } from './outcome.ts'
import type { CaseOptions } from './requirement.ts'

/** The lab at hand cannot be what is wanted; nothing is wrong with it otherwise. */
export class Unfit extends Error {}

/** @throws {Unfit} if this kernel cannot carry the scenario, or not what the rule takes besides */
export function requireFeatures(
  whose: string,
  missing: readonly Feature[],
  { id, scenario }: Pick<CaseTitle, 'id' | 'scenario'>,
): void {
  const lacks = lacking(scenario, missing)
  if (lacks.length > 0)
    throw new Unfit(`${whose}'s kernel lacks ${lacks.join(', ')}, which the scenario ${scenario} needs`)
  const besides = (REQUIREMENTS.find((rule) => rule.id === id)?.features ?? []).filter((feature) =>
    missing.includes(feature),
  )
  if (besides.length > 0)
    throw new Unfit(
      `${whose}'s kernel lacks ${besides.map((feature) => FEATURES[feature]).join(', ')}, which ${id} needs`,
    )
}

export class Topologies {
  readonly #order: RunOrder
  readonly #usual: Topology
  readonly #grown = new Map<string, Topology>()

  constructor(order: RunOrder) {
    this.#order = order
    this.#usual = order.layout.topology
  }

  /** The usual guests, or as many as the case wants. One object each: labs are told apart by it. @throws {Unfit} */
  for(options: CaseOptions): Topology {
    const {
      guests = this.#usual.guests.length,
      tenants = this.#usual.tenants.length,
      vids,
      everyVid = false,
    } = options
    if ([options.guests, options.tenants, vids, options.everyVid].every((option) => option === undefined))
      return this.#usual
    if (this.#order.implementation.configure === null || !mayGrow(this.#usual))
      throw new Unfit('this takes other guests or tenants than those of the lab at hand')
    if (vids !== undefined || everyVid || tenants > this.#usual.tenants.length) this.#requireOwnVids()
    const key = `${guests} ${tenants} ${vids?.join() ?? ''} ${everyVid}`
    const growth = { guests, tenants, everyVid, ...(vids === undefined ? {} : { vids }) }
    const topology = this.#grown.get(key) ?? grownTopology(this.#usual, growth)
    this.#grown.set(key, topology)
    return topology
  }

  /** Where the physical switch is somebody else's, its VIDs are, too. */
  #requireOwnVids(): void {
    if (this.#order.layout.machines?.switch === null)
      throw new Unfit('this takes other VIDs than those of the network at hand')
  }
}
