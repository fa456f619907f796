#!/usr/bin/env bash
# fmg from this checkout, in the folder where you are: ~/fmg/scripts/fmg.sh run
# Brings Node 24 and the packages into the checkout first, where they are missing.
. "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
ensure_node
# To ask pnpm for its version alone takes longer than fmg.
has_packages || { ensure_pnpm && ensure_packages; }
exec node "$FMG_ROOT/apps/cli/bin/run.js" "$@"
