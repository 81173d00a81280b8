/**
 * What is outside the system under test, on a site of namespaces: one namespace a machine, a cable (veth pair) from
 * each hypervisor and from `outside` to the physical switch, and the switch itself, a bridge.
 * Everything goes with the namespaces.
 */
import type { Scenario } from './plan.ts'
import { runScript } from './run-on-site.ts'
import type { Site } from './site.ts'
import type { Topology } from './topology.ts'

export const OUTSIDE_INTERFACE = 'eth0'
const OUTSIDE_ADDRESS = '192.0.2.1/24'
const OUTSIDE_MAC = '02:00:00:ff:01:00'

export async function buildFabric(site: Site, topology: Topology, scenario: Scenario): Promise<void> {
  await runScript(site, 'the lab could not be cabled', 'ip -batch -', { input: cabling(topology) })
  await runScript(site, 'the physical switch could not be set up', SWITCH_SCRIPT, {
    namespace: topology.switchName,
    input: switchCommands(topology, scenario),
  })
  await runScript(site, 'the host outside could not be set up', 'ip -batch -', {
    namespace: topology.outsideName,
    input: outsideCommands(),
  })
}

/** Ends what still runs in the lab's machines, and removes them with all that they hold. */
export async function removeFabric(site: Site, topology: Topology): Promise<void> {
  const script = `
    for machine in "$@"; do
      [ -e "/run/netns/$machine" ] || continue
      for pid in $(ip netns pids "$machine"); do kill -KILL "$pid" 2>/dev/null || :; done
      ip netns del "$machine"
    done`
  await runScript(site, 'the old lab could not be removed', `set -- ${machines(topology).join(' ')}${script}`)
}

function machines(topology: Topology): readonly string[] {
  return [...topology.hypervisors.map((hv) => hv.name), topology.switchName, topology.outsideName]
}

function cabling(topology: Topology): string {
  const { switchName, outsideName, hypervisors } = topology
  const lines = machines(topology).map((name) => `netns add ${name}`)
  for (const { name, uplink, uplinkMac, switchPort } of hypervisors) {
    lines.push(
      `link add ${uplink} netns ${name} address ${uplinkMac} type veth peer name ${switchPort} netns ${switchName}`,
    )
  }
  const outsideCable = `link add ${OUTSIDE_INTERFACE} netns ${outsideName} address ${OUTSIDE_MAC}`
  lines.push(`${outsideCable} type veth peer name ${outsideName} netns ${switchName}`)
  return text(lines)
}

/** The switch itself says nothing on the network: no IPv6, no STP, no snooping of its own. */
const SWITCH_SCRIPT = `
  echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6
  echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6
  commands=$(cat)
  printf '%s\\n' "$commands" | sed -n 's/^ip //p' | ip -batch -
  printf '%s\\n' "$commands" | sed -n 's/^bridge //p' | bridge -batch -`

/** In `vlan` its trunks carry the tenants' VIDs, tagged, and nothing else; else it takes no notice of tags. */
function switchCommands(
  { switchName, outsideName, hypervisors, tenants }: Topology,
  scenario: Scenario,
): string {
  const trunks = hypervisors.map((hv) => hv.switchPort)
  const ports = [...trunks, outsideName]
  const vlans = scenario === 'vlan' ? ' vlan_filtering 1 vlan_default_pvid 0' : ''
  const lines = [`ip link add ${switchName} type bridge stp_state 0 mcast_snooping 0${vlans}`]
  for (const port of ports) lines.push(`ip link set ${port} master ${switchName} up`)
  lines.push(`ip link set ${switchName} up`)
  if (scenario === 'vlan') {
    for (const trunk of trunks)
      for (const { vid } of tenants) lines.push(`bridge vlan add dev ${trunk} vid ${vid}`)
  }
  return text(lines)
}

function outsideCommands(): string {
  return text([
    `address add ${OUTSIDE_ADDRESS} dev ${OUTSIDE_INTERFACE}`,
    `link set ${OUTSIDE_INTERFACE} up`,
    'link set lo up',
  ])
}

function text(lines: readonly string[]): string {
  return `${lines.join('\n')}\n`
}
