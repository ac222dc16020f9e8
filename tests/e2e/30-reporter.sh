#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# A report rings at both relays, is answered, followed up and burned.
. "$(dirname "$0")/reporter.sh"

sample_make 2

say "organisations are listed where no relay answers: none is asked"
expect "$UNION" tocsin orgs
must_fail 1 'relay' tocsin orgs --fresh
relay_start 1
relay_start 2

say "organisations, and filters"
expect "$UNION" tocsin orgs --fresh
expect 'read up to 20' tocsin orgs
expect 'Legal Aid' tocsin orgs --country in --language HI --sector leather
# orgs_are COUNT FILTER...: so many are listed.
orgs_are() { tocsin orgs "${@:2}" >"$T/orgs" && [ "$(count '^[^ ]' "$T/orgs")" = "$1" ]; }
orgs_are 2 --country IN --language en ||
    fail "the filter: Legal Aid, and the one that names no countries"
expect 'no organisation fits' tocsin orgs --country IN --sector garments --language xx
orgs_are 3 --violation fired || fail "all take up FIRED"
orgs_are 2 --violation SAFETY || fail "one says what it takes up, and SAFETY is not among it"
must_fail 1 'country can.t be "India"; it is two letters' tocsin orgs --country India
must_fail 1 'violation can.t be "LAZY"' tocsin orgs --violation LAZY
expect 'FIRED +Fired for union activity' tocsin orgs --violations
tocsin orgs --save "$T/newer" >/dev/null
cmp "$T/newer" "$T/network"

say "wrong calls send nothing"
must_fail 2 'say who shall hear it' tocsin report --print-code </dev/null
must_fail 1 'called "Nobody"' tocsin report --to Nobody --print-code <<<text
must_fail 1 'people can.t be "many"; it is a whole number' tocsin report --to 'Legal Aid' --people many --print-code <<<text
must_fail 1 'violation can.t be "LAZY"' tocsin report --to 'Legal Aid' --violation LAZY --print-code <<<text
must_fail 1 'country can.t be' tocsin report --to 'Legal Aid' --country BGD --print-code <<<text
must_fail 1 'named twice' tocsin report --to 'Legal Aid' --to a9c70012 --print-code <<<text
must_fail 1 'nothing to report' tocsin report --to 'Legal Aid' --print-code </dev/null
must_fail 1 'not UTF-8' tocsin report --to 'Legal Aid' --print-code <<<$'\xff\xfe'
must_fail 1 'no terminal' setsid "$BIN/tocsin" report --network "$T/network" --to 'Legal Aid' <<<text
must_fail 2 'needs the code' tocsin report --to 'Legal Aid' --resume <<<text
must_fail 2 'makes a new code' tocsin report --to 'Legal Aid' --print-code --code-fd 4 4<<<x <<<text

must_fail 1 'code can.t be printed; nothing was sent' sh -c "exec '$BIN/tocsin' report --network '$T/network' --to 'Legal Aid' --print-code >/dev/full" <<<text
must_fail 1 'there is nothing to send' tocsin reply --to 'Legal Aid' --code-fd 4 4<<<"$(printf 'zoo %.0s' {1..11})wrong" </dev/null
must_fail 2 'descriptor 0 has the text' tocsin report --to 'Legal Aid' --code-fd 0 <<<text
[ -z "$(desktool read 2)" ] || fail "something was rung"

say "every detail, by options; the code as digits"
tocsin report --to "$EQUIPE" --language pt-BR --country br --place 'São Paulo' --employer 'Mills & Sons' --sector garment \
    --violation wages --violation SAFETY --date 2026-11 --people 40 --danger no --role organiser \
    --consent un --consent media --campaign red --ref 7-A --digits --print-code --pace 0 <<<'All of it.' >"$T/code" 2>"$T/report.log"
got=$(desktool read 1)
want='proof good
entry kind 1 boxes 0
language pt-BR
country BR
place São Paulo
employer Mills & Sons
sector garment
violation WAGES
violation SAFETY
date 2026-11
people 40
danger no
role organiser
consent un
consent media
campaign red
ref 7-A

All of it.'
[ "$got" = "$want" ] || fail "read: $got"
[[ $(tr -d ' \n' <"$T/code") =~ ^[0-9]{40}$ ]] || fail "no 40 digits: $(wc -c <"$T/code")"
expect 'no new answers' inbox <"$T/code"
expect 'no new answers' inbox < <(tr -d ' ' <"$T/code")
must_fail 1 'digits are no code' inbox < <(tr '0123456789' '1234567890' <"$T/code")

say "a report to two"
tocsin report --to "$UNION" --to 'legal aid' --country bd --violation FIRED --violation threat \
    --people 12 --danger now --consent lawyer --print-code --pace 0 \
    <<<'They fired us.' >"$T/code" 2>"$T/report.log"
[ "$(count '^rung at both relays' "$T/report.log")" = 2 ] || fail "not rung at both relays, for both"
[ "$(wc -w <"$T/code")" = 12 ] && [ "$(wc -l <"$T/code")" = 1 ] || fail "the code is not 12 words on a line"
for o in 0 2; do
    for n in 1 2; do
        got=$(desktool read $o "unix:$T/relay$n/sock")
        [ "$got" = $'proof good\nentry kind 1 boxes 0\ncountry BD\nviolation FIRED\nviolation THREAT\npeople 12\ndanger now\nconsent lawyer\n\nThey fired us.' ] ||
            fail "organisation $o at relay $n read: $got"
    done
done
lacks 'They fired us' desktool read 1 # it is not for them

say "codes with faults"
code=$(cat "$T/code")
must_fail 1 'has 12 words; these are 11' inbox <<<"${code% *}"
must_fail 1 'word 12, "zzz", is not in the list' inbox <<<"${code% *} zzz"
must_fail 1 'word 1, "abandom", is not in the list; is it "abandon"' inbox <<<"abandom ${code#* }"
must_fail 1 'words are no code' inbox <<<"zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo"
must_fail 1 'has 40 digits; these are 8' inbox <<<'1234 5678'
must_fail 1 'digits are no code' inbox <<<"$(printf '1%.0s' {1..40})"
must_fail 1 'no code came' inbox </dev/null
expect 'no new answers' inbox <<<"$code"

say "a reply before any answer carries the whole key again"
tocsin reply --to 'Legal Aid' --pace 0 --code-fd 4 4<"$T/code" <<<'One more thing.' 2>"$T/reply.log"
expect '^entry kind 1 boxes 0$' grep -B2 'One more thing' <(desktool read 2)

say "a text that holds a code is not sent, whosever it is"
holds='there is a code in what you wrote: 12 words, or 40 digits'
must_fail 1 "$holds" tocsin reply --to 'Legal Aid' --pace 0 --code-fd 4 4<"$T/code" < <(echo 'My code:'; tr a-z A-Z <"$T/code")
must_fail 1 "$holds" tocsin report --to 'Legal Aid' --print-code --pace 0 < <(tr ' ' '\n' <"$T/code" | cat -n; echo 'is my code.')
must_fail 1 "$holds" tocsin report --to 'Legal Aid' --print-code --pace 0 --ref '0195 4667 7384 4381 2916 1528 5941 3578 0709 3160' <<<'Text.'
must_fail 1 "$holds" tocsin seal --to 'Legal Aid' --print-code --out "$T/sealed" <<<'০১৯৫৪৬৬৭৭৩৮৪৪৩৮১২৯১৬১৫২৮৫৯৪১৩৫৭৮০৭০৯৩১৬০'
[ ! -e "$T/sealed" ] || fail "a code was sealed"
[ "$(desktool read 2 | grep -c '^entry kind')" = 2 ] || fail "a code was sent"

say "an answer; digits are the same code"
desktool answer 2 0 good $'We come tomorrow.\n\033[31mred'
wait_for 60 inbox_has 'We come tomorrow'
out=$(inbox <"$T/code")
grep -qF '\x1b[31mred' <<<"$out" || fail "control characters of an answer were not escaped"
grep -q "Legal Aid, answer 1, " <<<"$out" || fail "no name and day"
grep -q 'Legal Aid: read up to 20' <<<"$out" || fail "no 'read up to'"
grep -qE '^Other organisations: [0-9]+, of which [0-9]+ have read up to 20' <<<"$out" || fail "nothing about the others"
[ "$(grep -c 'read up to\|has not said' <<<"$out")" = 2 ] || fail "lines for those that did not answer"

say "then a reply is a follow-up"
tocsin reply --to 'Legal Aid' --pace 0 --code-fd 4 4<"$T/code" <<<'Thank you.' 2>"$T/reply.log"
expect 'proof good' desktool read 2
expect '^entry kind 2 boxes 0$' grep -B2 'Thank you' <(desktool read 2)

say "older answers are listed, and fetched when asked for"
tomorrow=$(date -u -d "@$(($(now) + DAY))" +%F)
expect 'answer 1, .*: from before your last visit' inbox --since "$tomorrow" <"$T/code"
lacks 'We come' inbox --since "$tomorrow" <"$T/code" # not asked for
expect 'We come tomorrow' inbox --since "$tomorrow" --all <"$T/code"
must_fail 2 'needs a day' inbox --since 2026-02-30 <"$T/code"

say "burn: at both relays, and said so later"
desktool answer 2 1 good 'Second.'
wait_for 60 inbox_has 'Second'
expect 'burned: Legal Aid, answer 1' inbox --burn <"$T/code"
expect 'an answer was here and is gone: read and burned, expired, or somebody else' inbox <"$T/code"
must_fail 1 'no organisation is called' tocsin burn --to Nobody --yes --pace 0 --code-fd 4 4<"$T/code"
expect 'there are no answers to burn' tocsin burn --to "$UNION" --yes --pace 0 --code-fd 4 4<"$T/code"
desktool answer 0 0 good 'From the union.'
wait_for 60 inbox_has 'From the union'
expect 'burned: 2; already gone: 0' tocsin burn --to "$LEGAL" --yes --pace 0 --code-fd 4 4<"$T/code"
expect 'From the union' inbox <"$T/code"

say "attachments that are nowhere, or too many, keep nobody from reading on"
desktool answer 2 2 lost 'With a file.'
desktool answer 2 3 many 'With files.'
desktool answer 2 4 good 'The next one.'
wait_for 60 inbox_has 'The next one'
out=$(inbox --burn --save "$T/in" <"$T/code" 2>&1) && fail "lost attachments are no success: $out"
grep -q 'The next one' <<<"$out" || fail "a lost attachment ended it: $out"
grep -q 'not burned.*answer 3' <<<"$out" || fail "burned before its files were had: $out"
grep -q 'burned: Legal Aid, answer 5' <<<"$out" || fail "not burned: $out"
[ "$(ls "$T/in" | wc -l)" = 200 ] || fail "$(ls "$T/in" | wc -l) files"
expect 'With a file' inbox <"$T/code"
expect 'not burned.*answer 3' inbox --burn <"$T/code"

relay_stop 2
expect 'is gone' inbox <"$T/code"

say "the code is nowhere on this disk"
first3=$(cut -d' ' -f1-3 "$T/code")
rm "$T/code"
if grep -rqF -- "$first3" "$T"; then fail "the code was written to disk"; fi
