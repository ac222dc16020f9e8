#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Files that were cut off: one clear error each, nothing else is touched, and
# with the file as it was nothing is lost. The same for who asks nonsense of
# the control socket.
. "$(dirname "$0")/relay_lib.sh"
openssl req -x509 -newkey ed25519 -nodes -keyout "$T/tls.key" -out "$T/tls.pem" \
    -days 10 -subj /CN=localhost 2>>"$T/openssl.log"
relay_alone 1 --listen tls:127.0.0.1:0 --tls-cert "$T/tls.pem" --tls-key "$T/tls.key"
mv "$T/tls.pem" "$T/tls.key" "$T/relay1/"
sed -i "s|$T/tls|$T/relay1/tls|" "$T/relay1/relayd.conf"
relay_start 1
for i in $(seq 20); do echo "put a$i"; done >"$T/puts"
"$TOOL" speak "$T/relay1/sock" <"$T/puts" >"$T/out"
[ "$(grep -c ': stored' "$T/out")" = 20 ] || fail "$(cat "$T/out")"
says 1 burned "burn a20"
says 1 'queued 0 [0-9]+' "ring 0 e"

say "the control socket answers who asks for the status, and nobody else"
ask() { curl -sS --http0.9 --max-time 60 --unix-socket "$T/relay1/control" "$@" http://relay/ 2>/dev/null; }
for x in x "$(head -c 5000 /dev/zero | tr '\0' x)"; do
    if ask -H "x: $x" >"$T/said"; then fail "it takes HTTP"; fi
    [ ! -s "$T/said" ] || fail "it answers: $(cat "$T/said")"
done
expect 'clock right' "$BIN/tocsin-relayctl" status --dir "$T/relay1"
relay_stop 1

cp -a "$T/relay1" "$T/whole"
looks=0
stamps() { (cd "$1" && find . -type f ! -name '*-lock' ! -path "./$2" -printf '%P %s %T@\n' | sort); }
# Every other file is as it was; of the many of the long run each twentieth time to
# the byte, else by sizes and times.
same_but() {
    local f
    looks=$((looks + 1))
    [ "$(stamps "$T/whole" "$1")" = "$(stamps "$T/relay1" "$1")" ] || return 1
    [ -z "${TOCSIN_LONG:-}" ] || [ $((looks % 20)) = 0 ] || return 0
    (cd "$T/whole" && find . -type f ! -name '*-lock') | while read -r f; do
        [ "$f" = "./$1" ] || cmp "$T/whole/$f" "$T/relay1/$f" || exit 1
    done
}
# cut FILE PATTERN LENGTH...
cut_off() {
    local f=$1 pattern=$2 len rc want=1
    [ "$f" != relayd.conf ] || want=2 # what no new start heals
    shift 2
    for len in "$@"; do
        head -c "$len" "$T/whole/$f" >"$T/relay1/$f"
        rc=0
        "$BIN/tocsin-relayd" -c "$T/relay1/relayd.conf" >"$T/out" 2>"$T/err" || rc=$?
        [ $rc = $want ] || fail "$f of $len bytes: exit $rc, $(cat "$T/err")"
        grep -v 'running as root' "$T/err" >"$T/error"
        [ "$(wc -l <"$T/error")" = 1 ] || fail "$f of $len bytes: not one error: $(cat "$T/error")"
        grep -qE -- "$pattern" "$T/error" || fail "$f of $len bytes: no '$pattern' in: $(cat "$T/error")"
        [ "$(stat -c %s "$T/relay1/$f")" = "$len" ] || fail "$f of $len bytes was written to"
        case $f in store/slab | store/index.lmdb)
            must_fail 1 "wrong: the store .*$pattern" "$BIN/tocsin-relayctl" check --dir "$T/relay1" ;;
        esac
        same_but "$f" || fail "$f of $len bytes: another file was touched"
        cp -a "$T/whole/$f" "$T/relay1/$f"
    done
}
size() { stat -c %s "$T/whole/$1"; }

say "cut off: store"
cut_off store/slab 'slab' 0 1 16384 $(($(size store/slab) / 2)) $(($(size store/slab) - 1)) $(lengths 0 $(($(size store/slab) - 1)))
cut_off store/weekkeys 'weekkeys' 0 1 512 $(($(size store/weekkeys) - 1)) $(lengths 0 $(($(size store/weekkeys) - 1)))
cut_off store/index.lmdb 'index.lmdb' 0 1 4096 8192 $(lengths 0 8191)
say "cut off: keys and certificates"
cut_off page.key 'page key' 0 31
cut_off tls.key 'no certificate and its key' 0 60
cut_off tls.pem 'no certificate and its key' 0 100
say "cut off: network file"
cut_off bundle 'bundle' 0 3 4 100 $(($(size bundle) / 2)) $(($(size bundle) - 1)) $(lengths 0 $(($(size bundle) - 1)))
for at in $(lengths 0 $(($(size bundle) - 1))); do
    flipped "$T/relay1/bundle" "$at"
    must_fail 1 'bundle' "$BIN/tocsin-relayd" -c "$T/relay1/relayd.conf"
    same_but bundle || fail "byte $at of the bundle turned over: another file was touched"
    cp -a "$T/whole/bundle" "$T/relay1/bundle"
done
say "cut off: configuration"
cut_off relayd.conf 'line [0-9]*: |no listen line|tls-cert' 0 \
    "$(($(grep -b '^listen' "$T/whole/relayd.conf" | sed -n '1s/:.*//p') + 9))" \
    "$(($(grep -b '^tls-key' "$T/whole/relayd.conf" | cut -d: -f1) + 4))"

say "with the files as they were, nothing is lost"
relay_start 1
sed 's/^put/get/' "$T/puts" | "$TOOL" speak "$T/relay1/sock" >"$T/out"
[ "$(grep -c ': present intact' "$T/out")" = 19 ] || fail "$(cat "$T/out")"
says 1 absent "get a20"
says 1 taken "put a20"
sealed_now() { prints ': sealed' speak 1 "ring 0 e"; }
wait_for 60 sealed_now
relay_get 1 "/v1/board/0/day/$(($(now) / DAY))" | "$TOOL" pages 0 1 "$(relay_pk 1)" >/dev/null
relay_stop 1

say "entries that the disk has lost are not kept from the operator"
# Early in an hour, so that what is due by its end waits.
clock_add $((3610 - $(now) % 3600))
TICK=3600 relay_alone 2 # lint: it has just begun
relay_start 2
says 2 'queued 0 [0-9]+' "ring 0 a"
says 2 'queued 0 [0-9]+' "ring 0 b"
expect '^entries-lost 0$' "$BIN/tocsin-relayctl" status --dir "$T/relay2"
relay_stop 2
slots=$(($(stat -c %s "$T/relay2/store/slab") / 16384 - 1))
dd if=/dev/urandom of="$T/relay2/store/slab" bs=16384 seek=1 count="$slots" conv=notrunc status=none
relay_start 2
expect '^entries-lost 2$' "$BIN/tocsin-relayctl" status --dir "$T/relay2"
told() { grep -q 'has lost 2 entries' "$T/relay2.log"; }
wait_for 60 told
says 2 'queued 0 [0-9]+' "ring 0 a"
