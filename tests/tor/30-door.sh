#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# The onion service for desks only, whom the root signers list: a stranger does
# not even find it; a listed desk comes in; when it is revoked it is out. The
# relay answers nowhere else in this scenario.
. "$(dirname "$0")/lib.sh"
network_make 1 union press
DESKS=$(relay_desks_onion 1)
ID=$(cut -d' ' -f2 "$T/relay1.line")
CLIENTS=$NET/service/data/$NAME-1-desks/authorized_clients
# Only tor knows of both doors; the public one leads nowhere now.
sed -i '/^listen unix:tor\/all/d' "$T/relay1/relayd.conf"
relay_start 1
ctl() { "$BIN/tocsin-relayctl" desk-auth --dir "$T/relay1" --tor-data "$NET/service/data" --name "$NAME-1" "$@" 2>&1; }
root() { "$BIN/tocsin-root" "$@" 2>&1; }
add() { root add "$T/doors" "$@" >>"$T/root.log"; }
# Descriptors from before come up until all directories have the new ones, and
# tor does not ask again at once for those it did not find.
comes_in() { "$TESTNET" forget "$NET" && stranger; }
is_out() {
    local rc=0
    "$TESTNET" forget "$NET"
    stranger || rc=$?
    [ $rc = 97 ]
}

say "the list of doors: made by desks and relays, signed by the root"
door=$(grep '^door ' "$T/relay1.said")
[ "$door" = "door $ID http://$DESKS" ] || fail "setup says: $door"
union=$(desk union onion-key 2>>"$T/union.log")
[ "$union" = "$(desk union onion-key 2>>"$T/union.log")" ] || fail "another key each time"
root doors --out "$T/doors" >>"$T/root.log"
must_fail 1 'line of a list of doors' root add "$T/doors" desk "${union%=}"
must_fail 1 'line of a list of doors' root add "$T/doors" door "door $ID https://relay.example"
must_fail 1 'not a list of doors' root add "$T/root/dir.note" desk "$union"
add door "$door"
add desk "$union"
must_fail 1 'listed already' root add "$T/doors" desk "$union"
must_fail 1 'not a signed list' ctl "$T/doors"
"$BIN/tocsin-root" sign "$T/doors" --key "$T/root/bo.key" --yes --passphrase-fd 3 3<<<"$PASS" 2>>"$T/root.log"
must_fail 1 'no list of doors' ctl
must_fail 3 'NOT AUTHENTIC' ctl "$T/doors"
root_sign "$T/doors"
expect 'doors for desks, version 1, signed by ana, bo' root verify --root "$T/root/root.note" "$T/doors"
must_fail 1 'for operators and desks' root bundle --out "$T/x" "$T/root/root.note" "$T/root/dir.note" "$T/doors"
sed 's/issued 2/issued 1/' "$T/doors" >"$T/changed"
must_fail 3 'NOT AUTHENTIC' ctl "$T/changed"
[ "$(ls "$CLIENTS")" = nobody.auth ] || fail "somebody was let in: $(ls "$CLIENTS")"
must_fail 2 'ClientOnionAuthDir' desk union door "$T/doors"
must_fail 3 'NOT AUTHENTIC' desk union door "$T/changed" --auth-dir "$NET/client/auth"
must_fail 1 'not on the list' desk press door "$T/doors" --auth-dir "$NET/client/auth"

say "a stranger"
before=$("$TESTNET" uploads "$NET")
"$TESTNET" reload "$NET" service
"$TESTNET" published "$NET" 2 "$before"
stranger() { over_tor "$RANDOM" -o "$T/answer" "http://$DESKS/v1/status"; }
must_fail 97 . stranger
must_fail 1 'publish|relay|reach' desk union publish

say "a desk that is on the list"
expect 'may come in: 1; shut out now: 0' ctl "$T/doors"
expect . desk union door "$T/doors" --auth-dir "$NET/client/auth"
grep -q "^${DESKS%.onion}:" "$NET"/client/auth/*.auth_private || fail "no key for tor"
"$TESTNET" reload "$NET" service
"$TESTNET" reload "$NET" client
wait_for 120 comes_in
grep -qx "relay $ID" "$T/answer" || fail "somebody else answers"
desk union publish 2>>"$T/union.log" || fail "the desk can't publish through its door"

say "another desk comes, the first is revoked: it is out"
root remove "$T/doors" desk "$(cut -d' ' -f2 <<<"$union")" >>"$T/root.log"
add desk "$(desk press onion-key 2>>"$T/press.log")"
root_sign "$T/doors"
cp "$T/doors" "$T/doors2"
add desk "$union"
root_sign "$T/doors"
expect 'version 3' root show "$T/doors"
expect 'may come in: 2; shut out now: 0' ctl "$T/doors"
must_fail 1 'older than the list in use' ctl "$T/doors2"
root revoke "$T/root/dir.note" union >>"$T/root.log"
directory_publish
expect 'not let in: the directory does not list it, or revoked it' ctl
[ "$(ls "$CLIENTS" | wc -l)" = 2 ] || fail "who may come in: $(ls "$CLIENTS")"
[ ! -e "$CLIENTS/$(cut -d' ' -f2 <<<"$union" | cut -c 1-16).auth" ] || fail "the revoked desk has a key there"
"$TESTNET" reload "$NET" service
wait_for 120 is_out
say "who is on the list comes in by its own key"
rm "$NET"/client/auth/*.auth_private
expect . desk press door "$T/doors" --auth-dir "$NET/client/auth"
"$TESTNET" reload "$NET" client
wait_for 120 comes_in
rm "$NET"/client/auth/*.auth_private
watch_nets
