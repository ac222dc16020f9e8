#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# A relay that answers every request, as slowly as it may, keeps nobody from
# what stands at the other.
. "$(dirname "$0")/lib.sh"
mode() { echo "$1" >"$T/mode.new" && mv "$T/mode.new" "$T/mode"; }

network_make 2 union
mode pass
relay_start 1 --listen "unix:$T/relay1/real"
relay_start 2
"$TOOLS/hostile" "$T/relay1/sock" "$T/relay1/real" "$T/mode" "$T/relay1/page.key" >"$T/hostile.out" 2>"$T/hostile.log" &
PIDS+=($!)
wait_for 10 grep -qx ready "$T/hostile.out"
desk union publish 2>>"$T/union.log"

say "a report at the other relay"
mode down
printf 'The roof is cracked.\n' | tocsin report --to union --language en --print-code --pace 0 >/dev/null 2>"$T/reporter.log" || true
grep -q 'rung' "$T/reporter.log" || fail "$(cat "$T/reporter.log")"

say "reaches a desk that the first relay keeps waiting"
mode drip
desk_watch union --own-per-day 0 --dummies-per-day 0
start=$SECONDS
wait_for 100 grep -qx 'case 1 new' "$T/union.cases"
say "after $((SECONDS - start)) s"
