#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# A desk's own reports and dummy answers over Tor: they come back; a relay
# that takes them and drops them is found out. Relay 2 stands behind
# tests/tools/hostile, which knows no circuits, so its onion is a plain one.
. "$(dirname "$0")/lib.sh"
eval "$(declare -f relay_setup | sed 's/^relay_setup/onion_relay_setup/')"
relay_setup() {
    [ "$1" = 2 ] || { onion_relay_setup "$@" && return; }
    "$BIN/tocsin-relayctl" setup --dir "$T/relay2" --boxes 1024 --listen "unix:$T/relay2/real" >"$T/relay2.line" 2>>"$T/relay2.log"
    cat >"$NET/service/torrc.d/$NAME-2.conf" <<TORRC
HiddenServiceDir $NET/service/data/$NAME-2
HiddenServicePort 80 unix:$T/relay2/sock
TORRC
    "$TESTNET" reload "$NET" service
    wait_for 60 test -s "$NET/service/data/$NAME-2/hostname"
    echo "http://$(cat "$NET/service/data/$NAME-2/hostname")" >"$T/relay2.url"
}
BOXES=1024 network_make 2 union
relay_start 1
hostile_start 2
onions_up "$(relay_onion 1)" "$(relay_onion 2)"
desk union publish 2>>"$T/union.log"

say "own reports come back, and dummy answers go out"
# Between the desk and tor: who asks what, by SOCKS user, that is by circuit.
"$(dirname "$REAL")/tests/tools/sockslog" "$T/between" "socks:$TOR_SOCKS_IPC_PATH" "$T/seen" >"$T/between.out" &
"$TESTNET" streams "$NET" >"$T/streams" &
wait_for 60 grep -qx ready "$T/between.out"
wait_for 60 grep -qx ready "$T/streams"
desk_watch union --verbose --socks "unix:$T/between" --own-per-day 20000 --dummies-per-day 20000 --grace 25
# A visit with its pauses, the next page, and the desk's reading of it.
wait_for 300 grep -q 'own report' "$T/union.log"
wait_for 300 grep -q 'a dummy answer' "$T/union.log"
pages_pass 2 30
[ ! -s "$T/union.cases" ] || fail "an own report became a case"
lacks ALARM desk union list

say "what goes over which circuit"
# per USER: its operations, in order, the same ones once
ops() { awk '$3 !~ /^\/v1/ { o[$1] = o[$1] " " $3; h[$1] = h[$1] (index(h[$1], $2) ? "" : " " $2) } END { for (u in o) print u o[u] }' "$T/seen"; }
head -c 60000 /dev/urandom >"$T/film.bin"
tocsin report --to union --language en --print-code --pace 0 --attach "$T/film.bin" --keep-metadata <<<'The film.' >"$T/code" 2>"$T/report.log" ||
    fail "$(cat "$T/report.log")"
bodies_are_read() { prints '^[0-9a-f]+( GET){2,}$' ops; }
wait_for 300 bodies_are_read
# Half of the desk's own visits are as the command line's, half as the page's, for
# which Tor Browser has one SOCKS user, whatever it does.
page='^[0-9a-f]+ RING( (RING|GET|BURN|PUT))+$'
both_kinds() { ops >"$T/ops" && grep -qE '^[0-9a-f]+ BURN$' "$T/ops" && grep -qE "$page" "$T/ops"; }
wait_for 300 both_kinds
grep -vE "$page" "$T/ops" >"$T/single"
for op in RING GET BURN NOTE PUT; do
    grep -qE "^[0-9a-f]+ $op( |\$)" "$T/single" || fail "no $op was seen: $(cut -d' ' -f2- "$T/ops" | sort | uniq -c)"
done
# Bodies have one circuit each, for all their boxes; everything else one for each operation.
mixed=$(grep -vE '^[0-9a-f]+ (RING|NOTE|BURN|(GET|PUT)( (GET|PUT))*)$' "$T/single" || true)
[ -z "$mixed" ] || fail "one circuit for several operations: $mixed"
# What is read and rung is not what boards are followed by; a visit of the page that
# has only begun is not known as one yet.
apart() {
    ops | grep -vE "$page" | cut -d' ' -f1 | sort -u >"$T/single"
    awk '$3 ~ /^\/v1/ {print $1}' "$T/seen" | sort -u >"$T/boards"
    [ -z "$(comm -12 "$T/single" "$T/boards")" ]
}
wait_for 60 apart
# And tor does keep them apart.
awk 'NR > 1 { print $2, $1 }' "$T/streams" | sort -u | cut -d' ' -f1 | uniq -d >"$T/twice"
[ ! -s "$T/twice" ] || fail "tor put two users on one circuit: $(cat "$T/twice")"
[ "$(cut -d' ' -f1 "$T/ops" | grep -cFf - "$T/streams")" -ge "$(($(wc -l <"$T/ops") - 2))" ] || fail "tor knows nothing of them"
figure "the desk's pacing: $(wc -l <"$T/ops") circuits of $(wc -l <"$T/streams") for $(grep -c RING "$T/ops") RINGs, $(grep -cE ' GET$' "$T/ops") with GETs"

say "a relay that takes entries and drops them"
mode 2 swallow
wait_for 300 alarm 'took an own report and never showed it'
watch_nets
