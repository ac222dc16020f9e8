#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# A relay whose pages and status lie in every way they can: the desk says so,
# keeps what proves it, and goes on. Exchanges: 4d-hostile-exchanges.sh. Relay 1 stands behind tests/tools/hostile.
. "$(dirname "$0")/lib.sh"
alarms() { desk union list | sed '1,/ALARMS/d'; }
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

say "pages that are no good, and what stands after them is read"
for m in garbage flip short cut empty replay words status; do
    mode 1 $m
    asked 1 3 "^$m /v1/(board|status)"
    mode 1 pass
    arrives
    runs "$(cat "$T/union.pid")" || fail "the desk ended ($m)"
done
alarm 'no good|does not follow' || fail "no alarm: $(alarms)"

say "a status that goes back, or to the future"
for m in back future; do
    mode 1 $m
    asked 1 2 "^$m /v1/status"
    mode 1 pass
    arrives
done

say "one that hangs, or hangs up"
for m in down hang; do
    mode 1 $m
    asked 1 1 "^$m /v1/(board|status)"
    mode 1 pass
    arrives
done

say "a chain that is broken: alarm, evidence, and reading goes on"
desk union list --forget-alarms >/dev/null
rm -f "$T"/union/evidence/*
mode 1 fork
wait_for 60 alarm 'broke the chain|does not follow'
mode 1 pass
arrives
prints '^newest-' ls "$T/union/evidence" || fail "its own side of it was not kept: $(ls "$T/union/evidence")"
prints '^(chain|page)-' ls "$T/union/evidence" || fail "no evidence was kept"

say "an older bundle than is known"
relay_real() { curl -sS --max-time 60 --unix-socket "$T/relay1/real" "http://relay$1"; }
relay_real /v1/directory >"$T/mode1.bundle"
"$BIN/tocsin-root" renew "$T/root/dir.note" 2>>"$T/root.log"
directory_publish
kill -HUP "$(relay_pid 1)"
newer() { prints '^directory 2 ' relay_real /v1/status; }
wait_for 60 newer
kept() { grep -qa 'tocsin-directory v2' "$T/union/network"; }
wait_for 60 kept
mode 1 bundle
wait_for 60 alarm 'older state than is known'
mode 1 pass
arrives
desk_stop union
if grep -i 'sanitizer\|runtime error' "$T/union.log"; then fail "a fault"; fi
