/** LIFE: flexibility. */
import { ALL_SCENARIOS, type Requirement } from './types.ts'

export const life: readonly Requirement[] = [
  {
    id: 'LIFE-01',
    family: 'LIFE',
    title: 'creating or deleting a VM loses no frame of the others',
    rule: "Creating or deleting a VM leaves the other VMs' traffic lossless (see TAP-06, VLAN-16).",
    source: 'the article, 1.3.1',
    scenarios: ['bridged', 'vlan'],
  },
  {
    id: 'LIFE-02',
    family: 'LIFE',
    title: 'a VM moved to the other hypervisor keeps address, tenant and reachability',
    rule: 'A VM moved from hv1 to hv2 keeps address, tenant and reachability after its first broadcast there (gratuitous ARP); the interruption is measured and reported.',
    source: 'the article, 1.3.1; RFC 5227, 2.3 (announcing an address); IEEE 802.1Q, 8.7 (learning)',
    scenarios: ['bridged', 'vlan'],
  },
  {
    id: 'LIFE-03',
    family: 'LIFE',
    title: 'applying the configuration a second time changes and loses nothing',
    rule: "Applying the implementation's configuration a second time changes nothing and loses nothing.",
    source: 'the article, 1.3.1',
    scenarios: ALL_SCENARIOS,
  },
  {
    id: 'LIFE-04',
    family: 'LIFE',
    title: 'taking the implementation down leaves the hypervisor as it was',
    rule: 'Taking the implementation down leaves the hypervisor as it was before: NICs, bridges, rules, qdiscs, sysctls, processes, files (loaded modules, what loading them creates, empty tables and connection tracking entries apart).',
    source: 'the article, 1.3.1',
    scenarios: ALL_SCENARIOS,
  },
]
