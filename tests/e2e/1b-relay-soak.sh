#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# A minute and more (SOAK seconds) of everything at once: a relay's memory and
# descriptors don't grow, and after kill -9 all is there that it acknowledged.
. "$(dirname "$0")/relay_lib.sh"
SOAK=${SOAK:-90}
BOXES=16384 relay_alone 1 --listen tcp:127.0.0.1:0
relay_start 1 --puts 1000000 --rings 1000000
port=$(relay_port 1)
pid=$(relay_pid 1)
descriptors() { find "/proc/$pid/fd" -mindepth 1 | wc -l; }
memory() { awk '/^RssAnon/ {print $2}' "/proc/$pid/status"; } # KiB of its own
rested() { [ "$(descriptors)" -le "$at_rest" ]; }
goes_on() { [ ! -e "$T/enough" ]; }

# Seven of eight drops are burned again, so that there is always room.
writer() { # NAME
    local i=0
    while goes_on; do
        i=$((i + 1))
        echo "put $1$i"
        [ $((i % 10)) = 0 ] && echo "ring 0 $1$i"
        [ $((i % 8)) = 0 ] || [ $i -le 40 ] || [ $(((i - 40) % 8)) = 0 ] || echo "burn $1$((i - 40))"
        [ $((i % 3)) = 0 ] && echo "get $1$i" && sleep 0.01 # lint: a pace, no wait
    done | "$TOOL" speak "$T/relay1/sock" >"$T/out.$1" 2>/dev/null
}
reader() {
    while goes_on; do
        for path in /v1/status /v1/directory /v1/board/0/hour/$(($(now) / 3600)) /v1/board/1/hour/$(($(now) / 3600)) /v1/nothing; do
            relay_get 1 $path >/dev/null || true
        done
    done
}
# Who hangs up in the middle of a request, or of its answer.
breaker() {
    "$TOOL" cell put half >"$T/half"
    while goes_on; do
        {
            printf 'POST /v1/exchange HTTP/1.1\r\nContent-Length: 16384\r\n\r\n' >&9
            head -c "$1" "$T/half" >&9
        } 9<>"/dev/tcp/127.0.0.1/$port" 2>/dev/null || true
        sleep 0.02
    done
}
loader() {
    while goes_on; do
        "$TOOLS/load" exchange "127.0.0.1:$port" "$1" 8 5 >>"$T/load.$1" || true
    done
}

relay_get 1 /v1/status >/dev/null
says 1 'stored [0-9]+' "put first"
at_rest=$(($(descriptors) + 1))
say "$SOAK s of writers, readers, load, and of those who hang up; at rest $at_rest descriptors"
jobs_of_soak=()
for w in a b c; do writer $w & jobs_of_soak+=($!); done
for n in 1 2; do reader & jobs_of_soak+=($!); done
for n in 100 8000 16384; do breaker $n & jobs_of_soak+=($!); done
for op in nop get; do loader $op & jobs_of_soak+=($!); done
for ((i = 0; i < SOAK; i++)); do
    memory >>"$T/memory"
    descriptors >>"$T/descriptors"
    sleep 1
done
served() { relay_get 1 "/v1/board/0/day/$(($(now) / DAY))" >"$1"; }
: >"$T/enough"
wait "${jobs_of_soak[@]}" || true
runs "$pid" || fail "it has ended"
wait_for 60 rested

# The median of the second quarter of the time, and of the last.
median() { sed -n "$1,$2p" "$T/memory" | sort -n | sed -n "$((($2 - $1) / 2 + 1))p"; }
early=$(median $((SOAK / 4 + 1)) $((SOAK / 2))) late=$(median $((SOAK * 3 / 4 + 1)) $SOAK)
say "own memory: $early KiB, later $late KiB; descriptors: $(sort -n "$T/descriptors" | sed -n '$p') at most, now $(descriptors)"
[ "$late" -le $((early + early / 10 + 2048)) ] || fail "memory grows: $(tr '\n' ' ' <"$T/memory")"

say "kill -9: what was acknowledged is there"
served "$T/before"
relay_kill 1
relay_start 1 --puts 1000000 --rings 1000000
cat "$T"/out.? >"$T/said"
sed -n 's/^burn \(.*\): burned/\1/p' "$T/said" | sort >"$T/burned"
sed -n 's/^put \(.*\): stored.*/\1/p' "$T/said" | sort >"$T/stored"
comm -23 "$T/stored" "$T/burned" | sed 's/^/get /' | "$TOOL" speak "$T/relay1/sock" >"$T/got"
sed 's/^/get /' "$T/burned" | "$TOOL" speak "$T/relay1/sock" >"$T/gone"
sed -n 's/^\(ring 0 .*\): queued.*/\1/p' "$T/said" >"$T/entries"
say "$(wc -l <"$T/got") drops, $(wc -l <"$T/burned") burned, $(wc -l <"$T/entries") entries; load: $(cat "$T"/load.* | tr '\n' ' ')"
for f in got gone entries; do [ "$(wc -l <"$T/$f")" -ge 100 ] || fail "too little was tested: $f"; done
if grep -v ': present intact' "$T/got"; then fail "a drop is lost"; fi
if grep -v ': absent' "$T/gone"; then fail "a burned drop is back"; fi
all_sealed() { "$TOOL" speak "$T/relay1/sock" <"$T/entries" >"$T/rung" && ! grep -qv ': sealed' "$T/rung"; }
wait_for 120 all_sealed
served "$T/after"
cmp -n "$(stat -c %s "$T/before")" "$T/before" "$T/after" || fail "a page is another now"
for name in $(cut -d' ' -f3 "$T/entries" | shuf -n 50); do
    "$TOOL" has 0 1 "$name" <"$T/after" >/dev/null || fail "$name is not on one page"
done
"$TOOL" pages 0 1 "$(relay_pk 1)" <"$T/after" >"$T/numbers"
lacks . uniq -d <(cut -d' ' -f1 "$T/numbers") # a page number twice
relay_stop 1
