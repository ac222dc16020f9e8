#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Letters of ASCII are the same in a Turkish locale, where i has no capital I of
# ASCII, and a number has a decimal comma; digits, commas, yes and no are read in
# the ways of the person.
. "$(dirname "$0")/reporter.sh"
export T BIN
sample_make 1
relay_start 1

say "codes, countries, names, ids and endings in Turkish"
(
    language tr_TR
    [ "$(tocsin orgs --country in --language HI --sector LEATHER --violation fired | grep -c '^[^ ]')" = 1 ] || fail "the filter"
    printf 'hours\n' >"$T/LIST.CSV"
    printf 'hours\n' >"$T/LIST.INI"
    tocsin report --to 'LEGAL AID' --country in --violation fired --violation Discrim --attach "$T/LIST.CSV" --print-code --pace 0 \
        <<<'They fired us.' >"$T/code" 2>"$T/report.log"
    tocsin inbox --pace 0 --code-fd 0 >"$T/inbox" 2>&1 < <(tr a-z A-Z <"$T/code")
    # A number has a full stop: the desk starts, and misses no more than its keys.
    "$BIN/tocsin-desk" init --dir "$T/desk" --name X --board 1 --passphrase-fd 3 3<<<"$PASS" >/dev/null
    must_fail 1 "$T/none" "$BIN/tocsin-desk" watch --no-tor --dir "$T/desk" --network "$T/none" --poll 0.5 --passphrase-fd 3 3<<<"$PASS"
) || fail "in Turkish"
expect 'country IN' desktool read 2
expect 'violation FIRED' desktool read 2
expect 'violation DISCRIM' desktool read 2

say "digits and commas of Bengali, Arabic and Burmese, yes as people say it"
cat >"$T/asked.exp" <<'EXPECT'
set timeout 60
proc answer {prompt text} {
    expect {
        -re $prompt {}
        timeout { puts stderr "FAILED: waited for: $prompt"; exit 9 }
        eof { puts stderr "FAILED: ended before: $prompt"; exit 9 }
    }
    send "$text\r"
}
spawn $env(BIN)/tocsin report --network $env(T)/network --pace 0 --print-code
answer "Numbers, with commas: " "১، ৩"
answer "Language.*: " "bn"
answer "Country.*: " "bd"
answer "Place.*: " ""
answer "Employer.*: " ""
answer "Sector.*: " ""
answer "What happened .*: " "২၊ fired、 ၇"
answer "When.*: " "২০২৬-১১-০৩"
answer "How many.*: " "४०"
answer "danger.*yes or no.*: " "জি হ্যাঁ"
answer "You are.*: " "witness"
answer "Who may be told.*: " "lawyer، un"
answer "Campaign.*: " ""
answer "Reference.*: " ""
answer "own words" "হরতাল।"
send ".\r"
answer "A file to send along" ""
expect eof
exit [lindex [wait] 3]
EXPECT
command expect -f "$T/asked.exp" >"$T/asked.log" 2>&1 || fail "the questions: $(cat "$T/asked.log")"
for o in 0 2; do
    desktool read $o >"$T/read"
    expect 'violation ATTACK' grep -A1 'country BD' "$T/read"
    for line in 'violation FIRED' 'violation RAID' 'date 2026-11-03' 'people 40' 'danger now' 'consent lawyer' 'consent un'; do
        grep -qx "$line" "$T/read" || fail "organisation $o has no '$line': $(cat "$T/read")"
    done
done
