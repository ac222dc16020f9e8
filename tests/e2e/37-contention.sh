#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# A board that somebody floods: the reporter works for her place, and gets it.
# A page that is long in coming: nothing is called rung before it is there.
. "$(dirname "$0")/reporter.sh"

TICK=10 sample_make 1 # the flood is still there when she comes
relay_start 1
say "flooded"
desktool flood 0 150
tocsin report --to "$LEGAL" --pace 0 --print-code <<<'Through the flood.' >"$T/code" 2>"$T/report.log"
grep -q "working off the relay's queue" "$T/report.log" || fail "no effort was asked for: $(cat "$T/report.log")"
grep -q '^rung: your text' "$T/report.log"
expect 'Through the flood' desktool read 2
relay_stop 1

say "patience ends before the page comes"
rm -r "$T/relay1"
TICK=600 sample_make 1
relay_start 1
rc=0
tocsin report --to "$LEGAL" --pace 0 --patience 1 --print-code <<<'Late.' >"$T/code" 2>"$T/report.log" || rc=$?
[ $rc = 1 ] || fail "exit $rc: $(cat "$T/report.log")"
grep -q 'sent, but not yet seen on a page: your text, for Legal Aid' "$T/report.log"
if grep -q '^rung' "$T/report.log"; then fail "called rung before it was"; fi

say "sent again, once the pages come: the desk joins both"
clock_add 1200
seen() { desktool read 2 | grep -q Late; }
wait_for 20 seen
tocsin report --to "$LEGAL" --pace 0 --patience 1 --code-fd 4 4<"$T/code" <<<'Late.' 2>"$T/report.log" || true
[ "$(wc -w <"$T/code")" = 12 ]

say "a follow-up whose text was not seen on a page says it again with its file"
clock_add 1200
desktool answer 2 0 good 'Tell us more.'
clock_add 1200
told() { inbox --patience 1 <"$T/code" >"$T/inbox" 2>&1 && grep -q 'Tell us more' "$T/inbox"; }
wait_for 20 told
echo 'Names of all.' >"$T/list.txt"
rc=0
tocsin reply --to "$LEGAL" --pace 0 --patience 1 --attach "$T/list.txt" --code-fd 4 4<"$T/code" <<<'More.' 2>"$T/reply.log" || rc=$?
[ $rc = 1 ] || fail "exit $rc: $(cat "$T/reply.log")"
newest() { relay_get 1 /v1/status | awk '/^board 1 /{print $3}'; }
newer() { [ "$(newest)" -gt "$before" ]; }
for _ in 1 2 3; do # an entry is drawn for one of the next pages
    before=$(newest)
    clock_add 700
    wait_for 20 newer
done
desktool read 2 >"$T/read"
[ "$(sed -n '/^entry kind 2 boxes 1$/,/^digest/p' "$T/read" | grep -cx 'More.')" = 1 ] || fail "the text is not there: $(cat "$T/read")"
