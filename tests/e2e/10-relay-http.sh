# SPDX-License-Identifier: ISC
# Requests that are malformed, too large, slow, half-open or too many: each
# gets its answer, and the relay goes on serving.
. "$(dirname "$0")/relay_lib.sh"
relay_alone 1 --listen tcp:127.0.0.1:0
relay_start 1 --request-timeout 10 # what is half a request is waited for
port=$(relay_port 1)
says 1 'stored [0-9]+' "put kept"
cp "$T/relay1/store/slab" "$T/slab"
untouched() { cmp "$T/relay1/store/slab" "$T/slab" && says 1 'present intact' "get kept"; }

say "a cell that breaks its format gets 400 and changes nothing"
"$TOOL" cell put a >"$T/put"
for at in 0 1 2 3 7 80 143 144 383; do
    cp "$T/put" "$T/bad"
    printf '\377' | dd of="$T/bad" bs=1 seek=$at conv=notrunc status=none
    [ "$(post 1 "$T/bad")" = 400 ] || fail "byte $at is not looked at"
    [ "$(cat "$T/answer")" = "malformed request" ] || fail "$(cat "$T/answer")"
done
for at in 8 16383; do
    "$TOOL" cell get a >"$T/bad"
    printf '\001' | dd of="$T/bad" bs=1 seek=$at conv=notrunc status=none
    [ "$(post 1 "$T/bad")" = 400 ] || fail "byte $at of a GET is not looked at"
done
"$TOOL" cell ring 1 e >"$T/bad"
head -c 32 /dev/zero | tr '\0' '\377' | dd of="$T/bad" bs=1 seek=384 conv=notrunc status=none
[ "$(post 1 "$T/bad")" = 400 ] || fail "a key that is not canonical is taken"
says 1 absent "get a"

say "bodies have one length"
head -c 16383 "$T/put" >"$T/short"
[ "$(post 1 "$T/short")" = 400 ] || fail "a short body"
cat "$T/put" "$T/short" >"$T/long"
[ "$(post 1 "$T/long")" = 413 ] || fail "a long body"
head -c 3000000 /dev/zero >"$T/long"
[ "$(post 1 "$T/long")" = 413 ] || fail "a very long body"
[ "$(post 1 /dev/null)" = 400 ] || fail "an empty body"
untouched || fail "malformed cells change the store"

say "paths and methods"
code() { curl -sS --max-time 60 -o /dev/null -w '%{http_code}' --unix-socket "$T/relay1/sock" "$@"; }
for p in / /v1 /v1/ /v1/status/ /v1/Status '/v1/status?x' /v1/board/1 /v1/board/2/1 /v1/board/1/01 /favicon.ico /index.html; do
    [ "$(code "http://relay$p")" = 404 ] || fail "$p is not 404"
done
[ "$(code http://relay/v1/exchange)" = 405 ] || fail "GET of the exchange"
[ "$(code -X PUT http://relay/v1/status)" = 405 ] || fail "PUT of the status"
[ "$(code -I http://relay/v1/status)" = 405 ] || fail "HEAD"
[ "$(code -X OPTIONS http://relay/v1/exchange)" = 405 ] || fail "OPTIONS"
[ "$(code -X POST http://relay/nowhere)" = 404 ] || fail "POST to nowhere"

say "HTTP that is not needed is refused"
raw_code "$port" 400 'GET http://relay/v1/status HTTP/1.1\r\n\r\n'
raw_code "$port" 505 'GET /v1/status HTTP/1.0\r\n\r\n'
raw_code "$port" 400 'GET /v1/status HTTP/1.1\n\n'
raw_code "$port" 400 'GET /v1/status HTTP/1.1\r\nA: b\r\n c\r\n\r\n'
raw_code "$port" 400 'GET /v1/status HTTP/1.1\r\nA: \0b\r\n\r\n'
raw_code "$port" 400 '\r\nGET /v1/status HTTP/1.1\r\n\r\n'
raw_code "$port" 400 'GET /v1/status HTTP/1.1\r\nContent-Length: 1\r\n\r\nx'
raw_code "$port" 411 'POST /v1/exchange HTTP/1.1\r\n\r\n'
raw_code "$port" 400 'POST /v1/exchange HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'
raw_code "$port" 400 'POST /v1/exchange HTTP/1.1\r\nContent-Length: 16384\r\nContent-Length: 16384\r\n\r\n'
raw_code "$port" 400 'POST /v1/exchange HTTP/1.1\r\nContent-Length: 16384\r\nTransfer-Encoding: chunked\r\n\r\n'
raw_code "$port" 400 'POST /v1/exchange HTTP/1.1\r\nContent-Length: +16384\r\n\r\n'
raw_code "$port" 417 'POST /v1/exchange HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 16384\r\n\r\n'
raw_code "$port" 400 '\026\003\001\002\000\001\000\001\374\003\003'
lines=$(for _ in $(seq 64); do printf 'x: y\\r\\n'; done)
raw_code "$port" 200 "GET /v1/status HTTP/1.1\r\nConnection: close\r\n${lines%x*}\r\n"
raw_code "$port" 431 "GET /v1/status HTTP/1.1\r\nConnection: close\r\n$lines\r\n"
raw_code "$port" 431 "GET /v1/status HTTP/1.1\r\nx: $(head -c 8200 /dev/zero | tr '\0' x)\r\n\r\n"

untouched || fail "malformed requests change the store"

say "requests follow each other; what follows must be one"
raw "$port" 'GET /v1/status HTTP/1.1\r\n\r\nGET /x HTTP/1.1\r\n\r\nGET /v1/status HTTP/1.1\r\nConnection: close\r\n\r\n' >"$T/out"
n=$(count '^HTTP/1.1 (200|404)' "$T/out")
[ "$n" = 3 ] || fail "$n answers to three requests in a row"
all=$(for _ in $(seq 100); do printf 'GET /v1/status HTTP/1.1\\r\\n\\r\\n'; done)
raw "$port" "${all}GET / HTTP/1.1\r\nConnection: close\r\n\r\n" >"$T/out"
n=$(count '^HTTP/1.1 200' "$T/out")
[ "$n" = 100 ] || fail "$n answers to a hundred requests in a row"
{
    printf 'POST /v1/exchange HTTP/1.1\r\nContent-Length: 16384\r\n\r\n'
    cat "$T/put"
    printf 'and more'
} >"$T/more"
(
    trap '' PIPE
    exec 9<>"/dev/tcp/127.0.0.1/$port"
    cat "$T/more" >&9 || true
    timeout 60 cat <&9 | tr '\0' '\n' | grep -ao '^HTTP/1.1 [0-9]*\|malformed request' >"$T/out" || true
)
[ "$(head -n 1 "$T/out")" = "HTTP/1.1 200" ] || fail "the request itself is not answered"
grep -q "HTTP/1.1 \(400\|505\)" "$T/out" || [ "$(wc -l <"$T/out")" = 1 ] || fail "what follows is taken"
says 1 'present intact' "get a"

say "everybody gets the same bytes, and few of them"
relay_get 1 /v1/directory >"$T/a"
curl -sS --unix-socket "$T/relay1/sock" -H 'Cookie: x=1' -A other -H 'Accept-Encoding: gzip' \
    -H 'Range: bytes=0-9' -D "$T/head" http://elsewhere/v1/directory >"$T/b"
cmp "$T/a" "$T/b" || fail "the bundle differs"
cmp "$T/a" "$T/relay1/bundle" || fail "the bundle is not the file's"
tr -d '\r' <"$T/head" | grep -v '^$' | cut -d: -f1 | sort >"$T/names"
printf '%s\n' Access-Control-Allow-Origin Cache-Control Content-Length Content-Type 'HTTP/1.1 200 OK' X-Content-Type-Options | sort | cmp - "$T/names" || fail "other headers: $(cat "$T/names")"
grep -qi 'cache-control: no-store' "$T/head" || fail "the bundle would be cached"

say "a slow sender does not renew its time"
relay_stop 1
relay_start 1 --request-timeout 2
port=$(relay_port 1)
(
    trap '' PIPE
    exec 9<>"/dev/tcp/127.0.0.1/$port"
    for _ in $(seq 600); do
        printf 'G' >&9 2>/dev/null || exit 0
        sleep 0.1 # so slow is it
    done
    exit 1
) || fail "a slow sender stays"

say "half-open and silent connections are closed, then others fit in"
relay_stop 1
relay_start 1 --request-timeout 10 --connections 24
port=$(relay_port 1)
descriptors() { find "/proc/$(relay_pid 1)/fd" -mindepth 1 | wc -l; }
before=$(descriptors)
for i in $(seq 10 33); do
    eval "exec $i<>/dev/tcp/127.0.0.1/$port"
done
all_in() { [ "$(descriptors)" -ge $((before + 24)) ]; }
wait_for 60 all_in
printf 'POST /v1/exchange HTTP/1.1\r\nContent-Length: 16384\r\n\r\nabc' >&10
for _ in 1 2 3; do # the idle ones make room, the half-open one is left
    SOFT=1 wait_for 60 raw_code "$port" 200 'GET /v1/status HTTP/1.1\r\nConnection: close\r\n\r\n'
done
timeout 60 cat <&10 >/dev/null 2>&1 || [ $? = 1 ] || fail "a half-open connection stays"
timeout 60 cat <&33 >/dev/null 2>&1 || [ $? = 1 ] || fail "a silent connection stays"
SOFT=1 wait_for 60 raw_code "$port" 200 'GET /v1/status HTTP/1.1\r\nConnection: close\r\n\r\n'
for i in $(seq 10 33); do
    eval "exec $i>&-"
done
prints '^tocsin 1$' relay_get 1 /v1/status || fail "the relay has stopped"
says 1 'present intact' "get kept"
says 1 'present intact' "get a"
relay_stop 1
