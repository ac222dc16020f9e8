#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# A drop belongs to one relay: what relay 1 is shown, it can't use at relay 2.
# It says "stored" to each PUT, keeps nothing, and takes that address at the
# other. Neither attachments nor answers are lost, and nobody but it is blamed.
. "$(dirname "$0")/lib.sh"

BOXES=4096 network_make 2 union
hostile_start 1
relay_start 2
echo "$T/relay2/sock" >"$T/mode1.other"
desk union publish 2>>"$T/union.log"
desk_watch union --own-per-day 0 --dummies-per-day 0
head -c 100000 /dev/urandom >"$T/film.bin"

say "attachments: at the honest relay, and the other is named"
mode 1 usurp
tocsin report --to union --language en --pace 0 --print-code --keep-metadata --attach "$T/film.bin" <<<'The film.' >"$T/code" 2>"$T/report.log" ||
    fail "$(cat "$T/report.log")"
code=$(cat "$T/code")
grep -q '^rung, at one of two relays: your attachments' "$T/report.log" || fail "$(cat "$T/report.log")"
grep -qE "relay1/sock said that it stored the attachments, and did not give them back" "$T/report.log" || fail "the liar is not named: $(cat "$T/report.log")"
wait_for 90 shows 1 'here; tocsin-desk save'
mkdir "$T/saved" && desk union save 1 --to "$T/saved" >"$T/save.log"
cmp "$T/film.bin" "$T"/saved/* || fail "the film is another one"

say "a sealed file: the same"
tocsin orgs --save "$T/fresh" >/dev/null 2>&1
"$BIN/tocsin" seal --network "$T/fresh" --to union --language en --print-code --out "$T/sealed" --keep-metadata --attach "$T/film.bin" <<<'Carried.' >"$T/code2" 2>"$T/seal.log"
tocsin deliver --pace 0 "$T/sealed" 2>"$T/deliver.log" || fail "$(cat "$T/deliver.log")"
grep -qE "relay1/sock said that it stored the attachments, and did not give them back" "$T/deliver.log" || fail "the liar is not named: $(cat "$T/deliver.log")"
grep -q '^rung: entry 1 of 1' "$T/deliver.log" || fail "$(cat "$T/deliver.log")"
wait_for 90 shows 2 'here; tocsin-desk save'

say "it looks for box 0 and for nothing, puts box 0 and the others, asks for three"
mode 1 drops
tocsin deliver --pace 0 "$T/sealed" 2>"$T/deliver.log" || fail "$(cat "$T/deliver.log")"
grep '^drop ' "$T/hostile1.out" | awk '{print $2, $3}' >"$T/drops"
awk '$1 == 1 {last = NR; if (!first) first = NR; put[$2] = 1} {op[NR] = $1; at[NR] = $2}
    END {
        if (op[first - 2] != 2 || at[first - 2] != at[first]) print "no GET of box 0 before it is put"
        if (op[first - 1] != 2 || at[first - 1] in put) print "no GET of a random address before box 0 is put"
        for (i = last + 1; i <= last + 3; i++)
            if (op[i] != 2 || !(at[i] in put)) print "box " i - last " is not asked for afterwards"
    }' "$T/drops" >"$T/wrong"
[ ! -s "$T/wrong" ] || fail "$(cat "$T/wrong" "$T/drops")"

say "where every place is taken the same file never goes"
"$BIN/tocsin" seal --network "$T/fresh" --to union --language en --print-code --out "$T/sealed2" --keep-metadata --attach "$T/film.bin" <<<'Burned.' >"$T/code2" 2>"$T/seal.log"
relay_stop 2
hostile_start 2
mode 2 taken
mode 1 taken
must_fail 1 'places of the attachments are taken.*with a new code or next week' tocsin deliver --pace 0 "$T/sealed2"
mode 2 pass
mode 1 usurp

say "answers: at the honest relay"
printf 'We come.\n' | desk union reply 1 2>>"$T/union.log"
wait_for 90 grep -q 'in case 1 is out' "$T/union.log"
wait_for 90 hears 'We come'
if alarm "relay $(cut -c 7-14 "$T/relay2.line")"; then fail "the honest relay is blamed: $(cat "$T/list")"; fi
desk_stop union
