#!/bin/sh
# Prints how a hypervisor's network stands, for people: each program that is there, as it was called and what it said.
# Usage: show.sh OCTETS: what is longer is cut after so many, and that is said.
#
# Nothing is changed: what would load a module is not asked.
export LC_ALL=C PATH="$PATH:/usr/sbin:/sbin"
most=$1

has() {
  command -v "$1" >/dev/null 2>&1
}

# show COMMAND...
show() {
  printf '# %s\n' "$*"
  if ! has "$1"; then
    printf '(%s is not installed here)\n\n' "$1"
    return
  fi
  said=$("$@" 2>&1 | head -c "$((most + 1))")
  if [ "${#said}" -gt "$most" ]; then
    printf '%s\n(cut after %s octets)\n\n' "$(printf '%s' "$said" | head -c "$most")" "$most"
  else
    printf '%s\n\n' "$said"
  fi
}

show ip -d -s address show
show ip route show table all
show ip -6 route show table all
show ip rule show
show ip neigh show
show bridge -d vlan show
show bridge -d link show
show bridge fdb show
show tc -s -d qdisc show
if has tc; then
  tc qdisc show 2>/dev/null | while read -r _ kind handle _ nic _; do
    case $handle$kind in
      0:* | '') ;; # the kernel's own, which has no filters
      *clsact)
        show tc -s filter show dev "$nic" ingress
        show tc -s filter show dev "$nic" egress
        ;;
      *ingress) show tc -s filter show dev "$nic" ingress ;;
      *)
        show tc -s class show dev "$nic"
        show tc -s filter show dev "$nic"
        ;;
    esac
  done
fi
show nft list ruleset
for version in ip ip6; do
  # asked only where there are tables: it would make them
  if has nft && nft list tables 2>/dev/null | grep -q "^table $version "; then show "${version}tables-nft-save" -c; fi
  if read -r _ 2>/dev/null <"/proc/net/${version}_tables_names"; then show "${version}tables-legacy-save" -c; fi
done
printf '# sysctl\n'
cd /proc/sys/net && grep -s '' ipv4/ip_forward ipv6/conf/all/forwarding ipv4/conf/all/rp_filter bridge/bridge-nf-call-*tables
exit 0 # what is not there is no failure
