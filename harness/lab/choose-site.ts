/** Which kernel carries the embedded lab: the host's own if it can do everything, else User Mode Linux. */
import { existsSync } from 'node:fs'
import { BadInput } from './bad-input.ts'
import { FEATURES, type Feature, hostFeatures } from './features.ts'
import type { LocalKind } from './site.ts'
import { startHost } from './sites/host.ts'
import type { SiteProcess } from './sites/process-site.ts'
import { startUml, UML_PROGRAM } from './sites/uml.ts'

export interface SiteChoice {
  kind: LocalKind
  /** What this kernel cannot do: cases that need it could not run. */
  missing: readonly Feature[]
}

/** @throws {BadInput} if neither kernel will do */
export async function chooseSite(forced: LocalKind | null): Promise<SiteChoice> {
  const hasUml = existsSync(UML_PROGRAM)
  if (forced === 'uml') {
    if (!hasUml) throw new BadInput(`--site uml: ${UML_PROGRAM} is missing: apt-get install user-mode-linux`)
    return { kind: 'uml', missing: [] }
  }
  const { missing, refused } = await hostFeatures()
  if (forced === 'host') {
    if (refused !== null)
      throw new BadInput(`--site host: no namespaces of one's own here: ${refused}: run as root`)
    if (missing.includes('tun'))
      throw new BadInput('--site host: /dev/net/tun cannot be opened: modprobe tun, or use --site uml')
    return { kind: 'host', missing }
  }
  if (refused === null && missing.length === 0) return { kind: 'host', missing }
  if (hasUml) return { kind: 'uml', missing: [] }
  const lacks = refused ?? `it lacks ${missing.map((feature) => FEATURES[feature]).join(', ')}`
  throw new BadInput(
    `no kernel for the lab: this host's will not do (${lacks}), and User Mode Linux is missing: apt-get install user-mode-linux`,
  )
}

export function startSite(kind: LocalKind, worker: number): Promise<SiteProcess> {
  return kind === 'uml' ? startUml(worker) : startHost(worker)
}
