#!/bin/sh
# The first process inside User Mode Linux: a writable root over the host's files, the modules a lab needs, the agent.
# The kernel's command line gives it AGENT_NODE and AGENT_PROGRAM. When the agent ends, the kernel does.
set -eu
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export PATH

# Where an ordinary user started this, the host's root appears as nobody, and the set-user-ID mount(8) would run as
# nobody: uml-boot.sh left a copy without that bit, and the new root heeds no such bits.
mount=/run/plain-mount
modules=/usr/lib/uml/modules/$(uname -r)
insmod "$modules/kernel/fs/overlayfs/overlay.ko"
$mount -t proc proc /proc
$mount -t tmpfs tmpfs /run/root
mkdir /run/root/upper /run/root/work /run/root/root
$mount -t overlay overlay -o nosuid,lowerdir=/,upperdir=/run/root/upper,workdir=/run/root/work /run/root/root
cd /run/root/root
mkdir -p proc sys dev run tmp lib/modules
$mount -t proc proc proc
$mount -t sysfs sysfs sys
$mount -t devtmpfs devtmpfs dev
mkdir -p dev/pts dev/net
$mount -t devpts -o ptmxmode=0666 devpts dev/pts
$mount -t tmpfs -o mode=0755 tmpfs run
mkdir run/netns
[ -e "lib/modules/$(uname -r)" ] || ln -s "$modules" "lib/modules/$(uname -r)"

# shellcheck disable=SC2016 # the inner shell expands them
exec chroot . /bin/sh -eu -c '
  modprobe -a tun veth bridge 8021q sch_ingress cls_flower act_gact \
    iptable_nat iptable_filter xt_MASQUERADE xt_conntrack nf_conntrack
  hostname frameproof
  ip link set lo up
  stty -F /dev/ttyS0 raw -echo
  "$1" "$2" /dev/ttyS0 </dev/null >/dev/console 2>&1 &
  wait || :
  echo o >/proc/sysrq-trigger
  sleep 60
' sh "$AGENT_NODE" "$AGENT_PROGRAM"
