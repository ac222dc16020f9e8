#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Attachments from relays that lost them or lie; a desk that is killed at any
# moment loses nothing and does nothing twice.
. "$(dirname "$0")/lib.sh"
desk_kill() {
    kill -KILL "$(cat "$T/$1.pid")"
    wait "$(cat "$T/$1.pid")" 2>/dev/null || true
}
# modes MODE MODE: of the first relay and the second.
modes() { mode 1 "$1" && mode 2 "$2"; }

network_make 2 union
hostile_start 1
hostile_start 2
desk union publish 2>>"$T/union.log"
head -c 90000 /dev/urandom >"$T/photo.bin"
# A report with the photo: case $1.
with_photo() {
    echo "See the photo." | report_union --keep-metadata --attach "$T/photo.bin"
}
# The photo of case $1 is whole.
photo_of() {
    rm -rf "$T/out" && mkdir "$T/out"
    desk union save "$1" --to "$T/out" >"$T/saved"
    for f in "$T"/out/*; do cmp -s "$f" "$T/photo.bin" && return; done
    fail "the photo of case $1 is not whole"
}
WATCH=(--own-per-day 0 --dummies-per-day 0)

say "one relay has lost its boxes: they come from the other"
with_photo >/dev/null
modes absent pass
desk_watch union "${WATCH[@]}"
wait_for 60 shows 1 'Attachments: here'
photo_of 1

say "one gives other boxes: alarm, and they come from the other"
modes pass pass
with_photo >/dev/null
modes wrongbox pass
wait_for 60 shows 2 'Attachments: here'
photo_of 2
alarm 'not what was put there' || say "(it was not asked)"

say "at no relay: said, not asked for again, unless somebody decides to"
desk_stop union
modes pass pass
with_photo >/dev/null
modes absent absent
desk_watch union "${WATCH[@]}"
wait_for 60 shows 3 'boxes are at no relay'
must_fail 1 'some attachments are not here' desk union save 3 --to "$T/out"
modes pass pass
asked 1 5 '^pass /v1/status' # it had its turns
asked 2 5 '^pass /v1/status'
shows 3 'boxes are at no relay' || fail "asked again by itself"
desk union save 3 --again
wait_for 60 shows 3 'Attachments: here'
photo_of 3

say "no answer is no absence: it comes when the relays are back"
desk_stop union
with_photo >/dev/null
modes down down
desk_watch union "${WATCH[@]}"
asked 1 3 '^down'
asked 2 3 '^down'
modes pass pass
wait_for 90 shows 4 'Attachments: here'
photo_of 4

say "SIGTERM ends a watch whose relay hangs"
modes hang hang
asked 1 1 '^hang'
desk_stop union
# It did not wait until the relay let go: that still holds the request.
read -r holding <"/proc/$(cat "$T/hostile1.pid")/task/$(cat "$T/hostile1.pid")/children" || true
[ -n "$holding" ] || fail "it ended when the relay hung up"
modes pass pass

say "killed again and again: every case once, every answer once"
code=$(with_photo)
for i in 1 2 3 4 5; do
    echo "Report $i." | report_union >/dev/null
    desk_watch union "${WATCH[@]}"
    [ $i != 3 ] || { wait_for 60 shows 5 'See the photo' && echo 'Answer one.' | desk union reply 5 2>>"$T/union.log"; }
    sleep 1.$((RANDOM % 10))
    desk_kill union
done
desk_watch union "${WATCH[@]}"
all_here() { desk union list --json >"$T/json" && python3 -c 'import json, sys
d = json.load(open(sys.argv[1]))
c = d["cases"]
sys.exit(not (len(c) == 10 and c[4]["messages"] == 2 and c[4]["answers"]["shown"] == 1))' "$T/json"; }
wait_for 60 all_here
wait_for 60 shows 5 'Attachments: here'
photo_of 5
pages_pass 1 4
all_here || fail "something came twice: $(cat "$T/json")"
tocsin inbox --code-fd 4 --pace 0 4<<<"$code" >"$T/inbox" 2>>"$T/reporter.log"
counted 1 'Answer one' "$T/inbox" || fail "$(cat "$T/inbox")"
desk_stop union
