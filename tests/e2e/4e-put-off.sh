#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# A relay that puts every RING off tries to tell a desk's own reports from a
# reporter's: as often, with nonces as random, and then it is over.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/asked.sh"

network_make 1 union
hostile_start 1
desk union publish 2>>"$T/union.log"
pages_pass 1 2
for m in effort later; do
    say "own reports, when it says: $m"
    from=$(wc -l <"$T/hostile1.out")
    mode 1 $m
    GAP=0 desk_watch union --own-per-day 40000 --dummies-per-day 0
    done_with() { # four entries are done with; none was rung oftener
        asked_since "$from"
        [ "$(grep -cx 4 "$T/counts")" -ge 4 ]
    }
    wait_for 120 done_with
    desk_stop union
    asked_since "$from"
    [ "$(sort -n "$T/counts" | tail -n 1)" = 4 ] || fail "rung so often: $(tr '\n' ' ' <"$T/counts")"
    awk '!seen[$1]++ {print $2}' "$T/asked" | sort | uniq -d >"$T/twice"
    [ ! -s "$T/twice" ] || fail "first tries share nonces: $(cat "$T/twice")"
    # Worked for anew each time, or sent again as it was.
    sort -u "$T/asked" | cut -d' ' -f1 | uniq -c | awk '{print $1}' | sort -n | tail -n 1 >"$T/most"
    case $m in
    effort) [ "$(cat "$T/most")" = 4 ] || fail "not worked for: $(cat "$T/asked")" ;;
    later) [ "$(cat "$T/most")" = 1 ] || fail "another nonce without work: $(cat "$T/asked")" ;;
    esac
done
