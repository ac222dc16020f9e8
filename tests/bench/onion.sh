# SPDX-License-Identifier: ISC
# Throughput of exchanges (16 KiB up and down) through one onion service, in a
# private Tor network on this machine. All nine tors share its cores, so the
# rate here is theirs together; what an exchange costs the service's tor, which
# works on one core, says what one onion service could carry alone.
# BIN=build/release/bin bash tests/bench/onion.sh
: "${BIN:=$(realpath "$(dirname "$0")/../../build/release/bin")}"
export BIN
TOP=$(cd "$(dirname "$0")/../.." && pwd)
if ! command -v tor >/dev/null; then
    echo "onion: there is no tor here"
    exit 0
fi
net=$(mktemp -d)
export NET=$net/net
"$TOP/scripts/testnet" start "$NET" --life 600 --owner $$ || exit 1
. "$TOP/tests/tor/lib.sh"
BIN=$REAL # nobody watches: strace would be measured, too
finish() {
    local rc=$?
    "$TESTNET" stop "$NET"
    rm -rf "$net"
    (exit $rc)
    cleanup
}
trap finish EXIT
head -c 16384 /dev/zero | sed 's/^\x00\x00/\x01\x00/' >"$T/nop"
# cpu PID: milliseconds so far.
cpu() { awk -v hz="$(getconf CLK_TCK)" '{sub(/.*\) /, ""); print int(($12 + $13) * 1000 / hz)}' "/proc/$1/stat"; }
# load N EACH WHERE...: N circuits, EACH exchanges on each, with these curl options.
load() {
    local n=$1 each=$2 i k
    shift 2
    for ((k = 0; k < each; k++)); do
        for ((i = 0; i < n; i++)); do
            [ $((i + k)) -eq 0 ] || echo next
            printf 'url = "http://%s/v1/exchange"\ndata-binary = "@%s"\noutput = "%s"\n' "$ONION" "$T/nop" "$T/answer.$i.$k"
            printf 'header = "Expect:"\nheader = "Content-Type:"\nmax-time = 120\nfail\n'
            printf "$1" "$i" "$i"
        done
    done >"$T/load"
    curl --no-progress-meter --parallel --parallel-max "$n" -K "$T/load"
    rm "$T"/answer.*
}
network_make 1 union
relay_start 1
ONION=$(relay_onion 1)
onions_up "$ONION"
tor=$("$TESTNET" pids "$NET" | sed -n 's/^service //p')
for n in 1 8 32 64; do
    via="socks5-hostname = \"$SOCKS\"\nproxy-user = \"n$n-%d:%d\"\n"
    load $n 1 "$via" # circuits are built
    each=$((1000 / n > 50 ? 50 : 1000 / n))
    before=$(now_ms) tor_before=$(cpu "$tor") relay_before=$(cpu "$(relay_pid 1)")
    load $n $each "$via"
    ms=$(($(now_ms) - before)) tor_ms=$(($(cpu "$tor") - tor_before)) relay_ms=$(($(cpu "$(relay_pid 1)") - relay_before))
    awk -v n=$n -v all=$((n * each)) -v ms=$ms -v t=$tor_ms -v r=$relay_ms 'BEGIN {
        printf "onion: %d circuits: %.0f exchanges/s; of the processor an exchange takes the service'\''s tor %.2f ms (%.0f/s on a core of its own), relayd %.2f ms\n",
            n, all * 1000 / ms, t / all, all * 1000 / (t > 0 ? t : 1), r / all }'
done
relay_stop 1
