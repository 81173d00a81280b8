#!/bin/sh
# A libvirtd of our own, where none runs: the first process of mount, PID and network namespaces of its own, with which
# everything goes: daemons, machines, their disks (in memory), networks, mounts. Nothing of this system is changed.
# Run by the controller as root. Says `ready` on standard output once the daemon answers and its storage pool is there.
set -eu
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin

# shellcheck source=harness/lab/sites/own-mounts.sh
. "$(dirname "$0")/../sites/own-mounts.sh"
mount -t proc proc /proc
mount -t sysfs sysfs /sys 2>/dev/null || :

# What libvirt writes goes to file systems of its own. Its settings are this system's, but for those of QEMU.
for folder in /var/lib/libvirt /var/log/libvirt /var/cache/libvirt; do
  mount -t tmpfs -o mode=0755,size=90% frameproof "$folder"
done
mkdir /run/etc
cp -a /etc/libvirt/. /run/etc/
mount --bind /run/etc /etc/libvirt
rm -rf /etc/libvirt/qemu /etc/libvirt/storage /etc/libvirt/nwfilter /etc/libvirt/secrets
cat >/etc/libvirt/qemu.conf <<'SETTINGS'
user = "root"
group = "root"
security_driver = "none"
namespaces = []
cgroup_controllers = []
remember_owner = 0
SETTINGS

ip link set lo up
virtlogd --daemon
libvirtd &
libvirtd=$!

deadline=$(($(date +%s) + 60))
until virsh --quiet --connect qemu:///system version >/dev/null 2>/run/why; do
  [ "$(date +%s)" -lt "$deadline" ] || { cat /run/why >&2 && exit 1; }
  sleep 0.1
done
mkdir -p /var/lib/libvirt/images
virsh --quiet --connect qemu:///system pool-define-as default dir --target /var/lib/libvirt/images >/dev/null
virsh --quiet --connect qemu:///system pool-start default >/dev/null

echo ready
# The shell stays: as the first process it must take the ends of orphans. When libvirtd ends, so does all.
wait "$libvirtd"
