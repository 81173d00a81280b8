/**
 * What is outside the system under test, on a site of namespaces: one namespace a machine, a cable (veth pair) from
 * each hypervisor and from `outside` to the physical switch, and the switch itself, a bridge.
 * Everything goes with the namespaces. Where hypervisors are machines of their own, their cables are there already, and
 * end at NICs of the site that has the switch.
 */
import type { Place } from './place.ts'
import { howItFailed, runOnSite, runScript } from './run-on-site.ts'
import type { Scenario } from './scenario.ts'
import type { Site } from './site.ts'
import type { Topology } from './topology.ts'

export const OUTSIDE_INTERFACE = 'eth0'
const OUTSIDE_PREFIX = '192.0.2.1/24'
const OUTSIDE_MAC = '02:00:00:ff:01:00'
/**
 * Interface indexes are given: where both ends of a cable have the same one, the kernel takes up to a second to believe
 * in the carrier (linkwatch_urgent_event). It heeds the far end's only where the near end has one too.
 */
const MACHINE_INDEX = 10
const FIRST_SWITCH_INDEX = 101

/** Those that there are: what still runs in them is ended, and they go with all that they hold. */
const REMOVE = `
  remove() {
    all=
    for machine; do [ ! -e "/run/netns/$machine" ] || all="$all $machine"; done
    [ -n "$all" ] || return 0
    for pid in $(printf 'netns pids %s\n' $all | ip -batch -); do kill -KILL "$pid" 2>/dev/null || :; done
    printf 'netns del %s\n' $all | ip -batch -
  }`

/** Ends what still runs in the lab's machines, and removes them with all that they hold. */
export async function removeFabric(site: Site, topology: Topology): Promise<void> {
  await runScript(site, 'the old lab could not be removed', `${REMOVE}\nremove "$@"`, machinesOf(topology))
}

/** One process a batch: each costs the lab's kernel 20 ms. */
const BUILD = `
  printf '%s' "$1" | ip -batch -
  printf '%s' "$2" | ip -n "$5" -batch -
  printf '%s' "$3" | bridge -n "$5" -batch -
  printf '%s' "$4" | ip -n "$6" -batch -
  shift 6
  # br_netfilter drops IP packets that are bad on purpose: it stays off where it is not what is tested.
  [ -d /proc/sys/net/bridge ] || exit 0
  for machine; do
    ip netns exec "$machine" sh -c 'for call in /proc/sys/net/bridge/bridge-nf-call-*; do echo 0 >"$call"; done'
  done`

/** Machines of the same names that are there go before. */
export function buildFabric(site: Site, topology: Topology, scenario: Scenario): Promise<void> {
  const machines = machinesOf(topology)
  return build(site, topology, scenario, cabling(topology), machines, `${REMOVE}\n(shift 6; remove "$@")`)
}

async function build(
  site: Site,
  topology: Topology,
  scenario: Scenario,
  cables: string,
  namespaces: readonly string[],
  before = '',
): Promise<void> {
  const { switchName, outsideName } = topology
  await runScript(site, 'the lab could not be cabled', `${before}\n${BUILD}`, [
    cables,
    switchLinks(topology, scenario),
    switchVlans(topology, scenario),
    outsideLinks(),
    switchName,
    outsideName,
    ...namespaces,
  ])
}

/** What the physical network's DHCP server hands out. Nobody else there has one of these addresses. */
export const OUTSIDE_DHCP = {
  server: OUTSIDE_PREFIX,
  first: '192.0.2.30',
  last: '192.0.2.89',
  router: '192.0.2.1',
  dns: ['192.0.2.53'],
  leaseSeconds: 600,
}

/** It ends with its namespace, and keeps its leases to itself. @returns why it does not serve; null: it does */
export async function serveDhcpOutside({ site, namespace }: Place): Promise<string | null> {
  const { first, last, leaseSeconds, router, dns } = OUTSIDE_DHCP
  const args = [
    ...['--conf-file=/dev/null', '--port=0', '--user=root', '--pid-file=', '--leasefile-ro'],
    ...['--bind-interfaces', `--interface=${OUTSIDE_INTERFACE}`, '--except-interface=lo'],
    ...['--dhcp-authoritative', '--no-ping', `--dhcp-range=${first},${last},${leaseSeconds}s`],
    ...[`--dhcp-option=option:router,${router}`, `--dhcp-option=option:dns-server,${dns.join(',')}`],
  ]
  const result = await runOnSite(site, { namespace, program: 'dnsmasq', args })
  return result.status === 0 ? null : `dnsmasq ${howItFailed(result)}`
}

/** A cable that is there: the NIC of this MAC address is the switch's port of this name. */
export interface CableEnd {
  port: string
  mac: string
}

/** A namespace that is removed gives its NICs back some time later: they are taken out of it before. */
const GIVE_BACK = `${REMOVE}
  switch=$1 outside=$2
  shift 2
  for port; do ip -n "$switch" link set "$port" down netns 1 2>/dev/null || :; done
  remove "$switch" "$outside"`

const HAND_OVER = `
  ip netns add "$1"
  ip netns add "$2"
  switch=$1
  shift 2
  while [ $# -gt 0 ]; do
    mac=$1 port=$2 nic=
    shift 2
    for address in /sys/class/net/*/address; do
      read -r is <"$address"
      [ "$is" != "$mac" ] || nic=$(basename "$(dirname "$address")")
    done
    [ -n "$nic" ] || { echo "no NIC has the MAC address $mac of the cable to $port" >&2; exit 1; }
    ip link set "$nic" down netns "$switch" name "$port"
  done`

/** The switch and `outside`, as namespaces of a site to whose NICs the hypervisors are cabled. */
export async function buildSwitch(
  site: Site,
  topology: Topology,
  scenario: Scenario,
  ends: readonly CableEnd[],
): Promise<void> {
  const { switchName, outsideName } = topology
  const given = [switchName, outsideName, ...ends.flatMap(({ mac, port }) => [mac, port])]
  await runScript(site, 'the physical switch got no cables', HAND_OVER, given)
  const own = [cable(outsideCable(topology), 0, switchName)]
  await build(site, topology, scenario, text(own), [switchName, outsideName])
}

/** The reverse: its NICs are handed back. */
export async function removeSwitch(site: Site, topology: Topology, ends: readonly CableEnd[]): Promise<void> {
  const { switchName, outsideName } = topology
  const given = [switchName, outsideName, ...ends.map(({ port }) => port)]
  await runScript(site, 'the old physical switch could not be removed', GIVE_BACK, given)
}

export function machinesOf(topology: Topology): readonly string[] {
  return [...topology.hypervisors.map((hv) => hv.name), topology.switchName, topology.outsideName]
}

function cabling(topology: Topology): string {
  const { switchName, hypervisors } = topology
  const cables = [
    ...hypervisors.map(({ name, uplink, uplinkMac, switchPort }) => ({
      name,
      nic: uplink,
      mac: uplinkMac,
      switchPort,
    })),
    outsideCable(topology),
  ]
  return text([
    ...machinesOf(topology).map((name) => `netns add ${name}`),
    ...cables.map((one, index) => cable(one, index, switchName)),
  ])
}

interface Cable {
  name: string
  nic: string
  mac: string
  switchPort: string
}

function outsideCable({ outsideName }: Topology): Cable {
  return { name: outsideName, nic: OUTSIDE_INTERFACE, mac: OUTSIDE_MAC, switchPort: outsideName }
}

function cable({ name, nic, mac, switchPort }: Cable, index: number, switchName: string): string {
  const switchEnd = `peer name ${switchPort} index ${FIRST_SWITCH_INDEX + index} netns ${switchName}`
  return `link add ${nic} index ${MACHINE_INDEX} netns ${name} address ${mac} type veth ${switchEnd}`
}

/**
 * The switch says nothing on the network itself: no IPv6, no STP, no snooping. In `vlan` its trunks carry the tenants'
 * VIDs, tagged, and nothing else; in the other scenarios it takes no notice of tags.
 */
function switchLinks({ switchName, outsideName, hypervisors }: Topology, scenario: Scenario): string {
  const ports = [...hypervisors.map((hv) => hv.switchPort), outsideName]
  const vlans = scenario === 'vlan' ? ' vlan_filtering 1 vlan_default_pvid 0' : ''
  return text([
    `link add ${switchName} type bridge stp_state 0 mcast_snooping 0${vlans}`,
    ...[switchName, ...ports].map((nic) => `link set ${nic} addrgenmode none`),
    ...ports.map((port) => `link set ${port} master ${switchName} up`),
    `link set ${switchName} up`,
  ])
}

function switchVlans({ hypervisors, tenants, everyVid = false }: Topology, scenario: Scenario): string {
  if (scenario !== 'vlan') return ''
  const carried = everyVid ? ['1-4094'] : tenants.map(({ vid }) => vid)
  return text(
    hypervisors.flatMap(({ switchPort }) => carried.map((vid) => `vlan add dev ${switchPort} vid ${vid}`)),
  )
}

function outsideLinks(): string {
  return text([
    `link set ${OUTSIDE_INTERFACE} addrgenmode none up`,
    `address add ${OUTSIDE_PREFIX} dev ${OUTSIDE_INTERFACE}`,
    'link set lo up',
  ])
}

function text(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('')
}
