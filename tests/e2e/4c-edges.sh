#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# A tick, an hour, a day and a week end, and the six hours before a week's end
# begin, while a report is being sent, an inbox read and an answer on its way:
# each arrives, once, and the relay's pages stand in one chain.
. "$(dirname "$0")/lib.sh"
TICK=4
WEEK=$((7 * DAY))
export BOARD0="0 16 $TICK 16 64 2" BOARD1="1 4096 $TICK 2 4 2"
# meanwhile COMMAND...: with a tick more each time it is asked for.
meanwhile() { clock_add $TICK && "$@"; }
# pages SPAN NUMBER: those of the report board, checked, newest last.
pages() {
    relay_get 1 "/v1/board/1/$1/$2" >"$T/$1.$2"
    "$TOOLS/relaytool" pages 1 $TICK "$PK" <"$T/$1.$2" | cut -d' ' -f1
}
serves() { prints "$2" relay_get "$1" /v1/directory; }

network_make 1 union
PK=$(cut -d' ' -f3 "$T/relay1.line")
hostile_start 1
desk union publish --weeks 4 2>>"$T/union.log"
desk_watch union --own-per-day 0 --dummies-per-day 0
wait_for 60 meanwhile page_reached 1 1
code=$(echo 'The roof is cracked.' | report_union)
wait_for 60 meanwhile grep -qx 'case 1 new' "$T/union.cases"
number=1

# over WHAT SPAN [FROM]: the next time that a multiple of SPAN, counted from
# FROM, is passed.
over() {
    local at reporter reader
    at=$((($(now) - ${3:-0} + 30) / $2 * $2 + $2 + ${3:-0}))
    number=$((number + 1))
    say "$1 while a report, an inbox and an answer are under way"
    while [ $((at - $(now))) -gt $((5 * DAY)) ]; do # relays follow a week's leap
        clock_add $((5 * DAY))
        pages_pass 1 1
    done
    clock_to $((at - 2))
    pages_pass 1 1 # it goes by this clock
    mode 1 hold
    # After days that were leapt over nobody has confirmed the list.
    tocsin report --to union --language en --print-code --pace 0 --unconfirmed <<<"Report $number." >"$T/new.code" 2>"$T/report.$number.log" &
    reporter=$!
    tocsin inbox --code-fd 4 --pace 0 4<<<"$code" >"$T/inbox.$number" 2>"$T/inbox.$number.log" &
    reader=$!
    asked 1 2 '^held$' # both are in the middle of their visits
    desk union reply 1 <<<"Answer $number." 2>>"$T/union.log"
    [ "$(now)" -gt "$at" ] || clock_to $((at + 1))
    mode 1 pass
    wait_for 120 meanwhile ended $reporter
    wait $reporter || fail "the report: $(cat "$T/report.$number.log")"
    grep -q '^rung: your text' "$T/report.$number.log" || fail "$(cat "$T/report.$number.log")"
    wait_for 120 meanwhile ended $reader
    wait $reader || fail "the inbox: $(cat "$T/inbox.$number.log")"
    wait_for 120 meanwhile grep -qx "case $number new" "$T/union.cases"
    expect "Report $number\\." desk union show $number
    wait_for 120 meanwhile hears "Answer $number\\."
}
# joined SPAN NUMBER: the pages of that span and of the one before are a chain.
joined() {
    local last first
    last=$(pages "$1" $(($2 - 1)) | sed -n '$p') first=$(pages "$1" "$2" | sed -n 1p)
    [ -n "$last" ] && [ -n "$first" ] && [ "$last" -lt "$first" ] || fail "$1 $2: after '$last' comes '$first'"
}

over "a tick ends" $TICK
over "an hour ends" 3600
joined hour $(($(now) / 3600))
over "a day ends" $DAY
today=$(($(now) / DAY))
joined day $today
wait_for 60 meanwhile serves 1 "tocsin-seen v$((today - 1))\$"
over "the six hours before a week's end begin" $WEEK $((WEEK - 6 * 3600))
over "a week ends" $WEEK
today=$(($(now) / DAY))
[ $((today % 7)) = 0 ] || fail "this is no week's first day"
joined day $today
wait_for 60 meanwhile serves 1 "tocsin-seen v$((today - 1))\$"

say "each came once, and nothing was odd"
counted 6 '^case [0-9]+ new$' "$T/union.cases" || fail "$(cat "$T/union.cases")"
lacks ALARM desk union list
desk_stop union
if grep -qi 'sanitizer\|runtime error' "$T"/*.log; then fail "a fault"; fi
