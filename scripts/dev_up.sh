#!/usr/bin/env bash
# The whole stack for development in one terminal: API (with its embedded Redis) and orchestrator, from source,
# started again when a file changes. Settings come from the environment; data/ and workspaces/ hold what it keeps.
# Ctrl-C hands over: our processes stop, running steps go on in their containers, and the next start adopts them.
# A second Ctrl-C cancels: those containers are removed.
. "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
cd "$FMG_ROOT"
trap stop_dockerd EXIT
ensure_all
supervise node scripts/dev_up.ts
