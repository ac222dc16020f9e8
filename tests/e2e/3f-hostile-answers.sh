#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# What an organisation that turned against its reporters can write into answers:
# it is text, and nothing else; and what is theirs, but can't be shown, is said
# to be theirs.
. "$(dirname "$0")/reporter.sh"
said() { grep -qxF -- "$1" "$T/inbox.said" || fail "no '$1': $(cat "$T/inbox.said")"; }
unsaid() { if grep -qE -- "$1" "$T/inbox.said"; then fail "$1: $(cat "$T/inbox.said")"; fi; }

sample_make 1
relay_start 1
tocsin report --to "$LEGAL" --pace 0 --print-code <<<'Hear me.' >"$T/code" 2>"$T/report.log"
org() { sed -nE "s/^org ([0-9a-f]{64}) .* $1\$/\\1/p" <(tr -d '\0' <"$T/network"); }
equipe=$(org "$EQUIPE")
nobody=$(printf '0f%.0s' {1..32})
[ "${#equipe}" = 64 ] || fail "no id of $EQUIPE"

say "signed, but no answer; of a day that has not come; of tomorrow"
desktool answer 2 0 damaged 'A damaged one.'
desktool answer 2 1 days+1 $'status working\n\nOf tomorrow.'
desktool answer 2 2 days+2 'Of the day after.'
desktool answer 2 3 days+4000 'Of years ahead.'
there() { inbox_has "answer $1, |answer $1:"; }
wait_for 60 there 4
must_fail 1 'answer 1: from them, but damaged, so it is not shown' inbox <"$T/code"
must_fail 1 'answer 3: dated later than tomorrow, so it is not shown. The clock of this computer may be wrong' inbox <"$T/code"
must_fail 1 'answer 4: dated later than tomorrow' inbox <"$T/code"
inbox_has 'Of tomorrow' || fail "$(cat "$T/inbox.said")"
said '    They are working on it.'
unsaid 'A damaged one|Of the day after|Of years ahead|not from them|no new answers|get a newer list'

say "lines that are none, twice, unknown, very many; orders to the terminal"
desktool answer 2 4 good $'status closed\nstatus asks\n\nTwice.'
desktool answer 2 5 good $'status won\n\nUnknown status.'
desktool answer 2 6 good $'outcome a\e[2Jb\n\nAn order.'
desktool answer 2 7 good $'constructor x\nlater \u202ey\nstatus opened\n\nUnknown keys.'
desktool answer 2 8 good $'refer '"$nobody"$'\n\nTo nobody.'
desktool answer 2 9 good $'refer '"$equipe"$'\noutcome \u2066a\n\nTo a name.'
desktool answer 2 10 good "$(for i in {1..3900}; do echo 'a b'; done)"$'\n\nVery many.'
desktool answer 2 11 good 'status closed'
desktool answer 2 12 good $'status opened\n'
desktool answer 2 13 good $'\ufeffstatus closed\n\nA mark.'
wait_for 60 there 14
inbox_has 'A mark' || fail "$(cat "$T/inbox.said")"
unsaid '^    They have closed the case'
unsaid $'\e\\[2J|\u202e|\ufeff|\u2066'
for line in '    status asks' '    Twice.' '    status won' '    outcome a\x1b[2Jb' \
    '    constructor x' '    later \u{202e}y' '    They have opened your report.' '    Unknown keys.' \
    '    You can also write to this organisation, they say: one that is not on the list' \
    "    You can also write to this organisation, they say: $EQUIPE" '    What came of it: \u{2066}a' \
    '    Very many.' '    status opened' '    \u{feff}status closed'; do
    said "$line"
done
[ "$(grep -cx '    a b' "$T/inbox.said")" = 3900 ] || fail 'lines of unknown keys are kept'
[ "$(grep -cx '    They have opened your report.' "$T/inbox.said")" = 1 ] || fail 'a line without its empty line counts'

say "it refers to one that was revoked"
relay_stop 1
sample_make 1 revoked
relay_start 1
desktool answer 2 14 good $'refer '"$(org "$UNION")"$'\n\nTo the revoked.'
wait_for 60 there 15
inbox_has 'To the revoked' || fail "$(cat "$T/inbox.said")"
said "    You can also write to this organisation, they say: $UNION. It was taken off the list. Do not write to it."

say "one day later it is shown"
clock_add 86400
shown() { inbox_has 'Of the day after'; }
wait_for 60 shown
