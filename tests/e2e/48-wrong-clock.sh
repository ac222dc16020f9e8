#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# A desk whose clock is wrong, ahead or behind: it says so, and nothing is
# destroyed or lost; set right, all goes on.
. "$(dirname "$0")/lib.sh"
CLOCK=$T/clock
cp "$CLOCK" "$T/deskclock"
# The desk has a clock of its own; everybody else has the right one.
wrongly() { TOCSIN_TEST_CLOCK=$T/deskclock "$@"; }
set_desk_clock() { echo $(($(cat "$CLOCK") + $1)) >"$T/deskclock.new" && mv "$T/deskclock.new" "$T/deskclock"; }
weeks() { wrongly desk union rotate --weeks 0 2>"$T/rotate.log" | tr '\n' ' '; }
same_weeks() { [ "$(weeks)" = "$before" ] || fail "there were keys of $before, now of $(weeks)"; }
alarm() {
    wrongly desk union list >"$T/list"
    grep -qE "$1" "$T/list"
}
report() { echo "$1" | report_union; }

network_make 1 union
relay_start 1
wrongly desk union publish --weeks 4 2>>"$T/union.log"
before=$(weeks)
[ "$(wc -w <<<"$before")" = 10 ] || fail "weeks: $before"
report 'The first.' >/dev/null
wrongly desk_watch union
wait_for 60 grep -qx 'case 1 new' "$T/union.cases"

say "a year ahead while it runs: the keys stay, and somebody is told"
set_desk_clock $((365 * DAY))
wait_for 60 alarm 'clock it is .* private keys of [0-9]+ past weeks are kept'
wait_for 60 alarm 'directory has expired, by this computer'
must_fail 1 "Check this computer's clock" wrongly desk union rotate --weeks 0
same_weeks

say "a year ahead from the start"
desk_stop union
wrongly desk_watch union
wait_for 60 counted 2 Watching "$T/union.log"
report 'The second.' >/dev/null
same_weeks
must_fail 1 "check this computer's clock" wrongly desk union publish
same_weeks

say "a year behind: said, and nothing is made or sent"
desk_stop union
set_desk_clock $((-365 * DAY))
must_fail 1 "check this computer's clock" wrongly desk union publish
wrongly desk_watch union
wait_for 60 alarm "check this computer's clock"
same_weeks
desk_stop union

say "set right: what came meanwhile is read, answers and notes go out"
set_desk_clock 0
wrongly desk_watch union
wait_for 60 grep -qx 'case 2 new' "$T/union.cases"
expect 'The second' wrongly desk union show 2
code=$(report 'The third.')
wait_for 60 grep -qx 'case 3 new' "$T/union.cases"
echo 'We hear you.' | wrongly desk union reply 3 2>>"$T/union.log"
wait_for 60 hears 'We hear you'
expect 'has the note|newer note' wrongly desk union publish
today=$(($(now) / DAY))
clock_add $DAY
set_desk_clock 0
seen() { prints "tocsin-seen v$today\$" relay_get 1 /v1/directory; }
wait_for 60 seen
desk_stop union
