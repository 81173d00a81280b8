#!/bin/sh
# Boots User Mode Linux where every file of this host is read-only but a private /run, so that nothing here can be
# written from inside, even by root; all of it is gone when the namespace is.
# Usage: uml-boot.sh CPU MEGABYTES KERNEL-ARGUMENT...   (descriptor 3 is the line to the agent)
set -eu
cpu=$1 megabytes=$2
shift 2

# shellcheck source=harness/lab/sites/own-mounts.sh
. "$(dirname "$0")/own-mounts.sh"
mkdir /run/uml
cp "$(command -v mount)" /run/plain-mount # without the set-user-ID bit: see uml-init.sh
while read -r _ point _; do
  case $point in
    /run/root/run) ;; # the private one
    /run/root | /run/root/*) mount -o remount,bind,ro "$(printf '%b' "$point")" 2>/dev/null || : ;;
  esac
done </proc/self/mounts
if (: >/run/root/usr/.frameproof) 2>/dev/null; then
  echo 'the files of this host cannot be made read-only' >&2
  exit 1
fi

export TMPDIR=/run
exec chroot /run/root taskset -c "$cpu" linux.uml "mem=${megabytes}M" root=/dev/root rootfstype=hostfs rootflags=/ ro \
  con=null ssl=null con0=null,fd:1 ssl0=fd:3 uml_dir=/run/uml quiet noreboot panic=-1 "$@"
