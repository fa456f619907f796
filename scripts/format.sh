#!/usr/bin/env bash
# Formats every file and mends what the linter can mend; what is left is printed.
. "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
cd "$FMG_ROOT"
ensure_node
ensure_pnpm
ensure_packages
exec pnpm format
