#!/bin/sh
# Boots User Mode Linux in a mount namespace of its own whose every file system is read-only but a private /run, so
# that nothing on this host can be written from inside, even by root; all of it is gone when the namespace is.
# Usage: uml-boot.sh CPU MEGABYTES INIT-COMMAND-LINE...   (descriptor 3 is the line to the agent)
set -eu
cpu=$1 megabytes=$2
shift 2

mount -t tmpfs -o mode=0755 frameproof /run
mkdir /run/uml
while read -r _ point _; do
  case $point in
    /run) ;;
    /run/*) ;;
    *) mount -o remount,bind,ro "$(printf '%b' "$point")" 2>/dev/null || : ;;
  esac
done </proc/self/mounts
mount -o remount,bind,ro / || { echo 'the root file system cannot be made read-only' >&2; exit 1; }

export TMPDIR=/run
exec taskset -c "$cpu" linux.uml "mem=${megabytes}M" root=/dev/root rootfstype=hostfs rootflags=/ ro \
  con=null ssl=null con0=null,fd:1 ssl0=fd:3 uml_dir=/run/uml quiet noreboot panic=-1 "$@"
