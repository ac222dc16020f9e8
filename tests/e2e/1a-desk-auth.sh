#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Who may come in by the door for desks, as files of tor's. tests/tor/30-door.sh
# goes through it; here is what can go wrong with the folder.
. "$(dirname "$0")/lib.sh"
network_make 1 union
DATA=$T/tor
CLIENTS=$DATA/tocsin-desks/authorized_clients
ctl() { "${UNDER[@]}" "$BIN/tocsin-relayctl" desk-auth --dir "$T/relay1" --tor-data "$DATA" "$@" 2>&1; }
UNDER=()
mkdir -p "$CLIENTS"
chmod -R go= "$DATA"
is_key() { grep -qxE 'descriptor:x25519:[A-Z2-7]{52}' "$CLIENTS/$1.auth"; }
"$BIN/tocsin-root" doors --out "$T/doors" 2>>"$T/root.log"
root_sign "$T/doors"

say "nobody on the list, and the key of nobody lost or empty: the door stays closed"
expect 'may come in: 0; shut out now: 0' ctl "$T/doors"
is_key nobody || fail "tor would let everybody in: $(ls "$CLIENTS")"
: >"$CLIENTS/nobody.auth"
expect 'may come in: 0' ctl
is_key nobody || fail "tor would let everybody in: $(cat "$CLIENTS/nobody.auth")"

say "a desk comes, and goes; what was shut out stays out after a power cut"
union=$("$BIN/tocsin-desk" onion-key --dir "$T/union" --passphrase-fd 3 3<<<"$PASS" 2>>"$T/union.log")
file=$(cut -d' ' -f2 <<<"$union" | cut -c 1-16)
"$BIN/tocsin-root" add "$T/doors" desk "$union" 2>>"$T/root.log"
root_sign "$T/doors"
expect 'may come in: 1; shut out now: 0' ctl "$T/doors"
is_key "$file" || fail "the desk has no key: $(ls "$CLIENTS")"
"$BIN/tocsin-root" remove "$T/doors" desk "$(cut -d' ' -f2 <<<"$union")" 2>>"$T/root.log"
root_sign "$T/doors"
UNDER=(env ASAN_OPTIONS=detect_leaks=0 strace -o "$T/calls" -e "trace=unlinkat,fsync")
expect 'may come in: 0; shut out now: 1' ctl "$T/doors"
UNDER=()
sed -n "/^unlinkat(.*$file.auth/,\$p" "$T/calls" | grep -q '^fsync(.*= 0' || fail "not on disk: $(cat "$T/calls")"
[ "$(ls "$CLIENTS")" = nobody.auth ] || fail "who may come in: $(ls "$CLIENTS")"

say "a directory that has expired may lack who was revoked: the operator is told"
if ctl | grep -q expired; then fail "it has not"; fi
clock_add $((100 * 86400))
expect 'the directory has expired: ask for a new network file' ctl
clock_add $((-100 * 86400))

if [ "$(id -u)" = 0 ]; then
    say "what is made is tor's, the folder too; root follows none of its links"
    chmod 711 "$T"
    rm -r "$CLIENTS"
    chown -R nobody "$DATA"
    expect 'may come in: 0' ctl
    [ -z "$(find "$DATA" ! -user nobody)" ] || fail "tor can't read: $(find "$DATA" ! -user nobody)"
    echo mine >"$T/mine"
    ln -sf "$T/mine" "$CLIENTS/nobody.auth"
    must_fail 1 'denied' ctl
    [ "$(cat "$T/mine") $(stat -c %u "$T/mine")" = "mine 0" ] || fail "a file of root's was changed: $(cat "$T/mine")"
    [ "$(stat -c %u "$T/relay1/doors")" = 0 ] || fail "the list is not the relay's"
fi
