#!/bin/sh
# Prints what a machine holds, or the network namespace that it is run in, in sections: \036NAME, then what a program said.
# Usage: read.sh whole|namespace RUN-DIRECTORY MARK DIRECTORY...
#
# Every process costs: one for all NICs, one for all sysctls, one for all processes. What is not installed is left out.
export LC_ALL=C PATH="$PATH:/usr/sbin:/sbin"
scope=$1 run=$2 mark=$3
shift 3

section() {
  printf '\036%s\n' "$1"
}

has() {
  command -v "$1" >/dev/null
}

# save PROGRAM...: the first of them that is installed.
save() {
  for program; do
    has "$program" || continue
    section "saved $program"
    "$program"
    return
  done
}

# The section is there if all of it was seen; a shell may have been refused something, and its reader shall know.
exec 2>/dev/null

section nics
ip -d -j address show
section routing
printf '%s\n' 'neigh show nud permanent' 'route show table all' 'rule show' | ip -o -force -batch -
section routing6
printf '%s\n' 'neigh show nud permanent' 'route show table all' 'rule show' | ip -6 -o -force -batch -

if has bridge; then
  section bridge
  printf '%s\n' 'vlan show' 'fdb show' | bridge -j -force -batch -
fi

if has tc; then
  qdiscs=$(tc qdisc show)
  section qdiscs
  printf '%s\n' "$qdiscs"
  while read -r _ kind handle _ nic _; do
    case $handle$kind in
      0:* | '') ;; # the kernel's own, which has no filters
      *clsact)
        section "filters ingress $nic"
        tc filter show dev "$nic" ingress
        section "filters egress $nic"
        tc filter show dev "$nic" egress
        ;;
      *ingress)
        section "filters ingress $nic"
        tc filter show dev "$nic" ingress
        ;;
      *)
        section "classes $nic"
        tc class show dev "$nic"
        section "filters root $nic"
        tc filter show dev "$nic"
        ;;
    esac
  done <<END
$qdiscs
END
fi

rules='table ip table ip6 ' # what cannot be seen may be there
if has nft; then
  rules=$(nft -s list ruleset)
  section nft
  printf '%s\n' "$rules"
fi
for version in ip ip6; do
  case $rules in
    *"table $version "*) save "${version}tables-nft-save" ;;
  esac
  if read -r _ <"/proc/net/${version}_tables_names"; then
    save "${version}tables-legacy-save" "${version}tables-save"
  fi
done
if read -r _ </proc/net/arp_tables_names; then save arptables-legacy-save arptables-save; fi
if [ -d /sys/module/ebtables ]; then save ebtables-legacy-save ebtables-save; fi

section sysctls
(cd /proc/sys/net && grep -rs '' .)

section reader
echo "$$ $PPID"
section processes
grep -aHs '' /proc/[0-9]*/stat /proc/[0-9]*/cmdline /proc/[0-9]*/cgroup
if [ "$scope" = whole ]; then
  section marked
  grep -alsF "$mark=" /proc/[0-9]*/environ
  section namespaces
  for name in /run/netns/*; do
    [ ! -e "$name" ] || printf '%s\n' "${name##*/}"
  done
else
  section networks
  find /proc/[0-9]*/ns/net -maxdepth 0 -printf '%p %l\n'
fi

section checksums
find "$run" -type f -exec cksum {} +
section files
# Where anybody may have large folders, only whether they are there.
shown='%y %m %U:%G %s %T@ %p\0%l\0'
find "$run" "$@" -xdev \( -path /run/netns -o -path /run/user -o -path /run/systemd -o -path /run/udev \) -prune \
  -o \( -path '/root/*' -o -path '/tmp/*' -o -path '/var/tmp/*' \) -prune -printf "$shown" -o -printf "$shown"

section end
