#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Visits have one shape, seen from the relays: writing looks like reading. And
# what must not be linked goes over circuits of its own.
. "$(dirname "$0")/reporter.sh"

export SOCKS=unix:$T/socks
BOXES=1024 sample_make 2
relay_start 1
relay_start 2
# A board without a page yet is not read.
has_pages() { relay_get "$1" /v1/status >"$T/status" && ! grep -q '^board [0-9]* 0 ' "$T/status"; }
wait_for 60 has_pages 1
wait_for 60 has_pages 2
"$TOOLS/sockslog" "$T/socks" "$T" "$T/seen" >"$T/socks.ready" &
wait_for 60 grep -qx ready "$T/socks.ready"
via() { # via COMMAND [OPTION...]: through the proxy; what it saw: $T/seen
    : >"$T/seen"
    tocsin "$1" --socks "$SOCKS" --pace 0 "${@:2}"
}
# What one relay saw; the reading of a board is one step, however many requests
# the time of the day makes of it.
shape() {
    grep " relay$1.example " "$T/seen" | cut -d' ' -f3 | grep -vE 'status|directory' | sed -E 's#(/v1/board/[0-9]+)/.*#\1#' |
        awk '!(/board/ && $0 == last) { print } { last = $0 }' | paste -sd' '
}
days_back() { count ' relay1.example /v1/board/0/day/' "$T/seen"; }
other_than() { grep -vE -- "$1" "$T/seen" | cut -d' ' -f1 | sort | uniq -d; }

say "one report, two reports, reading, answers, burning: one shape"
via report --to "$LEGAL" --print-code <<<'One.' >"$T/code" 2>"$T/report.log"
want=$(shape 1)
[ "$want" = '/v1/board/0 RING GET BURN RING GET BURN /v1/board/1' ] || fail "a report's shape is: $want"
[ "$(shape 2)" = "$want" ] || fail "relay 2 saw another: $(shape 2)"
# Both serve one bundle: one of them is asked for it, after its status.
[ "$(grep -c ' /v1/directory$' "$T/seen")" = 1 ] || fail "the bundle: $(grep directory "$T/seen")"
for n in 1 2; do
    grep " relay$n.example " "$T/seen" | cut -d' ' -f3 >"$T/seen.$n"
    [ "$(head -n 1 "$T/seen.$n")" = /v1/status ] || fail "relay $n: $(cat "$T/seen.$n")"
done
cut -d' ' -f1 "$T/seen" | sort -u >"$T/users"

via report --to "$LEGAL" --to "$UNION" --print-code <<<'Two.' >"$T/code" 2>"$T/report.log"
[ "$(shape 1)" = "$want" ] || fail "a report to two: $(shape 1)"
via inbox --code-fd 0 <"$T/code" >/dev/null 2>&1
[ "$(shape 1)" = "$want" ] || fail "an empty inbox: $(shape 1)"
back=$(days_back)
[ "$back" -ge 3 ] || fail "a look back of $back days" # all that is kept
via inbox --days 1 --code-fd 0 <"$T/code" >/dev/null 2>&1
[ "$(days_back)" -ge 3 ] || fail "looking back a day shows: $(days_back)"
desktool answer 2 0 good 'Yes.'
wait_for 60 inbox_has 'Yes'
via inbox --code-fd 0 <"$T/code" >"$T/out" 2>&1
grep -q Yes "$T/out"
[ "$(shape 1)" = "$want" ] && [ "$(shape 2)" = "$want" ] || fail "an answer: $(shape 1), $(shape 2)"
via reply --to "$LEGAL" --code-fd 4 4<"$T/code" <<<'Reply.' 2>"$T/reply.log"
[ "$(shape 1)" = "$want $want" ] || fail "a reply, a visit that reads and one that writes: $(shape 1)"
via burn --code-fd 0 <"$T/code" >/dev/null 2>&1
[ "$(shape 1)" = "$want" ] || fail "burning: $(shape 1)"

say "each RING, GET and BURN has a circuit of its own"
via report --to "$LEGAL" --to "$UNION" --print-code <<<'Two.' >"$T/code" 2>"$T/report.log"
twice=$(other_than '/v1/')
[ -z "$twice" ] || fail "circuits used twice: $twice"
shared=$(comm -12 <(grep -E '/v1/board/1' "$T/seen" | cut -d' ' -f1 | sort -u) <(grep -vE '/v1/(board/1|status)' "$T/seen" | cut -d' ' -f1 | sort -u))
[ -z "$shared" ] || fail "pages were read over a circuit of something else"
[ "$(grep '/v1/board/0' "$T/seen" | cut -d' ' -f1,2 | sort -u | wc -l)" = 2 ] || fail "the answers board: one circuit at each relay"
[ -z "$(comm -12 "$T/users" <(cut -d' ' -f1 "$T/seen" | sort -u))" ] || fail "a circuit's name came again in another visit"
[ "$(cut -d' ' -f1,2 "$T/seen" | sort -u | cut -d' ' -f1 | uniq -d | wc -l)" -le 1 ] || fail "a circuit went to both relays"

say "a body has one circuit, at each relay its own"
head -c 100000 /dev/urandom >"$T/film.bin"
via report --to "$LEGAL" --print-code --keep-metadata --attach "$T/film.bin" <<<'Film.' >"$T/code" 2>"$T/report.log"
for n in 1 2; do
    [ "$(grep " relay$n.example PUT" "$T/seen" | wc -l)" = 7 ] || fail "boxes at relay $n"
    [ "$(grep " relay$n.example PUT" "$T/seen" | cut -d' ' -f1 | sort -u | wc -l)" = 1 ] || fail "circuits of the body at relay $n"
done
[ "$(grep PUT "$T/seen" | cut -d' ' -f1 | sort -u | wc -l)" = 2 ] || fail "one circuit for both relays"

say "the pages that work for boxes is about have a circuit without boxes"
relay_stop 1
relay_start 1 --put-effort 3
via report --to "$LEGAL" --print-code --keep-metadata --attach "$T/film.bin" <<<'Worked for.' >"$T/code" 2>"$T/report.log"
grep -q ' relay1.example PUT' "$T/seen" || fail "no boxes: $(cat "$T/report.log")"
twice=$(comm -12 <(grep -E ' PUT' "$T/seen" | cut -d' ' -f1 | sort -u) <(grep -E ' /v1/' "$T/seen" | cut -d' ' -f1 | sort -u))
[ -z "$twice" ] || fail "boxes and pages over one circuit: $(grep -m 12 -F "${twice%%$'\n'*}" "$T/seen")"
relay_stop 1
relay_start 1

say "a closing relay is read from, in the same shape, and not written to"
BOXES=1024 sample_make 2 closing
for n in 1 2; do
    relay_stop $n
    relay_start $n
done
via report --to "$LEGAL" --print-code <<<'Not at both.' >"$T/code" 2>"$T/report.log"
grep -q '^rung: your text, for Legal Aid' "$T/report.log" || fail "$(cat "$T/report.log")"
[ "$(shape 1)" = "$want" ] && [ "$(shape 2)" = "$want" ] || fail "$(shape 1), $(shape 2)"
expect 'Not at both' desktool read 2 http://relay1.example
lacks 'Not at both' desktool read 2 http://relay2.example # it is closing
