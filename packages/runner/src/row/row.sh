# row follow ok|fail ID:OFFSET|ID:bg ...   start if need be; send frames from the offsets on
# row run    ok|fail ID|ID:bg ...          the runner, detached by follow: does what is still to do
# row late GRACE SIZE ID                   ends the try that was silent since the step's log had that size
# row kill|cancel GRACE ID ...             end running steps (TERM, then KILL); cancel: skip the rest too
F=${0%/bin/*}
state() { for st in "$F/s/$1"/@*; do st=${st##*/@}; [ "$st" = '*' ] && st=gone; return 0; done; }
born() { # PID -> born (tick of its birth; empty if dead or zombie), parent, session
  born= session=0 parent=0; read -r stat 2>/dev/null <"/proc/$1/stat" || return
  set -- ${stat##*) }; [ "$1" = Z ] || born=${20}; parent=$2 session=$4
}
alive() { [ -n "$1" ] && born "$1" && [ "$born" = "$2" ]; }
split() { IFS=,; set -- $1; IFS=$ifs; f2=$2 f3=$3 f4=$4 f5=$5; }
size() { size=0; [ -s /proc/self/fd/3 ] && { set -- $(ls -lnL /proc/self/fd/3); size=$5; }; }
clock() { read -r now _ </proc/uptime; };   nap() { sleep "$1" 2>/dev/null || sleep 1; }
spawn() { setsid setsid sh "$0" run "$@" </dev/null >/dev/null 2>&1; } # forks by itself; '&' would ignore SIGINT
try_of() { try=0; [ -f "$F/s/$1/try" ] && read -r try <"$F/s/$1/try"; case $try in '' | *[!0-9]*) try=0;; esac; }
note_try() { (umask 0; echo "$1" >"$d/try") 2>/dev/null; try_of "$id"; }
tries() { # -> rc: step $id of folder $d, again while it fails and may (R-RUN-7; its files: step-program/tries.c)
  most=0 again=0 try=0; [ -s "$d/reruns" ] && read -r most pause every limit <"$d/reruns"
  while :; do
    FMG_STEP=/$id/ FMG_TRY=/$id/$try/ setsid sh "$d/cmd" </dev/null >&3 2>&1 3>&-; rc=$? late=
    [ -e "$d/timed-out.$try" ] && late=1; [ "$late$rc" = 10 ] && rc=143 # whatever it makes of the signal
    [ $rc = 0 ] || [ $again -ge $most ] || [ -e "$F/cancel" ] && return
    again=$((again+1)) rest=$pause
    if [ "$late" ]; then
      printf '\nToo long with no output (exceeded %s): context deadline exceeded\n' "$limit" >&3
      note_try 999999999999999999; sleep 2 # for who ends the late try, before the next begins beside what is left
    else printf '\nExited with code exit status %s\n' "$rc" >&3; fi
    while [ "$rest" -gt 0 ] && [ ! -e "$F/cancel" ]; do
      [ $(((pause-rest)%every)) = 0 ] && echo "Rerun $again of $most begins in $rest s." >&3
      sleep 1; rest=$((rest-1))
    done
    [ -e "$F/cancel" ] && return
    echo "Rerun $again of $most:" >&3; size; note_try "$size"
  done
}
end_step() { # RC, for step $id in state $st
  split "$st"; size; clock
  mv "$d/@$st" "$d/@exit,$1,$size,$f4,$now" 2>/dev/null || { mkdir -p "$d"; : >"$d/@exit,gone,0,0,$now"; }
}
run() {
  ok=$1; shift; born $$; me=$$,$born
  for id do
    bg=; case $id in *:bg) bg=1 id=${id%:bg};; esac
    d=$F/s/$id
    while state "$id"; split "$st"; do case $st in
      exit,*) [ -n "$bg" ] || [ "$f2" = 0 ] || ok=fail; break;;
      skip) break;;   gone) [ -n "$bg" ] || ok=fail; break;;
      run,*) [ -n "$bg" ] && break
        alive "$f2" "$f3" && exit                        # another runner has it
        was=$st; state "$id"; [ "$st" = "$was" ] || continue
        signal KILL "$id"; exec 3>>"$d/log"; end_step killed;; # its runner was killed
      todo) when=on_success; [ -s "$d/when" ] && read -r when <"$d/when"
        if [ -e "$F/cancel" ] || [ -e "$F/halt" ]; then when=never; fi
        case $when,$ok in always,*|on_success,ok|on_fail,fail) ;; *) mv "$d/@todo" "$d/@skip" 2>/dev/null; continue;; esac
        [ "$bg" ] && { spawn "$ok" "$id"; n=0; while state "$id"; [ "$st$((n>200))" = todo0 ]; do nap 0.01; n=$((n+1)); done; break; }
        clock; st=run,$me,$now
        mv "$d/@todo" "$d/@$st" 2>/dev/null || continue  # the claim: one rename, one winner
        exec 3>>"$d/log"; tries; end_step $rc;;
    esac; done
  done
}
send() { # up to byte $1 of the log on fd 3
  [ "$off" -ge "$1" ] && return; size; end=$1; [ "$size" -lt "$end" ] && end=$size
  while n=$((end-off)); [ $n -gt 0 ]; do
    [ $n -gt 1048576 ] && n=1048576
    echo "FMG data $id $off $n"; dd bs=$n count=1 <&3 2>/dev/null; off=$((off+n)) idle=0
  done
}
follow() {
  ok=$1; shift; row=; owner=; tries=0
  for a do case $a in *:bg) row="$row $a";; *) row="$row ${a%:*}";; esac; done
  for a do
    id=${a%:*} off=${a##*:} idle=0 begun=; exec 3</dev/null; [ -r "$F/s/$id/log" ] && exec 3<"$F/s/$id/log"
    case $off in bg|0) ;; *) dd bs=1 skip="$off" count=0 <&3 2>/dev/null;; esac # lseek
    while state "$id"; split "$st"; do                   # looked at before the log: 'exit' means it is complete
      case $st in run,*|exit,*) [ "$begun" ] || echo "FMG start $id $f4"; begun=1;; esac
      case $off,$st in
        *,skip) echo "FMG skip $id"; break;;
        bg,run,*|bg,exit,*) break;;
        *,exit,*) send "$f3"; echo "FMG exit $id $f2 $f3 $f4 $f5"; break;;
        *,run,*) [ "$owner" = "$f2 $f3" ] || tries=0; owner="$f2 $f3"; size; send "$size";;
        *,gone) [ $tries -gt 9 ] && { echo "FMG exit $id gone 0 0 0"; break; };;
      esac
      if alive $owner; then tries=0; else                # nobody works on the row: start it, or take it over
        [ $((tries%50)) = 0 ] && spawn "$ok" $row
        tries=$((tries+1)); [ $tries -gt 300 ] && { echo "FMG lost $id"; exit 1; }
      fi
      idle=$((idle+1)); if [ $idle -lt 20 ]; then nap 0.01; elif [ $idle -lt 60 ]; then nap 0.05; else nap 0.2; fi
    done
    [ $tries -gt 1 ] && tries=1
  done; echo "FMG end"
}
signal() { # SIG ID [MARK]: all that carries the step's mark, their whole sessions, and their descendants
  state "$2"; split "$st"; mine=' '
  for p in /proc/[0-9]*; do case $(cat "$p/environ") in *"${3:-FMG_STEP=/$2/}"*)
    p=${p#/proc/}; born "$p"; [ -z "$born" ] || { mine="$mine$p "; [ "$session" = "$f2" ] || mine="$mine$session "; };; esac; done
  for p in /proc/[0-9]*; do p=${p#/proc/}; born "$p"; [ "$born" ] || continue # gone meanwhile: 0 would mean "all"
    case $mine in *" $p "*) ;; *" $session "*|*" $parent "*) mine="$mine$p ";; esac; done; kill "-$1" $mine
} 2>/dev/null
stop() { # GRACE ID ...
  left=$(( $1*10 )); shift; sig=TERM
  while busy=; for id do state "$id"; case $st in run,*) busy=1; [ "$sig" ] && signal $sig "$id";; esac; done; [ "$busy" ]; do
    sig=; left=$((left-1)); [ $left -le 0 ] && sig=KILL; nap 0.1
  done
}
late() { # GRACE SIZE ID
  try_of "$3"; [ "$2" -lt "$try" ] && return # over: what it said last had not arrived
  was=$try left=$(( $1*10 )) sig=TERM; (umask 0; : >"$F/s/$3/timed-out.$try")
  while state "$3"; case $st in run,*) ;; *) return;; esac; try_of "$3"; [ "$try" = "$was" ]; do
    [ "$sig" ] && signal $sig "$3" "FMG_TRY=/$3/$was/"; sig=; left=$((left-1)); [ $left -le 0 ] && sig=KILL; nap 0.1
  done; signal KILL "$3" "FMG_TRY=/$3/$was/" # those of the next try have another mark
}
ifs=$IFS; verb=$1; shift
case $verb in follow) follow "$@";; run) run "$@";; kill) stop "$@";; late) late "$@";;
  cancel) : >"$F/cancel"; stop "$@"; shift; sh "$0" run fail "$@"; stop 0 "$@";;
esac
