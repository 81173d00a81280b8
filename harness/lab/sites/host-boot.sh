#!/bin/sh
# A site on this host's own kernel, in namespaces of its own (mount, PID, network): gone when the first process is.
# Usage: host-boot.sh CPU NODE AGENT-PROGRAM   (the agent serves standard input and output)
set -eu

cpu=$1
shift

# shellcheck source=harness/lab/sites/own-mounts.sh
. "$(dirname "$0")/own-mounts.sh"
# The inner shell stays: as the first process it must take the ends of orphans.
# shellcheck disable=SC2016 # it expands them itself
exec chroot /run/root taskset -c "$cpu" /bin/sh -eu -c '
  mkdir -p /run/netns
  mount -t proc proc /proc
  mount -t sysfs sysfs /sys 2>/dev/null || :
  ip link set lo up
  exec 3<&0
  "$1" "$2" <&3 3<&- &
  exec 3<&-
  wait
' sh "$@"
