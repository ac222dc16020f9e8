#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# A relay that answers every request, as slowly as it may, or keeps a request
# for ever, keeps nobody from what stands at the other.
. "$(dirname "$0")/lib.sh"
# To the other relay, which is up.
report() {
    mode 1 down
    rm -f "$T/reporter.log"
    echo "$1" | report_union >/dev/null || true
    grep -q 'rung' "$T/reporter.log" || fail "$(cat "$T/reporter.log")"
}

network_make 2 union
hostile_start 1
relay_start 2
desk union publish 2>>"$T/union.log"

say "a desk that the first relay keeps waiting at every request"
report 'The roof is cracked.'
mode 1 drip
desk_watch union --own-per-day 0 --dummies-per-day 0
wait_for 100 grep -qx 'case 1 new' "$T/union.cases"
desk_stop union

say "a desk that waits for the first relay for an hour, with all it does"
report 'The stairs are locked.'
mode 1 hang
desk union show 1 >/dev/null # so that there is nothing unread
desk_watch union --stall 3600 --own-per-day 80000 --dummies-per-day 0 --notify 'echo >>"$HOME/notified"'
wait_for 60 grep -qx 'case 2 new' "$T/union.cases"
report 'The guard has the key.' # the requests before are still held
mode 1 hang
wait_for 60 grep -qx 'case 3 new' "$T/union.cases"
wait_for 60 test -s "$T/notified"
desk_stop union # at once, all the same

say "a note is at one relay while the other keeps its desk waiting"
mode 1 holdnote
bundle() { relay_get "$1" /v1/status | sed -n 's/^bundle //p'; }
before=$(bundle 2)
changed() { [ "$(bundle 2)" != "$before" ]; }
desk union publish --weeks 1 2>>"$T/union.log" &
publishing=$!
wait_for 60 changed
asked 1 1 '^held'
runs $publishing || fail "it did not wait for the first relay"
mode 1 pass
wait $publishing || fail "publish: $(tail -3 "$T/union.log")"
[ "$(bundle 1)" = "$(bundle 2)" ] || fail "the relays serve different bundles"

say "a reporter, too, leaves out one that never answers"
mode 1 hang
report_union <<<'And the windows.' >/dev/null
grep -q '^rung, at one of two relays' "$T/reporter.log" || fail "$(cat "$T/reporter.log")"
