import type { Feature } from '../../lab/features.ts'
import type { Scenario } from '../../lab/scenario.ts'

export { SCENARIOS as ALL_SCENARIOS, type Scenario } from '../../lab/scenario.ts'

export const FAMILIES = ['TAP', 'BR', 'VLAN', 'NAT', 'DHCP', 'QOS', 'LIFE'] as const

export type Family = (typeof FAMILIES)[number]

export interface Requirement {
  id: string // never changes its meaning
  family: string // one of FAMILIES, or a user's own
  title: string // what reports show
  rule: string // the full text
  source: string
  scenarios: readonly Scenario[] // where it is judged
  features?: readonly Feature[] // what it needs of a kernel besides what its scenarios need
}
