#!/usr/bin/env bash
# Set-up, every check, every test. Ends with one line: N passed, N failed, N skipped.
#   ./scripts/test.sh                      everything
#   ./scripts/test.sh --long               the long forms too (more kills, more bytes)
#   ./scripts/test.sh packages/parser      what follows goes to jest: a path, --maxWorkers=1, -t "words of a title"
# With FMG_CORPUS=<folder of configs> the parser is also run over each of them.
. "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
cd "$FMG_ROOT"

for arg; do
  shift
  if [ "$arg" = --long ]; then export FMG_LONG=1; else set -- "$@" "$arg"; fi
done

trap stop_dockerd EXIT
ensure_all
ensure_chromium

failures=()
check() { # NAME COMMAND...
  local name=$1 start=$SECONDS
  shift
  if "$@" >"$FMG_RUN_DIR/check.log" 2>&1; then
    say "$name: ok ($(since "$start"))"
  else
    say "$name: FAILED ($(since "$start"))"
    cat "$FMG_RUN_DIR/check.log" >&2
    failures+=("$name")
  fi
}

# Whatever a killed run left behind would be blamed on this one.
leftovers() {
  {
    docker ps -a --format 'container {{.Names}} {{.Label "fmg.instance"}}'
    docker volume ls --format 'volume {{.Name}} {{.Label "fmg.instance"}}'
    docker network ls --format 'network {{.Name}} {{.Label "fmg.instance"}}'
  } | awk '$3 ~ /^test-/ { print "  " $1 " " $2 " is left of test instance " $3; found = 1 } END { exit found }'
}
tree_is_as_before() { [ "$(tree_state)" = "$tree_before" ] || { git status --short && return 1; }; }
tree_state() { git status --porcelain 2>/dev/null || true; }

mkdir -p "$FMG_RUN_DIR"
tree_before=$(tree_state)
say "checks"
check "format (pnpm check:format)" pnpm check:format
check "lint (pnpm check:lint)" pnpm check:lint
check "types (pnpm check:types)" pnpm check:types
check "unused code (pnpm check:knip)" pnpm check:knip
check "workspace (pnpm check:workspace)" pnpm check:workspace

say "tests"
[ -n "${FMG_CORPUS:-}" ] || say "the corpus check does not run: FMG_CORPUS names no folder"
[ -n "${FMG_LONG:-}" ] || say "the long forms do not run: they need --long"
report="$FMG_RUN_DIR/jest.json"
rm -f "$report"
start=$SECONDS jest_status=0
supervise node --experimental-vm-modules --no-warnings node_modules/jest/bin/jest.js --json --outputFile="$report" "$@" </dev/null || jest_status=$?
say "tests took $(since "$start")"

check "nothing left in Docker" leftovers
check "git tree as before" tree_is_as_before

# Prints jest's passed, failed and skipped. A file that does not even load counts as one failed test.
count_tests() {
  node --input-type=commonjs -e '
    const report = JSON.parse(require("node:fs").readFileSync(process.argv[1], "utf8"));
    const failed = report.numFailedTests + report.numRuntimeErrorTestSuites;
    console.log(report.numPassedTests, failed, report.numPendingTests + report.numTodoTests);' "$report"
}
read -r passed failed skipped <<<"$(count_tests 2>/dev/null || echo 0 1 0)"
[ "$jest_status" = 0 ] || [ "$failed" -gt 0 ] || failed=1
failed=$((failed + ${#failures[@]}))
# (An empty array is unbound in bash 3, macOS's.)
[ ${#failures[@]} = 0 ] || for name in "${failures[@]}"; do say "failed check: $name"; done

trap - EXIT
stop_dockerd
printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
[ "$failed" = 0 ]
