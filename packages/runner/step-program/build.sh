#!/usr/bin/env bash
# Builds the static step program for amd64 and arm64 into a folder, by default ../bin. The same sources and compiler make the
# same bytes, wherever they lie. Does nothing when what is there is of these sources.
#   build.sh [FOLDER]
# Debian: musl-tools, and gcc-aarch64-linux-gnu with libc6-dev-arm64-cross (on arm64: gcc-x86-64-linux-gnu, libc6-dev-amd64-cross).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
into=${1:-../bin}
mkdir -p "$into"
sources=(main.c files.c process.c run.c command.c terminal.c tries.c follow.c stop.c ask.c forward.c subst.c)
flags=(-std=gnu11 -Os -static -s -Wall -Wextra -Werror -Wno-format-truncation -Wl,--build-id=none -Wl,--gc-sections -ffunction-sections
  -D_GNU_SOURCE -fno-asynchronous-unwind-tables)

# musl makes a twentieth of what glibc does, and exists for the machine's own kind only.
compiler() { # MACHINE
  if [ "$(uname -m)" = "$1" ] && command -v musl-gcc >/dev/null; then echo musl-gcc; else echo "$1-linux-gnu-gcc"; fi
}

build() { # MACHINE NAME
  local with out="$into/fmg-step-$2" unfinished
  with=$(compiler "$1")
  command -v "$with" >/dev/null || { echo "build.sh: no compiler for $2 ($with)" >&2 && return 1; }
  unfinished=$(mktemp "$into/unfinished.XXXXXX")
  "$with" "${flags[@]}" "${sources[@]}" -o "$unfinished" || { rm -f "$unfinished" && return 1; }
  chmod 755 "$unfinished" && mv "$unfinished" "$out"
}

state=$(cat build.sh fmg-step.h "${sources[@]}" | cksum)
if [ "$state" = "$(cat "$into/built-of" 2>/dev/null)" ]; then exit 0; fi
build x86_64 amd64
build aarch64 arm64
printf '%s\n' "$state" >"$into/built-of"
