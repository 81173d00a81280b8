/** What the controller tells its test workers, and what they tell back. */
import type { Feature } from '../lab/features.ts'
import type { SocketAddress } from '../lab/guarded-socket.ts'
import type { CaseResult, SiteDescription } from '../report/results.ts'

export interface RunOrder {
  run: number // in every signature
  relay: SocketAddress
  reportFolder: string
  topology: string // its file
  implementation: string // name or folder
  fault: string | null // its file
  missing: readonly Feature[] // what the site's kernel cannot do
  pcap: boolean // also classic pcap, a file a port
}

/** What became of a case: a result, or what ended the whole run. */
export interface CaseOutcome {
  result: CaseResult
  site: SiteDescription | null
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
