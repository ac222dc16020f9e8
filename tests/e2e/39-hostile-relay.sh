#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# A relay that lies in every way it can, alone before a reporter: it is named,
# and nothing is called rung. Beside an honest one: 3e-hostile-beside.sh. Relay
# 1 stands behind tests/tools/hostile.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/asked.sh"
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
    refused 1 '(breaks the protocol|does not have this board); going on without it' report
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

say "one that always asks for more, or for later: three times again, then it is over, for dummies too"
for m in effort later; do
    from=$(wc -l <"$T/hostile1.out")
    mode 1 $m
    refused 1 'not sent: your text' report
    asked_since "$from"
    [ "$(wc -l <"$T/counts")" -ge 2 ] && [ "$(sort -u "$T/counts")" = 4 ] || fail "entries were rung so often: $(tr '\n' ' ' <"$T/counts")"
    first=$(awk '!seen[$1]++ {print $2}' "$T/asked" | sort -u | wc -l)
    [ "$first" = "$(wc -l <"$T/counts")" ] || fail "first tries share nonces: $(cat "$T/asked")"
    [ $m = later ] || [ "$(cut -d' ' -f2 "$T/asked" | sort -u | wc -l)" = "$(wc -l <"$T/asked")" ] || fail "a nonce twice: $(cat "$T/asked")"
done
head -c 40000 /dev/urandom >"$T/file"
mode 1 taken
must_fail 1 'can be sent again from 20.* on. A new report with a new code' report --keep-metadata --attach "$T/file"
if grep -q '^rung.*attachments' <<<"$SAID"; then fail "rung with a body that is not there: $SAID"; fi
