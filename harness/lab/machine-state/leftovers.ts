/** For tests: what may be left behind on a machine that has a NIC eth0 with 192.0.2.11/24, and how people are told. */
export const RUN_DIRECTORY = '/run/frameproof/hv1'

export interface Leftover {
  what: string
  /** What is there before. */
  first?: string
  leave: string
  told: readonly (string | RegExp)[]
  /** Exits with 0 where the kernel, and what is installed, can have it. */
  needs?: string
  /** What cannot be put back. */
  stays?: readonly (string | RegExp)[]
  /** It hides others, or takes them with it. */
  alone?: true
}

export const LEFTOVERS: readonly Leftover[] = [
  { what: 'a bridge', leave: 'ip link add br0 type bridge; ip link set br0 up', told: ['NIC br0 is new'] },
  {
    what: 'a bridge with the uplink and its address in it',
    alone: true,
    leave: `ip link add br0 type bridge; ip link set eth0 master br0; ip link set br0 up
      ip address del 192.0.2.11/24 dev eth0; ip address add 192.0.2.11/24 dev br0; ip route add default via 192.0.2.1`,
    told: [
      'NIC br0 is new',
      'NIC eth0: master was none, is br0',
      'address 192.0.2.11/24 on eth0 is gone',
      'route default via 192.0.2.1 dev eth0 is gone',
    ],
  },
  {
    what: 'a VLAN NIC',
    leave: 'modprobe 8021q 2>/dev/null; ip link add link eth0 name eth0.10 type vlan id 10',
    told: ['NIC eth0.10 is new'],
    needs: 'ip link add link eth0 name eth0.9 type vlan id 9 && ip link delete eth0.9',
  },
  { what: 'an MTU', leave: 'ip link set eth0 mtu 1400', told: ['NIC eth0: mtu was 1500, is 1400'] },
  {
    what: 'a NIC that is down, and lost its route',
    alone: true,
    leave: 'ip link set eth0 down',
    told: ['NIC eth0: up was on, is off', 'route default via 192.0.2.1 dev eth0 is gone'],
  },
  {
    what: 'a NIC with another name',
    alone: true,
    leave: 'ip link set eth0 down; ip link set eth0 name wan0; ip link set wan0 up',
    told: ['NIC eth0 is gone', 'NIC wan0 is new'],
  },
  {
    what: 'addresses',
    leave: 'ip address add 198.51.100.1/24 dev eth0; ip address add 2001:db8::1/64 dev eth0 nodad',
    told: ['address 198.51.100.1/24 on eth0 is new', 'address 2001:db8::1/64 on eth0 is new'],
  },
  {
    what: 'routes',
    leave: `ip route add 203.0.113.0/24 via 192.0.2.2; ip route add blackhole 198.51.100.0/24 table 7
      ip -6 route add 2001:db8:1::/64 dev eth0`,
    told: [
      'route 203.0.113.0/24 via 192.0.2.2 dev eth0 is new',
      'route blackhole 198.51.100.0/24 table 7 is new',
      /^route 2001:db8:1::\/64 dev eth0 .*is new$/,
    ],
  },
  {
    what: 'an ip rule',
    leave: 'ip rule add from 203.0.113.0/24 lookup 7 pref 99',
    told: ['ip rule pref 99 from 203.0.113.0/24 lookup 7 is new'],
  },
  {
    what: 'an ip rule that is gone',
    leave: 'ip rule del pref 32767',
    told: ['ip rule pref 32767 from all lookup default is gone'],
  },
  {
    what: 'a fixed neighbour',
    leave: 'ip neighbour add 192.0.2.9 lladdr 02:00:00:00:00:09 dev eth0 nud permanent',
    told: ['neighbour 192.0.2.9 dev eth0 lladdr 02:00:00:00:00:09 is new'],
  },
  {
    what: 'a fixed FDB entry',
    leave: 'bridge fdb add 02:00:00:00:00:09 dev eth0',
    told: ['FDB entry 02:00:00:00:00:09 dev eth0 self permanent is new'],
  },
  {
    what: 'a qdisc',
    leave: 'tc qdisc add dev eth0 root tbf rate 10mbit burst 32k latency 50ms',
    told: ['qdisc tbf on eth0 is new'],
  },
  {
    what: 'a clsact filter',
    leave:
      'tc qdisc add dev eth0 clsact; tc filter add dev eth0 ingress protocol ip pref 5 u32 match u32 0 0 flowid 1:1',
    told: ['qdisc clsact on eth0 is new', /^tc ingress filter: protocol ip pref 5 u32 .*on eth0 is new$/],
  },
  {
    what: 'an nft table',
    leave: `nft -f - <<END
table bridge left { chain guard { type filter hook prerouting priority -300; ether type 0x88b5 counter drop; }; }
END`,
    told: ['nft table bridge left is new'],
    needs: 'nft add table bridge left && nft delete table bridge left',
  },
  {
    what: 'an iptables rule',
    leave:
      'iptables-legacy -t nat -A POSTROUTING -s 203.0.113.0/24 -j MASQUERADE; iptables-legacy -P FORWARD DROP',
    told: [
      'iptables-legacy table nat, chain POSTROUTING: "-s 203.0.113.0/24 -j MASQUERADE" is new',
      'iptables-legacy table filter, chain FORWARD: "policy DROP" is new',
    ],
    needs: 'iptables-legacy -t nat -S && iptables-legacy -S',
  },
  {
    what: 'an iptables rule in nft’s tables',
    alone: true,
    leave: 'iptables-nft -t nat -A POSTROUTING -s 203.0.113.0/24 -j MASQUERADE',
    told: ['nft table ip nat is new'],
    needs: 'nft add table ip probe && nft delete table ip probe && iptables-nft -t nat -S',
  },
  {
    what: 'an iptables rule beside one that was there, in nft’s tables',
    alone: true,
    first: 'iptables-nft -A INPUT -p udp -m conntrack --ctstate NEW -j ACCEPT',
    leave: 'iptables-nft -I INPUT -s 203.0.113.0/24 -j DROP',
    told: ['nft table ip filter, chain INPUT: "ip saddr 203.0.113.0/24 counter drop" is new'],
    needs: 'nft add table ip probe && nft delete table ip probe && iptables-nft -S',
  },
  {
    what: 'an nft rule beside one that was there',
    alone: true,
    first: `nft -f - <<END
table bridge own { set taps { type ether_addr; elements = { 02:00:00:00:00:01 }; }; chain guard { type filter hook prerouting priority -300; ether type 0x88b5 counter drop; }; }
END`,
    leave: 'nft add rule bridge own guard ether type 0x88b6 drop',
    told: ['nft table bridge own, chain guard: "ether type 0x88b6 drop" is new'],
    needs: 'nft add table bridge own && nft delete table bridge own',
  },
  {
    what: 'sysctls',
    leave: 'echo 1 >/proc/sys/net/ipv4/ip_forward; echo 1 >/proc/sys/net/ipv4/conf/eth0/proxy_arp',
    told: ['sysctl net.ipv4.ip_forward was 0, is 1', 'sysctl net.ipv4.conf.eth0.proxy_arp was 0, is 1'],
  },
  {
    what: 'a process',
    leave: 'sleep 1000 >/dev/null 2>&1 &',
    told: [/^process sleep 1000 \(pid \d+\) is new$/],
  },
  {
    what: 'a process that forked twice, cleared its environment, and does not want to end',
    leave: `(setsid env -i sh -c 'trap "" TERM; echo >${RUN_DIRECTORY}-ready; while :; do sleep 1; done' >/dev/null 2>&1 &)
      while [ ! -e ${RUN_DIRECTORY}-ready ]; do sleep 0.01; done; rm ${RUN_DIRECTORY}-ready`,
    told: [/^process sh -c trap .*is new$/],
  },
  {
    what: 'files in the run directory',
    leave: `mkdir ${RUN_DIRECTORY}/leases; echo x >"${RUN_DIRECTORY}/leases/it's here"`,
    told: [`folder ${RUN_DIRECTORY}/leases is new`, `file ${RUN_DIRECTORY}/leases/it's here is new`],
  },
  {
    what: 'a file elsewhere',
    alone: true,
    leave: 'echo >/run/left',
    told: ['file /run/left is new'],
    stays: ['file /run/left is new'],
  },
]
