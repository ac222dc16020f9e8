# SPDX-License-Identifier: ISC
# Helpers of the scenarios over a private Tor network (see run): everything
# that talks to a relay does so by its onion service. All programs of ours run
# under strace, in a network namespace without interfaces where the machine
# lets us make one; watch_nets says at the end what they connected to.
# shellcheck source=../e2e/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../e2e/lib.sh"
: "${NET:?the folder of a testnet; tests/tor/run makes one}"
TESTNET=$TOP/scripts/testnet
NAME=$(basename "$0" .sh)
REAL=$BIN
export TOR_SOCKS_IPC_PATH=$NET/client/socks
SOCKS=$("$TESTNET" socks "$NET")

figure() { printf 'figure: %s\n' "$*"; }
now_ms() { date +%s%3N; }
seconds() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.1f s", (b - a) / 1000 }'; }

# Programs as tests call them: each with a log of what it opened.
mkdir "$T/bin" "$T/nets"
alone=
if unshare -n true 2>/dev/null; then alone='unshare -n'; fi
for p in "$REAL"/tocsin*; do
    printf '#!/bin/sh\nexec ${NETS_HERE:-%s} strace -D -f -qq --seccomp-bpf -e trace=socket,connect,bind,sendto,sendmsg,sendmmsg -o "%s/nets/%s.$$" "%s" "$@"\n' \
        "$alone" "$T" "$(basename "$p")" "$p" >"$T/bin/$(basename "$p")"
    chmod +x "$T/bin/$(basename "$p")"
done
BIN=$T/bin

# watch_nets [ADDRESS...]: fails if a program connected to, bound, or sent to
# an internet address but these, or made a socket for anything but TCP or Unix
# sockets.
watch_nets() {
    local allowed='^$' a seen
    for a; do
        allowed+="|sin_port=htons\\(${a##*:}\\), sin_addr=inet_addr\\(\"${a%:*}\"\\)"
    done
    seen=$(grep -hE 'sin6?_port|SOCK_DGRAM|SOCK_RAW|AF_PACKET' "$T"/nets/* | grep -vE "$allowed" || true)
    # No datagrams at all, that is: no name is looked up.
    [ -z "$seen" ] || fail "a program of ours went elsewhere: $(head -n 5 <<<"$seen")"
    [ -n "$(cat "$T"/nets/*)" ] || fail "nothing was watched"
    say "watched $(ls "$T/nets" | wc -l) programs, $(cat "$T"/nets/* | grep -c 'connect(') connections: none left the machine or looked up a name${alone:+; they had no network at all}"
}

# relay_setup N: as an onion service of the testnet's tor.
relay_setup() {
    local n=$1
    shift
    mkdir -p -m 700 "$NET/service/data"
    "$BIN/tocsin-relayctl" setup --onion --dir "$T/relay$n" --boxes "${BOXES:-256}" --name "$NAME-$n" \
        --tor-data "$NET/service/data" --torrc "$NET/service/torrc" --apparmor "$T/none" "$@" \
        >"$T/relay$n.said" 2>>"$T/relay$n.log"
    sed -n 1p "$T/relay$n.said" >"$T/relay$n.line"
    sed -n 's/^url //p' "$T/relay$n.said" >"$T/relay$n.url"
}
relay_url() { cat "$T/relay$1.url"; }
relay_onion() { sed 's/^http:..//' "$T/relay$1.url"; }
relay_desks_onion() { cat "$NET/service/data/$NAME-$1-desks/hostname"; }

# over_tor USER CURL-ARGUMENT...: with this SOCKS user, so on its circuit.
over_tor() {
    local user=$1
    shift
    curl -sS --max-time 60 --socks5-hostname "$SOCKS" --proxy-user "$user:$user" "$@"
}

# onions_up ONION...: tor takes up new services and their descriptors can be
# found.
onions_up() {
    local o before
    before=$("$TESTNET" uploads "$NET")
    "$TESTNET" reload "$NET" service
    # A descriptor that is not there is not asked for again for a while.
    "$TESTNET" published "$NET" $# "$before"
    for o; do
        wait_for 60 over_tor "$RANDOM" -f -o /dev/null "http://$o/v1/status"
    done
}
tor_cleanup() {
    local rc=$?
    set +e
    rm -f "$NET/service/torrc.d/$NAME"-*.conf
    "$TESTNET" reload "$NET" service
    rm -rf "$NET/service/data/$NAME"-*
    (exit $rc)
    cleanup
}
trap tor_cleanup EXIT
