#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# What one circuit may do, by tor's own numbers of circuits: it runs out,
# others don't notice. And Tor is what is gone through, or nothing.
. "$(dirname "$0")/lib.sh"
RING='\x01\x04' PUT='\x01\x01' NOP='\x01\x00'
# A cell: fresh bytes at $2..$3, zeros elsewhere.
cell() {
    {
        printf "$1"
        head -c $(($2 - 2)) /dev/zero
        head -c $(($3 - $2)) /dev/urandom
        head -c $((16384 - $3)) /dev/zero
    } >"$T/cells/$4"
}
# ask USER NAME...: cells one after another on the circuit of that user; the
# status bytes of the answers.
ask() {
    local user=$1 c args=()
    shift
    for c; do
        args+=(-o "$T/cells/$c.answer" -H 'Expect:' -H 'Content-Type:' --data-binary "@$T/cells/$c" "http://$ONION/v1/exchange" --next
            -sS --max-time 120 --socks5-hostname "$SOCKS" --proxy-user "$user:$user")
    done
    over_tor "$user" "${args[@]:0:${#args[@]}-8}"
    for c; do
        od -An -tu1 -j1 -N1 "$T/cells/$c.answer" | tr -d ' '
    done
}
mkdir "$T/cells"
BOXES=2048 network_make 1 union
grep -q "^#puts 512\$" "$T/relay1/relayd.conf" && grep -q "^#rings 8\$" "$T/relay1/relayd.conf" || fail "other defaults"
relay_start 1 --puts 48
ONION=$(relay_onion 1)
onions_up "$ONION"
desk union publish 2>>"$T/union.log"

say "eight RINGs of a circuit"
rings=()
for n in {1..9}; do cell "$RING" 384 400 "ring$n" && rings+=("ring$n"); done
got=$(ask anna "${rings[@]}" | paste -sd' ')
[ "$got" = '6 6 6 6 6 6 6 6 18' ] || fail "status of nine RINGs: $got"
cell "$RING" 384 400 again
[ "$(ask anna again)" = 18 ] || fail "another stream of the circuit starts anew"
[ "$(ask ben again)" = 6 ] || fail "another circuit has no RINGs left"

say "48 PUTs of a circuit, where the relay allows so many (else 512)"
puts=()
for n in {1..49}; do cell "$PUT" 16 16384 "put$n" && puts+=("put$n"); done
for n in {1..49}; do # bytes 80 to 383 are zero
    dd if=/dev/zero of="$T/cells/put$n" bs=16 seek=5 count=19 conv=notrunc status=none
done
before=$(now_ms)
ask anna "${puts[@]}" | uniq -c | tr -s ' ' | paste -sd, >"$T/got"
[ "$(cat "$T/got")" = ' 48 1, 1 18' ] || fail "PUTs: $(cat "$T/got")"
after=$(now_ms)
figure "PUTs one after another on one circuit: $((48000 / (after - before))) a second"

say "somebody who does nothing wrong is heard meanwhile"
tocsin report --to union --language en --print-code --pace 0 <<<'Wages.' >"$T/code" 2>"$T/report.log" || fail "$(cat "$T/report.log")"
grep -q rung "$T/report.log" || fail "$(cat "$T/report.log")"

say "many at once"
cell "$NOP" 16 16 nop
nops=()
for n in {1..60}; do
    nops+=(-o /dev/null "http://$ONION/v1/exchange")
done
before=$(now_ms)
pids=()
for user in c1 c2 c3 c4 c5 c6 c7 c8; do
    over_tor $user -w '%{http_code}\n' -H 'Expect:' -H 'Content-Type:' --data-binary "@$T/cells/nop" "${nops[@]}" >"$T/$user" &
    pids+=($!)
done
for p in "${pids[@]}"; do wait "$p" || fail "an exchange"; done
after=$(now_ms)
[ "$(cat "$T"/c? | sort | uniq -c | tr -s ' ')" = ' 480 200' ] || fail "$(cat "$T"/c? | sort | uniq -c)"
figure "exchanges a second through one onion service, 8 circuits: $((480000 / (after - before)))"

say "without Tor nothing goes"
export TOR_SOCKS_PORT=1
unset TOR_SOCKS_IPC_PATH
must_fail 1 'Tor is not running here' tocsin orgs
must_fail 1 'Tor is not running here' desk union publish
must_fail 1 "needs Tor's SOCKS port" tocsin orgs --no-tor
must_fail 2 'only one of them' tocsin orgs --no-tor --socks "$SOCKS"
watch_nets 127.0.0.1:1
