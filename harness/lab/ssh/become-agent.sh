#!/bin/sh
# The far side of an SSH site, as the agent's user: one agent a site. It takes the lock and becomes the agent, which
# holds it for its life.
#   $1 Node   $2 the agent's program   $3 who asks, for whoever comes next   $4 a folder, if this is not root
set -u
umask 077

say() { printf '\nframeproof %s\n' "$*"; }

main() {
  folder=$4
  [ "$(id -u)" -ne 0 ] || folder=/run/frameproof
  mkdir -p "$folder" || exit 1
  lock=$folder/agent.lock
  takeLock
  until holdsLock; do
    say "busy $(cat "$lock" 2>/dev/null)"
    read -r answer && [ "$answer" = end ] || exit 0
    endOther
    takeLock
  done
  printf '%s %s\n' "$$" "$3" >"$lock"
  say start
  exec "$1" "$2" --heartbeat --lock "$lock"
}

# An agent that was told to end a moment ago may need another one.
takeLock() {
  tries=30
  while [ "$tries" -gt 0 ]; do
    tries=$((tries - 1))
    exec 9<>"$lock"
    flock -n 9
    case $? in
      0) ! holdsLock || return 0 ;;
      1) ;; # somebody has it
      *) exit 1 ;; # flock has said why
    esac
    exec 9>&-
    sleep 0.1
  done
}

# The file may have been removed, and made anew, by who held it before.
# shellcheck disable=SC3013 # dash and busybox have it
holdsLock() { [ "$lock" -ef "/proc/$$/fd/9" ]; }

# Ends the agent that has the lock, if it is one.
endOther() {
  read -r pid _ <"$lock" || return
  case $(tr '\0' ' ' <"/proc/$pid/cmdline") in
    *'/agent.mjs --heartbeat '*) kill -KILL "$pid" ;;
  esac
}

main "$@"
