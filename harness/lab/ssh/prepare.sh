#!/bin/sh
# The far side of an SSH site, as the login user: looks whether all is there, takes what is missing, and hands over to
# become-agent.sh. The controller sends it in front of these, as shell variables:
#   AGENTS        for each platform, PLATFORM=NAME: the folder of the agent in the cache
#   NODE_PACK     the folder of the controller's own Node in the cache
#   LEAST_NODE    the major version that the agent needs
#   PROGRAMS      what must be found
#   SUDO          empty, or the command that makes root
#   OWNER         who asks, in one line
#   BECOME_AGENT  become-agent.sh
# It answers in lines that begin with `frameproof`; what a login script prints before is no answer.
set -u
export LC_ALL=C
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin

say() { printf '\nframeproof %s\n' "$*"; }

refuse() {
  say "$@"
  exit 0
}

main() {
  [ "$(id -u)" -ne 0 ] || SUDO=
  missing=
  for program in $PROGRAMS $SUDO; do
    case $program in -*) continue ;; esac
    command -v "$program" >/dev/null || missing="$missing $program"
  done
  [ -z "$missing" ] || refuse "missing$missing"

  platform=$(uname -s)-$(uname -m)-$(libc)
  agent=
  for pair in $AGENTS; do [ "${pair%%=*}" != "$platform" ] || agent=${pair#*=}; done
  [ -n "$agent" ] || refuse "platform $platform"

  usable "$HOME/.cache/frameproof" || usable "/var/tmp/frameproof-$(id -u)" ||
    refuse "no-cache $HOME/.cache/frameproof"
  removeLeftovers

  needed=
  node=$(fittingNode) || {
    node=$cache/$NODE_PACK/node
    isThere "$NODE_PACK" || needed="$needed $NODE_PACK"
  }
  isThere "$agent" || needed="$needed $agent"
  if [ -n "$needed" ]; then
    say "need $platform$needed"
    for name in $needed; do
      receive "$name"
      say "took $name"
    done
  fi
  touch -c "$cache/$agent" "$cache/$NODE_PACK" 2>/dev/null # see removeLeftovers
  # shellcheck disable=SC2086 # SUDO is a command and its options
  exec $SUDO sh -c "$BECOME_AGENT" frameproof "$node" "$cache/$agent/agent.mjs" "$OWNER" "$cache"
}

libc() {
  if getconf GNU_LIBC_VERSION >/dev/null 2>&1; then echo glibc; else echo musl; fi
}

# Chooses a folder as the cache, if it can be one: nobody else's.
usable() {
  mkdir -p "${1%/*}" 2>/dev/null && { [ -d "$1" ] || mkdir -m 700 "$1" 2>/dev/null; } &&
    [ ! -L "$1" ] && [ -O "$1" ] && [ -w "$1" ] && cache=$1
}

isThere() { [ -e "$cache/$1/complete" ]; }

# The site's own Node, if it is new enough.
fittingNode() {
  for program in node nodejs; do
    path=$(command -v "$program") || continue
    version=$("$path" --version 2>/dev/null </dev/null) || continue
    major=${version#v}
    major=${major%%.*}
    case $major in '' | *[!0-9]*) continue ;; esac
    [ "$major" -ge "$LEAST_NODE" ] || continue
    printf '%s\n' "$path"
    return
  done
  return 1
}

# Uploads that were cut, and agents that nobody has used for a month.
removeLeftovers() {
  for unfinished in "$cache"/unfinished.*; do
    [ ! -d "$unfinished" ] || kill -0 "${unfinished##*.}" 2>/dev/null || rm -rf "$unfinished"
  done
  find "$cache" -mindepth 1 -maxdepth 1 -name '*-*' -mtime +30 -exec rm -rf {} + 2>/dev/null
}

# Takes a folder: a line `OCTETS KIB`, then so many octets of a gzipped tar archive that needs so many KiB. It is
# unpacked beside its place, tried, and only then put there.
receive() {
  read -r octets kib || exit 1
  unfinished=$cache/unfinished.$$
  [ "$(freeKib)" -ge "$kib" ] || refuse "no-room $(freeKib) $kib $cache"
  mkdir "$unfinished" || exit 1
  if ! words=$(head -c "$octets" | tar -xzf - -C "$unfinished" 2>&1); then
    free=$(freeKib)
    rm -rf "$unfinished"
    case $words in *'o space'* | *uota*) refuse "no-room $free $kib $cache" ;; esac
    refuse "not-stored $cache: $(printf '%s\n' "$words" | head -n 1)"
  fi
  if ! words=$(try "$1"); then
    rm -rf "$unfinished"
    refuse "does-not-run $1 $(printf '%s\n' "$words" | grep -v '^ *$' | head -n 1)"
  fi
  : >"$unfinished/complete"
  isThere "$1" || { rm -rf "${cache:?}/$1" && mv "$unfinished" "$cache/$1"; } || exit 1
  rm -rf "$unfinished" # where another controller was faster
}

freeKib() {
  df -Pk "$cache" | {
    read -r _
    read -r _ _ _ free _
    printf '%s\n' "$free"
  }
}

try() {
  case $1 in
    node-*) "$unfinished/node" --version 2>&1 </dev/null ;;
    *) (cd "$unfinished" && "$node" -e 'require("koffi")' 2>&1 </dev/null) ;;
  esac
}

main
