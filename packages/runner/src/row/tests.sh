# circleci tests glob|split|run: which tests a node of a job carries out (R-SPLIT-*). For busybox ash, dash and bash.
# Sourced with the words after `tests`; needs `cat` and `sort`, and `awk` for sizes and timings. What `run` needs to know is worked
# out in subshells: its command has to find the step's environment as it was.

fail() { echo "circleci tests: $1" >&2; exit 2; }
prepare() { # for subshells: the same order on all nodes, names split at blanks, and no pattern taken for a file
  for tool in cat sort; do command -v "$tool" >/dev/null || fail "the image has no $tool"; done
  LC_ALL=C; export LC_ALL
  IFS=$(printf ' \t\r\n.'); IFS=${IFS%.}
  set -f
}

# --- glob ---------------------------------------------------------------------------------------------------------
braces() { # PATTERN: one pattern a line, without {a,b}
  case $1 in
    *\{*,*\}*)
      local_head=${1%%\{*} local_rest=${1#*\{}
      local_body=${local_rest%%\}*} local_tail=${local_rest#*\}}
      while :; do
        case $local_body in *,*) local_one=${local_body%%,*} local_body=${local_body#*,} local_more=1 ;; *) local_one=$local_body local_more= ;; esac
        (braces "$local_head$local_one$local_tail")
        [ "$local_more" ] || return 0
      done ;;
    *) printf '%s\n' "$1" ;;
  esac
}
below() { # FOLDER-WITH-SLASH PATTERN: the files that match. No subshell for each folder: there may be thousands.
  case $2 in
    '**' | '**/'*)
      case $2 in */*) below "$1" "${2#*/}" ;; *) below "$1" '*' ;; esac
      for each in "$1"*/; do
        if [ -d "$each" ] && [ ! -L "${each%/}" ]; then below "$each" "$2"; fi
      done ;;
    */*) for each in "$1"${2%%/*}/; do if [ -d "$each" ]; then below "$each" "${2#*/}"; fi; done ;;
    *) for each in "$1"$2; do if [ -f "$each" ]; then printf '%s\n' "$each"; fi; done ;;
  esac
}
glob() {
  prepare
  set +f
  IFS=
  for pattern do
    braces "$pattern" | while read -r each; do
      case $each in
        /*) below / "${each#/}" ;;
        ./*) below ./ "${each#./}" ;;
        *) below '' "$each" ;;
      esac
    done | sort -u
  done
}

# --- split --------------------------------------------------------------------------------------------------------
options() {
  prepare
  by=name type=autodetect index=${CIRCLE_NODE_INDEX:-0} total=${CIRCLE_NODE_TOTAL:-1} timings=/fmg/timings
  default= counts= command= verbose= file=
  while [ $# -gt 0 ]; do
    case $1 in --*=*) key=${1%%=*} value=${1#*=} ;; --*) key=$1 value=${2-} ;; *) key= ;; esac
    case $key in
      --split-by) by=$value ;; --timings-type) type=$value ;; --index) index=$value ;; --total) total=$value ;;
      --time-default) default=$value ;; --timings-file) timings=$value ;; --command) command=$value ;;
      --show-counts) counts=1; shift; continue ;;
      --verbose) verbose=1; shift; continue ;;
      '') file=$1; shift; continue ;;
      *) fail "$key is not known here" ;;
    esac
    case $1 in --*=*) shift ;; *) [ $# -gt 1 ] || fail "$key needs a value"; shift 2 ;; esac
  done
  case $by in name | filesize | timings) ;; *) fail "--split-by is name, filesize or timings, not $by" ;; esac
  case $type in autodetect | classname) ;; file | filename) type=file ;; name | testname) type=name ;; *) fail "--timings-type is autodetect, filename, classname or testname, not $type" ;; esac
  case $index in *[!0-9]* | '') fail "--index is a whole number, not $index" ;; esac
  case $total in *[!0-9]* | '') fail "--total is a whole number, not $total" ;; esac
  [ "$total" -gt "$index" ] || fail "--index $index is not below --total $total"
  case $default in *ms) unit=1 default=${default%ms} ;; *m) unit=60000 default=${default%m} ;; *) unit=1000 default=${default%s} ;; esac
  case $default in *[!0-9.]*) fail "--time-default is a time such as 10s, not $default" ;; esac
  [ -z "$file" ] || [ -r "$file" ] || fail "$file cannot be read"
}
names() { for each in $(cat ${file:+"$file"}); do printf '%s\n' "$each"; done | sort -u; }
count() { echo $#; }
sized() { for each in $all; do size=0; [ ! -f "$each" ] || size=$(wc -c <"$each"); printf '%d\t%s\n' "$size" "$each"; done; }
timed() { # fails when none is known; what is new counts as told, else as the median of the others
  printf '%s\n' $all | awk -F'\t' -v want="$type" -v here="$PWD/" '
    function plain(name) { if (index(name, here) == 1) name = substr(name, length(here) + 1); sub(/^\.\//, "", name); return name }
    BEGIN { kinds = split("file classname name", kind, " ") }
    FNR == NR { time[$2, plain($3)] += $1; next }
    { list[++n] = $0; for (k = 1; k <= kinds; k++) if ((kind[k], plain($0)) in time) hits[k]++ }
    END {
      for (k = 1; k <= kinds; k++) if ((want == "autodetect" || want == kind[k]) && hits[k] > hits[best]) best = k
      if (!best) exit 1
      for (i = 1; i <= n; i++) { key = kind[best] SUBSEP plain(list[i]); printf "%d\t%s\n", (key in time) ? time[key] : -1, list[i] }
    }' "$timings" - 2>/dev/null | sort -n | awk -F'\t' -v default="$default" -v unit="$unit" '
    $1 < 0 { new[++m] = $2; next }
    { known[++k] = $1; print }
    END {
      if (!k) exit 1
      for (i = 1; i <= m; i++) printf "%d\t%s\n", default == "" ? known[int((k + 1) / 2)] : default * unit, new[i]
    }'
}
deal() { # WEIGHT <tab> NAME lines in: those of this node, the heaviest to the node that has least
  sort -t "$(printf '\t')" -k1,1nr -k2,2 | awk -F'\t' -v mine="$index" -v total="$total" '
    { least = 0; for (i = 1; i < total; i++) if (load[i] + 0 < load[least] + 0) least = i
      load[least] += $1 > 0 ? $1 : 1; if (least == mine) print $2 }'
}
by_name() { n=0; for each in $all; do [ $((n % total)) -ne "$index" ] || printf '%s\n' "$each"; n=$((n + 1)); done; }
split() { # after options
  all=$(names)
  [ -n "$all" ] || return 0
  if [ "$by" != name ] && ! command -v awk >/dev/null; then
    echo "The image has no awk, falling back to splitting by name." >&2
    by=name
  fi
  if [ "$by" = timings ] && ! weighed=$(timed); then
    echo "Error auto-detecting timing type, falling back to weighting by name." >&2
    by=name
  fi
  case $by in
    name) part=$(by_name) ;;
    filesize) part=$(sized | deal) || exit ;;
    timings) part=$(printf '%s\n' "$weighed" | deal) || exit ;;
  esac
  [ -z "$counts" ] || echo "$(count $part) of $(count $all) on node $index of $total" >&2
  [ -z "$verbose" ] || [ -z "$part" ] || printf '%s\n' "$part" >&2
  [ -z "$part" ] || printf '%s\n' "$part"
}

case ${1-} in
  glob) shift; glob "$@" ;;
  split) shift; options "$@"; split ;;
  run)
    shift
    fmg_command=$(options "$@"; printf '%s' "$command") || exit
    [ -n "$fmg_command" ] || fail "run needs --command"
    fmg_names=$(options "$@"; split) || exit
    [ -n "$fmg_names" ] || { echo "No tests are for this node." >&2; exit 0; }
    if [ -x /bin/bash ]; then set -- /bin/bash; else set -- /bin/sh; fi
    printf '%s\n' "$fmg_names" | "$1" -c "$fmg_command"
    exit ;;
  *) fail "there are glob, split and run, not ${1-}" ;;
esac
