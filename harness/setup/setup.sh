#!/bin/sh
# Sets up what a command needs, then runs it. npm runs this first:
#   sh harness/setup/setup.sh conform COMMAND [ARGUMENT ...]   then: frameproof COMMAND ...
#   sh harness/setup/setup.sh test [ARGUMENT ...]              then: run-tests.sh ...
#   sh harness/setup/setup.sh bench [ARGUMENT ...]             then: bench.mjs ..., with what `conform` needs and no more
#   sh harness/setup/setup.sh vagrant [ARGUMENT ...]           then: the tests on virtual machines
# Installs only what is missing: Debian packages (as root; an ordinary user is told the one command) and node_modules.
# All it says goes to standard error. Exit 2, after one line, when something cannot be set up.
set -eu

leastNode=20.12
stamp=node_modules/.frameproof-setup
setup=harness/setup
lock=
child=
lab=

say() { printf 'frameproof: %s\n' "$*" >&2; }

fail() {
  say "$*"
  exit 2
}

main() {
  case $0 in */*) cd "${0%/*}/../.." ;; esac
  [ -f "$setup/packages" ] || fail "run this from a clone of Frameproof: $setup/packages is not in $PWD"
  what=${1:-}
  case $what in
    conform | test | bench | vagrant) shift ;;
    *) fail "set up for what? wanted conform, test, bench or vagrant, got ${what:-nothing}" ;;
  esac

  lookForLab "$@"
  [ -f package-lock.json ] || fail "package-lock.json is not in $PWD"
  checkNode
  if [ -n "$(missing required optional)" ] || ! stampIsRight; then setUp; fi
  case $what in
    conform | bench)
      orphaned && exit 130
      export FRAMEPROOF_NPM="$PPID" # npm may be killed, and takes nothing with it: the program looks after it
      [ "$what" = conform ] || exec node harness/bench/bench.mjs "$@"
      exec node harness/frameproof.mjs "$@"
      ;;
    test) exec sh "$setup/run-tests.sh" "$@" ;;
    vagrant) exec node_modules/.bin/vitest run --config vitest.vagrant.config.ts "$@" ;;
  esac
}

# Vagrant's virtual machines need much that nothing else does. VirtualBox is no package of Debian's.
lookForLab() {
  before=
  for argument; do
    case $before$argument in --labvagrant | *--lab=vagrant) lab=vagrant ;; esac
    before=
    [ "$argument" != --lab ] || before=--lab
  done
  if [ "${VAGRANT_DEFAULT_PROVIDER-}" = virtualbox ]; then lab=; fi
}

checkNode() {
  command -v node >/dev/null || fail "Node.js $leastNode or later is not installed: see https://nodejs.org"
  nodeVersion=$(node -v)
  nodeMajor=${nodeVersion#v}
  nodeMinor=${nodeMajor#*.}
  nodeMinor=${nodeMinor%%.*}
  nodeMajor=${nodeMajor%%.*}
  if [ "$nodeMajor" -lt "${leastNode%.*}" ] ||
    { [ "$nodeMajor" -eq "${leastNode%.*}" ] && [ "$nodeMinor" -lt "${leastNode#*.}" ]; }; then
    fail "Node.js $leastNode or later is wanted, this is $nodeVersion"
  fi
  command -v npm >/dev/null || fail "npm is not installed: it comes with Node.js"
}

# What this command lacks, one `program package` a line; the arguments say of which need. A subshell, because it adds
# to the path: an ordinary user's often lacks the system's programs.
missing() (
  PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
  while read -r program package for need _; do
    case $program in '' | '#'*) continue ;; esac
    [ "$for" = conform ] || [ "$for" = "$what" ] || [ "$for" = "$lab" ] || continue
    case " $* " in *" $need "*) ;; *) continue ;; esac
    isThere "$program" || printf '%s %s\n' "$program" "$package"
  done <"$setup/packages"
)

isThere() {
  case $1 in
    /*) [ -e "$1" ] ;;
    *) command -v "$1" >/dev/null ;;
  esac
}

# Runs under the lock, so everything is looked at anew: another set-up may just have finished.
setUp() {
  trap cleanUp EXIT
  trap 'stop 129' HUP
  trap 'stop 130' INT
  trap 'stop 143' TERM
  takeLock
  openLog
  [ -z "$(missing required optional)" ] || addPackages
  stampIsRight || addModules
  cleanUp
  exec 7<&- 8>&- 9<&-
  trap - EXIT HUP INT TERM
}

cleanUp() {
  [ -z "$lock" ] || rm -f "$lock"
}

stop() {
  if [ -n "$child" ]; then
    kill "$child" 2>/dev/null || true
    wait "$child" || true
  fi
  exit "$1"
}

# A file without a name, gone however we end: 8 to write, 7 to read.
openLog() {
  file=$(mktemp "${TMPDIR:-/tmp}/frameproof-setup.XXXXXX") || fail "no file can be made in ${TMPDIR:-/tmp}"
  exec 8>"$file"
  exec 7<"$file"
  rm "$file"
}

# flock is released however its holders end, npm included, which inherits it. Without flock: a file with our pid.
takeLock() {
  exec 9<package-lock.json
  if command -v flock >/dev/null; then
    flock -n 9 || { say 'waits for another set-up' && flock 9; }
    return
  fi
  file=reports/.setup-lock
  lock=$file.$$ # removed at the end, from here on
  printf '%s\n' $$ >"$lock" || fail "no file can be made in ${file%/*}"
  tries=0
  until ln "$lock" "$file" 2>/dev/null; do
    tries=$((tries + 1))
    owner=$(cat "$file" 2>/dev/null) || owner=
    if [ -n "$owner" ]; then
      tries=0
      kill -0 "$owner" 2>/dev/null || removeStaleLock "$file" "$owner"
    fi
    [ "$tries" -lt 50 ] || fail "no lock can be made: $file"
    sleep 0.2
  done
  rm -f "$lock"
  lock=$file
}

# One at a time, and only the lock that was found stale: not one that was taken since.
removeStaleLock() {
  mkdir "$1.stale" 2>/dev/null || return 0
  if [ "$(cat "$1" 2>/dev/null)" = "$2" ]; then rm -f "$1"; fi
  rmdir "$1.stale"
}

addPackages() {
  if ! command -v apt-get >/dev/null; then
    lacking=$(missing required | firstWords)
    [ -z "$lacking" ] || fail "not installed, and there is no apt-get here to install them: $lacking"
    sayWithout
    return
  fi
  packages=$(wantedPackages)
  if [ -z "$packages" ]; then
    sayWithout
    return
  fi
  install="apt-get install -y --no-install-recommends $packages"
  [ "$(id -u)" -eq 0 ] || fail "packages are missing; this command installs them: $(asRoot "$install")"
  aptInstall
}

# Neither asks for anything, nor is broken off: half installed packages would be worse than to wait. No service that
# a package starts may inherit the lock.
aptInstall() {
  export DEBIAN_FRONTEND=noninteractive
  say "looks up Debian's packages"
  quietly 'apt-get update' apt-get update 9<&-
  packages=$(wantedPackages)
  if [ -n "$packages" ]; then
    say "installs $packages"
    quietly 'dpkg --configure' dpkg --configure -a 9<&-
    maskSshd
    # shellcheck disable=SC2086 # one word a package
    quietly 'apt-get install' apt-get install -y --no-install-recommends $packages 9<&-
  fi
  lacking=$(missing required | firstWords)
  [ -z "$lacking" ] || fail "installed, but still not found: $lacking"
  [ -z "$(missing optional)" ] || sayWithout
}

# The tests start an sshd of their own, on loopback: installing one must not open a port of this machine.
maskSshd() {
  case " $packages " in *' openssh-server '*) ;; *) return ;; esac
  [ -d /run/systemd/system ] || return 0
  say 'masks the service of openssh-server; systemctl unmask ssh.service ssh.socket undoes it'
  quietly 'systemctl mask' systemctl mask ssh.service ssh.socket
}

# The missing packages, without optional ones that this system does not offer (User Mode Linux is for x86 only).
wantedPackages() {
  packages=$(missing required | secondWords)
  for package in $(missing optional | secondWords); do
    if isOffered "$package"; then packages="$packages${packages:+ }$package"; fi
  done
  printf '%s' "$packages"
}

# Before the first `apt-get update` nothing is known: then it is tried.
isOffered() {
  ! aptHasLists || apt-cache show "$1" >/dev/null 2>&1
}

aptHasLists() { ls /var/lib/apt/lists/*_Packages* >/dev/null 2>&1; }

sayWithout() { say "goes on without $(missing optional | firstWords), which this system does not offer"; }

asRoot() {
  command=$1
  if ! aptHasLists; then command="apt-get update && $command"; fi
  if ! command -v sudo >/dev/null; then
    printf "su -c '%s'" "$command"
  elif [ "$command" = "$1" ]; then
    printf 'sudo %s' "$command"
  else
    printf "sudo sh -c '%s'" "$command"
  fi
}

stampIsRight() {
  [ -f "$stamp" ] || return 1
  IFS= read -r found <"$stamp" || return 1
  [ "$found" = "$(wantedStamp)" ]
}

# What node_modules was made from and for: the lock file, Node's binary interface, the system, and whether packages
# that need a compiler could be built: those are optional, and npm leaves out what does not build.
wantedStamp() {
  checksum=$(cksum <package-lock.json) || fail 'package-lock.json cannot be read'
  printf '%s, node %s, %s' "$checksum" "$nodeMajor" "$(uname -sm)"
  if canBuild; then printf ', all built'; fi
}

canBuild() {
  for program in g++ make python3 pcap-config; do command -v "$program" >/dev/null || return; done
}

addModules() {
  if [ -d node_modules ]; then why='is out of date'; else why='is missing'; fi
  say "node_modules $why: npm ci"
  forgetOuterNpm
  headers=$(node -p 'require("path").resolve(process.execPath, "../..")')
  if [ -f "$headers/include/node/node.h" ]; then export npm_config_nodedir="$headers"; fi # no need to fetch them
  quietly 'npm ci' endedWithUs npm ci --no-audit --no-fund --no-progress --no-update-notifier --include=dev
  wantedStamp >"$stamp.$$"
  printf '\n' >>"$stamp.$$"
  mv "$stamp.$$" "$stamp"
}

# The `npm run` around us passes its own settings on. Kept is only how to reach the registry.
forgetOuterNpm() {
  for name in $(env | sed -n 's/^\(npm_[A-Za-z0-9_]*\)=.*/\1/p'); do
    case $name in
      npm_config_userconfig | npm_config_globalconfig | npm_config_cache | npm_config_registry) ;;
      npm_config_*proxy | npm_config_cafile | npm_config_ca | npm_config_strict_ssl) ;;
      *) unset "$name" ;;
    esac
  done
}

# Its output is shown only as the reason of a failure.
quietly() {
  title=$1
  shift
  "$@" </dev/null >&8 2>&1 7<&- || fail "$title failed: $(reason)"
}

# npm was killed before this began: nobody waits for what comes. (In a container npm itself may be process 1.)
orphaned() {
  [ -n "${npm_lifecycle_event-}" ] && [ "$PPID" = 1 ] && read -r first </proc/1/comm || return 1
  case $first in npm* | node*) return 1 ;; esac
}

# A shell acts on a signal only between its commands, or while it waits.
endedWithUs() {
  "$@" &
  child=$!
  status=0
  wait "$child" || status=$?
  child=
  return "$status"
}

# apt-get and npm mark their errors; of others the last line tells most.
reason() {
  awk '
    { last = $0 }
    sub(/^(E:|npm error|npm ERR!) */, "") && $0 != "" && marked++ < 3 { text = text (text == "" ? "" : "; ") $0 }
    END { print marked ? text : last != "" ? last : "it said nothing" }
  ' <&7
}

firstWords() { cut -d ' ' -f 1 | paste -s -d ' ' -; }
secondWords() { cut -d ' ' -f 2 | paste -s -d ' ' -; }

main "$@"
