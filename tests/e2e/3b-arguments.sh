# SPDX-License-Identifier: ISC
# Every user of a machine can read what others' programs were called with:
# nothing of it is there any more once they run, and what a report is about
# need not be typed there at all.
. "$(dirname "$0")/lib.sh"
network_make 1 union press
relay_start 1
for n in union press; do desk $n publish 2>>"$T/$n.log"; done
mkfifo "$T/hold"

# hidden PROGRAM WORD...: runs it with its standard input and descriptor 3 held
# open; of all its words others see its name alone.
hidden() {
    local pid word
    exec 9<>"$T/hold"
    "$@" <"$T/hold" 3<"$T/hold" >>"$T/hidden.log" 2>&1 9<&- &
    pid=$!
    PIDS+=($pid)
    shown_name() { printf '%s\0' "$1" | cmp -s - "/proc/$pid/cmdline"; }
    wait_for 60 shown_name "$1"
    say "(of $*: $(tr '\0' ' ' <"/proc/$pid/cmdline"))"
    kill -9 $pid
    wait $pid 2>/dev/null || true
    exec 9<&-
}
say "what was given as options all the same"
hidden "$BIN/tocsin" report --network "$T/network" --to union --employer 'Secret Garments' --place Savar --print-code
hidden "$BIN/tocsin" inbox --network "$T/network" --code-fd 3 --since 2026-01-01
hidden "$BIN/tocsin-desk" init --dir "$T/third" --name 'A Secret Union' --passphrase-fd 3
hidden "$BIN/tocsin-desk" show 7 --dir "$T/union" --passphrase-fd 3
hidden "$BIN/tocsin-root" keygen ana --out "$T/ana.key" --passphrase-fd 3
hidden "$BIN/tocsin-root" sign "$T/root/dir.note" --key "$T/root/ana.key"

say "details by a descriptor, the organisation among them"
printf 'to union\nemployer Secret Garments\nplace Savar\nviolation WAGES\nviolation FIRED\nlanguage en\n' >"$T/details"
tocsin report --details-fd 4 --print-code --pace 0 <<<'By a descriptor.' 4<"$T/details" >"$T/code" 2>>"$T/reporter.log"
say "and before the text on standard input, as a report itself is written"
{ cat "$T/details"; printf '\nAfter an empty line.\n\nto press\n'; } >"$T/whole"
tocsin report --details-fd 0 --print-code --pace 0 <"$T/whole" >"$T/code2" 2>>"$T/reporter.log"
desk_watch union
told() {
    local n
    for n in 1 2; do
        desk union show $n >"$T/show$n" || return 1
    done
    cat "$T/show1" "$T/show2" >"$T/shown"
    [ "$(grep -c 'Secret Garments' "$T/shown")" = 2 ] && grep -q 'By a descriptor' "$T/shown" && grep -q 'After an empty line' "$T/shown"
}
wait_for 120 told
[ "$(grep -c Savar "$T/shown")" = 2 ] || fail "$(cat "$T/shown")"
grep -q 'to press' "$T/shown" || fail "what follows the empty line is text: $(cat "$T/shown")"
desk_stop union
say "reply, burn, orgs and seal take them, too"
code=$(cat "$T/code")
tocsin reply --details-fd 5 --code-fd 4 --pace 0 <<<'More.' 4<<<"$code" 5<<<'to union' 2>>"$T/reporter.log"
expect '^union ' tocsin orgs --details-fd 5 5<<<'language en'
must_fail 1 'press' tocsin burn --details-fd 5 --code-fd 4 --yes --pace 0 4<<<"$code" 5<<<'to pressure'
tocsin orgs --save "$T/fresh" >"$T/orgs"
"$BIN/tocsin" seal --network "$T/fresh" --out "$T/sealed" --details-fd 5 --print-code <<<'Sealed.' 5<"$T/details" >"$T/code3" 2>>"$T/reporter.log"

say "what is wrong in them is said by its line, and nothing sent"
must_fail 2 'line 2 does not begin with the name of a detail' tocsin report --details-fd 5 --print-code <<<x 5<<<$'to union\nemployr X'
must_fail 2 'line 1 does not begin with the name of a detail' tocsin report --details-fd 5 --print-code <<<x 5<<<'network /etc/passwd'
must_fail 2 'line 2: place needs a value' tocsin report --details-fd 5 --print-code <<<x 5<<<$'to union\nplace'
must_fail 2 'place is given twice' tocsin report --details-fd 5 --place A --print-code <<<x 5<<<$'to union\nplace B'
must_fail 1 'country' tocsin report --details-fd 5 --print-code <<<x 5<<<$'to union\ncountry Bangladesh'
must_fail 2 'details-fd' tocsin report --details-fd 77 --to union --print-code <<<x
