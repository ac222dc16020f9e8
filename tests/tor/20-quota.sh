#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# What one circuit may do, by tor's own numbers of circuits: it runs out,
# others don't notice.
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
relay_start 1
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

say "512 PUTs of a circuit, by many streams at once; others don't notice"
PUTS=$((512 + 8))
perl -e '
    open my $random, "<:raw", "/dev/urandom" or die;
    for my $n (1 .. $ARGV[0]) {
        read $random, my $names, 64;
        read $random, my $box, 16000;
        open my $f, ">:raw", "$ARGV[1]/put$n" or die;
        print $f "\x01\x01", "\0" x 14, $names, "\0" x 304, $box;
        close $f or die;
        print qq{next\n} if $n > 1;
        print qq{url = "http://$ARGV[2]/v1/exchange"\ndata-binary = "\@$ARGV[1]/put$n"\noutput = "$ARGV[1]/put$n.answer"\n},
            qq{header = "Expect:"\nheader = "Content-Type:"\nmax-time = 200\nsocks5-hostname = "$ARGV[3]"\nproxy-user = "anna:anna"\n};
    }' $PUTS "$T/cells" "$ONION" "$SOCKS" >"$T/puts.curl"
before=$(now_ms)
curl --no-progress-meter --parallel --parallel-max 16 -K "$T/puts.curl" &
flood=$!
tocsin report --to union --language en --print-code --pace 0 <<<'Wages.' >"$T/code" 2>"$T/report.log" || fail "$(cat "$T/report.log")"
grep -q rung "$T/report.log" || fail "$(cat "$T/report.log")"
figure "seconds of a report while one circuit floods: $(seconds "$before" "$(now_ms)")"
wait $flood || fail "the circuit was closed"
after=$(now_ms)
got=$(for n in $(seq $PUTS); do od -An -tu1 -j1 -N1 "$T/cells/put$n.answer"; done | sort -n | uniq -c | tr -s ' ' | paste -sd,)
[ "$got" = ' 512 1, 8 18' ] || fail "PUTs: $got"
figure "PUTs on one circuit, 16 streams: $((PUTS * 1000 / (after - before))) a second"
cp "$T/cells/put1" "$T/cells/again"
[ "$(ask anna again)" = 18 ] || fail "what was stored on that circuit can be stored anew"
[ "$(ask ben again)" = 1 ] || fail "another circuit has no PUTs left"

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

watch_nets
