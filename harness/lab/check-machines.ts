/** Whether the machines of an inventory are fit for a run, found without changing anything on them. */
import { closeCaptures, decodeFrames, links, openCaptures, window } from '../agent/messages/index.ts'
import { formatMac } from '../wire/index.ts'
import { checkRequirements } from './configure.ts'
import { FEATURES, featuresMissingAt } from './features.ts'
import type { Inventory } from './inventory.ts'
import { runScript } from './run-on-site.ts'
import { connectSite, type Site } from './site.ts'
import { startSsh } from './sites/ssh.ts'

export interface Finding {
  /** Null: it is told, and says nothing against the machine. */
  fit: boolean | null
  text: string
}

/** How long a NIC is listened at for others: bridges say hello every 2 s. */
const LISTEN_MS = 2500
const MOST_TALKERS = 3

/** By site, all at once. */
export async function checkMachines(inventory: Inventory): Promise<ReadonlyMap<string, readonly Finding[]>> {
  const { sites } = inventory.written
  const checking = Object.entries(sites).map(async ([name, { ssh, sudo }]) => {
    const findings: Finding[] = []
    try {
      const started = await startSsh({ name, host: ssh, sudo, configFile: inventory.sshConfig })
      try {
        await checkSite(await connectSite(started, name), inventory, findings)
      } finally {
        await started.kill()
      }
    } catch (error) {
      findings.push({ fit: false, text: (error as Error).message })
    }
    return [name, findings] as const
  })
  return new Map(await Promise.all(checking))
}

async function checkSite(site: Site, inventory: Inventory, findings: Finding[]): Promise<void> {
  findings.push({ fit: true, text: `reached, Linux ${site.kernel}` })
  const own = Object.entries(inventory.written.hypervisors).filter(([, given]) => given.site === site.name)
  for (const [name, { uplink }] of own) await checkHypervisor(site, name, uplink, inventory, findings)
  const nics = [
    ...Object.values(inventory.written.fabric?.captures ?? {}),
    ...Object.values(inventory.written.guests).flatMap((guest) => ('site' in guest ? [guest] : [])),
  ].filter((given) => given.site === site.name)
  const there = await site.ask(links, null)
  for (const { interface: nic } of nics) {
    const isThere = there.some((link) => link.name === nic)
    findings.push({ fit: isThere, text: isThere ? `NIC ${nic} is there` : `there is no NIC ${nic}` })
  }
}

async function checkHypervisor(
  site: Site,
  name: string,
  uplink: string,
  { implementation, topology }: Inventory,
  findings: Finding[],
): Promise<void> {
  const isOurs = implementation.configure !== null
  if (isOurs) {
    const missing = await featuresMissingAt(site)
    for (const feature of missing) findings.push({ fit: null, text: `the kernel lacks ${FEATURES[feature]}` })
    await checkRequirements(site, implementation)
  }
  const there = await site.ask(links, null)
  const link = there.find((one) => one.name === uplink)
  if (link === undefined) {
    findings.push({ fit: false, text: `${name}: there is no NIC ${uplink}, its uplink` })
    return
  }
  for (const { tap, hypervisor, vm } of topology.guests) {
    if (hypervisor !== name || vm !== undefined) continue
    const isThere = there.some((one) => one.name === tap)
    if (isOurs && isThere)
      findings.push({
        fit: false,
        text: `${name}: ${tap} exists already: a run would open it: ip link delete ${tap}`,
      })
    if (!isOurs && !isThere)
      findings.push({
        fit: false,
        text: `${name}: there is no ${tap}: ip tuntap add dev ${tap} mode tap, then plug it in`,
      })
  }
  if (isOurs) findings.push(...(await others(site, name, uplink)))
  else if (!link.carrier) findings.push({ fit: false, text: `${name}: ${uplink} has no carrier` })
  if (isOurs && link.up) findings.push(await whoTalks(site, name, uplink))
}

/** What somebody else uses the uplink for: a run would take it over. */
async function others(site: Site, name: string, uplink: string): Promise<readonly Finding[]> {
  const script = `
    ip -o address show dev "$1" | while read -r _ _ family address _; do echo "has the address $address"; done
    ip route show default dev "$1" | while read -r route; do echo "carries the default route"; done
    master=$(basename "$(readlink "/sys/class/net/$1/master" 2>/dev/null)")
    [ -z "$master" ] || echo "is a port of $master"`
  const said = await runScript(site, `${uplink} cannot be looked at`, script, [uplink])
  const lines = said.split('\n').filter((line) => line !== '' && !line.includes('fe80:'))
  return lines.map((line) => {
    return {
      fit: false,
      text: `${name}: ${uplink} ${line}: a run would take it over: give a NIC that nobody uses`,
    }
  })
}

async function whoTalks(site: Site, name: string, uplink: string): Promise<Finding> {
  const port = `${name}:${uplink}`
  await site.ask(openCaptures, [{ port, namespace: null, interface: uplink, ring: null }])
  try {
    const { ports } = await site.ask(
      window,
      { run: 0, steps: [{ kind: 'settle', ms: LISTEN_MS }] },
      LISTEN_MS,
    )
    const frames = ports.flatMap((record) => decodeFrames(record.frames))
    const talkers = [...new Set(frames.map(({ octets }) => formatMac(octets.subarray(6, 12))))]
    if (talkers.length === 0) return { fit: true, text: `${name}: nobody else is heard at ${uplink}` }
    const some = talkers.slice(0, MOST_TALKERS).join(', ')
    const text = `${name}: ${frames.length} frames at ${uplink} in ${LISTEN_MS / 1000} s, of ${some}: their owners would be disturbed`
    return { fit: false, text }
  } finally {
    await site.ask(closeCaptures, [port])
  }
}
