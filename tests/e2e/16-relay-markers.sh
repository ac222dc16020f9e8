# SPDX-License-Identifier: ISC
# No identity, anywhere: markers that a request carries are nowhere in the
# store, the log, the status or the memory once its connection is closed.
. "$(dirname "$0")/relay_lib.sh"
. "$(dirname "$0")/memory.sh"
openssl req -x509 -newkey ed25519 -nodes -keyout "$T/tls.key" -out "$T/tls.pem" \
    -days 10 -subj /CN=localhost -addext subjectAltName=DNS:localhost 2>>"$T/openssl.log"
relay_alone 1 --listen tcp:127.0.0.1:0 --listen tls:127.0.0.1:0 --listen "unix:$T/relay1/tor proxy-protocol=yes" \
    --tls-cert "$T/tls.pem" --tls-key "$T/tls.key"
relay_start 1 --log "$T/relay1/relay.log"
pid=$(relay_pid 1)

# found MARKER...: where any of them is.
found() {
    local m
    memory "$pid" >"$T/memory"
    [ "$(stat -c %s "$T/memory")" -gt 1000000 ] || fail "the memory can't be read"
    for m in "$@"; do
        grep -aqF -- "$m" "$T/memory" && echo "memory: $m"
        grep -raqF -- "$m" "$T/relay1/store" && echo "store: $m"
        grep -aqF -- "$m" "$T/relay1/relay.log" "$T/relay1.log" "$T/relay1.ready" && echo "log: $m"
        grep -aqF -- "$m" "$T/status" && echo "status: $m"
    done
    return 0
}

agent=marker-agent-$RANDOM$RANDOM cookie=marker-cookie-$RANDOM$RANDOM
path=marker-path-$RANDOM$RANDOM origin=marker-origin-$RANDOM$RANDOM
circuit=$(printf '%x:%x' $((RANDOM % 60000 + 4096)) $((RANDOM % 60000 + 4096)))
"$TOOL" cell put marker >"$T/put"
"$TOOL" cell ring 1 marker >"$T/ring"
visit() {
    local f
    for f in put ring; do
        curl -sS --max-time 60 -A "$agent" -H "Cookie: $cookie" -H "Origin: http://$origin" -H 'Expect:' \
            -o /dev/null --data-binary "@$T/$f" "$@/v1/exchange"
    done
    curl -sS --max-time 60 -A "$agent" -H "X: $cookie" -o /dev/null "$@/v1/status"
    curl -sS --max-time 60 -A "$agent" -H "X: $cookie" -o /dev/null "$@/$path"
    curl -sS --max-time 60 -A "$agent" -o /dev/null -X POST -H 'Transfer-Encoding: chunked' -H "X: $cookie" -d "$path" "$@/v1/exchange"
}

say "the search finds what is there"
exec 9<>"/dev/tcp/127.0.0.1/$(relay_port 1 tcp)"
printf 'GET / HTTP/1.1\r\nX: %s' "$cookie" >&9
there() { prints '^memory' found "$cookie"; }
: >"$T/status"
wait_for 60 there
exec 9>&-

say "what was answered is wiped, though its connection goes on"
exec 9<>"/dev/tcp/127.0.0.1/$(relay_port 1 tcp)"
printf 'GET /v1/board/9/9 HTTP/1.1\r\nX: %s\r\n\r\nGET /v1' "$cookie" >"$T/two"
cat "$T/two" >&9 # at once
read -r line <&9
grep -q '^HTTP/1.1 404' <<<"$line" || fail "$line"
wiped() { [ -z "$(found "$cookie" | tee "$T/found")" ]; }
(wait_for 60 wiped) || fail "$(cat "$T/found")"
exec 9>&-

say "visits from an address of their own, by TCP, TLS and a circuit"
visit --interface 127.0.0.77 "http://127.0.0.1:$(relay_port 1 tcp)"
visit --interface 127.0.0.77 --cacert "$T/tls.pem" -k "https://127.0.0.1:$(relay_port 1 tls)"
printf 'put marker\nring 0 marker\nget marker\nburn marker wrong\n' |
    "$TOOL" speak-proxy "$T/relay1/tor" "PROXY TCP6 fc00:dead:beef:4dad::$circuit ::1 1 80" >/dev/null
"$BIN/tocsin-relayctl" status --dir "$T/relay1" >"$T/status"
relay_get 1 /v1/status >>"$T/status"
gone() { [ -z "$(found "$agent" "$cookie" "$path" "$origin" 127.0.0.77 "$circuit" | tee "$T/found")" ]; }
(wait_for 60 gone) || fail "$(cat "$T/found")"

say "the peer's address is not there as bytes, nor the drop's in log and status"
memory "$pid" >"$T/memory"
LC_ALL=C grep -aqP '\x02\x00..\x7f\x00\x00\x4d' "$T/memory" && fail "a socket address is kept"
address=$(dd if="$T/put" bs=1 skip=16 count=32 status=none | od -An -v -tx1 | tr -d ' \n')
grep -qi "${address:0:16}" "$T/relay1/relay.log" "$T/relay1.log" "$T/status" && fail "an address of a drop"
say "what was put and read is wiped, too"
says 1 'present intact' "get marker"
says 1 'stored [0-9]+' "put marker"
box=$(printf '\\x%s' $(dd if="$T/put" bs=1 skip=500 count=24 status=none | od -An -v -tx1))
memory "$pid" >"$T/memory"
LC_ALL=C grep -aqP "$box" "$T/memory" && fail "a box is kept"

say "times in the log are days"
grep -qvE '^20[0-9]{2}-[0-9]{2}-[0-9]{2} [^0-9]' "$T/relay1/relay.log" && fail "$(cat "$T/relay1/relay.log")"
grep -qE '[0-9]{2}:[0-9]{2}' "$T/relay1/relay.log" && fail "a time of day"
relay_stop 1
grep -qE '[0-9]{2}:[0-9]{2}' "$T/relay1/relay.log" && fail "a time of day"
[ -z "$(find "$T/relay1" -newer "$T/put" -type f ! -path '*/store/*' ! -name relay.log)" ] || fail "files beside the store"
