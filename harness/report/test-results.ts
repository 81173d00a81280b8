/** A run's results that have something of everything. For tests only. */
import { type CaseResult, type Results, requirementResults, summarize } from './results.ts'

const RULES = [
  { id: 'TAP-02', title: 'byte for byte' },
  { id: 'VLAN-03', title: "frames carry their tenant's VID" },
  { id: 'VLAN-05', title: 'one VID, two hypervisors' },
  { id: 'VLAN-06', title: 'tenants are apart' },
  { id: 'VLAN-08', title: 'two links' },
  { id: 'VLAN-13', title: 'a broadcast stays' },
]

export function caseResult(id: string, more: Partial<CaseResult>): CaseResult {
  return {
    ...{ id, name: `what ${id} says`, file: `cases/${id.toLowerCase()}.case.ts`, scenario: 'vlan' },
    ...{ verdict: 'conforms', reason: null, durationMs: 1000, measured: {}, evidence: `evidence/${id}` },
    ...more,
  }
}

export const CASES: readonly CaseResult[] = [
  caseResult('TAP-02', { scenario: 'bridged', durationMs: 1466.4 }),
  caseResult('VLAN-03', { verdict: 'not supported', reason: 'mine: has no VLANs', evidence: null }),
  caseResult('VLAN-05', { measured: { 'Mbit/s': { value: 9.5, low: 9.4, high: 9.6 }, loss: { value: 0 } } }),
  caseResult('VLAN-13', {
    verdict: 'deviates',
    reason: 'expected  hv1:tap-blue1 never carries ARP\nseen      frame 23: out, 100% <odd> | a`b\nmore',
    durationMs: 250,
  }),
]

export function results(more: Partial<Results> = {}, cases = CASES): Results {
  const requirements = requirementResults(RULES, cases, new Map([['VLAN-08', 'the site died']]))
  return {
    ...{ schema: 1, frameproof: '0.1.0', startedAt: '2026-11-22T15:41:48.147Z', durationMs: 3429 },
    interrupted: false,
    lab: {
      provider: 'embedded',
      sites: [{ name: 'lab', kind: 'uml', kernel: '6.1.176' }],
      tools: { node: 'v20.20.2', jq: 'jq-1.6' },
    },
    ...{ implementation: 'linux-bridge', fault: null, requirements, summary: summarize(requirements) },
    ...more,
  }
}
