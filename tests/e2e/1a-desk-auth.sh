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
prints '^fsync\(.*= 0' sed -n "/^unlinkat(.*$file.auth/,\$p" "$T/calls" || fail "not on disk: $(cat "$T/calls")"
[ "$(ls "$CLIENTS")" = nobody.auth ] || fail "who may come in: $(ls "$CLIENTS")"

say "no older list is taken, and no other of the same version; by the desk neither"
cp "$T/doors" "$T/doors3"
auth=$T/auth
mkdir "$auth"
door() { desk union door "$1" --auth-dir "$auth" 2>&1; }
same() { cmp "$T/before" "$1" || fail "changed by a list that was refused"; }
relay=$(cut -d' ' -f2 "$T/relay1.line")
url=http://2gzyxa5ihm7nsggfxnu52rck2vv4rvmdlkiu3zzui5du4xyclen53wid.onion # as in tests/unit/onion_test.c
# signed FILE: as what follows version 3, whatever it says.
signed() {
    local n
    for n in ana bo; do
        "$BIN/tocsin-root" sign "$1" --key "$T/root/$n.key" --old "$T/doors3" --root "$T/root/root.note" --yes --passphrase-fd 3 3<<<"$PASS" 2>>"$T/root.log"
    done
}
"$BIN/tocsin-root" add "$T/doors" desk "$union" 2>>"$T/root.log"
"$BIN/tocsin-root" add "$T/doors" door "$relay $url" 2>>"$T/root.log"
sed 's/^tocsin-doors v4/tocsin-doors v5/' "$T/doors" >"$T/doors5"
grep -v '^door ' "$T/doors5" >"$T/fork"
mv "$T/doors" "$T/doors4"
for n in doors4 doors5 fork; do signed "$T/$n"; done
expect 'may come in: 1' ctl "$T/doors5"
expect . door "$T/doors5"
expect . door "$T/doors5" # the same again
for f in relay1/doors union/doors; do
    cp "$T/$f" "$T/before"
    take() { if [ "$f" = union/doors ]; then door "$1"; else ctl "$1"; fi; }
    must_fail 1 'doors4: version 4, older than the list in use, version 5' take "$T/doors4"
    same "$T/$f"
    must_fail 3 'fork: version 5 as the list in use, version 5, but another text' take "$T/fork"
    same "$T/$f"
done
grep -q "$url" "$T/union/doors" || fail "another door: $(cat "$T/union/doors")"
echo damaged >"$T/relay1/doors"
must_fail 1 'the list in use is damaged' ctl "$T/doors4"
sed -i 1d "$T/union/doors"
must_fail 1 'union/doors: malformed' door "$T/doors4"
cp "$T/doors3" "$T/relay1/doors" # as it was, without the desk
expect 'may come in: 0' ctl

say "a directory that has expired may lack who was revoked: the operator is told"
lacks expired ctl
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
