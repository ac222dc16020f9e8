# SPDX-License-Identifier: ISC
# Drops: an address is written once, burned with its secret alone, and a full
# store says so and evicts nothing. Quotas of connections and circuits.
. "$(dirname "$0")/relay_lib.sh"
BOXES=24 relay_alone 1 --listen "unix:$T/relay1/tor proxy-protocol=yes" --listen tcp:127.0.0.1:0
relay_start 1 --puts 200 --rings 3

say "a drop is written once"
says 1 absent "get a"
says 1 'stored [0-9]+' "put a"
says 1 'stored [0-9]+' "put a" "put a"
says 1 taken "put a other-box"
says 1 taken "put a a other-burn"
says 1 'present intact' "get a"

say "who has the secret burns it, and only she"
says 1 absent "burn a wrong"
says 1 absent "burn nothing"
says 1 'present intact' "get a"
says 1 burned "burn a"
says 1 burned "burn a"
says 1 absent "get a"
says 1 taken "put a"

say "a full store says so and keeps what it has"
for i in $(seq 40); do echo "put d$i"; done >"$T/puts"
"$TOOL" speak "$T/relay1/sock" <"$T/puts" >"$T/put.out"
stored=$(count ': stored' "$T/put.out") full=$(count ': full' "$T/put.out")
[ "$stored" -gt 0 ] && [ "$full" -gt 0 ] && [ $((stored + full)) = 40 ] || fail "$stored stored, $full full"
sed -n 's/^put \(.*\): stored.*/get \1/p' "$T/put.out" | "$TOOL" speak "$T/relay1/sock" >"$T/get.out"
[ "$(count ': present intact' "$T/get.out")" = "$stored" ] || fail "the store lost some of $stored"
sed -n 's/^put \(.*\): full/get \1/p' "$T/put.out" | "$TOOL" speak "$T/relay1/sock" >"$T/get.out"
[ "$(count ': absent$' "$T/get.out")" = "$full" ] || fail "what was refused is there: $(cat "$T/get.out")"
says 1 burned "burn d1"
says 1 'stored [0-9]+' "put another"
expect 'boxes-used-percent [1-9]' "$BIN/tocsin-relayctl" status --dir "$T/relay1"
relay_stop 1

say "a connection has its quota, the next one its own"
relay_start 1 --puts 5 --rings 3
says 1 'quota' "put a1" "put a1" "put a1" "put a1" "burn x" "put a1"
says 1 'quota' "burn x" "burn x" "burn x" "burn x" "burn x" "burn x"
says 1 'absent' "get x" "get x" "get x" "get x" "get x" "get x"
says 1 'quota 0 0' "ring 1 r1" "ring 1 r2" "ring 1 r3" "ring 1 r4"
says 1 'queued 0 [0-9]+' "ring 0 q1" "ring 0 q1" "ring 0 q1" "ring 0 q1" "ring 0 q2"

say "a circuit has its quota, whatever its connections"
# circuit HEX:HEX LINE...: over tor's listener, which names the circuit.
circuit() {
    local c=$1
    shift
    printf '%s\n' "$@" | "$TOOL" speak-proxy "$T/relay1/tor" "PROXY TCP6 fc00:dead:beef:4dad::$c ::1 1 80"
}
mkfifo "$T/pipe"
prints ': ok' circuit ab:1 nop || fail "the line of a circuit is not taken"
exec 8<>"$T/pipe"
"$TOOL" speak-proxy "$T/relay1/tor" "PROXY TCP6 fc00:dead:beef:4dad::ab:1 ::1 1 80" <"$T/pipe" >"$T/first" &
printf 'ring 0 c1\nring 0 c2\n' >&8
wait_for 60 grep -q 'c2: queued' "$T/first"
circuit ab:1 "ring 0 c3" "ring 0 c4" >"$T/second"
grep -q 'c3: queued' "$T/second" && grep -q 'c4: quota' "$T/second" || fail "two connections of a circuit count apart: $(cat "$T/second")"
prints queued circuit ab:2 "ring 0 c5" || fail "another circuit is held to it"
for line in 'PROXY TCP4 10.1.2.3 10.1.2.4 1 2' 'PROXY UNKNOWN' 'GET / HTTP/1.1' 'PROXY TCP6 fc00:dead:beef:4dad::1 ::1 1 2'; do
    "$TOOL" speak-proxy "$T/relay1/tor" "$line" <<<nop >"$T/out" 2>/dev/null || true
    if grep -q ': ok' "$T/out"; then fail "$line is taken"; fi
done
"$TOOL" speak "$T/relay1/tor" <<<nop >"$T/out" 2>/dev/null || true
if grep -q ': ok' "$T/out"; then fail "a connection without a circuit is taken"; fi
relay_stop 1
