/** Who provides a lab's sites while a run lasts, and takes back what it lent when the run has ended. */
import type { Implementation } from './implementation.ts'
import type { LabLayout } from './layout.ts'
import type { SiteProcess } from './sites/process-site.ts'

export interface LabProvider {
  readonly layout: LabLayout
  /** How its hypervisors are configured, where that is given; null: as the run wants. */
  readonly implementation: Implementation | null
  /** In words, for the progress of a run: "the uml site", "hv1, hv2 and fabric". */
  readonly words: string
  /** Labs side by side. */
  readonly mostWorkers: number
  /** @param worker which of the labs side by side, from 1. @throws {LabError}, {BadInput} if it cannot be reached */
  start(worker: number, site: string): Promise<SiteProcess>
  /** Once no site is in use any more. @throws {LabError} naming what stays */
  end(tell: (progress: string) => void): Promise<void>
}
