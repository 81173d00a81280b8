#!/bin/sh
# Prints how a hypervisor's network stands, for people, in sections: \036 and the commands, then what they said.
# Usage: show.sh OCTETS: no section is longer.
#
# Every process costs: one for all that ip and bridge are asked, one of tc for a NIC. What would load a module, or make a
# table, is not asked.
export LC_ALL=C PATH="$PATH:/usr/sbin:/sbin"
most=$1

# section PROGRAM WORDS: says whether the program is there.
section() {
  printf '\036%s\n' "$2"
  if command -v "$1" >/dev/null; then return 0; fi
  printf '(%s is not installed here)\n' "$1"
  return 1
}

# batch PROGRAM OPTIONS <COMMANDS
batch() {
  "$@" -force -batch - 2>&1 | head -c "$most"
}

if section ip 'ip -d -s address show; route show table all; rule show; neigh show; -6 route show table all; -6 rule show'; then
  printf '%s\n' 'address show' 'route show table all' 'rule show' 'neigh show' | batch ip -d -s
  printf '%s\n' 'route show table all' 'rule show' | batch ip -6
fi
if section bridge 'bridge -d link show; fdb show; vlan show'; then
  printf '%s\n' 'link show' 'fdb show' 'vlan show' | batch bridge -d # some kernels know no VLANs of bridges: then it ends
fi
# ask NIC COMMANDS...: what tc says to them, under the NIC's name, which it leaves out.
ask() {
  printf '%s:\n' "$1"
  shift
  printf '%s\n' "$@" | tc -s -d -force -batch - 2>&1
}

if section tc 'tc -s -d qdisc show; then of each NIC that has one: class show, filter show'; then
  tc -s -d qdisc show 2>&1 | head -c "$most"
  qdiscs=$(tc qdisc show)
  while read -r _ kind handle _ nic _; do
    case $handle$kind in
      0:* | '') ;; # the kernel's own, which has no filters
      *clsact) ask "$nic" "filter show dev $nic ingress" "filter show dev $nic egress" ;;
      *ingress) ask "$nic" "filter show dev $nic ingress" ;;
      *) ask "$nic" "class show dev $nic" "filter show dev $nic" ;;
    esac
  done <<END | head -c "$most"
$qdiscs
END
fi
tables=
if section nft 'nft list ruleset'; then
  tables=$(nft list ruleset 2>&1)
  printf '%s\n' "$tables" | head -c "$most"
fi
for version in ip ip6; do
  case $tables in
    *"table $version "*) if section "${version}tables-nft-save" "${version}tables-nft-save -c"; then "${version}tables-nft-save" -c 2>&1 | head -c "$most"; fi ;;
  esac
  if read -r _ <"/proc/net/${version}_tables_names" && section "${version}tables-legacy-save" "${version}tables-legacy-save -c"; then
    "${version}tables-legacy-save" -c 2>&1 | head -c "$most"
  fi
done 2>/dev/null
if section grep 'sysctl: net'; then
  cd /proc/sys/net && grep -s '' ipv4/ip_forward ipv6/conf/all/forwarding ipv4/conf/all/rp_filter bridge/bridge-nf-call-*tables
fi
exit 0 # what is not there is no failure
