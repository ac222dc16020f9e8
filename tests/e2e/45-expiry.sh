#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# A full relay grants a short life: the desk puts its answer again while the
# entry on the board stands.
. "$(dirname "$0")/lib.sh"
# It begins on the second day of a week: a life of up to five days ends with it.

BOXES=24 RETENTION=7 network_make 1 union
relay_start 1
desk union publish --weeks 4 2>>"$T/union.log"
code=$(echo 'Help.' | report_union)

say "the relay is all but full: lives are short"
for i in $(seq 23); do echo "put d$i"; done | "$TOOLS/relaytool" speak "$T/relay1/sock" >"$T/put.out"
counted 23 ': stored' "$T/put.out" || fail "not all but full: $(cat "$T/put.out")"
desk_watch union --own-per-day 0 --dummies-per-day 0
wait_for 60 grep -qx 'case 1 new' "$T/union.cases"
echo 'We hear you.' | desk union reply 1 2>>"$T/union.log"
wait_for 60 grep -q 'in case 1 is out' "$T/union.log"
wait_for 60 hears 'We hear you' --days 7
desk_stop union

say "six days later the box is gone, its announcement is not"
clock_add $((6 * DAY))
gone() { ! hears 'We hear you' --days 7; }
wait_for 60 gone

say "the desk puts it again, and rings nothing new"
desk_watch union --own-per-day 0 --dummies-per-day 0
wait_for 60 hears 'We hear you' --days 7
counted 1 'in case 1 is out' "$T/union.log" || fail "the officer is told of it again"

say "what was burned stays burned"
tocsin burn --code-fd 4 --yes 4<<<"$code" 2>>"$T/reporter.log" || tocsin inbox --code-fd 4 --burn --pace 0 4<<<"$code" >/dev/null 2>>"$T/reporter.log"
wait_for 60 gone
pages_pass 1 5 # the desk has had its turns
if hears 'We hear you' --days 7; then fail "read after it was burned"; fi
desk_stop union
