/** What people are told of two states: pure, from what the programs print. */
import { describe, expect, test } from 'vitest'
import { differences } from './differences.ts'
import { stateOf } from './read.ts'
import type { MachineState, Section } from './state.ts'

const ETH0 = { ifindex: 10, ifname: 'eth0', flags: ['UP'], mtu: 1500, address: '02:00:00:ff:00:01' }
const BR0 = { ifindex: 11, ifname: 'br0', flags: ['UP'], mtu: 1500, address: '02:00:00:ff:00:01' }
const process = (pid: number, parent: number, command: string): string => {
  const stat = `${pid} (x y) S ${parent} ${pid} ${pid} 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 99${pid} 0`
  return `/proc/${pid}/stat:${stat}\n/proc/${pid}/cmdline:${command.replaceAll(' ', '\0')}\0\n`
}
const READING = `${process(1, 0, 'init')}${process(40, 1, 'node agent')}${process(50, 40, 'sh -c read')}`

/** By section: what its program said. */
function state(parts: Readonly<Record<string, string>> = {}, nics: readonly object[] = [ETH0]): MachineState {
  const all: Record<string, string> = { reader: '50 40\n', marked: '', processes: READING, ...parts }
  const sections = Object.entries(all).map(([head, text]): Section => {
    const [name = '', ...args] = head.split(' ')
    return { name, args, text }
  })
  const told = { name: 'nics', args: [], text: JSON.stringify(nics) }
  return stateOf([told, ...sections], { runDirectory: '/run/frameproof/hv1' })
}

interface Example {
  what: string
  was?: MachineState
  is: MachineState
  told: readonly string[]
}

const withAddress = (nic: object, addr_info: readonly object[]) => state({}, [{ ...nic, addr_info }])
const v4 = { family: 'inet', local: '192.0.2.11', prefixlen: 24, scope: 'global', label: 'eth0' }
const linkLocal = { family: 'inet6', local: 'fe80::1', prefixlen: 64, scope: 'link' }
const bridge = (info_data: object) =>
  state({}, [ETH0, { ...BR0, linkinfo: { info_kind: 'bridge', info_data } }])

const MARKER = 'qdisc noqueue 0: root refcnt 2 \nqdisc clsact ffff: parent ffff:fff1 \n'

const NAT = `*nat
:PREROUTING ACCEPT [3:180]
:POSTROUTING ACCEPT [0:0]
COMMIT
`
const GUARD = `table bridge guard {
	set taps {
		type ifname
	}

	chain in {
		type filter hook prerouting priority dstnat; policy accept;
		ether type 0x88b5 drop
	}
}
`

const EXAMPLES: readonly Example[] = [
  { what: 'nothing', is: state(), told: [] },
  { what: 'a NIC', is: state({}, [ETH0, BR0]), told: ['NIC br0 is new'] },
  { what: 'a NIC that is gone', was: state({}, [ETH0, BR0]), is: state(), told: ['NIC br0 is gone'] },
  { what: 'a NIC made anew', is: state({}, [{ ...ETH0, ifindex: 12 }]), told: ['NIC eth0 was made anew'] },
  {
    what: 'a setting of a NIC',
    is: state({}, [{ ...ETH0, mtu: 1400 }]),
    told: ['NIC eth0: mtu was 1500, is 1400'],
  },
  { what: 'what a module makes', is: state({}, [ETH0, { ...ETH0, ifname: 'tunl0', flags: [] }]), told: [] },
  {
    what: 'a setting of a bridge',
    was: bridge({ ageing_time: 30000, gc_timer: 1.2 }),
    is: bridge({ ageing_time: 200, gc_timer: 0.7 }),
    told: ['NIC br0: bridge ageing_time was 30000, is 200'],
  },
  {
    what: 'an address',
    is: withAddress(ETH0, [v4, linkLocal]),
    told: ['address 192.0.2.11/24 on eth0 is new'],
  },
  {
    what: 'a route, but not the kernel’s',
    is: state({
      routing: 'default via 192.0.2.1 dev eth0 linkdown \n192.0.2.0/24 dev eth0 proto kernel scope link \n',
    }),
    told: ['route default via 192.0.2.1 dev eth0 is new'],
  },
  {
    what: 'what goes with its NIC',
    is: state(
      {
        routing: 'default via 192.0.2.1 dev br0 \n',
        qdiscs: 'qdisc tbf 8001: dev br0 root refcnt 2 rate 1Mbit\n',
      },
      [ETH0, BR0],
    ),
    told: ['NIC br0 is new'],
  },
  {
    what: 'a rule',
    is: state({ routing: '99:\tfrom all fwmark 0x1 lookup 7\n' }),
    told: ['ip rule pref 99 from all fwmark 0x1 lookup 7 is new'],
  },
  {
    what: 'a rule of IPv6',
    is: state({ routing6: '99:\tfrom all lookup 7\n' }),
    told: ['ip rule -6 pref 99 from all lookup 7 is new'],
  },
  {
    what: 'a fixed neighbour',
    is: state({ routing: '192.0.2.9 dev eth0 lladdr 02:00:00:00:00:09 PERMANENT \n' }),
    told: ['neighbour 192.0.2.9 dev eth0 lladdr 02:00:00:00:00:09 is new'],
  },
  {
    what: 'a VID and a fixed FDB entry, but not the kernel’s',
    is: state({
      bridge: `[{"ifname":"eth0","vlans":[{"vlan":10,"flags":["PVID","Egress Untagged"]}]}]
[{"mac":"33:33:00:00:00:01","ifname":"eth0","flags":["self"],"state":"permanent"},{"mac":"02:00:00:ff:00:01","ifname":"eth0","master":"br0","state":"permanent"},{"mac":"02:00:00:00:00:01","ifname":"eth0","master":"br0","state":""},{"mac":"02:00:00:00:00:02","ifname":"eth0","master":"br0","state":"static"}]`,
    }),
    told: ['VID 10 of port eth0 is new', 'FDB entry 02:00:00:00:00:02 dev eth0 master static is new'],
  },
  {
    what: 'a qdisc, its class and its filter, but not the kernel’s',
    is: state({
      qdiscs:
        'qdisc htb 1: dev eth0 root refcnt 5 r2q 10 default 0\nqdisc fq_codel 0: dev eth1 root refcnt 2 limit 10240p\n',
      asked: 'classes eth0\nfilters root eth0\n',
      answered: `qdisc htb 1: root refcnt 5 r2q 10 default 0 direct_packets_stat 7
class htb 1:1 root prio 0 rate 10Mbit${' '}
qdisc htb 1: root refcnt 5 r2q 10 default 0 direct_packets_stat 8
filter parent 1: protocol ip pref 3 u32 chain 0${' '}
filter parent 1: protocol ip pref 3 u32 chain 0 fh 800: ht divisor 1${' '}
  match 01020304/ffffffff at 16
`,
    }),
    told: [
      'qdisc htb on eth0 is new',
      'class htb 1:1 root prio 0 rate 10Mbit on eth0 is new',
      'tc root filter: parent 1: protocol ip pref 3 u32 chain 0 on eth0 is new',
      'tc root filter: parent 1: protocol ip pref 3 u32 chain 0 fh 800: ht divisor 1 match 01020304/ffffffff at 16 on eth0 is new',
    ],
  },
  {
    what: 'a filter, each where it is, though others have none, and the NIC that all answers begin with two qdiscs',
    is: state({
      asked: 'filters ingress a\nfilters egress a\nfilters ingress b\nfilters egress b\n',
      answered: `${MARKER}${MARKER}filter protocol all pref 1 flower chain 0\n${MARKER}${MARKER}filter protocol all pref 2 flower chain 0\n`,
    }),
    told: [
      'tc egress filter: protocol all pref 1 flower chain 0 on a is new',
      'tc egress filter: protocol all pref 2 flower chain 0 on b is new',
    ],
  },
  {
    what: 'another rate, but not another count',
    was: state({ qdiscs: 'qdisc htb 1: dev eth0 root refcnt 5 r2q 10 direct_packets_stat 7\n' }),
    is: state({ qdiscs: 'qdisc htb 1: dev eth0 root refcnt 2 r2q 20 direct_packets_stat 0\n' }),
    told: ['qdisc htb on eth0 was 1: r2q 10, is 1: r2q 20'],
  },
  { what: 'an nft table', is: state({ nft: GUARD }), told: ['nft table bridge guard is new'] },
  { what: 'an nft table without rules', is: state({ nft: GUARD.replace(/\t\tether.*\n/, '') }), told: [] },
  {
    what: 'an nft rule',
    was: state({ nft: GUARD }),
    is: state({ nft: GUARD.replace('0x88b5', '0x88b6') }),
    told: [
      'nft table bridge guard, chain in: "ether type 0x88b6 drop" is new',
      'nft table bridge guard, chain in: "ether type 0x88b5 drop" is gone',
    ],
  },
  {
    what: 'an iptables rule, but not a count, nor a table without rules',
    is: state({
      'saved iptables-legacy-save': NAT.replace('COMMIT', '-A POSTROUTING -j MASQUERADE\nCOMMIT'),
    }),
    told: ['iptables-legacy table nat, chain POSTROUTING: "-j MASQUERADE" is new'],
  },
  { what: 'an iptables table without rules', is: state({ 'saved iptables-legacy-save': NAT }), told: [] },
  {
    what: 'an iptables chain without rules, and a policy',
    is: state({
      'saved iptables-legacy-save': NAT.replace(':PREROUTING ACCEPT', ':own - [0:0]\n:PREROUTING DROP'),
    }),
    told: [
      'iptables-legacy table nat, chain own is new',
      'iptables-legacy table nat, chain PREROUTING: "policy DROP" is new',
    ],
  },
  {
    what: 'a sysctl, and not those that it sets, nor new ones',
    was: state({
      sysctls: './ipv4/ip_forward:0\n./ipv4/conf/eth0/forwarding:0\n./netfilter/nf_conntrack_count:1\n',
    }),
    is: state({
      sysctls:
        './ipv4/ip_forward:1\n./ipv4/conf/eth0/forwarding:1\n./netfilter/nf_conntrack_count:2\n./bridge/bridge-nf-call-iptables:1\n',
    }),
    told: ['sysctl net.ipv4.ip_forward was 0, is 1'],
  },
  {
    what: 'a sysctl of a VLAN NIC',
    was: state({ sysctls: './ipv4/conf/eth0.10/proxy_arp:0\n' }),
    is: state({ sysctls: './ipv4/conf/eth0.10/proxy_arp:1\n' }),
    told: ['sysctl net.ipv4.conf.eth0/10.proxy_arp was 0, is 1'],
  },
  {
    what: 'a network namespace',
    is: state({ namespaces: 'left\n' }),
    told: ['network namespace left is new'],
  },
  {
    what: 'a process of the run, but nobody else’s',
    is: state({
      processes: `${READING}${process(60, 1, 'dnsmasq --port=0')}${process(61, 60, 'script')}${process(70, 40, 'mine')}`,
      marked: '/proc/60/environ\n',
    }),
    told: ['process dnsmasq --port=0 (pid 60) is new', 'process script (pid 61) is new'],
  },
  {
    what: 'files, but not those of the harness, nor what moves',
    is: state({
      checksums: '12 2 /run/frameproof/hv1/leases\n',
      files: [
        'd 755 0:0 40 1.5 /run/frameproof/hv1',
        'f 644 0:0 2 1.5 /run/frameproof/hv1/leases',
        'f 644 0:0 2 1.5 /run/frameproof/hv2/leases',
        'f 644 0:0 2 1.5 /run/utmp',
        'l 777 0:0 2 1.5 /etc/cron.d/left',
      ]
        .map((line) => `${line}\0\0`)
        .join(''),
    }),
    told: ['file /run/frameproof/hv1/leases is new', 'file /etc/cron.d/left is new'],
  },
  {
    what: 'a file in /etc that changed',
    was: state({ files: 'f 644 0:0 2 1.5 /etc/hosts\0\0' }),
    is: state({ files: 'f 644 0:0 2 2.5 /etc/hosts\0\0' }),
    told: ['file /etc/hosts has changed'],
  },
]

describe('differences', () => {
  test.each(EXAMPLES)('$what', ({ was = state(), is, told }) => {
    expect(differences(was, is)).toEqual(told)
  })

  test('a process that was there before is not new, whoever its parent is now', () => {
    const was = state({ processes: `${READING}${process(60, 40, 'sleep')}` })
    const is = state({ processes: `${READING}${process(60, 1, 'sleep')}` })
    expect(differences(was, is)).toEqual([])
    expect(Object.keys(is.things.process)).toEqual(['60@9960'])
  })

  test('an orphan without a mark is blamed in the agent’s own control group only', () => {
    const group = (pid: number, name: string): string => `/proc/${pid}/cgroup:0::/${name}\n`
    const agent = group(40, 'user.slice/session-3.scope')
    const orphan = (name: string) =>
      state({ processes: `${READING}${agent}${process(60, 1, 'dnsmasq')}${group(60, name)}` })
    const bare = state({ processes: `${READING}${agent}` })
    const told = differences(bare, orphan('user.slice/session-3.scope'))
    expect(told).toEqual(['process dnsmasq (pid 60) is new'])
    expect(differences(bare, orphan('system.slice/cron.service'))).toEqual([])
  })

  test('in a namespace all processes that are in it are blamed', () => {
    const networks = [50, 60, 70].map(
      (pid) => `l 777 0:0 0 1.5 /proc/${pid}/ns/net\0net:[${pid === 70 ? 1 : 2}]\0`,
    )
    const processes = `${READING}${process(60, 1, 'dnsmasq')}${process(70, 1, 'mine')}`
    const sections = { reader: '50 40\n', processes, files: networks.join('') }
    const told = Object.entries(sections).map(([name, text]) => ({ name, args: [], text }))
    const is = stateOf([{ name: 'nics', args: [], text: '[]' }, ...told], {
      runDirectory: '/run/frameproof/hv1',
    })
    expect(is.things.process).toEqual({ '60@9960': { '': 'dnsmasq' } })
    expect(is.things.file).toEqual({})
  })

  test.each([
    ['none', ''],
    ['one too few', MARKER],
    ['a qdisc is gone', `${MARKER}filter protocol all pref 2\nqdisc noqueue 0: root refcnt 2 \n`],
    [
      'one that is other',
      `${MARKER}qdisc noqueue 0: root refcnt 2 \nqdisc ingress ffff: parent ffff:fff1 \n`,
    ],
  ])('where an answer of tc(8) begins is never guessed: %s', (_what, answered) => {
    const asked = 'filters ingress a\nfilters egress a\n'
    expect(() => state({ asked, answered: `${answered}filter protocol all pref 1\n` })).toThrow(/come and go/)
  })

  test('a state survives being kept as JSON', () => {
    const kept = state({ nft: GUARD, sysctls: './ipv4/ip_forward:0\n' })
    expect(differences(JSON.parse(JSON.stringify(kept)) as MachineState, kept)).toEqual([])
  })
})
