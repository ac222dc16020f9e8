#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# A relay that lies in every way it can, before a reporter: alone it is named
# and nothing is called rung; beside an honest one it changes nothing. Relay 1
# stands behind tests/tools/hostile.
. "$(dirname "$0")/lib.sh"
report() { tocsin report --to union --pace 0 --patience 3 --print-code "$@" <<<'Hear me.' >"$T/new.code"; }
# refused CODE PATTERN COMMAND...: and not one thing is called rung.
refused() {
    must_fail "$@"
    if grep -q '^rung' <<<"$SAID"; then fail "called rung: $SAID"; fi
}

BOXES=4096 network_make 2 union
hostile_start 1
desk union publish 2>>"$T/union.log"
pages() { [ "$(newest 1 0)" -gt 0 ] && report; }
wait_for 60 pages

say "what it answers to all is no protocol: nothing is sent"
for m in words down; do
    mode 1 $m
    refused 1 'nothing was sent' report
    must_fail 1 'no relay can be reached' tocsin inbox --code-fd 4 4<"$T/new.code"
done
mode 1 words
refused 1 'what it serves is no directory' report

say "answers board: wrong lengths, no pages, a status of nonsense: nothing is sent"
for m in garbage cut status future; do
    mode 1 $m
    refused 1 'breaks the protocol; going on without it' report
    grep -q 'nothing was sent' <<<"$SAID" || fail "$m: $SAID"
    must_fail 1 'answers board could be read' tocsin inbox --code-fd 4 4<"$T/new.code"
done
mode 1 short
refused 1 'nothing was sent' report

say "answers board: signatures and chains that are wrong prove that it lies"
for m in flip empty back; do
    mode 1 $m
    rc=0
    out=$(report 2>&1) || rc=$?
    # A bit of a length, and no signature, may be what was turned over.
    [ $rc = 3 ] || { [ $m = flip ] && [ $rc = 1 ]; } || fail "$m: exit $rc: $out"
    grep -q 'nothing was sent' <<<"$out" || fail "$m: $out"
done

say "report board: sent, and not called rung"
for m in garbage cut replay; do
    mode 1 $m 1
    refused 1 'breaks the protocol; going on without it' report
    grep -q 'sent, but not yet seen on a page' <<<"$SAID" || fail "$m: $SAID"
done
for m in empty fork; do
    mode 1 $m 1
    refused 3 'forged or contradicting pages' report
    grep -q 'sent, but not yet seen on a page' <<<"$SAID" || fail "$m: $SAID"
done
mode 1 flip 1
out=$(report 2>&1) && fail "called rung on a spoilt page: $out"
grep -q 'sent, but not yet seen on a page' <<<"$out" || fail "flip: $out"

say "exchanges: refused, swallowed, all places taken"
mode 1 refuse
refused 1 'HTTP status 400, no\?' report
if grep -q $'\033' <<<"$SAID"; then fail "its words gave orders to the terminal"; fi
grep -q 'not sent: your text' <<<"$SAID" || fail "$SAID"
mode 1 swallow
refused 1 'sent, but not yet seen on a page' report
mode 1 full
refused 1 'its board is full; try again in an hour' report
grep -q 'not sent: your text' <<<"$SAID" || fail "$SAID"
head -c 40000 /dev/urandom >"$T/file"
mode 1 taken
must_fail 1 'Write a new report, with a new code' report --keep-metadata --attach "$T/file"
if grep -q '^rung.*attachments' <<<"$SAID"; then fail "rung with a body that is not there: $SAID"; fi

say "beside an honest relay: reports ring, whatever the first one does"
mode 1 pass
relay_start 2
desk_watch union --own-per-day 0 --dummies-per-day 0
tocsin report --to union --pace 0 --print-code <<<'To be answered.' >"$T/code" 2>"$T/report.log"
grep -q '^rung at both relays' "$T/report.log" || fail "$(cat "$T/report.log")"
for m in words garbage flip future refuse swallow 'garbage 1' 'fork 1'; do
    mode 1 $m
    rc=0
    out=$(report 2>&1) || rc=$?
    [ $rc = 0 ] && grep -q '^rung, at one of two relays: your text, for union' <<<"$out" || fail "$m: exit $rc: $out"
done
mode 1 taken
out=$(report --keep-metadata --attach "$T/file" 2>&1) || fail "$out"
grep -q '^rung, at one of two relays: your attachments' <<<"$out" || fail "$out"

say "a text that one of them has not shown goes along with the files again"
said() { # said COUNT: so often does the last case say it, and it has the file
    desk union show "$(awk '/ new$/{n = $2} END {print n}' "$T/union.cases")" >"$T/show"
    [ "$(grep -c 'Half seen' "$T/show")" = "$1" ] && grep -q 'Attachments: here' "$T/show"
}
for m in 'pass 1' 'swallow 2'; do
    mode 1 "${m% *}"
    tocsin report --to union --pace 0 --patience 3 --print-code --keep-metadata --attach "$T/file" <<<'Half seen.' >"$T/new.code" 2>"$T/report.log" ||
        fail "$(cat "$T/report.log")"
    wait_for 60 said "${m#* }"
done

say "and answers are read, from the one that has them"
mode 1 pass
answered() {
    local n
    desk union list >"$T/list" || return 1
    for n in $(awk '/^[0-9]/{print $1}' "$T/list"); do
        if shows "$n" 'To be answered'; then
            desk union reply "$n" <<<'We come.' 2>>"$T/union.log"
            return
        fi
    done
    return 1
}
wait_for 60 answered
has() { tocsin inbox --pace 0 --code-fd 4 4<"$T/code" >"$T/inbox" 2>"$T/inbox.log" && grep -q "$1" "$T/inbox"; }
wait_for 60 has 'We come'
for m in words flip absent wrongbox refuse; do
    mode 1 $m
    for _ in 1 2 3; do # a box is asked for at a relay drawn by lot
        has 'We come' || fail "$m: $(cat "$T/inbox.log")"
    done
done

say "what it does not burn is not called burned"
mode 1 refuse
must_fail 1 'burned: 0; already gone: 0' tocsin burn --yes --pace 0 --code-fd 4 4<"$T/code"
grep -q '1 of them may still be at a relay' <<<"$SAID" || fail "$SAID"
mode 1 pass
expect 'burned: 1; already gone: 0' tocsin burn --yes --pace 0 --code-fd 4 4<"$T/code"

say "one that never answers is left out"
mode 1 hang
report 2>"$T/report.log" || fail "$(cat "$T/report.log")"
grep -q '^rung, at one of two relays' "$T/report.log" || fail "$(cat "$T/report.log")"
