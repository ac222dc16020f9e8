#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# A private Tor network leaves nothing behind: neither when it is ended while
# it starts, nor when nobody is left to end it.
. "$(dirname "$0")/lib.sh"
tors() { pgrep -cf "tor --defaults-torrc $T/net/none " || true; }
are_up() { [ "$(tors)" -ge 7 ]; }
are_gone() { [ "$(tors)" = 0 ]; }

say "ended by a signal while it starts"
"$TESTNET" start "$T/net" 2>"$T/net.log" &
starting=$!
wait_for 200 are_up
kill -TERM $starting
wait $starting && fail "a start that was ended says it is done"
are_gone || fail "$(tors) processes are left"
[ ! -e "$T/net" ] || fail "files are left: $(ls "$T/net")"

say "its owner is killed, and so is what starts it"
sleep 300 &
owner=$!
"$TESTNET" start "$T/net" --owner $owner 2>"$T/net.log" &
starting=$!
wait_for 200 are_up
kill -9 $starting $owner
wait_for 100 are_gone
files_are_gone() { [ ! -e "$T/net" ]; }
wait_for 60 files_are_gone

say "one of them hangs"
sleep 300 &
owner=$!
"$TESTNET" start "$T/net" --owner $owner 2>"$T/net.log"
kill -STOP "$("$TESTNET" pids "$T/net" | sed -n 's/^relay4 //p')"
kill -9 $owner
wait_for 100 are_gone
wait_for 60 files_are_gone
