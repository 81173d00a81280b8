#!/bin/sh
# Everything that checks the project itself: `npm test`. Runs all of it, then fails if any of it failed.
# The arguments go to vitest: `npm test -- harness/pcap`.
# The names of the checks that failed are also written into the file FRAMEPROOF_FAILED_CHECKS, if that is set.
set -u

failed=

check() {
  title=$1
  shift
  printf '\n== %s\n' "$title"
  "$@" && return
  failed="$failed${failed:+, }$title"
  [ -z "${FRAMEPROOF_FAILED_CHECKS-}" ] || printf '%s\n' "$title" >>"$FRAMEPROOF_FAILED_CHECKS"
}

# The files of the project, as git knows them; outside a git clone all that is not made.
files() {
  git ls-files --cached --others --exclude-standard 2>/dev/null ||
    find . \( -name node_modules -o -name .git -o -path './reports/*' \) -prune -o -type f -print
}

# By their first line: configure, faults and .ci/run have no suffix.
shellScripts() {
  files | while IFS= read -r file; do
    if [ ! -f "$file" ]; then continue; fi
    IFS= read -r first <"$file" || continue
    case $first in '#!'*/sh | '#!'*/sh\ * | '#!'*[/\ ]bash* | '#!'*[/\ ]dash*) printf '%s\n' "$file" ;; esac
  done
}

lintShell() {
  shellScripts | tr '\n' '\0' | xargs -0 shellcheck -x
}

bin=node_modules/.bin
check 'lint and format (biome)' "$bin/biome" check .
check 'types (tsc)' "$bin/tsc" --noEmit
check 'types of the script in report.html (tsc)' "$bin/tsc" --noEmit -p harness/report/page/client
check 'shell scripts (shellcheck)' lintShell
check 'tests (vitest)' "$bin/vitest" run --config vitest.config.ts "$@"

if [ -n "$failed" ]; then
  printf '\nfailed: %s\n' "$failed" >&2
  exit 1
fi
