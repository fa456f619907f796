#!/usr/bin/env bash
# Brings what the other scripts need. Source it, then call what you need:
#   ensure_node, ensure_pnpm, ensure_packages   into .tools/ and node_modules/, from the npm registry
#   ensure_machine docker redis images git registry openssl   Debian packages (as root) and a running Docker daemon
#   ensure_step_program                         the static program that runs steps, into packages/runner/bin/
#   ensure_chromium                             Debian's Chromium, for the tests that run in a browser
#   ensure_all                                  all of it but the browser, both halves at the same time
#   stop_dockerd                                stops the daemon if, and only if, this run started it
# Everything is safe to repeat, and quick when there is nothing to do. Needs bash, npm and tar.
set -euo pipefail

FMG_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
NODE_VERSION=24.21.0
PNPM_VERSION=12.21.0
FMG_RUN_DIR="$FMG_ROOT/.tools/run"
FMG_DOCKERD_LOG="$FMG_RUN_DIR/dockerd.log"
FMG_DOCKERD_MARK="$FMG_RUN_DIR/dockerd-of.$$"
FMG_DOCKERD_PID=""
FMG_MACHINE_JOB=""
export TURBO_TELEMETRY_DISABLED=1 DO_NOT_TRACK=1

say() { printf '%s %s\n' '==>' "$*" >&2; }
die() {
  printf 'Error: %s\n' "$1" >&2
  shift
  for line; do printf '  %s\n' "$line" >&2; done
  exit 1
}
# "12 s" since the given reading of SECONDS.
since() { printf '%d s' $((SECONDS - $1)); }

# Runs a program that ends by itself on Ctrl-C and on SIGTERM, waits for its end, and returns its exit code.
# (The terminal sends a Ctrl-C to it as well as to us; a SIGTERM is passed on.)
supervise() { # COMMAND...
  local pid status=0
  "$@" <&0 &
  pid=$!
  trap : INT
  trap 'kill -TERM "$pid" 2>/dev/null' TERM HUP
  wait "$pid" || status=$?
  while kill -0 "$pid" 2>/dev/null; do
    status=0
    wait "$pid" || status=$?
  done
  trap - INT TERM HUP
  return $status
}

# --- Node, pnpm and the workspace's packages --------------------------------------------------------------------

# Installs one package of the npm registry into .tools/<name>; npm checks its digest.
fetch_tool() { # NAME PACKAGE@VERSION
  local into="$FMG_ROOT/.tools/$1" start=$SECONDS
  command -v npm >/dev/null || die "npm is needed to fetch $2" "Install Node.js (any version brings npm), then run this again."
  say "fetching $2"
  rm -rf "$into" && mkdir -p "$into"
  (cd "$into" && npm install --no-save --no-package-lock --no-audit --no-fund --silent --prefix "$into" "$2" >&2) ||
    { rm -rf "$into"; die "cannot fetch $2 from the npm registry" "Check the network and 'npm config get registry', then run this again."; }
  say "$2 is in .tools/$1 ($(since "$start"))"
}

ensure_node() {
  local os arch
  if [ "$(node -p 'process.versions.node.split(".")[0]' 2>/dev/null || echo 0)" -ge 24 ]; then return; fi
  case $(uname -s) in Linux) os=linux ;; Darwin) os=darwin ;; *) die "this system has no Node 24" "Install Node.js 24 or newer." ;; esac
  case $(uname -m) in x86_64 | amd64) arch=x64 ;; arm64 | aarch64) arch=arm64 ;; *) die "no Node build for $(uname -m)" "Install Node.js 24 or newer." ;; esac
  local bin="$FMG_ROOT/.tools/node/node_modules/node-$os-$arch/bin"
  [ "$("$bin/node" --version 2>/dev/null)" = "v$NODE_VERSION" ] || fetch_tool node "node-$os-$arch@$NODE_VERSION"
  export PATH="$bin:$PATH"
}

FMG_PNPM_BIN="$FMG_ROOT/.tools/pnpm/node_modules/.bin"
has_pnpm() { [ "$(pnpm --version 2>/dev/null)" = "$PNPM_VERSION" ]; }
has_own_pnpm() { [ "$("$FMG_PNPM_BIN/pnpm" --version 2>/dev/null)" = "$PNPM_VERSION" ]; }
fetch_pnpm() { has_pnpm || has_own_pnpm || fetch_tool pnpm "pnpm@$PNPM_VERSION"; }

ensure_pnpm() {
  if has_pnpm; then return; fi
  fetch_pnpm
  export PATH="$FMG_PNPM_BIN:$PATH"
}

FMG_PACKAGES_STAMP="$FMG_ROOT/node_modules/.fmg-lock"
has_packages() { cmp -s "$FMG_ROOT/pnpm-lock.yaml" "$FMG_PACKAGES_STAMP" 2>/dev/null; }

# Installs the workspace's packages when the lockfile changed since the last time.
ensure_packages() {
  local start=$SECONDS
  if has_packages; then return; fi
  say "installing the workspace's packages"
  (cd "$FMG_ROOT" && pnpm install --frozen-lockfile --reporter=append-only >&2) ||
    die "pnpm could not install the packages of pnpm-lock.yaml" "What it said stands above. Run this again when it is mended."
  cp "$FMG_ROOT/pnpm-lock.yaml" "$FMG_PACKAGES_STAMP"
  say "packages installed ($(since "$start"))"
}

# --- What comes from the system ---------------------------------------------------------------------------------

docker_answers() { command -v docker >/dev/null && docker version --format '{{.Server.Version}}' >/dev/null 2>&1; }
has_dockerd() { command -v dockerd >/dev/null || [ -x /usr/sbin/dockerd ]; }
has_redis() { [ -x "${FMG_REDIS_BIN:-}" ] || command -v redis-server >/dev/null || command -v valkey-server >/dev/null || [ -x /opt/homebrew/bin/redis-server ]; }
has_images_base() { # test images are made of static binaries: no registry is needed
  command -v bash-static >/dev/null && command -v busybox >/dev/null && ! ldd "$(command -v busybox)" >/dev/null 2>&1
}
has_git_server() { command -v git >/dev/null && [ -x "$(git --exec-path)/git-http-backend" ]; }
has_registry() { command -v docker-registry >/dev/null; }
has_step_compilers() { # one makes programs for this kind of machine, one for the other
  command -v musl-gcc >/dev/null && command -v "$(other_machine)-linux-gnu-gcc" >/dev/null
}
other_machine() { if [ "$(uname -m)" = aarch64 ]; then echo x86_64; else echo aarch64; fi; }
has_chromium() { [ -x "${FMG_CHROMIUM_BIN:-/usr/bin/chromium}" ]; }
is_root_on_debian() { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; }
has_cgroups() { grep -qE ' cgroup2? ' /proc/self/mounts; }

# Prints the Debian packages that bring what is asked for and not there yet.
missing_debian_packages() { # (docker | redis | images | git | registry | openssl | compilers | chromium)...
  local need
  for need; do
    case $need in
      docker)
        docker_answers && continue
        has_dockerd || printf '%s ' docker.io iptables
        [ "$(uname -s)" != Linux ] || has_cgroups || command -v cgroupfs-mount >/dev/null || printf 'cgroupfs-mount '
        ;;
      redis) has_redis || printf 'redis-server ' ;;
      images) [ "$(uname -s)" != Linux ] || has_images_base || printf '%s ' busybox-static bash-static ;;
      git) has_git_server || printf 'git ' ;;
      registry) [ "$(uname -s)" != Linux ] || has_registry || printf 'docker-registry ' ;;
      openssl) command -v openssl >/dev/null || printf 'openssl ' ;;
      compilers)
        [ "$(uname -s)" = Linux ] && ! has_step_compilers || continue
        printf '%s ' gcc libc6-dev musl-tools
        if [ "$(uname -m)" = aarch64 ]; then printf '%s ' gcc-x86-64-linux-gnu libc6-dev-amd64-cross; else printf '%s ' gcc-aarch64-linux-gnu libc6-dev-arm64-cross; fi
        ;;
      chromium) has_chromium || printf 'chromium ' ;;
    esac
  done
}

# The Docker daemon answers, Redis and the rest are on PATH; or this exits and says what to do.
ensure_machine() { # (docker | redis | images | git | registry | openssl | compilers | chromium)...
  local packages need
  packages=$(missing_debian_packages "$@")
  if [ -n "$packages" ]; then
    # shellcheck disable=SC2086 # a list of words
    if is_root_on_debian; then install_debian_packages $packages; else refuse_to_install $packages; fi
  fi
  for need; do
    case $need in
      docker)
        docker_answers || start_dockerd
        guard_metadata
        ;;
      redis) has_redis || die "no redis-server or valkey-server was found" "Install it:  apt-get install redis-server   (macOS: brew install valkey)" "or set FMG_REDIS_BIN to its path." ;;
      images) [ "$(uname -s)" != Linux ] || has_images_base || die "no static busybox and bash-static were found" "Install them:  apt-get install busybox-static bash-static" ;;
      git) has_git_server || die "git has no http-backend" "Install the complete git:  apt-get install git" ;;
      registry) [ "$(uname -s)" != Linux ] || has_registry || die "no docker-registry was found" "Install it:  apt-get install docker-registry" ;;
      openssl) command -v openssl >/dev/null || die "no openssl was found" "Install it:  apt-get install openssl" ;;
      compilers) [ "$(uname -s)" != Linux ] || has_step_compilers || die "no musl-gcc and $(other_machine)-linux-gnu-gcc were found" "Install them: the comment in packages/runner/step-program/build.sh names their packages." ;;
      chromium) has_chromium || die "no Chromium was found" "Install it:  apt-get install chromium" "or set FMG_CHROMIUM_BIN to the path of a Chromium or Chrome." ;;
    esac
  done
}

# Without it steps run by the image's own sh: other systems than Linux do that.
ensure_step_program() {
  [ "$(uname -s)" = Linux ] || return 0
  "$FMG_ROOT/packages/runner/step-program/build.sh" || die "the static step program could not be built" "What the compiler said stands above."
}

# Apart from the rest: only tests need it, and it is large.
ensure_chromium() { ensure_machine chromium; }

refuse_to_install() { # PACKAGE...
  if command -v apt-get >/dev/null; then
    die "this machine lacks: $*" "Install it, then run this again:" "  sudo apt-get update && sudo apt-get install -y --no-install-recommends $*"
  fi
  die "this machine lacks (by their Debian names): $*" "Install them with this system's package manager, then run this again." \
    "macOS:  brew install git valkey, and Docker Desktop or Colima for Docker."
}

install_debian_packages() { # PACKAGE...
  local start=$SECONDS policy=/usr/sbin/policy-rc.d
  say "installing Debian packages: $*"
  (
    # No service of these packages is to be started: FMG runs its own, where it is asked to.
    if [ ! -e "$policy" ]; then
      trap 'rm -f "$policy"' EXIT
      printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod +x "$policy"
    fi
    apt_install "$@" || { say "refreshing the package lists" && apt_get update >&2 && apt_install "$@"; }
  ) || die "apt-get could not install: $*" "What it said stands above. Try:  apt-get update && apt-get install $*"
  # A service of the system's own would hold port 6379 for nothing after the next boot.
  case " $* " in *" redis-server "*) [ ! -d /run/systemd/system ] || systemctl disable redis-server >/dev/null 2>&1 || true ;; esac
  say "Debian packages installed ($(since "$start"))"
}
apt_get() { DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=120 -o Acquire::Retries=2 "$@" </dev/null; }
apt_install() { apt_get install -y --no-install-recommends "$@" 2>&1 | sed -n -E 's/^Setting up ([^ ]+).*/    \1/p; /^[EW]:/p' >&2; }

# --- Docker's daemon --------------------------------------------------------------------------------------------

start_dockerd() {
  local why start=$SECONDS
  # From Debian 13 on the client is a package of its own.
  if ! command -v docker >/dev/null && is_root_on_debian; then install_debian_packages docker-cli; fi
  command -v docker >/dev/null || die "docker was not found" "Install Docker, then run this again."
  why=$(docker version 2>&1 >/dev/null | tail -n 1) || true
  case $why in
    *"permission denied"*) die "this user may not use Docker" "$why" "Allow it:  sudo usermod -aG docker $(id -un)   then log in again." ;;
  esac
  [ -z "${DOCKER_HOST:-}" ] || die "no Docker answers at DOCKER_HOST=$DOCKER_HOST" "$why" "Start it, or unset DOCKER_HOST."
  if [ "$(id -u)" != 0 ] || [ "$(uname -s)" != Linux ] || ! has_dockerd; then
    die "Docker is not running" "$why" "Start it, then run this again:  sudo systemctl start docker   (macOS: open Docker Desktop)"
  fi

  mkdir -p "$FMG_RUN_DIR"
  exec 9>"$FMG_RUN_DIR/dockerd.lock"
  flock 9
  if docker_answers; then
    exec 9>&-
    return
  fi
  forget_stale_pid /var/run/docker.pid dockerd
  forget_stale_pid /var/run/docker/containerd/containerd.pid containerd
  has_cgroups || cgroupfs-mount || die "the control groups could not be mounted" "Docker needs them. Try:  cgroupfs-mount"
  if [ -s /var/run/docker.pid ]; then
    say "waiting for the Docker daemon that is starting already"
  else
    say "starting Docker's daemon, log in .tools/run/dockerd.log"
    # A session of its own: Ctrl-C must not reach it before the containers are removed.
    PATH="$PATH:/usr/sbin:/sbin" setsid dockerd >"$FMG_DOCKERD_LOG" 2>&1 </dev/null 9>&- &
    FMG_DOCKERD_PID=$!
    printf '%s\n' "$FMG_DOCKERD_PID" >"$FMG_DOCKERD_MARK"
  fi
  await_docker "$start"
  exec 9>&-
  say "Docker $(docker version --format '{{.Server.Version}}') is up ($(since "$start"))"
}

# A cloud's metadata service gives credentials of the machine: no container of a job is to reach it.
guard_metadata() {
  local bridge rule
  [ "$(id -u)" = 0 ] && command -v iptables >/dev/null && iptables -w -n -L DOCKER-USER >/dev/null 2>&1 || return 0
  bridge=$(docker network inspect fmg-jobs --format '{{with index .Options "com.docker.network.bridge.name"}}{{.}}{{else}}br-{{slice .Id 0 12}}{{end}}' 2>/dev/null) || bridge=""
  rule="DOCKER-USER -i ${bridge:-fmg-jobs} -d 169.254.0.0/16 -j REJECT"
  # shellcheck disable=SC2086 # a list of words
  iptables -w -C $rule 2>/dev/null || iptables -w -I $rule || say "the jobs' network could not be cut off from 169.254.0.0/16"
}

await_docker() { # START
  local told=$1
  until docker_answers; do
    if [ -n "$FMG_DOCKERD_PID" ] && ! kill -0 "$FMG_DOCKERD_PID" 2>/dev/null; then
      tail -n 15 "$FMG_DOCKERD_LOG" >&2
      die "Docker's daemon stopped at its start" "Its last words stand above, all of them in $FMG_DOCKERD_LOG"
    fi
    [ $((SECONDS - $1)) -lt 60 ] || die "Docker did not answer within 60 s" "Its log: $FMG_DOCKERD_LOG"
    [ $((SECONDS - told)) -lt 5 ] || { told=$SECONDS && say "still waiting for Docker ($(since "$1"))"; }
    sleep 0.2
  done
}

# A daemon that was killed leaves its pid file, and the next one refuses to start when that number is in use again.
forget_stale_pid() { # FILE COMMAND
  local pid
  pid=$(cat "$1" 2>/dev/null) || return 0
  [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = "$2" ] || rm -f "$1"
}

stop_dockerd() {
  local pid start=$SECONDS
  # The half of ensure_all that runs beside us may have started it and not told yet.
  [ -z "$FMG_MACHINE_JOB" ] || join_machine_job || true
  pid=$FMG_DOCKERD_PID
  [ -n "$pid" ] && kill -0 "$pid" 2>/dev/null || return 0
  if [ -n "$(docker ps -q 2>/dev/null)" ]; then
    say "Docker's daemon stays up, for containers are running in it (docker ps). Stop it:  kill $pid"
    return
  fi
  say "stopping Docker's daemon"
  kill "$pid"
  while kill -0 "$pid" 2>/dev/null && [ $((SECONDS - start)) -lt 30 ]; do sleep 0.1; done
  ! kill -0 "$pid" 2>/dev/null || die "Docker's daemon did not stop within 30 s" "Stop it:  kill $pid    Its log: $FMG_DOCKERD_LOG"
  FMG_DOCKERD_PID=""
  rm -f "$FMG_DOCKERD_MARK"
}

# --- All of it --------------------------------------------------------------------------------------------------

# Debian's half (apt-get, dockerd) runs beside npm's half: on a bare machine that halves the wait.
ensure_all() {
  local start=$SECONDS
  { ensure_machine docker redis images git registry openssl compilers && ensure_step_program; } &
  FMG_MACHINE_JOB=$!
  fetch_pnpm &
  local pnpm_job=$!
  ensure_node
  wait "$pnpm_job" || exit 1
  ensure_pnpm
  ensure_packages
  join_machine_job || exit 1
  [ $((SECONDS - start)) -lt 2 ] || say "set up in $(since "$start")"
}

# A background job cannot set our variables: it leaves the daemon's pid in a file.
join_machine_job() {
  local job=$FMG_MACHINE_JOB status=0
  FMG_MACHINE_JOB=""
  wait "$job" || status=$?
  [ ! -e "$FMG_DOCKERD_MARK" ] || FMG_DOCKERD_PID=$(cat "$FMG_DOCKERD_MARK")
  rm -f "$FMG_DOCKERD_MARK"
  return $status
}
