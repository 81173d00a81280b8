/**
 * What report.html holds: the results, and of each case's evidence what a reader needs first. Plain data, written as JSON
 * into the page and read by its script; all text in it is visible text already (visible.ts).
 */
import type { Verdict } from '../../proof/index.ts'
import type { Measured, Results } from '../results.ts'

export type AnyVerdict = Verdict | 'no case'

export interface PageRule {
  id: string
  family: string
  title: string
  rule: string | null // the full text; null for one that is not in the catalogue
  source: string | null
  verdict: AnyVerdict
  reason: string | null
  durationMs: number
  cases: readonly PageCase[]
}

export interface PageCase {
  name: string
  file: string
  scenario: string
  verdict: Verdict
  reason: string | null
  measured: Readonly<Record<string, Measured>>
  evidence: string | null // the folder, relative to the page
  /** It has evidence, in the whole report that this one is a part of. */
  evidenceLeftOut?: true
  files: readonly string[] // in that folder
  /** Pictures in that folder, such as the curves of a rate: as data: URLs. */
  pictures: readonly { name: string; description: string; url: string }[]
  /** Null where there is no evidence to show; else see `trouble`. */
  story: Story | null
  /** Why its evidence cannot be shown. */
  trouble: string | null
}

/** Of one case's evidence what mattered, and how much more there is. */
export interface Story {
  lab: number // index into the page's labs
  plans: number // index into the page's plans
  assertions: readonly PageAssertion[]
  assertionsLeftOut: number
  assertionsTotal: number
  frames: readonly PageFrame[] // in the order of their numbers
  framesTotal: number
  windows: number
  drops: number
  flows: readonly Flow[]
  /** Indexes into frames: the exchange between guests, hypervisors and the network; [] where there is none. */
  exchange: readonly number[]
}

export interface PageAssertion {
  verdict: Verdict
  expected: string
  found: string | null
  frames: readonly number[] // numbers in evidence.pcapng
  flow: number | null // index into flows
  at: string | null // the port
}

export interface PageFrame {
  n: number // its number in evidence.pcapng, from 1
  port: string
  dir: 'in' | 'out' | 'unknown'
  /** Nanoseconds since the first frame that is listed. */
  t: number
  length: number // octets on the wire
  line: string // as tcpdump prints it
  role: string // what it is: "stimulus 1 of red1"
  octets: string // base64; the first ones, where there are more
  met: readonly number[] // indexes into assertions
}

/** One injected frame's way. */
export interface Flow {
  title: string
  /** Where it failed: at this port it was to be seen, or as something else, or never. */
  failedAt: { port: string; wanted: 'there' | 'never there' } | null
  verdict: Verdict
  hops: readonly PageHop[]
  hopsLeftOut: number
}

export interface PageHop {
  frame: number // index into frames
  before: number | null // index into hops
  delayNs: number // since the first hop
  changes: readonly FieldChange[]
}

export interface FieldChange {
  name: string
  from: string | null
  to: string | null
  offset: number // of the first octet, in the frame of this hop
  size: number // octets; 0 where the field is gone
}

export interface PageLab {
  ports: readonly PagePort[]
}

export interface PagePort {
  id: string
  kind: 'tap' | 'uplink' | 'switch' | 'outside' | 'guest' | 'inner'
  node: string
  nic: string
  guest: string | null
  wiredTo: string | null
  description: string
}

export interface PageData {
  results: Omit<Results, 'requirements'>
  rules: readonly PageRule[]
  labs: readonly PageLab[]
  /** What the hypervisors were told, as JSON text. */
  plans: readonly string[]
  files: readonly string[] // of the whole report, relative to the page
}
