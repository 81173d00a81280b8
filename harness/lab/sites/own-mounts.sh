# shellcheck shell=sh
# Sourced by the boot scripts, in a mount namespace of their own: from here on no mount reaches this host.
# Where the root directory is no mount point (in a chroot) the kernel cannot be asked to make it private; then it must
# be private already, as it is in what `unshare --mount` makes.
if ! mount --make-rprivate / 2>/dev/null; then
  if grep -qs ' shared:' /proc/1/mountinfo; then
    echo 'cannot keep mounts to itself: this root directory is a chroot on a shared mount; enter it by unshare --mount' >&2
    exit 1
  fi
  while read -r _ point _; do
    mount --make-private "$(printf '%b' "$point")" 2>/dev/null || :
  done </proc/self/mounts
fi
mount -t tmpfs -o mode=0755 frameproof /run

# A root directory that is a mount point, which read-only mounts and `ip netns exec` need: the same files once more.
mkdir /run/root
mount --rbind / /run/root
