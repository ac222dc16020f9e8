#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# What a hostile relay, a stale network or a stranger with the code can do to
# a reporter: be named, and nothing else.
. "$(dirname "$0")/reporter.sh"

liar() { # liar N BUNDLE [CELL]: in the place of relay N
    : >"$T/liar.ready"
    "$DESKTOOL" liar "$T/relay$1/sock" "${@:2}" >"$T/liar.ready" &
    LIAR=$!
    wait_for 60 grep -qx ready "$T/liar.ready"
}
unliar() {
    kill "$LIAR" && wait "$LIAR" 2>/dev/null || true
}
report() { tocsin report --to "$LEGAL" --pace 0 --print-code "$@" <<<'Hear me.'; }

sample_make 1
relay_start 1
say "answers: forged, nonsense, announced but never there, junk of a relay's"
report >"$T/code" 2>"$T/report.log"
desktool answer 2 0 good 'A true one.'
desktool answer 2 1 forged 'A false one.'
desktool answer 2 2 garbage 'A false one.'
desktool answer 2 3 absent 'A lost one.'
desktool answer 2 4 junk 'A spoilt one.'
all_there() { inbox_has 'answer 5.*is gone'; }
wait_for 60 all_there
out=$(inbox <"$T/code" 2>&1) && fail "a forged answer, and exit 0: $out"
must_fail 3 'answer 2: not from them. Somebody else may hold your code' inbox <"$T/code"
must_fail 3 'answer 3: not from them. Somebody else may hold your code' inbox <"$T/code"
must_fail 3 'answer 4: an answer was here and is gone' inbox <"$T/code"
must_fail 3 'answer 5: an answer was here and is gone' inbox <"$T/code"
must_fail 3 "^$LEGAL: read up to 20" inbox <"$T/code"
must_fail 3 "^Other organisations: 2, of which 2 have read up to 20" inbox <"$T/code"
must_fail 3 'A true one' inbox <"$T/code"
if grep -q 'A false one' <<<"$out"; then fail "a forged answer was shown"; fi

say "a follow-up needs an answer that verifies: the newest are not"
tocsin reply --to "$LEGAL" --pace 0 --code-fd 4 4<"$T/code" <<<'Fine.' 2>"$T/reply.log"
expect '^entry kind 1 boxes 0$' grep -B2 'Fine' <(desktool read 2)

tocsin report --to "$UNION" --pace 0 --print-code <<<'Hear me.' >"$T/code0" 2>>"$T/report.log"
desktool answer 0 0 good 'From the union, or not.'
union_wrote() { prints 'From the union, or not' inbox <"$T/code0"; }
wait_for 60 union_wrote
lacks revoked inbox <"$T/code0"

say "a page that an organisation saw otherwise"
page=$(relay_get 1 /v1/status | awk '/^board 0 /{print $3}')
clock_add 86400 # what it has seen is of a day that is over
sample_make 1 seen "$page" "$(printf '00%.0s' {1..32})"
relay_stop 1
relay_start 1
must_fail 3 'forged or contradicting pages' inbox <"$T/code"
must_fail 3 'nothing was sent' report
say "once that organisation is revoked it has no say"
relay_stop 1
sample_make 1 seen "$page" "$(printf '00%.0s' {1..32})" revoked
relay_start 1
report >"$T/code3" 2>"$T/report3.log" || fail "still held up: $(cat "$T/report3.log")"
expect '^rung: your text' cat "$T/report3.log"
out=$(inbox <"$T/code" 2>&1) && fail "a forged answer, and exit 0: $out"
say "its answers are shown, with the day, and that it is not certain who wrote them"
expect "This organisation was revoked on $(date -u -d "@$(now)" +%F): it is not certain who wrote this" inbox <"$T/code0"
grep -q 'From the union, or not' <<<"$SAID" || fail "not shown: $SAID"
if grep -q 'revoked' <<<"$out"; then fail "another's answer has the warning: $out"; fi
grep -q "^$LEGAL: read up to 20" <<<"$out" || fail "no 'read up to' of the others: $out"
grep -q "^Other organisations: 1, of which 1 have" <<<"$out" || fail "a revoked organisation says what it has read: $out"
relay_stop 1
sample_make 1

say "a bundle that was tampered with"
size=$(stat -c %s "$T/network")
for at in 200 1500 $((size - 300)); do
    cp "$T/network" "$T/bad"
    "$DESKTOOL" flip "$T/bad" "$at"
    liar 1 "$T/bad"
    out=$(report 2>&1) && fail "taken, byte $at turned over: $out"
    grep -qE 'nothing was sent|has no fresh keys' <<<"$out" || fail "byte $at: $out"
    unliar
done
head -c 700 "$T/network" >"$T/bad"
liar 1 "$T/bad"
must_fail 1 'nothing was sent' report
unliar
printf '%s' '<html>404</html>' >"$T/bad"
liar 1 "$T/bad"
must_fail 1 'nothing was sent' report
unliar

say "a network file that was tampered with, or is none"
cp "$T/network" "$T/good"
"$DESKTOOL" flip "$T/network" 150
must_fail 3 'network file' report
printf 'no network' >"$T/network"
must_fail 1 'network file is damaged' report
rm "$T/network"
must_fail 1 "can't read the network file" report
for cut in 0 1 100 400 700 $((size / 2)) $((size - 1)); do
    head -c "$cut" "$T/good" >"$T/network"
    must_fail 1 'network file is damaged' report
    must_fail 1 'network file is damaged' tocsin orgs
done
cp "$T/good" "$T/network"

say "a clock that is far off: said, and nothing is sent"
relay_start 1
now=$(cat "$TOCSIN_TEST_CLOCK")
for days in -4000 -30; do
    echo $((now + days * 86400)) >"$TOCSIN_TEST_CLOCK"
    must_fail 1 'from the future: check the clock of this computer' report
done
for days in 200 4000; do
    echo $((now + days * 86400)) >"$TOCSIN_TEST_CLOCK"
    must_fail 1 'expired.*nothing was sent. Check the clock of this computer' report
    must_fail 1 'Check the clock of this computer' inbox <"$T/code"
done
echo "$now" >"$TOCSIN_TEST_CLOCK"
relay_stop 1

say "exchanges that break the protocol"
head -c 16384 /dev/zero >"$T/cell"
liar 1 "$T/network" "$T/cell"
must_fail 1 'nothing was sent|going on without it' report
unliar
head -c 100 /dev/zero >"$T/cell"
liar 1 "$T/network" "$T/cell"
must_fail 1 'nothing was sent|going on without it' report
unliar

say "expired, without fresh keys, revoked"
for word in expired; do
    sample_make 1 $word
    liar 1 "$T/network"
    must_fail 1 'directory has expired' report
    unliar
done
for word in nokeys stale badkeys; do
    sample_make 1 $word
    liar 1 "$T/network"
    must_fail 1 'has no fresh keys here.*Nothing was sent' tocsin report --to "$UNION" --print-code <<<x
    [ $word = badkeys ] || expect "can.t be written to now" tocsin orgs --fresh
    unliar
done
sample_make 1 revoked
liar 1 "$T/network"
must_fail 3 'was revoked' tocsin report --to "$UNION" --print-code <<<x
expect 'REVOKED' tocsin orgs --fresh
unliar
