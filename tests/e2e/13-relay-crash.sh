# SPDX-License-Identifier: ISC
# What was acknowledged is there after kill -9, over and over; SIGTERM ends
# with exit 0 and finishes what is under way.
. "$(dirname "$0")/relay_lib.sh"
BOXES=8192 relay_alone 1 # more than four rounds of three writers fill
: >"$T/acknowledged"
served() { relay_get 1 "/v1/board/0/day/$(($(now) / DAY))" >"$1"; } # FILE: today's pages

say "kill -9 in the middle of writing loses nothing that was acknowledged"
for round in 1 2 3 4; do
    relay_start 1 --puts 100000 --rings 100000
    pids=()
    for w in a b c; do
        for i in $(seq 640); do
            echo "put $round$w$i"
            [ $((i % 8)) = 0 ] && echo "burn $round$w$i"
            [ $((i % 5)) = 0 ] && echo "ring 0 $round$w$i"
        done | "$TOOL" speak "$T/relay1/sock" >"$T/out.$w" 2>/dev/null &
        pids+=($!)
    done
    enough() { [ "$(count ': stored' "$T"/out.?)" -ge 60 ]; }
    wait_for 60 enough
    served "$T/served.$round"
    relay_kill 1
    wait "${pids[@]}" 2>/dev/null || true
    cat "$T"/out.? >>"$T/acknowledged"
done
relay_start 1 --puts 100000 --rings 100000
sed -n 's/^burn \(.*\): burned/\1/p' "$T/acknowledged" | sort >"$T/burned"
# One that was just being burned may be gone without an acknowledgement.
sed -n 's/^burn \([^:]*\): *\(broken\)\?$/\1/p' "$T/acknowledged" | sort >"$T/perhaps"
sed -n 's/^put \(.*\): stored.*/\1/p' "$T/acknowledged" | sort >"$T/stored"
comm -23 "$T/stored" "$T/burned" | comm -23 - "$T/perhaps" | sed 's/^/get /' | "$TOOL" speak "$T/relay1/sock" >"$T/got"
say "$(wc -l <"$T/got") drops, $(wc -l <"$T/burned") burned, $(count queued "$T/acknowledged") entries"
[ -s "$T/got" ] && [ -s "$T/burned" ] || fail "nothing was tested"
grep -v ': present intact' "$T/got" && fail "a drop is lost"
sed 's/^/get /' "$T/burned" | "$TOOL" speak "$T/relay1/sock" >"$T/out"
grep -v ': absent' "$T/out" && fail "a burned drop is back"
# Rung again, it would be queued even if it had been lost: the pages must have
# it, and once.
entries() {
    "$TOOL" speak "$T/relay1/sock" <"$T/entries" >"$T/rung"
    ! grep -vq ': sealed' "$T/rung"
}
sed -n 's/^\(ring 0 .*\): queued.*/\1/p' "$T/acknowledged" >"$T/entries"
wait_for 60 entries
served "$T/days"
for name in $(cut -d' ' -f3 "$T/entries" | shuf -n 20); do
    "$TOOL" has 0 1 "$name" <"$T/days" >/dev/null || fail "$name is not on one page"
done
"$TOOL" pages 0 1 "$(relay_pk 1)" <"$T/days" >"$T/numbers"
lacks . uniq -d <(cut -d' ' -f1 "$T/numbers") # a page number twice
for round in 1 2 3 4; do # what was served before a crash is what is served now
    [ "$(stat -c %s "$T/served.$round")" -gt 300 ] || fail "no pages in round $round"
    cmp -n "$(stat -c %s "$T/served.$round")" "$T/served.$round" "$T/days" || fail "a page of round $round is another now"
done

say "SIGTERM: what is under way gets its answer, nobody else gets in"
for i in $(seq 3000); do echo "put t$i"; done | "$TOOL" speak "$T/relay1/sock" >"$T/last" 2>/dev/null &
speaker=$!
wait_for 60 grep -q 'put t20: stored' "$T/last"
relay_stop 1
wait "$speaker" || true
must_fail 7 . curl -sS --unix-socket "$T/relay1/sock" http://relay/v1/status
relay_start 1
sed -n 's/^put \(.*\): stored.*/get \1/p' "$T/last" | "$TOOL" speak "$T/relay1/sock" >"$T/out"
[ -s "$T/out" ] || fail "nothing was tested"
grep -v ': present intact' "$T/out" && fail "a drop is lost"
relay_stop 1

say "SIGTERM: an idle connection is closed, one that is asking gets its answer"
relay_start 1 --listen "unix:$T/relay1/sock" --listen tcp:127.0.0.1:0
port=$(relay_port 1)
"$TOOL" cell put half >"$T/half"
exec 8<>"/dev/tcp/127.0.0.1/$port" 9<>"/dev/tcp/127.0.0.1/$port"
printf 'GET /v1/board/9/9 HTTP/1.1\r\n\r\n' >&8
{
    read -r line <&8
    grep -q '^HTTP/1.1 404' <<<"$line" || fail "$line"
}
printf 'POST /v1/exchange HTTP/1.1\r\nContent-Length: 16384\r\n\r\n' >&9
head -c 8000 "$T/half" >&9
# Both are with the relay: the one that asked has been read from.
unread() { awk -v port="$(printf ':%04X' "$port")" 'index($2, port) && $4 == "01" && substr($5, 10) != "00000000" {n++} END {exit n > 0}' /proc/net/tcp; }
wait_for 60 unread
kill -TERM "$(relay_pid 1)"
timeout 60 cat <&8 >/dev/null 2>&1 || [ $? = 1 ] || fail "an idle connection stays open"
runs "$(relay_pid 1)" || fail "it ends before it has answered"
refused() { # by each worker, and at once: not by silence
    for i in 1 2 3 4; do
        [ "$(curl -sS --max-time 60 "http://127.0.0.1:$port/v1/status" >/dev/null 2>&1; echo $?)" = 7 ] || return 1
    done
    [ "$(curl -sS --max-time 60 --unix-socket "$T/relay1/sock" http://relay/v1/status >/dev/null 2>&1; echo $?)" = 7 ]
}
wait_for 60 refused
tail -c +8001 "$T/half" >&9
timeout 60 cat <&9 2>/dev/null >"$T/answered" || [ $? = 1 ] || fail "no answer and no end"
grep -aq '^HTTP/1.1 200' "$T/answered" || fail "what was asked is not answered: $(head -c 200 "$T/answered")"
wait "$(relay_pid 1)" || fail "it ends with exit $?"
exec 8>&- 9>&-
relay_start 1
says 1 'present intact' "get half"
relay_stop 1

say "a disk that fails: writers come again later, readers are served"
relay_start 1 --puts 100000
says 1 'stored [0-9]+' "put f1"
prlimit --pid "$(relay_pid 1)" --fsize=8192:unlimited
says 1 again "put f2"
says 1 again "burn f1"
says 1 'again 0 0' "ring 0 f1"
says 1 'present intact' "put f3" "get f1"
relay_get 1 /v1/status >/dev/null
grep -q 'the store fails' "$T/relay1.log" || fail "the log does not say so"
relay_stop 1
relay_start 1
says 1 'present intact' "get f1"
says 1 absent "get f2"
says 1 'stored [0-9]+' "put f2"
says 1 'queued 0 [0-9]+' "ring 0 f1"
relay_stop 1

say "a full queue answers at once"
relay_start 1 --queue 1 --puts 100000
pids=()
for w in a b c d e f; do
    for i in $(seq 40); do echo "put q$w$i"; done | "$TOOL" speak "$T/relay1/sock" >"$T/q.$w" &
    pids+=($!)
done
wait "${pids[@]}"
[ "$(count ': (stored|again)' "$T"/q.?)" = 240 ] || fail "other answers"
say "$(count ': again' "$T"/q.?) of 240 sent away"
relay_stop 1

say "what comes together is made durable together: one commit for many"
# Each sync is held for a while, in which all the others come.
TICK=600 relay_alone 2
ASAN_OPTIONS=detect_leaks=0 relay_start 2 --sandbox no
strace -f -qq -o /dev/null -e trace=fdatasync -e inject=fdatasync:delay_exit=100000 -p "$(relay_pid 2)" 2>"$T/strace.log" &
held() { ! grep -qx 'TracerPid:.0' /proc/"$(relay_pid 2)"/task/*/status; } # every thread
wait_for 60 held
# The number of the last transaction, in each of the index's two meta pages.
commits() { for at in 144 4240; do od -An -tu8 -j $at -N 8 "$T/relay2/store/index.lmdb"; done | sort -n | sed -n '$p'; }
before=$(commits)
pids=()
for w in a b c d e f g h; do
    for i in $(seq 10); do echo "put g$w$i"; done | "$TOOL" speak "$T/relay2/sock" >"$T/g.$w" &
    pids+=($!)
done
wait "${pids[@]}"
n=$(count ': stored' "$T"/g.?)
[ "$n" = 80 ] || fail "$n of 80 stored"
n=$(($(commits) - before))
say "80 drops in $n commits"
[ "$n" -gt 0 ] && [ "$n" -lt 80 ] || fail "no groups"
relay_stop 2

say "one relay at a time"
relay_start 1
must_fail 1 'is there|running' "$BIN/tocsin-relayd" -c "$T/relay1/relayd.conf"
must_fail 1 'open|running' "$BIN/tocsin-relayd" -c "$T/relay1/relayd.conf" --listen "unix:$T/s" --control "$T/c"
relay_get 1 /v1/status >/dev/null
relay_stop 1
