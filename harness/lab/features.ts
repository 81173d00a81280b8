/** What a kernel can do for a lab, found by trying it in namespaces that vanish with the trial. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { PlanChange } from './plan.ts'
import { runScript } from './run-on-site.ts'
import type { Scenario } from './scenario.ts'
import type { Site } from './site.ts'

export const FEATURES = {
  tun: 'TAP devices (/dev/net/tun)',
  veth: 'veth pairs (veth)',
  bridge: 'bridges (bridge)',
  '8021q': '802.1Q VLAN NICs (8021q)',
  vlan_filtering: 'VLAN-aware bridges (bridge vlan_filtering)',
  act_police: 'policing (act_police)',
  nat: 'address translation (MASQUERADE, conntrack)',
} as const

export type Feature = keyof typeof FEATURES

const ALWAYS: readonly Feature[] = ['tun', 'veth', 'bridge']
const NEEDS: Readonly<Record<Scenario, readonly Feature[]>> = {
  bridged: ALWAYS,
  'port-vlan': [...ALWAYS, 'vlan_filtering'],
  vlan: [...ALWAYS, '8021q', 'vlan_filtering'],
  nat: [...ALWAYS, 'nat'],
  shaped: ALWAYS,
}

/** The features that a scenario needs and the kernel lacks, in words. */
export function lacking(scenario: Scenario, missing: readonly Feature[]): readonly string[] {
  return NEEDS[scenario].filter((feature) => missing.includes(feature)).map((feature) => FEATURES[feature])
}

/** Where a kernel cannot police, the plan of `shaped` asks for none: what is shaped can be judged there all the same. */
export function planWithout(missing: readonly Feature[], scenario: Scenario): PlanChange {
  return scenario === 'shaped' && missing.includes('act_police') ? { policing: [] } : {}
}

const TRIAL = `
  masquerade() {
    for iptables in iptables iptables-legacy; do
      "$iptables" -t nat -A POSTROUTING -o v0 -j MASQUERADE &&
        "$iptables" -A FORWARD -m conntrack --ctstate INVALID -j DROP && return
    done
    nft "add table ip t; add chain ip t p { type nat hook postrouting priority 100; }; add rule ip t p oif v0 masquerade" &&
      nft "add chain ip t f { type filter hook forward priority 0; }; add rule ip t f ct state invalid drop"
  }
  try() { feature=$1; shift; "$@" >/dev/null 2>&1 && echo "$feature"; }
  try tun ip tuntap add t0 mode tap
  try veth ip link add v0 type veth peer name v1
  try bridge ip link add b0 type bridge
  try vlan_filtering ip link set b0 type bridge vlan_filtering 1
  try 8021q ip link add link v0 name v0.5 type vlan id 5
  tc qdisc add dev v0 clsact 2>/dev/null
  try act_police tc filter add dev v0 ingress protocol all prio 1 u32 match u32 0 0 \\
    action police rate 1mbit burst 10k conform-exceed drop
  try nat masquerade
  exit 0`

export interface HostFeatures {
  missing: readonly Feature[]
  /** Why nothing could be tried at all; null if it could. */
  refused: string | null
}

/** Tries a site's kernel, where the agent is root. @throws {LabError} if nothing can be tried */
export async function featuresMissingAt(site: Site): Promise<readonly Feature[]> {
  const script = `unshare --net sh -c '${TRIAL}'`
  return untold(await runScript(site, `what the kernel of ${site.name} can do cannot be tried`, script))
}

function untold(works: string): readonly Feature[] {
  const told = works.split('\n')
  return (Object.keys(FEATURES) as Feature[]).filter((feature) => !told.includes(feature))
}

/** Tries this host's own kernel. As an ordinary user that takes user namespaces. */
export async function hostFeatures(): Promise<HostFeatures> {
  const all = Object.keys(FEATURES) as Feature[]
  const asUser = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user']
  try {
    const { stdout } = await promisify(execFile)('unshare', [...asUser, '--net', 'sh', '-c', TRIAL])
    return { missing: untold(stdout), refused: null }
  } catch (error) {
    const said = (error as { stderr?: string; message: string }).stderr?.trim()
    return { missing: all, refused: said === undefined || said === '' ? (error as Error).message : said }
  }
}
