#!/usr/bin/env bash
# Packs fmg and the packages that it needs as npm tarballs, as they would be published:  ./scripts/pack.sh FOLDER
# They belong together: install them with one command, npm install FOLDER/*.tgz. What is not committed is packed too.
. "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
cd "$FMG_ROOT"
[ $# = 1 ] || die "a folder for the tarballs is missing" "As in:  ./scripts/pack.sh out"
PACKED="packages/core packages/client packages/git packages/parser packages/storage packages/runner apps/cli"

fetch_pnpm
ensure_node
ensure_pnpm
ensure_packages
ensure_step_program
mkdir -p "$1"
out=$(cd "$1" && pwd)

# A copy: a build in the checkout would make whatever runs later use it instead of the sources.
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
# shellcheck disable=SC2086 # a list of words
git ls-files -z --cached --others --exclude-standard package.json pnpm-workspace.yaml tsconfig.base.json LICENSE packages/testkit/package.json $PACKED |
  xargs -0 cp --parents -t "$copy"
cp -r packages/runner/bin "$copy/packages/runner/"
ln -s "$FMG_ROOT/node_modules" "$copy/node_modules"
# Links: those to other packages of the workspace lead to the copies of these.
for folder in $PACKED; do
  [ ! -d "$folder/node_modules" ] || cp -a "$folder/node_modules" "$copy/$folder/"
done
cd "$copy"
say "building"
node_modules/.bin/tsc -b apps/cli/tsconfig.build.json
cp packages/runner/src/row/*.sh packages/runner/dist/row/
for folder in $PACKED; do
  cp LICENSE "$folder/"
  (cd "$folder" && pnpm pack --pack-destination "$out" >/dev/null)
done
say "packed into $out:"
ls "$out"
