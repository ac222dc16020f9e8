# SPDX-License-Identifier: ISC
# Figures of a relay on this machine: exchanges a second over 32 connections
# kept alive (16 KiB up and down, loopback TCP), memory idle and with 1,000
# connections open. The load itself takes half of the machine.
# BIN=build/release/bin bash tests/bench/relay.sh
: "${BIN:=$(dirname "$0")/../../build/release/bin}"
. "$(dirname "$0")/../e2e/relay_lib.sh"
LOAD=$TOOLS/load
seconds=${SECONDS_EACH:-3}
BOXES=${BOXES:-65536} relay_alone 1 --listen tcp:127.0.0.1:0
relay_start 1 --puts 100000000 --connections 2048
rss() { awk '/^VmRSS|^RssAnon/ {printf "%s%d KiB", (n++ ? ", " : ""), $2} END {print ""}' "/proc/$(relay_pid 1)/status"; }
echo "relay: resident memory after the start (all, own): $(rss)"
port=$(relay_port 1)
for op in nop get put; do
    bare=$("$LOAD" bare 32 "$seconds")
    got=$("$LOAD" exchange "127.0.0.1:$port" $op 32 "$seconds")
    echo "relay: $op, 32 connections: $got exchanges/s, $((got * 100 / bare)) % of threads that only read and write ($bare/s)"
done
echo "relay: resident memory after that: $(rss)"
mkfifo "$T/hold"
exec 8<>"$T/hold"
"$LOAD" open "127.0.0.1:$(relay_port 1)" 1000 <"$T/hold" >"$T/open" &
PIDS+=($!)
wait_for 20 grep -q open "$T/open"
echo "relay: resident memory with 1,000 connections open: $(rss)"
exec 8>&-
relay_stop 1
