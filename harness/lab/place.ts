/** Where a machine of a lab is. */
import type { Namespace } from '../agent/messages/index.ts'
import type { Site } from './site.ts'

export interface Place {
  site: Site
  /** Null where the machine is the whole site. */
  namespace: Namespace
}
