export const ALL_SCENARIOS = ['bridged', 'port-vlan', 'vlan', 'nat', 'shaped'] as const

/** One documented way to network; `shaped` is `bridged` plus tc. */
export type Scenario = (typeof ALL_SCENARIOS)[number]

export const FAMILIES = ['TAP', 'BR', 'VLAN', 'NAT', 'DHCP', 'QOS', 'LIFE'] as const

export type Family = (typeof FAMILIES)[number]

export interface Requirement {
  id: string // never changes its meaning
  family: Family
  title: string // what reports show
  rule: string // the full text
  source: string
  scenarios: readonly Scenario[] // where it is judged
}
