#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# A relay that lies in every way it can, beside an honest one: it changes
# nothing for a reporter. Alone: 39-hostile-relay.sh. Relay 1 stands behind
# tests/tools/hostile.
. "$(dirname "$0")/lib.sh"
# Patience is waited out only where an entry is swallowed.
report() { tocsin report --to union --pace 0 --patience 10 --print-code "$@" <<<'Hear me.' >"$T/new.code"; }

BOXES=4096 network_make 2 union
hostile_start 1
relay_start 2
desk union publish 2>>"$T/union.log"
pages() { [ "$(newest 1 0)" -gt 0 ] && report; }
wait_for 60 pages
head -c 40000 /dev/urandom >"$T/file"

say "beside an honest relay: reports ring, whatever the first one does"
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
    counted "$1" 'Half seen' "$T/show" && grep -q 'Attachments: here' "$T/show"
}
for m in 'pass 1' 'swallow 2'; do
    mode 1 "${m% *}"
    tocsin report --to union --pace 0 --patience 10 --print-code --keep-metadata --attach "$T/file" <<<'Half seen.' >"$T/new.code" 2>"$T/report.log" ||
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
grep -q 'answer 1: burned at .*relay2/sock, not at .*relay1/sock' <<<"$SAID" || fail "not said where: $SAID"
mode 1 pass
expect 'burned: 1; already gone: 0' tocsin burn --yes --pace 0 --code-fd 4 4<"$T/code"
