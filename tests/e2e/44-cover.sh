#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Own reports and dummy answers: they come back, with bodies, unseen by
# anybody; a relay that drops what it took is found out.
. "$(dirname "$0")/lib.sh"

network_make 2 union
cp -r "$T/union" "$T/copy"
relay_start 1
hostile_start 2
desk union publish 2>>"$T/union.log"

say "one visit of own reports after the other: none is a case, none is lost"
desk_watch union --verbose --own-per-day 80000 --dummies-per-day 40000 --body-in 1 --grace 20
wait_for 180 grep -q 'boxes of an own report came back' "$T/union.log"
wait_for 60 grep -q 'a dummy answer, with 0 boxes' "$T/union.log"
wait_for 300 grep -q 'a dummy answer, with [1-9]' "$T/union.log"
n=$(count 'two own reports' "$T/union.log")
more() { [ "$(count 'two own reports' "$T/union.log")" -ge $((n + 2)) ]; }
wait_for 180 more
pages_pass 1 3
test ! -s "$T/union.cases" || fail "an own report became a case: $(cat "$T/union.cases")"
[ "$(ls "$T/union/bodies" | wc -l)" -le 1 ] || fail "boxes of own reports stay"
lacks ALARM desk union list

say "a relay that takes entries and drops them"
code=$(echo 'Help.' | report_union)
wait_for 60 grep -qx 'case 1 new' "$T/union.cases"
mode 2 swallow
echo 'We hear you.' | desk union reply 1 2>>"$T/union.log"
wait_for 120 alarm 'took an own report and never showed it'
wait_for 60 alarm "took an answer's entry and never showed it \(case 1\)"
mode 2 pass

say "which gets the answer again, and shows it"
relay_kill 1
wait_for 60 hears 'We hear you'
relay_start 1

say "somebody with the identity key publishes other keys in our name"
desk copy publish --weeks 1 2>>"$T/union.log"
wait_for 60 alarm 'that are not in this store'
desk_stop union
