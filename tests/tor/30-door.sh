#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# The onion service for desks only: a stranger does not even find it; a vetted
# desk comes in. The relay answers nowhere else in this scenario.
. "$(dirname "$0")/lib.sh"
network_make 1 union
DESKS=$(relay_desks_onion 1)
# Only tor knows of both doors; the public one leads nowhere now.
sed -i '/^listen unix:tor\/all/d' "$T/relay1/relayd.conf"
relay_start 1

say "wrong lines, wrong organisations"
line=$(desk union onion-key 2>>"$T/union.log")
[ "$line" = "$(desk union onion-key 2>/dev/null)" ] || fail "another key each time"
ctl() { "$BIN/tocsin-relayctl" desk-auth --dir "$T/relay1" --tor-data "$NET/service/data" --name "$NAME-1" "$@"; }
must_fail 2 'not a line of tocsin-desk' ctl 'desk-auth'
must_fail 2 'not a line of tocsin-desk' ctl "${line}a"
must_fail 2 'not a line of tocsin-desk' ctl "$line more"
must_fail 1 'no such organisation' ctl "desk-auth $(printf '0%.0s' {1..64}) ${line##* }"
must_fail 2 'not a line of tocsin-relayctl' desk union door "desk-door $DESKS" --auth-dir "$NET/client/auth"
must_fail 2 'ClientOnionAuthDir' desk union door "desk-door $(cut -d' ' -f2 "$T/relay1.line") http://$DESKS"

say "a stranger"
before=$("$TESTNET" uploads "$NET")
"$TESTNET" reload "$NET" service
"$TESTNET" published "$NET" 2 "$before"
must_fail 97 . over_tor stranger -o /dev/null "http://$DESKS/v1/status"
must_fail 1 'publish|relay|reach' desk union publish

say "a desk that the operator lets in"
door=$(ctl "$line" 2>>"$T/relay1.log")
[ "$door" = "desk-door $(cut -d' ' -f2 "$T/relay1.line") http://$DESKS" ] || fail "the line for the desk: $door"
expect . desk union door "$door" --auth-dir "$NET/client/auth"
before=$("$TESTNET" uploads "$NET")
"$TESTNET" reload "$NET" service
"$TESTNET" published "$NET" 1 "$before"
"$TESTNET" reload "$NET" client
status() { over_tor "$RANDOM" -f -o "$T/answer" "http://$DESKS/v1/status"; }
wait_for 90 status
grep -qx "relay $(cut -d' ' -f2 "$T/relay1.line")" "$T/answer" || fail "somebody else answers"
desk union publish 2>>"$T/union.log" || fail "the desk can't publish through its door"
grep -q "^${DESKS%.onion}:" "$NET"/client/auth/*.auth_private || fail "no key for tor"
watch_nets
