#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Tor is what is gone through, or nothing: it is found where Debian's tor and
# Tor Browser listen, names are not looked up, and without it clients refuse.
# And what watches over that in each scenario sees it when it is not so.
. "$(dirname "$0")/lib.sh"
network_make 1 union
relay_start 1
ONION=$(relay_onion 1)
onions_up "$ONION"
desk union publish 2>>"$T/union.log"

say "without Tor nothing goes"
IPC=$TOR_SOCKS_IPC_PATH
export TOR_SOCKS_PORT=1
unset TOR_SOCKS_IPC_PATH
must_fail 1 'Tor is not running here' tocsin orgs --fresh
must_fail 1 'Tor is not running here' desk union publish
must_fail 1 "needs Tor's SOCKS port" tocsin orgs --fresh --no-tor
must_fail 2 'only one of them' tocsin orgs --fresh --no-tor --socks "$SOCKS"
must_fail 1 'Tor is not running here' tocsin report --to union --language en --print-code <<<'Wages.'
unset TOR_SOCKS_PORT

# A machine's view of its own: a loopback without listeners, an empty /run.
# found_at WHERE [OTHER [USER]]: a client finds Tor there; OTHER is a listener
# which is none, of that user.
found_at() {
    : >"$T/seen"
    NETS_HERE=env timeout 60 unshare -n -m bash -c '
        set -e
        mount -t tmpfs tmpfs /run
        mkdir /run/tor
        perl -e '\''socket(S, 2, 2, 0) or exit 1; my $lo = pack "Z16s", "lo", 0x49; ioctl(S, 0x8914, $lo) or exit 1'\''
        trap '\''kill $(jobs -p) 2>/dev/null || true'\'' EXIT
        if [ -n "$4" ]; then
            setpriv --reuid "$7" --regid "$7" --clear-groups perl -MIO::Socket::INET -e '\''
                my $s = IO::Socket::INET->new(LocalAddr => shift, Listen => 9) or exit 1;
                while (my $c = $s->accept) { print $c "HTTP/1.1 400 Bad\r\n" }'\'' "$4" >/dev/null 2>&1 &
            until grep -q '\'':235A 0*:0000 0A '\'' /proc/net/tcp; do sleep 0.1; done # lint: because this network is ours alone
        fi
        if [ "$1" != none ]; then
            "$2" "$1" "socks:$3" "$6/seen" >"$6/found.out" 2>&1 &
            for _ in $(seq 600); do
                ! grep -q ready "$6/found.out" || break
                sleep 0.1
            done
            grep -q ready "$6/found.out"
        fi
        "$5/tocsin" orgs --fresh --network "$6/network"' x "$1" "$(dirname "$REAL")/tests/tools/sockslog" "$IPC" "${2:-}" "$BIN" "$T" "${3:-$(id -u)}"
}
if [ -n "$alone" ] && unshare -m true 2>/dev/null; then
    say "Tor is found: Debian's socket, Debian's port, Tor Browser's port"
    must_fail 1 'Tor is not running here' found_at none
    must_fail 1 'Tor is not running here' found_at none 127.0.0.1:9050
    for where in /run/tor/socks tcp:9050 tcp:9150; do
        expect '^union ' found_at $where
        grep -q "^[0-9a-f]* $ONION /v1/directory$" "$T/seen" || fail "nothing went through $where"
    done
    expect '^union ' found_at tcp:9150 127.0.0.1:9050
    say "what another user has at Tor's port is not Tor; it is said whose it is"
    must_fail 1 '127.0.0.1:9050 is not Tor.s: it belongs to nobody' found_at none 127.0.0.1:9050 65534
    must_fail 1 '127.0.0.1:9050 is not Tor.s: it belongs to nobody' found_at none 0.0.0.0:9050 65534
    expect '^union ' found_at tcp:9150 127.0.0.1:9050 65534
    [ -s "$T/seen" ] || fail "nothing went through Tor Browser's port"
else
    say "no namespaces of its own here: the ports are not looked at"
fi
watch_nets 127.0.0.1:1 127.0.0.1:9050 127.0.0.1:9150

say "the watch sees what goes elsewhere"
blind() { (watch_nets 127.0.0.1:1 127.0.0.1:9050 127.0.0.1:9150) >"$T/watched" 2>&1; }
for url in http://127.0.0.1:2 http://relay.example; do
    "$BIN/tocsin-root" remove "$T/root/dir.note" relay "$(cut -d' ' -f2 "$T/relay1.line")" --now 2>>"$T/root.log"
    "$BIN/tocsin-root" add "$T/root/dir.note" relay "$(cut -d' ' -f2- "$T/relay1.line")" --url "$url" 2>>"$T/root.log"
    directory_publish
    blind || fail "$(cat "$T/watched")"
    must_fail 1 . tocsin orgs --fresh --no-tor
    if blind; then fail "a client went to $url, and the watch saw nothing"; fi
    grep -q 'went elsewhere' "$T/watched" || fail "$(cat "$T/watched")"
    grep -lE 'sin6?_port=htons\((2|53)\)|SOCK_DGRAM' "$T"/nets/tocsin.* >"$T/went"
    rm "$(sed -n 1p "$T/went")"
done
