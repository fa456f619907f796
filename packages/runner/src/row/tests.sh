# circleci tests glob|split|run: which tests a node of a job carries out (R-SPLIT-*). For busybox ash, dash and bash.
# Sourced with the words after `tests`; needs `sort`, and `awk` for sizes and timings.
LC_ALL=C export LC_ALL

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
below() { # FOLDER-WITH-SLASH PATTERN: the files that match
  case $2 in */*) part=${2%%/*} rest=${2#*/} ;; *) part=$2 rest= ;; esac
  if [ "$part" = '**' ]; then
    (below "$1" "${rest:-*}")
    for each in "$1"*/; do
      if [ -d "$each" ] && [ ! -L "${each%/}" ]; then (below "$each" "$2"); fi
    done
    return 0
  fi
  IFS=
  for each in "$1"$part; do
    if [ -n "$rest" ]; then
      if [ -d "$each" ]; then (below "$each/" "$rest"); fi
    elif [ -f "$each" ]; then printf '%s\n' "$each"; fi
  done
}
glob() {
  for pattern do
    braces "$pattern" | while IFS= read -r each; do
      case $each in
        /*) below / "${each#/}" ;;
        ./*) below ./ "${each#./}" ;;
        *) below '' "$each" ;;
      esac
    done | sort -u
  done
}

# --- split --------------------------------------------------------------------------------------------------------
by=name type=autodetect index=${CIRCLE_NODE_INDEX:-0} total=${CIRCLE_NODE_TOTAL:-1} default= counts= timings=/fmg/timings command= verbose= file=
options() {
  while [ $# -gt 0 ]; do
    case $1 in --*=*) key=${1%%=*} value=${1#*=} ;; --*) key=$1 value=${2-} ;; *) key= ;; esac
    case $key in
      --split-by) by=$value ;; --timings-type) type=$value ;; --index) index=$value ;; --total) total=$value ;;
      --time-default) default=${value%s} ;; --timings-file) timings=$value ;; --command) command=$value ;;
      --show-counts) counts=1; shift; continue ;;
      --verbose | --auto-rerun | --allow-empty) verbose=1; shift; continue ;;
      '') file=$1; shift; continue ;;
      *) echo "circleci tests: $key is not known here" >&2; exit 2 ;;
    esac
    case $1 in --*=*) shift ;; *) [ $# -gt 1 ] || { echo "circleci tests: $key needs a value" >&2; exit 2; }; shift 2 ;; esac
  done
  case $by in name | filesize | timings) ;; *) echo "circleci tests: --split-by is name, filesize or timings, not $by" >&2; exit 2 ;; esac
  case $index$total in *[!0-9]* | '') echo "circleci tests: --index and --total are whole numbers" >&2; exit 2 ;; esac
  [ "$total" -gt "$index" ] || { echo "circleci tests: --index $index is not below --total $total" >&2; exit 2; }
}
names() { if [ "$file" ]; then cat "$file"; else cat; fi | tr -s ' \t\r' '\n\n\n' | grep -v '^$' | sort -u; }
weighed() { # NAME lines in: WEIGHT <tab> NAME lines out; fails when nothing is known
  case $by in
    filesize) while IFS= read -r each; do size=0; [ -f "$each" ] && size=$(wc -c <"$each"); printf '%d\t%s\n' "$size" "$each"; done ;;
    timings) awk -F'\t' -v want="$type" -v default="$default" -v here="$PWD/" '
      function plain(name) { if (index(name, here) == 1) name = substr(name, length(here) + 1); sub(/^\.\//, "", name); return name }
      FNR == NR { if (want == "autodetect" || index(want, $2) == 1 || ($2 == "file" && want == "filename") || ($2 == "name" && want == "testname")) { time[plain($3)] += $1 } next }
      { list[++n] = $0; key = plain($0); if (key in time) known[++k] = time[key] }
      END {
        if (k == 0) exit 1
        for (i = 2; i <= k; i++) for (j = i; j > 1 && known[j] < known[j - 1]; j--) { t = known[j]; known[j] = known[j - 1]; known[j - 1] = t }
        other = default == "" ? known[int((k + 1) / 2)] : default * 1000
        for (i = 1; i <= n; i++) { key = plain(list[i]); printf "%d\t%s\n", (key in time) ? time[key] : other, list[i] }
      }' "$timings" - ;;
  esac
}
deal() { # WEIGHT <tab> NAME lines in: those of this node, the heaviest to the node that has least
  sort -t "$(printf '\t')" -k1,1nr -k2,2 | awk -F'\t' -v index_="$index" -v total="$total" '
    { least = 0; for (i = 1; i < total; i++) if (load[i] + 0 < load[least] + 0) least = i
      load[least] += $1 > 0 ? $1 : 1; if (least == index_) print $2 }'
}
split() {
  all=$(names)
  [ -n "$all" ] || return 0
  if [ "$by" != name ] && known=$(printf '%s\n' "$all" | weighed 2>/dev/null) && [ -n "$known" ]; then
    mine=$(printf '%s\n' "$known" | deal)
  else
    [ "$by" != timings ] || echo "Error auto-detecting timing type, falling back to weighting by name." >&2
    mine=$(n=0; printf '%s\n' "$all" | while IFS= read -r each; do [ $((n % total)) -ne "$index" ] || printf '%s\n' "$each"; n=$((n + 1)); done)
  fi
  [ -z "$counts" ] || echo "$(printf '%s\n' "$mine" | grep -c .) of $(printf '%s\n' "$all" | grep -c .) on node $index of $total" >&2
  [ -z "$mine" ] || printf '%s\n' "$mine"
}

verb=${1-}
[ $# -eq 0 ] || shift
case $verb in
  glob) glob "$@" ;;
  split) options "$@"; split ;;
  run)
    options "$@"
    [ -n "$command" ] || { echo "circleci tests run: --command is needed" >&2; exit 2; }
    mine=$(split) || exit
    [ -n "$mine" ] || { echo "No tests are for this node." >&2; exit 0; }
    [ -z "$verbose" ] || printf '%s\n' "$mine" >&2
    if [ -x /bin/bash ]; then shell=/bin/bash; else shell=/bin/sh; fi
    printf '%s\n' "$mine" | "$shell" -c "$command"
    exit ;;
  *) echo "circleci tests $verb: there are glob, split and run" >&2; exit 2 ;;
esac
