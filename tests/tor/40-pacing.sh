#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# A desk's own reports and dummy answers over Tor: they come back; a relay
# that takes them and drops them is found out. Relay 2 stands behind
# tests/tools/hostile, which knows no circuits, so its onion is a plain one.
. "$(dirname "$0")/lib.sh"
alarm() { desk union list | grep -qE "$1"; }
mode() { echo "$1" >"$T/mode.new" && mv "$T/mode.new" "$T/mode"; }
eval "$(declare -f relay_setup | sed 's/^relay_setup/onion_relay_setup/')"
relay_setup() {
    [ "$1" = 2 ] || { onion_relay_setup "$@" && return; }
    "$BIN/tocsin-relayctl" setup --dir "$T/relay2" --boxes 256 --listen "unix:$T/relay2/real" >"$T/relay2.line" 2>>"$T/relay2.log"
    cat >"$NET/service/torrc.d/$NAME-2.conf" <<TORRC
HiddenServiceDir $NET/service/data/$NAME-2
HiddenServicePort 80 unix:$T/relay2/sock
TORRC
    "$TESTNET" reload "$NET" service
    wait_for 20 test -s "$NET/service/data/$NAME-2/hostname"
    echo "http://$(cat "$NET/service/data/$NAME-2/hostname")" >"$T/relay2.url"
}
network_make 2 union
mode pass
relay_start 1
relay_start 2
"$(dirname "$REAL")/tests/tools/hostile" "$T/relay2/sock" "$T/relay2/real" "$T/mode" "$T/relay2/page.key" >"$T/hostile.out" 2>"$T/hostile.log" &
PIDS+=($!)
wait_for 10 grep -qx ready "$T/hostile.out"
onions_up "$(relay_onion 1)" "$(relay_onion 2)"
desk union publish 2>>"$T/union.log"

say "own reports come back, and dummy answers go out"
desk_watch union --verbose --own-per-day 20000 --dummies-per-day 20000 --grace 25
wait_for 60 grep -q 'own report' "$T/union.log"
wait_for 60 grep -q 'a dummy answer' "$T/union.log"
calm() { [ "$(newest)" -ge $((first + 30)) ]; }
newest() { curl -sS --unix-socket "$T/relay2/sock" http://relay/v1/status | awk '$1 == "board" && $2 == 1 {print $3}'; }
first=$(newest)
wait_for 60 calm
[ ! -s "$T/union.cases" ] || fail "an own report became a case"
[ "$(desk union list | grep -c ALARM)" = 0 ] || fail "$(desk union list)"

say "a relay that takes entries and drops them"
mode swallow
wait_for 150 alarm 'took an own report and never showed it'
watch_nets
