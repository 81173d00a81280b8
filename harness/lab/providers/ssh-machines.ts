/** Sites that SSH reaches, and how they are left: bare, with nothing of ours on them. */
import { forgetMachine, makeBare } from '../machine-notes.ts'
import { connectSite, LabError } from '../site.ts'
import type { SiteProcess } from '../sites/process-site.ts'
import { type SshTarget, startSsh } from '../sites/ssh.ts'

export interface SshMachines {
  start(site: string): Promise<SiteProcess>
}

export function sshMachines(targets: readonly SshTarget[]): SshMachines {
  return {
    start(name) {
      const target = targets.find((candidate) => candidate.name === name)
      if (target === undefined) throw new LabError(`there is no site ${name}`)
      return startSsh(target)
    },
  }
}

/**
 * However the run ended, also if a worker died: by what is noted on the machines themselves.
 * @param hypervisors each with its site. @throws {LabError} naming what stays
 */
export async function leaveMachines(
  hypervisors: readonly (readonly [name: string, site: string])[],
  start: (site: string) => Promise<SiteProcess>,
  tell: (progress: string) => void,
): Promise<void> {
  tell(`leaving ${hypervisors.map(([name]) => name).join(', ')} as they were`)
  const left = hypervisors.map(async ([name, siteName]) => {
    const started = await start(siteName)
    try {
      const place = { site: await connectSite(started, siteName), namespace: null }
      await makeBare(place, name)
      await forgetMachine(place)
    } finally {
      await started.kill()
    }
  })
  const [failed] = (await Promise.allSettled(left)).filter((one) => one.status === 'rejected')
  if (failed !== undefined) throw failed.reason
}
