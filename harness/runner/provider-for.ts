/** The lab that was asked for. */
import { BadInput } from '../lab/bad-input.ts'
import type { LabProvider } from '../lab/provider.ts'
import { embeddedProvider } from '../lab/providers/embedded.ts'
import type { LocalKind } from '../lab/site.ts'
import { loadTopology } from '../lab/topology.ts'
import { TOPOLOGY } from './project.ts'

export interface LabWanted {
  /** embedded, vagrant, or an inventory's file. */
  lab: string
  site: LocalKind | null
  keep: boolean
}

export const EMBEDDED = 'embedded'
export const VAGRANT = 'vagrant'

/** @param tell gets a line for each thing that takes its time. @throws {BadInput} */
export async function providerFor(
  { lab, site, keep }: LabWanted,
  tell: (progress: string) => void,
): Promise<LabProvider> {
  if (lab === EMBEDDED) {
    if (keep)
      throw new BadInput(
        '--keep: the embedded lab goes with its run: frameproof lab up builds one that stays',
      )
    return embeddedProvider(loadTopology(TOPOLOGY), site)
  }
  if (site !== null) throw new BadInput(`--site ${site} is for the embedded lab, not for --lab ${lab}`)
  if (lab === VAGRANT) {
    const { vagrantProvider } = await import('../lab/providers/vagrant.ts')
    return vagrantProvider({ keep, tell })
  }
  if (!/[./]/.test(lab))
    throw new BadInput(`--lab ${lab}: wanted embedded, vagrant, or an inventory (FILE.yaml)`)
  if (keep) throw new BadInput('--keep is for --lab vagrant: the machines of an inventory stay anyway')
  const { loadInventory } = await import('../lab/inventory.ts')
  const { inventoryProvider } = await import('../lab/providers/inventory.ts')
  return inventoryProvider(loadInventory(lab))
}
