#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# A relay that answers every request, as slowly as it may, or keeps a request
# for ever, keeps nobody from what stands at the other.
. "$(dirname "$0")/lib.sh"
mode() { echo "$1" >"$T/mode.new" && mv "$T/mode.new" "$T/mode"; }
desk_stop() {
    kill -TERM "$(cat "$T/$1.pid")"
    wait "$(cat "$T/$1.pid")" || fail "watch of $1 ended with exit $?"
}
# To the other relay, which is up.
report() {
    mode down
    echo "$1" | tocsin report --to union --language en --print-code --pace 0 >/dev/null 2>"$T/reporter.log" || true
    grep -q 'rung' "$T/reporter.log" || fail "$(cat "$T/reporter.log")"
}

network_make 2 union
mode pass
relay_start 1 --listen "unix:$T/relay1/real"
relay_start 2
"$TOOLS/hostile" "$T/relay1/sock" "$T/relay1/real" "$T/mode" "$T/relay1/page.key" >"$T/hostile.out" 2>"$T/hostile.log" &
PIDS+=($!)
wait_for 10 grep -qx ready "$T/hostile.out"
desk union publish 2>>"$T/union.log"

say "a desk that the first relay keeps waiting at every request"
report 'The roof is cracked.'
mode drip
desk_watch union --own-per-day 0 --dummies-per-day 0
wait_for 100 grep -qx 'case 1 new' "$T/union.cases"
desk_stop union

say "a desk that waits for the first relay for an hour, with all it does"
report 'The stairs are locked.'
mode hang
desk_watch union --stall 3600 --own-per-day 80000 --dummies-per-day 0 --notify 'echo >>"$HOME/notified"'
wait_for 60 grep -qx 'case 2 new' "$T/union.cases"
report 'The guard has the key.' # the requests before are still held
mode hang
wait_for 60 grep -qx 'case 3 new' "$T/union.cases"
wait_for 20 test -s "$T/notified"
desk_stop union # at once, all the same
