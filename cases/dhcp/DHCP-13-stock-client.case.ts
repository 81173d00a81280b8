/**
 *   [ red1: a network stack, udhcpc ]--( hv1: DHCP, gateway )==( sw1 )==( outside )
 *
 * A stock client, udhcpc, configures a guest that has a network stack and no address. What it was told it sets: address
 * and mask, the route, the DNS server. With them the guest reaches its gateway and the host outside. The exchange on
 * the wire is read, too.
 *
 * Source: the article, 1.3.2.2; RFC 2131, 3.1.
 */
import { expect, requirement, serverMessages, settingsOf } from '../../harness/index.ts'

/** What udhcpc calls when something is bound; it tells what it was told, and gives the address back at the end. */
const CLIENT = `
  set -eu
  dir=$(mktemp -d)
  trap 'rm -rf "$dir"' EXIT
  cat >"$dir/bound" <<'END'
#!/bin/sh
[ "$1" = bound ] || exit 0
ip address add "$ip/$mask" dev "$interface"
ip route add default via "$router" dev "$interface"
echo "dns=$dns lease=$lease server=$serverid"
END
  chmod +x "$dir/bound"
  ip address flush dev eth0
  udhcpc -f -q -n -t 5 -T 1 -i eth0 -s "$dir/bound" 2>&1
  echo "address=$(ip -j -4 address show dev eth0 | jq -r '.[].addr_info[] | "\\(.local)/\\(.prefixlen)"')"
  echo "route=$(ip -j -4 route show default | jq -r '.[].gateway')"
  for host; do busybox ping -c 1 -W 2 "$host" >/dev/null 2>&1 && echo "reached=$host" || echo "missed=$host"; done
`

requirement('DHCP-13', 'a stock DHCP client configures a real guest', async ({ lab, talk }) => {
  const { red1, red2, blue1 } = lab.guests
  const dhcp = await lab.dhcp('hv1')
  const hosts = [dhcp.router, lab.machine('outside').address]
  const told: string[] = []
  const { seen } = await talk(red2, blue1, async () => {
    const { status, stdout, stderr } = await lab.run(red1, 'sh', '-c', CLIENT, 'sh', ...hosts)
    if (status === 127 || stdout.includes('udhcpc: not found')) throw new Error('there is no udhcpc here')
    told.push(...`${stdout}\n${stderr}`.split('\n'))
  })
  const messages = serverMessages(seen.at(red1.port)).replies
  const ack = messages.find(({ type }) => type === 'ack')
  expect(
    messages.map(({ type }) => type),
    'what the server sent',
  ).toEqual(['offer', 'ack'])
  expect(
    messages.flatMap(({ faults }) => faults),
    'what is wrong with it',
  ).toEqual([])
  const { mask } = settingsOf(dhcp)
  expect(mask, 'the documented mask').toBe('255.255.255.0')
  expect(told, 'what the guest was told, and is').toContain(`address=${ack?.address}/24`)
  expect(told, 'what the guest was told, and is').toContain(`route=${dhcp.router}`)
  const [server] = dhcp.server.split('/')
  expect(told, 'what the guest was told, and is').toContain(
    `dns=${dhcp.dns.join(' ')} lease=${dhcp.leaseSeconds} server=${server}`,
  )
  for (const host of hosts) expect(told, 'whom the guest reaches').toContain(`reached=${host}`)
})
