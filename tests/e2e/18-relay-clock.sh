#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# A wrong clock ends nothing that is not over: the relay says so and waits.
# Days that do pass, and long times switched off, end what they should.
. "$(dirname "$0")/relay_lib.sh"
# It begins on the second day of a week, so that eight days hold one week's end.
today() { echo $(($(now) / DAY)); }
date_of() { date -u -d "@$(now)" +%F; }
conf=$T/relay1/relayd.conf
relayd() { "$BIN/tocsin-relayd" -c "$conf" "$@"; }
word() { "$BIN/tocsin-relayctl" today --dir "$T/relay1" "$@"; }
keep() { for f in slab weekkeys index.lmdb; do cp "$T/relay1/store/$f" "$T/kept.$f"; done; }
unchanged() { for f in slab weekkeys index.lmdb; do cmp "$T/relay1/store/$f" "$T/kept.$f" || fail "$1: $f was changed"; done; }
keys() { # of weeks, that are in the file
    local i
    for i in $(seq 64); do
        od -An -tu1 -j $((i * 512)) -N 4 "$T/relay1/store/weekkeys" |
            awk '{n = (($1 * 256 + $2) * 256 + $3) * 256 + $4; if (n) print n}'
    done
}
has_key() { prints "^$1\$" keys; }
clock_is() { prints "^clock $1\$" "$BIN/tocsin-relayctl" status --dir "$T/relay1"; }

say "a new relay asks whether the clock fits the directory"
relay_alone 1
expect 'ok: the store is new' "$BIN/tocsin-relayctl" check --dir "$T/relay1"
clock_add $((70 * DAY))
must_fail 1 'the clock says .* nothing was changed.*Set the clock' relayd
clock_add $((-100 * DAY))
must_fail 1 'the clock says .*before the directory.*nothing was changed. Set the clock' relayd
clock_add $((30 * DAY))
relay_start 1
week=$(($(today) / 7))
has_key "$week" || fail "the test looks at the wrong place: $(keys)"
line=$(speak 1 "put a")
says 1 'present intact' "get a"
end=${line##* } # the last day of a
has_key $((end / 7)) || fail "no key for day $end"

say "a clock that leaps while it runs: writers wait, readers are served, nothing ends"
clock_add $((400 * DAY))
wait_for 60 clock_is ahead
keep
says 1 again "put b"
says 1 again "burn a"
says 1 'again 0 0' "ring 1 e"
# What is put off is none of the eight that a circuit may ring.
for i in $(seq 9); do echo "ring 1 e"; done | "$TOOL" speak "$T/relay1/sock" >"$T/rung"
[ "$(grep -c ': again 0 0' "$T/rung")" = 9 ] || fail "$(cat "$T/rung")"
says 1 'present intact' "get a"
top=$(newest 1 1)
[ "$top" -le $(($(now) - 300 * DAY)) ] || fail "a page is sealed by the wrong clock"
relay_get 1 "/v1/board/1/$top" >"$T/page"
[ "$("$TOOL" pages 1 1 "$(relay_pk 1)" <"$T/page" | cut -d' ' -f1)" = "$top" ] || fail "page $top is not served"
grep -q 'ahead of the last one: nothing is written' "$T/relay1.log" || fail "the log does not say so"
unchanged "running"
relay_stop 1
unchanged "stopped"

say "nor does it start so, by any clock but the right one"
for days in -392 0 4000; do
    clock_add $((days * DAY))
    must_fail 1 'the clock says .* nothing was changed.*Set the clock' relayd --log "$T/start.log"
    clock_add $((-days * DAY))
done
[ "$(grep -c 'the clock says' "$T/start.log")" = 3 ] || fail "the log does not say so: $(cat "$T/start.log")"
clock_add $((-400 * DAY))
check() { "$BIN/tocsin-relayctl" check --dir "$T/relay1"; }
expect 'ok: the clock fits the store' check
clock_add $((30 * DAY))
must_fail 1 'wrong: the clock says .* last day known.*relayctl today' check
clock_add $((-60 * DAY))
must_fail 1 'wrong: the clock says .*the store has seen' check
must_fail 1 'the clock says .*the store has seen .*set it' word "$(date_of)"
clock_add $((30 * DAY))
unchanged "looked at"
must_fail 1 'the clock says .*, not 2031-01-01.*Nothing was changed' word 2031-01-01
must_fail 1 'not tomorrow' word tomorrow
must_fail 2 . word
unchanged "refused"
relay_start 1
says 1 'present intact' "get a"
says 1 'stored [0-9]+' "put b"
sealing() { [ "$(newest 1 1)" -gt "$top" ]; }
wait_for 60 sealing
clock_is right || fail "not right again"
expect 'ok: the clock fits the store' check # while it runs, too
must_fail 1 'is running' word "$(date_of)"
relay_stop 1

say "a clock that was set back: lives count from the last day known"
clock_add $((-40 * DAY))
relay_start 1
clock_is behind || fail "not behind"
says 1 'present intact' "get a"
says 1 'again .*' "ring 1 e"
line=$(speak 1 "put c")
[ "${line##* }" -ge "$end" ] || fail "c would end on day ${line##* }, a on $end"
grep -q 'a day that is over' "$T/relay1.log" || fail "the log does not say so"
clock_add $((40 * DAY))
wait_for 60 clock_is right
says 1 'queued .*' "ring 1 e"
says 1 'present intact' "get c"

say "days that pass end what they should, on time"
clock_add $(((end - $(today)) * DAY + DAY - 60 - $(now) % DAY))
wait_for 60 clock_is right
says 1 'present intact' "get a"
has_key $((end / 7)) || fail "its key went too early"
clock_add 61
gone() { ! has_key $((end / 7)); }
wait_for 60 gone
says 1 absent "get a"
says 1 'stored [0-9]+' "put d"
relay_stop 1

say "eight days switched off want a word"
week=$(($(today) / 7))
keep
clock_add $((8 * DAY))
must_fail 1 'tocsin-relayctl today' relayd
unchanged "after eight days"
expect 'start the relay' word "$(date_of)"
! has_key "$week" || fail "the word ends no week"
relay_start 1
says 1 'absent' "get c"
says 1 'stored [0-9]+' "put e"
relay_stop 1

say "forty days do not, when the directory is younger"
clock_add $((40 * DAY))
must_fail 1 'tocsin-relayctl today' relayd
relay_network 1 2
relay_start 1
says 1 absent "get e"
says 1 'queued .*' "ring 1 f"

say "nor does a relay that runs, when it is given one"
clock_add $((20 * DAY))
wait_for 60 clock_is ahead
relay_network 1 3
kill -HUP "$(relay_pid 1)"
wait_for 60 clock_is right
says 1 'queued .*' "ring 1 g"
relay_stop 1

if [ "$(id -u)" = 0 ]; then
    say "root's word is good for the relay's own user"
    clock_add $((30 * DAY))
    chmod 711 "$T"
    chown -R nobody "$T/relay1" "$TOCSIN_TEST_CLOCK"
    expect 'start the relay' word "$(date_of)"
    [ -z "$(find "$T/relay1/store" ! -user nobody)" ] || fail "files of another user: $(ls -l "$T/relay1/store")"
    relay_start 1 --user nobody
    says 1 'stored [0-9]+' "put z"
    relay_stop 1
fi
