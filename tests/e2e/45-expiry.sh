#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# A full relay grants a short life: the desk puts its answer again while the
# entry on the board stands.
. "$(dirname "$0")/lib.sh"
DAY=86400
# The second day of a week, so that a life of up to five days ends with it.
week=$(($(now) / DAY / 7 + 1))
clock_to $(((week * 7 + 1) * DAY + 3600))

BOXES=24 RETENTION=7 network_make 1 union
relay_start 1
desk union publish --weeks 4 2>>"$T/union.log"
code=$(echo 'Help.' | report_union)

say "the relay is all but full: lives are short"
for i in $(seq 23); do echo "put d$i"; done | "$TOOLS/relaytool" speak "$T/relay1/sock" >"$T/put.out"
test "$(grep -c ': stored' "$T/put.out")" = 23
desk_watch union --own-per-day 0 --dummies-per-day 0
wait_for 40 grep -qx 'case 1 new' "$T/union.cases"
echo 'We hear you.' | desk union reply 1 2>>"$T/union.log"
wait_for 40 grep -q 'in case 1 is out' "$T/union.log"
wait_for 20 hears 'We hear you' --days 7
desk_stop union

say "six days later the box is gone, its announcement is not"
clock_add $((6 * DAY))
gone() { ! hears 'We hear you' --days 7; }
wait_for 30 gone

say "the desk puts it again, and rings nothing new"
desk_watch union --own-per-day 0 --dummies-per-day 0
wait_for 60 hears 'We hear you' --days 7
wait_for 10 sh -c "[ \$(grep -c 'in case 1 is out' '$T/union.log') = 2 ]"

say "what was burned stays burned"
tocsin burn --code-fd 4 --yes 4<<<"$code" 2>>"$T/reporter.log" || tocsin inbox --code-fd 4 --burn --pace 0 4<<<"$code" >/dev/null 2>>"$T/reporter.log"
wait_for 20 gone
pages_pass 1 5 # the desk has had its turns
if hears 'We hear you' --days 7; then fail "read after it was burned"; fi
desk_stop union
