#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# The main job over Tor: a report with a large attachment, an alert, an answer,
# its reading, two relays of which one dies. Nobody opens a socket elsewhere.
. "$(dirname "$0")/lib.sh"
cases() { count ' new$' "$T/union.cases"; }
has_cases() { [ "$(cases)" -ge "$1" ]; }
moved() { sed -n 's/^moved: \([0-9]*\) bytes up, \([0-9]*\) bytes down$/\1 bytes up, \2 bytes down/p' "$1"; }
# What the client's tor moved since the numbers in BEFORE.
through_tor() {
    local read written
    read -r read written < <("$TESTNET" traffic "$NET")
    echo "through tor $((written - ${BEFORE#* })) bytes up, $((read - ${BEFORE% *})) bytes down"
}
memory() { awk '/^VmRSS/ {printf "%.0f MiB", $2 / 1024}' "/proc/$1/status"; }

BOXES=2048 network_make 2 union
relay_start 1
relay_start 2
! grep -q '^listen tcp\|^listen tls' "$T"/relay?/relayd.conf || fail "a relay listens on TCP"
onions_up "$(relay_onion 1)" "$(relay_onion 2)"
desk union publish 2>>"$T/union.log"
: >"$T/union.cases"
desk_watch union --own-per-day 0 --dummies-per-day 0

say "a report of text"
before=$(now_ms) BEFORE=$("$TESTNET" traffic "$NET")
tocsin report --to union --language en --print-code --pace 0 --figures <<<'They locked the gate. Four of us are inside.' \
    >"$T/code" 2>"$T/report.log" &
reporter=$!
wait_for 60 has_cases 1
figure "seconds from send to alert, text, two relays: $(seconds "$before" "$(now_ms)")"
wait $reporter || fail "the report: $(cat "$T/report.log")"
figure "a report of text, whole visit: $(seconds "$before" "$(now_ms)"), moved $(moved "$T/report.log"); the desk watching as well, $(through_tor)"
grep -q 'rung at both' "$T/report.log" || fail "$(cat "$T/report.log")"

say "reading, where there is nothing"
before=$(now_ms)
tocsin inbox --code-fd 4 --pace 0 --figures 4<"$T/code" >/dev/null 2>"$T/inbox.log"
figure "a visit to read: $(seconds "$before" "$(now_ms)"), moved $(moved "$T/inbox.log")"

film=${FILM:-400000} # bytes; 5000000 for figures, and two minutes more
say "a report with an attachment, the other way to Tor: its port"
head -c "$film" /dev/urandom >"$T/film.bin"
before=$(now_ms)
NETS_HERE=env tocsin report --socks "$SOCKS" --to union --language en --print-code --pace 0 --figures \
    --attach "$T/film.bin" --keep-metadata <<<'The film shows it.' >"$T/code2" 2>"$T/report2.log" ||
    fail "$(cat "$T/report2.log")"
figure "a report with an attachment of $film bytes, two relays: $(seconds "$before" "$(now_ms)"), moved $(moved "$T/report2.log")"
wait_for 60 has_cases 2

say "a relay dies, the desk fetches from the other"
before=$(now_ms) BEFORE=$("$TESTNET" traffic "$NET")
relay_kill 1
film_is_there() { rm -rf "$T/saved"; desk union save 2 --to "$T/saved" && cmp "$T/film.bin" "$T/saved"/*; }
wait_for $((90 + film / 25000)) film_is_there
figure "the attachment at the desk after $(seconds "$before" "$(now_ms)"), $(through_tor)"
desk union reply 1 <<<'A lawyer is on her way.' 2>>"$T/union.log"
answered() { prints lawyer tocsin inbox --code-fd 4 --pace 0 4<"$T/code" 2>"$T/inbox.log"; }
wait_for 60 answered
tocsin reply --to union --code-fd 4 --pace 0 4<"$T/code" <<<'We see her.' 2>"$T/reply.log" || fail "$(cat "$T/reply.log")"
grep -q rung "$T/reply.log" || fail "$(cat "$T/reply.log")"

service=$("$TESTNET" pids "$NET" | sed -n 's/^service //p')
figure "memory: relay $(memory "$(relay_pid 2)"), tor of four onion services $(memory "$service")"
# The relay knows the circuits' numbers; they are nowhere to be seen.
"$BIN/tocsin-relayctl" status --dir "$T/relay2" >"$T/status"
! grep -rqa 'fc00:dead:beef' "$T/relay2" "$T/relay2.log" "$T/status" || fail "a circuit's number was kept"
relay_stop 2
watch_nets "$SOCKS"
