#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# An organisation whose name turns the writing round: whoever names it shows the
# order as a number, and obeys it nowhere.
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
wait_for 40 grep -qx 'case 1 new' "$T/$name.cases"
desk "$name" reply 1 <<<'We come.' 2>>"$T/union.log"
code=$(cat "$T/code")
wait_for 60 hears 'We come'
said "$T/inbox"
desk_stop "$name"
