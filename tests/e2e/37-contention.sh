#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# A board that somebody floods: the reporter works for her place, and gets it.
# A page that is long in coming: nothing is called rung before it is there.
. "$(dirname "$0")/reporter.sh"
TICK=600
# Pages are due at multiples of a tick of the clock. early: one has just been,
# so that none comes unless the scenario lets it.
early() { clock_add $((TICK + 10 - $(now) % TICK)); }
# pages_come N: the next pages, one by one: an entry is drawn for one of them.
pages_come() {
    local n from
    for ((n = 0; n < $1; n++)); do
        from=$(newest 1 1)
        clock_add $TICK
        wait_for 60 page_reached 1 $((from + 1))
    done
}

sample_make 1
early
relay_start 1
pages_come 1 # a board without a page is not read
say "flooded"
desktool flood 0 150
expect '^entries-waiting-below 256$' "$BIN/tocsin-relayctl" status --dir "$T/relay1"
tocsin report --to "$LEGAL" --pace 0 --print-code <<<'Through the flood.' >"$T/code" 2>"$T/report.log" &
reporter=$!
wait_for 120 grep -q "working off the relay's queue" "$T/report.log"
# What asks for work is asked again after a page. Until it is her turn, page after page.
rung() { pages_come 1 && grep -q '^rung' "$T/report.log"; }
wait_for 180 rung
wait $reporter || fail "exit $? of the report: $(cat "$T/report.log")"
grep -q "working off the relay's queue" "$T/report.log" || fail "no effort was asked for: $(cat "$T/report.log")"
grep -q '^rung: your text' "$T/report.log"
expect 'Through the flood' desktool read 2
relay_stop 1

say "patience ends before the page comes"
rm -r "$T/relay1"
sample_make 1
early
relay_start 1
pages_come 1
late() { # COMMAND...: her patience ends before a page comes
    local rc=0
    "$@" --pace 0 --patience 1 2>"$T/late.log" || rc=$?
    [ $rc = 1 ] || fail "exit $rc: $(cat "$T/late.log")"
    grep -q 'sent, but not yet seen on a page: your text, for Legal Aid' "$T/late.log" || fail "$(cat "$T/late.log")"
    if grep -q '^rung' "$T/late.log"; then fail "called rung before it was: $(cat "$T/late.log")"; fi
}
early
late tocsin report --to "$LEGAL" --print-code <<<'Late.' >"$T/code"

say "sent again, once the pages come: the desk joins both"
pages_come 3
expect Late desktool read 2
tocsin report --to "$LEGAL" --pace 0 --patience 1 --code-fd 4 4<"$T/code" <<<'Late.' 2>"$T/report.log" || true
[ "$(wc -w <"$T/code")" = 12 ]

say "a follow-up whose text was not seen on a page says it again with its file"
desktool answer 2 0 good 'Tell us more.'
pages_come 3
expect 'Tell us more' inbox --patience 1 <"$T/code"
echo 'Names of all.' >"$T/list.txt"
early
late tocsin reply --to "$LEGAL" --attach "$T/list.txt" --code-fd 4 4<"$T/code" <<<'More.'
pages_come 3
desktool read 2 >"$T/read"
[ "$(sed -n '/^entry kind 2 boxes 1$/,/^digest/p' "$T/read" | grep -cx 'More.')" = 1 ] || fail "the text is not there: $(cat "$T/read")"
