/** What a bundle is about, as its README and its issue text need it. */
import type { Results } from '../../report/results.ts'
import type { RecordedCase } from '../recorded-case.ts'
import type { RunRecord } from '../run-record.ts'
import type { PlanFile } from './plans.ts'
import type { RateRow } from './rates.ts'
import type { CaseStory } from './story.ts'

export interface BundledCase {
  /** In the bundle. */
  folder: string
  name: string
  scenario: string
  verdict: string
  reason: string | null
  measured: Results['requirements'][number]['cases'][number]['measured']
  recorded: RecordedCase
  story: CaseStory
  rates: readonly RateRow[]
  /** How the hypervisors stood when it deviated: files in the bundle. */
  states: readonly string[]
  /** Frames of others that were left out; null where nothing was. */
  leftOut: { kept: number; leftOut: number } | null
  /** What judging the packed evidence again gives. */
  judgedAgain: { verdict: string; reason: string | null }
}

export interface Contents {
  /** The bundle's folder and the archive's name: "frameproof-VLAN-06". */
  name: string
  id: string
  title: string
  rule: string | null
  source: string | null
  verdict: string
  results: Results
  /** Null for a report from before runs were recorded. */
  run: RunRecord | null
  cases: readonly BundledCase[]
  plans: readonly PlanFile[]
  /** Folders that the implementation's scripts name as ../NAME/: beside it in the bundle, or missing. */
  beside: { here: readonly string[]; missing: readonly string[] }
  /** Where the fault was, as its file says: hv1, both, sw1. */
  faultOn: string | null
  /** How long judging the rule took. */
  durationMs: number
  /** Cases of the rule whose evidence is not in the bundle. */
  others: readonly { name: string; scenario: string; verdict: string }[]
}

export const SCENARIO_WORDS: Readonly<Record<string, string>> = {
  bridged: 'VMs are bridged onto the physical network; no VLANs',
  'port-vlan': 'one bridge a hypervisor, each VM’s port in a VLAN of its own tenant, the uplink untagged',
  vlan: 'a bridge and a VLAN NIC for each tenant; tagged frames on the trunk between the hypervisors',
  nat: 'VMs in a network of their own behind each hypervisor, which translates to its physical address',
  shaped: 'as bridged, with traffic shaping and policing',
}
