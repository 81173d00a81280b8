#!/bin/sh
# Prints what a machine holds, or the network namespace that it is run in, in sections: \036NAME, then what a program said.
# Usage: read.sh whole|namespace RUN-DIRECTORY MARK DIRECTORY...
#
# Every process costs: one for all NICs, one for all sysctls, one for all processes. So does every octet that the shell
# itself reads. What is not installed is left out.
export LC_ALL=C PATH="$PATH:/usr/sbin:/sbin"
scope=$1 run=$2 mark=$3
newline='
'
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
ip -o -force -batch - <<END
neigh show nud permanent
route show table all
rule show
END
section routing6
ip -6 -o -force -batch - <<END
neigh show nud permanent
route show table all
rule show
END

if has bridge; then
  section bridge
  bridge -j -force -batch - <<END
vlan show
fdb show
END
fi

# ask WHAT NIC COMMAND: tc(8) is asked all at once. It does not say which answer begins: before each, the same is shown.
ask() {
  : "${marker:=qdisc show dev $2}"
  asked=$asked$1' '$2$newline
  commands=$commands$marker$newline$3$newline
}

if has tc; then
  qdiscs=$(tc qdisc show)
  section qdiscs
  printf '%s\n' "$qdiscs"
  asked='' commands='' marker=''
  set -f
  IFS=$newline
  for line in $qdiscs; do # qdisc KIND HANDLE: dev NIC ...
    case $line in 'qdisc '*) ;; *) continue ;; esac # one may go on in the next lines
    kind=${line#qdisc } nic=${line#* dev }
    handle=${kind#* } kind=${kind%% *} nic=${nic%% *}
    case $handle$kind in
      0:*) ;; # the kernel's own, which has no filters
      *clsact)
        ask 'filters ingress' "$nic" "filter show dev $nic ingress"
        ask 'filters egress' "$nic" "filter show dev $nic egress"
        ;;
      *ingress) ask 'filters ingress' "$nic" "filter show dev $nic ingress" ;;
      *)
        ask classes "$nic" "class show dev $nic"
        ask 'filters root' "$nic" "filter show dev $nic"
        ;;
    esac
  done
  set +f
  unset IFS
  if [ -n "$asked" ]; then
    section asked
    printf '%s' "$asked"
    section answered
    printf '%s' "$commands" | tc -force -batch -
  fi
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
cd /proc/sys/net && grep -rs '' .
cd /

section reader
echo "$$ $PPID"
section processes
grep -aHs '' /proc/[0-9]*/stat /proc/[0-9]*/cmdline /proc/[0-9]*/cgroup
if [ "$scope" = whole ]; then
  section marked
  grep -alsF "$mark=" /proc/[0-9]*/environ
else
  set -- "$@" /proc/[0-9]*/ns/net # among the files
fi
section namespaces
for name in /run/netns/*; do
  [ ! -e "$name" ] || printf '%s\n' "${name##*/}"
done

# Of the files in the run directory: many a one is empty, was not made yet, or has no folders.
sum() {
  set --
  for file in "$run"/* "$run"/.[!.]* "$run"/..?*; do
    if [ -L "$file" ]; then
      continue
    elif [ -d "$file" ]; then
      find "$run" -type f -exec cksum {} +
      return
    elif [ -f "$file" ]; then
      set -- "$@" "$file"
    fi
  done
  [ $# -eq 0 ] || cksum "$@"
}
section checksums
sum
section files
# Where anybody may have large folders, only whether they are there.
shown='%y %m %U:%G %s %T@ %p\0%l\0'
find "$run" "$@" -xdev \( -path /run/netns -o -path /run/user -o -path /run/systemd -o -path /run/udev \) -prune \
  -o \( -path '/root/*' -o -path '/tmp/*' -o -path '/var/tmp/*' \) -prune -printf "$shown" -o -printf "$shown"

section end
