#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Boards for answers that grow: desks use the one with the highest id, readers
# read all; and boards that stand still are never "no new answers".
. "$(dirname "$0")/lib.sh"
inbox() { tocsin inbox --code-fd 4 --pace 0 4<<<"$code"; }

network_make 2 union
"$BIN/tocsin-root" add "$T/root/dir.note" board '9 16 1 16 64 2' 2>>"$T/root.log"
directory_publish
relay_start 1
relay_start 2
desk union publish 2>>"$T/union.log"

say "an answer is rung on the board with the highest id"
code=$(tocsin report --to union --print-code --pace 0 <<<'The roof is cracked.' 2>"$T/reporter.log")
desk_watch union --own-per-day 0 --dummies-per-day 0
wait_for 60 grep -qx 'case 1 new' "$T/union.cases"
desk union reply 1 <<<'We hear you.' 2>>"$T/union.log"
wait_for 60 hears 'We hear you'

say "every board for answers, and its own, has a line in the seen note"
today=$(($(now) / 86400))
clock_add 86400
seen() { relay_get 1 /v1/directory >"$T/bundle" && grep -qa "tocsin-seen v$today\$" "$T/bundle"; }
wait_for 60 seen
sed -n "/tocsin-seen v$today\$/,/^\$/p" "$T/bundle" >"$T/seen"
[ "$(grep -ac '^page ' "$T/seen")" = 6 ] || fail "$(cat "$T/seen")"
for board in 0 1 9; do
    [ "$(grep -acE "^page [0-9a-f]{64} $board " "$T/seen")" = 2 ] || fail "board $board: $(cat "$T/seen")"
done

say "a clock two hours ahead: not \"no new answers\", exit 4, what is there is shown"
echo $(($(cat "$TOCSIN_TEST_CLOCK") + 7200)) >"$T/ahead"
ahead() { TOCSIN_TEST_CLOCK="$T/ahead" inbox; }
must_fail 4 'nothing newer than .*UTC.*clock of this computer may be wrong' ahead
grep -q 'We hear you' <<<"$SAID" || fail "what is there is not shown: $SAID"
if grep -q 'no new answers' <<<"$SAID"; then fail "$SAID"; fi
expect 'We hear you' inbox

say "a relay that hides one of the boards: named, and what stands on its other is read"
relay_stop 1
hostile_start 1
mode 1 hide 9
desk_stop union
desk_watch union --own-per-day 0 --dummies-per-day 0 # it asks each relay for its boards
desk union reply 1 <<<'We come on Monday.' 2>>"$T/union.log"
wait_for 60 hears 'We come on Monday'
wait_for 60 counted 2 'in case 1 is out' "$T/union.log"
relay_stop 2
alone() { prints 'We come on Monday' inbox; }
wait_for 60 alone
must_fail 0 'relay1/sock.*it does not have this board' inbox
grep -q 'We come on Monday' <<<"$SAID" || fail "what stands on board 0 is not read: $SAID"
if grep -q 'We hear you' <<<"$SAID"; then fail "it was not hidden: $SAID"; fi
kill "$(cat "$T/hostile1.pid")"
relay_stop 1
for n in 1 2; do relay_start $n; done
wait_for 60 hears 'We hear you'

say "who signs is told what a board's end means; what stood on the other goes on"
"$BIN/tocsin-root" remove "$T/root/dir.note" board 0 2>>"$T/root.log"
directory_publish
grep -q 'CAREFUL: answers stand on it for 3 days after board 9 came' "$T/root.log" || fail "the end of board 0 was not spoken of"
for n in 1 2; do
    relay_stop $n
    relay_start $n
    relay_get $n /v1/status >"$T/status"
    if grep -q '^board 0 ' "$T/status"; then fail "board 0 is still there"; fi
done
expect 'We hear you' inbox
desk_stop union
"$BIN/tocsin-root" add "$T/root/dir.note" board '4 16 1 16 64 2' 2>>"$T/root.log"
"$BIN/tocsin-root" remove "$T/root/dir.note" board 9 2>>"$T/root.log"
directory_publish
grep -q 'no board for answers with a higher id was listed before' "$T/root.log" || fail "the end of board 9 was not spoken of"
