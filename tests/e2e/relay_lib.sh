# SPDX-License-Identifier: ISC
# For scenarios of the relay alone: its network comes from relaytool.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
TOOL=$TOOLS/relaytool

# relay_alone N [SETUP-OPTION...]: a relay and its network file, version 1.
relay_alone() {
    relay_setup "$@"
    relay_network "$1" 1
}
# relay_network N VERSION
relay_network() {
    local id pk _
    read -r _ id pk <"$T/relay$1.line"
    "$TOOL" network "$T/relay$1/bundle" "$id" "$pk" "$2" "${TICK:-1}"
}
relay_id() { cut -d' ' -f2 "$T/relay$1.line"; }
relay_pk() { cut -d' ' -f3 "$T/relay$1.line"; }
# The port of the relay's TCP (or TLS) listener.
relay_port() { sed -n "s/^ready ${2:-tcp} .* //p" "$T/relay$1.ready"; }

# speak N LINE...: requests over one connection, answers in words.
speak() {
    local n=$1
    shift
    printf '%s\n' "$@" | "$TOOL" speak "$T/relay$n/sock"
}
# says N ANSWER LINE: the last of these requests is answered so.
says() {
    local n=$1 want=$2 got
    shift 2
    got=$(speak "$n" "$@" | sed -n '$p')
    grep -qxE -- ".*: $want" <<<"$got" || fail "not '$want': $got"
}

# raw PORT BYTES (printf format): what comes back until the relay closes, or
# for a minute.
raw() (
    trap '' PIPE # it may close before everything is said
    exec 9<>"/dev/tcp/127.0.0.1/$1"
    # shellcheck disable=SC2059
    printf "$2" >&9 2>/dev/null || true
    timeout 60 cat <&9 2>/dev/null | tr -d '\0' || true
)
# raw_code PORT CODE BYTES: the HTTP status, or "" for a closed connection.
raw_code() {
    local got
    got=$(raw "$1" "$3" | sed -n '1s/^HTTP\/1.1 \([0-9]*\) .*/\1/p')
    [ "$got" = "$2" ] && return
    [ -n "${SOFT:-}" ] && return 1
    fail "HTTP '$got', not '$2', for: $3"
}
# post N FILE: HTTP status of a body, its answer in $T/answer.
post() {
    curl -sS --max-time 60 -o "$T/answer" -w '%{http_code}' --unix-socket "$T/relay$1/sock" \
        -H 'Content-Type:' -H 'Expect:' --data-binary "@$2" http://relay/v1/exchange
}
