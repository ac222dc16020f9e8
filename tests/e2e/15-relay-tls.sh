# SPDX-License-Identifier: ISC
# TLS 1.3 and nothing else: no older version, no tickets, HTTP/1.1.
. "$(dirname "$0")/relay_lib.sh"
openssl req -x509 -newkey ed25519 -nodes -keyout "$T/tls.key" -out "$T/tls.pem" \
    -days 10 -subj /CN=localhost -addext subjectAltName=DNS:localhost 2>>"$T/openssl.log"
chmod 600 "$T/tls.key"
must_fail 1 'tls-cert' "$BIN/tocsin-relayctl" setup --dir "$T/no" --boxes 16 --listen tls:127.0.0.1:0
relay_alone 1 --listen tls:127.0.0.1:0 --listen tcp:127.0.0.1:0 --tls-cert "$T/tls.pem" --tls-key "$T/tls.key"
relay_start 1
port=$(relay_port 1 tls)
[ -n "$port" ] || fail "no port: $(cat "$T/relay1.ready")"
tls() { curl -sS --max-time 60 --cacert "$T/tls.pem" --resolve "localhost:$port:127.0.0.1" "$@"; }

say "an exchange over TLS, the same bytes as without"
"$TOOL" cell put a >"$T/put"
"$TOOL" cell get a >"$T/get"
for f in put get; do
    tls --data-binary "@$T/$f" -H 'Expect:' -o "$T/$f.answer" "https://localhost:$port/v1/exchange"
done
prints '^stored' "$TOOL" answer 1 <"$T/put.answer" || fail "PUT"
[ "$(post 1 "$T/get")" = 200 ]
cmp "$T/answer" "$T/get.answer" || fail "GET differs"
tls "https://localhost:$port/v1/directory" | cmp - "$T/relay1/bundle" || fail "the bundle"
tls -w '%{num_connects} %{http_version}\n' -o /dev/null "https://localhost:$port/v1/status" -o /dev/null "https://localhost:$port/v1/status" >"$T/twice"
[ "$(cat "$T/twice")" = "$(printf '1 1.1\n0 1.1')" ] || fail "no second request on a connection: $(cat "$T/twice")"

say "TLS 1.2 is refused, tickets are not handed out"
must_fail 35 . curl -sS --max-time 60 --cacert "$T/tls.pem" --resolve "localhost:$port:127.0.0.1" --tls-max 1.2 "https://localhost:$port/v1/status"
printf 'GET /v1/status HTTP/1.1\r\nConnection: close\r\n\r\n' |
    timeout 60 openssl s_client -connect "127.0.0.1:$port" -servername localhost -verify_hostname localhost -CAfile "$T/tls.pem" -alpn h2,http/1.1 -ign_eof >"$T/session" 2>&1 || true
grep -q 'New, TLSv1.3' "$T/session" || fail "not TLS 1.3"
grep -q 'ALPN protocol: http/1.1' "$T/session" || fail "no ALPN"
grep -q 'Verify return code: 0' "$T/session" || fail "not verified"
grep -qi 'session-id: [0-9A-F]' "$T/session" && fail "a session to resume"
grep -qi 'ticket' "$T/session" && fail "a ticket"
grep -q '^tocsin 1' "$T/session" || fail "no answer"

say "a handshake that does not come, and one that is none, end"
relay_stop 1
relay_start 1 --request-timeout 2 --idle-timeout 2
port=$(relay_port 1 tls)
exec 9<>"/dev/tcp/127.0.0.1/$port"
timeout 60 cat <&9 >/dev/null 2>&1 || [ $? = 1 ] || fail "a silent connection stays"
exec 9>&-
(
    trap '' PIPE # it may close before everything is said
    exec 9<>"/dev/tcp/127.0.0.1/$port"
    printf 'GET /v1/status HTTP/1.1\r\n\r\n' >&9 2>/dev/null || true
    timeout 60 cat <&9 >"$T/none" 2>/dev/null || [ $? = 1 ]
) || fail "plain text on TLS is kept waiting"
grep -aq tocsin "$T/none" && fail "plain text is answered"
raw_code "$(relay_port 1 tcp)" 200 'GET /v1/status HTTP/1.1\r\nConnection: close\r\n\r\n'
relay_stop 1
