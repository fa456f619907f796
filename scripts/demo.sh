#!/usr/bin/env bash
# FMG's main job in one command, with no GitHub account: a signed push of a small repository becomes a green commit.
# It works in a temporary data directory and on free ports, and leaves no process and no container behind.
#   ./scripts/demo.sh --keep     leaves everything running, and says how to use it and how to stop it
. "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
cd "$FMG_ROOT"
case "${1:-}" in
  "" | --keep) ;;
  *) die "demo.sh takes no argument but --keep" "Run:  ./scripts/demo.sh" ;;
esac

trap stop_dockerd EXIT
ensure_all
say "set-up took $SECONDS s"
status=0
supervise node --conditions=@fmg/source --no-warnings packages/testkit/src/demo/main.ts "$@" || status=$?
if [ "${1:-}" = --keep ] && [ "$status" = 0 ]; then
  trap - EXIT
  [ -z "$FMG_DOCKERD_PID" ] || printf 'Docker was started for this. When FMG has stopped:\n  kill %d\n' "$FMG_DOCKERD_PID"
  exit 0
fi
trap - EXIT
stop_dockerd
say "the demo took $SECONDS s in all"
exit "$status"
