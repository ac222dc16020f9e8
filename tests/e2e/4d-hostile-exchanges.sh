#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# A relay whose exchanges lie, and one that shows a page to one desk and another
# to the next: the desk says so, keeps what proves it, and goes on. Relay 1
# stands behind tests/tools/hostile.
. "$(dirname "$0")/lib.sh"
alarms() { desk union list | sed '1,/ALARMS/d'; }
relay_real() { curl -sS --max-time 60 --unix-socket "$T/relay1/real" "http://relay$1"; }
number=0
# A report through relay 1 as it is now; it must arrive.
arrives() {
    number=$((number + 1))
    printf 'Report %s.\n' $number | report_union >/dev/null
    wait_for 60 grep -qx "case $number new" "$T/union.cases"
}

network_make 1 union friend
hostile_start 1
desk union publish 2>>"$T/union.log"
desk friend publish 2>>"$T/friend.log"
desk_watch union --own-per-day 0 --dummies-per-day 0
number=1
code=$(echo 'The first.' | report_union)
wait_for 60 grep -qx 'case 1 new' "$T/union.cases"

say "exchanges that lie: taken, refused, absent, wrong"
mode 1 refuse
printf 'Answer one.\n' | desk union reply 1 2>>"$T/union.log"
asked 1 1 '^refuse /v1/exchange'
mode 1 taken-once
wait_for 60 alarm 'is taken'
wait_for 60 grep -q 'in case 1 is out' "$T/union.log"
wait_for 60 hears 'Answer one'
arrives

say "an answer that stands nowhere is not said to be out"
mode 1 taken
printf 'Answer two.\n' | desk union reply 1 2>>"$T/union.log"
wait_for 60 alarm 'no relay took an answer in case 1'
mode 1 pass
counted 1 'in case 1 is out' "$T/union.log" || fail "said to be out: $(grep 'is out' "$T/union.log")"
arrives

say "the relay showed one thing to a friend and another to us"
desk_stop union
desk_watch friend --own-per-day 0 --dummies-per-day 0
pages_pass 1 4 # which only the friend reads
served_from "$T/hostile1.out"
asked 1 2 '^pass /v1/board/0/[0-9]'
asked 1 2 '^pass /v1/board/1/[0-9]'
clock_add 86400
today=$(($(now) / 86400))
posted() { prints "tocsin-seen v$((today - 1))" relay_real /v1/directory; }
wait_for 60 posted
desk_stop friend
mode 1 fork
desk_watch union --own-per-day 0 --dummies-per-day 0
wait_for 60 alarm 'friend has seen another page'
prints bundle ls "$T/union/evidence" || fail "the friend's note was not kept"
cat >"$T/both.py" <<'P'
# Of a page that the friend's note names, ours is kept, too, and is another.
import glob, hashlib, re, sys
notes = b"".join(open(f, "rb").read() for f in glob.glob(sys.argv[1] + "/bundle-*"))
theirs = {int(n): h.decode() for n, h in re.findall(rb"^page [0-9a-f]{64} 1 (\d+) ([0-9a-f]{64})$", notes, re.M)}
for f in glob.glob(sys.argv[1] + "/ours-*-1-day-*"):
    page = open(f, "rb").read()
    number = int.from_bytes(page[8:16], "big")
    if number in theirs:
        assert hashlib.blake2b(page, digest_size=32).hexdigest() != theirs[number]
        sys.exit(0)
sys.exit("our page is not there: %s" % theirs)
P
both() { python3 "$T/both.py" "$T/union/evidence" 2>"$T/both.log"; }
wait_for 60 both
runs "$(cat "$T/union.pid")" || fail "the desk ended"
desk_stop union
if grep -i 'sanitizer\|runtime error' "$T/union.log"; then fail "a fault"; fi
