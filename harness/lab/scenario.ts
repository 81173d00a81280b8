/** The documented ways to network. `shaped` is `bridged` plus tc. */
export const SCENARIOS = ['bridged', 'port-vlan', 'vlan', 'nat', 'shaped'] as const

export type Scenario = (typeof SCENARIOS)[number]
