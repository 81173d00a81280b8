/** What the controller tells its test workers, and what they tell back. */
import type { NoiseAtPort } from '../agent/messages/index.ts'
import type { SocketAddress } from '../lab/guarded-socket.ts'
import type { Implementation } from '../lab/implementation.ts'
import type { LabLayout } from '../lab/layout.ts'
import type { CaseResult, SiteDescription } from '../report/results.ts'

export interface RunOrder {
  run: number // in every signature
  relay: SocketAddress
  reportFolder: string
  layout: LabLayout
  implementation: Implementation
  fault: string | null // its file
  pcap: boolean // also classic pcap, a file a port
  scale: boolean // also the cases that take minutes
  noiseFramesPerSecond: number | null // of other traffic, at every port
}

/** What became of a case: a result, or what ended the whole run. */
export interface CaseOutcome {
  result: CaseResult
  sites: readonly SiteDescription[]
  /** What the ports carried of other traffic from the end of the case before to the end of this one. */
  noise: readonly NoiseAtPort[]
  /** One line for the user: nothing more can be judged. */
  fatal: string | null
}

declare module 'vitest' {
  interface ProvidedContext {
    frameproof: RunOrder
  }
}

declare module '@vitest/runner' {
  interface TaskMeta {
    frameproof?: CaseOutcome
  }
}
