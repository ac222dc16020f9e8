#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# An organisation whose name turns the writing round: whoever names it shows the
# order as a number, and obeys it nowhere. What writing needs stays as it is, in a
# text and in an answer.
. "$(dirname "$0")/lib.sh"
turn=$(printf '\xe2\x80\xae')
name="Uni${turn}on"
# said FILE: it names the organisation, and the order stands nowhere.
said() {
    grep -qF 'Uni\u{202e}on' "$1" || fail "no name in $1"
    if grep -qF "$turn" "$1"; then fail "obeyed in $1: $(cat -v "$1")"; fi
}
network_make 1 "$name"
relay_start 1

say "without keys"
tocsin report --to "$name" --language en --print-code --pace 0 <<<'Text.' >/dev/null 2>"$T/none" && fail "without keys"
said "$T/none"

say "rung, and answered"
desk "$name" publish 2>>"$T/union.log"
tocsin report --to "$name" --language en --print-code --pace 0 <<<'Text.' >"$T/code" 2>"$T/rung"
said "$T/rung"
desk_watch "$name" --own-per-day 0 --dummies-per-day 0
wait_for 60 grep -qx 'case 1 new' "$T/$name.cases"
# Khmer with spaces of no width, a name in isolates, a flag; then the same where
# writing does not need it, and letters without ink.
apart=$(printf '\xe2\x80\x8b') first=$(printf '\xe2\x81\xa8') end=$(printf '\xe2\x81\xa9')
flag=$(printf '\xf0\x9f\x8f\xb4\xf3\xa0\x81\xa7\xf3\xa0\x81\xa2\xf3\xa0\x81\xa5\xf3\xa0\x81\xae\xf3\xa0\x81\xa7\xf3\xa0\x81\xbf')
good="We come. ពួកគេ${apart}បាន${apart}បណ្តេញ ${first}ACME-7${end} $flag"
bad=$(printf 'a%sb %sc \xd8\x9c\xcd\x8f\xe1\x85\x9f\xe3\x85\xa4\xe2\xa0\x80\xef\xb8\x80' "$apart" "$first")
shown='a\u{200b}b \u{2068}c \u{061c}\u{034f}\u{115f}\u{3164}\u{2800}\u{fe00}'
printf '%s\n%s\n' "$good" "$bad" >"$T/text"
desk "$name" reply 1 <"$T/text" 2>>"$T/union.log"
code=$(cat "$T/code")
wait_for 60 hears 'We come'
said "$T/inbox"
written() {
    grep -qF "$good" "$1" || fail "not as written: $(cat -v "$1")"
    grep -qF "$shown" "$1" || fail "not shown: $(cat -v "$1")"
}
written "$T/inbox"

say "a report in Khmer"
tocsin report --to "$name" --language km --print-code --pace 0 <"$T/text" >/dev/null 2>"$T/rung"
wait_for 60 grep -qx 'case 2 new' "$T/$name.cases"
desk "$name" show 2 >"$T/show"
written "$T/show"
desk_stop "$name"
