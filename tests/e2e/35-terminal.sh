#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# At a terminal: every question is asked, the code is shown once and two of
# its words are typed back, wrong codes are asked for again.
. "$(dirname "$0")/reporter.sh"

sample_make 1
relay_start 1
export T BIN

cat >"$T/begin.exp" <<'EXPECT'
set timeout 120

proc need {what} {
    global expect_out
    expect {
        -re $what {}
        timeout { puts stderr "FAILED: waited for: $what"; exit 9 }
        eof { puts stderr "FAILED: ended before: $what"; exit 9 }
    }
}
# Types the code of the last report.
proc type_code {} {
    set f [open $::env(T)/code]
    send "[gets $f]\r"
    close $f
}
# Reads the code from the screen, and types two of its words back.
proc type_back {} {
    global expect_out
    for {set i 1} {$i <= 12} {incr i} {
        need "\n *$i  (\[a-z]+)\r"
        set word($i) $expect_out(1,string)
    }
    set f [open $::env(T)/code w]
    for {set i 1} {$i <= 12} {incr i} { puts -nonewline $f "$word($i) " }
    puts $f ""
    close $f
    need "Press Enter"
    send "\r"
    need "Type word (\[0-9]+) of your code: "
    send "nonsense\r"
    need "not what was shown"
    need "Type word (\[0-9]+) of your code: "
    send "$word($expect_out(1,string))\r"
    need "Type word (\[0-9]+) of your code: "
    send "[string range $word($expect_out(1,string)) 0 3]\r"
}
EXPECT
# screen NAME <SCRIPT: what stands on the screen goes to $T/NAME.log.
screen() { cat "$T/begin.exp" - >"$T/$1.exp" && command expect -f "$T/$1.exp" >"$T/$1.log" 2>&1; }
# ended NAME WHAT: for a screen that was not as it should be.
ended() {
    cat "$T/$1.log"
    fail "$2"
}

say "a report, question by question"
screen 1 <<'EXPECT' || ended 1 "the questions"
spawn $env(BIN)/tocsin report --network $env(T)/network --pace 0
need "Who shall hear you"
need "Numbers, with commas: "
send "Nobody\r"
need "no organisation is called"
send "1, 1, Legal Aid\r"
need "Language.*: "
send "bn\r"
need "Country.*: "
send "Bangladesh\r"
need "country can't be .Bangladesh.; it is two letters"
send "bd\r"
need "Place.*: "
send "\r"
need "Employer.*: "
send "Mills\r"
need "Sector.*: "
send "\r"
need "What happened .*: "
send "1, FIRED\r"
need "When.*: "
send "2026-11\r"
need "How many.*: "
send "12\r"
need "danger.*yes or no.*: "
send "maybe\r"
need "danger can't be .maybe."
need "danger.*: "
send "yes\r"
need "You are.*: "
send "witness\r"
need "Who may be told.*: "
send "lawyer, un\r"
need "Campaign.*: "
send "\r"
need "Reference.*: "
send "0195466773844381291615285941357807093160\r"
need "there is a code in what you wrote"
need "Reference.*: "
send "\r"
need "own words"
send "They fired us.\r"
send "[string repeat x 5000]\r"
need "That line is left out"
send "agree movie slam income gown rabbit\r"
send "remove extend net aspect puzzle muscle\r"
send "All of us.\r"
send ".\r"
need "There is a code in lines 2 to 3; they are left out"
send "And the union.\r"
send ".\r"
need "A file to send along"
send "~/none.jpg\r"
need "$env(T)/none.jpg: No such file"
need "A file to send along"
send "\r"
type_back
need "sealed; now it is sent"
need "sent; waiting for the page"
need "rung: your text, for Garment"
need "rung: your text, for Legal Aid"
need "tocsin inbox"
expect eof
exit [lindex [wait] 3]
EXPECT
for o in 0 2; do
    [ "$(desktool read $o)" = $'proof good\nentry kind 1 boxes 0\nlanguage bn\ncountry BD\nemployer Mills\nviolation KILL\nviolation FIRED\ndate 2026-11\npeople 12\ndanger now\nrole witness\nconsent lawyer\nconsent un\n\nThey fired us.\nAll of us.\nAnd the union.' ] ||
        fail "organisation $o read: $(desktool read $o)"
done
grep -q $'\033\\[?1049h' "$T/1.log" && grep -q $'\033\\[?1049l' "$T/1.log" || fail "the code was shown on the scrolling screen"

say "no relay when it is to go: what was written is not lost"
relay_stop 1
echo 'Names of all.' >"$T/the list.txt"
cat "$T/begin.exp" - >"$T/5.exp" <<'EXPECT'
spawn $env(BIN)/tocsin report --network $env(T)/network --pace 0 --country BD
need "Numbers, with commas: "
send "1\r"
need "Language.*: "
send "\r"
need "Place.*: "
for {set i 0} {$i < 10} {incr i} {
    send "\r"
    need ": "
}
send "\r"
need "own words"
send "The relay was gone.\r.\r"
need "A file to send along"
send "'$env(T)/the list.txt'\r"
need "is sent as file-1.txt"
need "One more file"
send "\r"
type_back
need "no relay can be reached; nothing was sent"
need "Try again"
exec touch $env(T)/start
for {set i 0} {![file exists $env(T)/started]} {incr i} {
    if {$i > 1200} { puts stderr "FAILED: no relay was started"; exit 9 }
    after 100
}
send "y\r"
need "rung: your text, for Garment"
need "rung: your attachments, for Garment"
expect eof
exit [lindex [wait] 3]
EXPECT
command expect -f "$T/5.exp" >"$T/5.log" 2>&1 &
asked=$!
wait_for 60 test -e "$T/start"
relay_start 1
touch "$T/started"
wait $asked || ended 5 "it was not tried again"
out=$(desktool read 0)
grep -q '^item text/plain file-1.txt 14 ' <<<"$out" && [ "$(grep -c '^The relay was gone' <<<"$out")" = 1 ] ||
    fail "after trying again: $out"

say "text from a file, code from the terminal; five wrong words send nothing"
rc=0
screen 2 <<'EXPECT' || rc=$?
spawn sh -c "$env(BIN)/tocsin report --network $env(T)/network --pace 0 --to 'Legal Aid' </etc/hostname"
need "Press Enter"
send "\r"
for {set i 0} {$i < 5} {incr i} {
    need "Type word"
    send "nonsense\r"
}
need "nothing was sent"
expect eof
exit [lindex [wait] 3]
EXPECT
[ $rc = 1 ] || ended 2 "five wrong words: exit $rc"
[ "$(desktool read 2 | grep -c '^entry')" = 1 ] || fail "something was sent without the code"

say "Ctrl-C at the code leaves nothing on the screen"
screen 4 <<'EXPECT' || ended 4 "Ctrl-C"
spawn sh -c "exec $env(BIN)/tocsin report --network $env(T)/network --pace 0 --to 'Legal Aid' </etc/hostname"
need "Press Enter"
send "\003"
need "\033\\\[2J\033\\\[.1049l"
expect eof
EXPECT

say "answers whose attachments are not saved are not offered to burn"
tocsin report --to "$LEGAL" --pace 0 --print-code <<<'Again.' >"$T/code" 2>"$T/report.log"
desktool answer 2 0 lost 'With a file.'
wait_for 60 inbox_has 'With a file'
screen 6 <<'EXPECT' || ended 6 "what would be lost was offered to burn"
spawn $env(BIN)/tocsin inbox --network $env(T)/network --pace 0
need "Your code"
type_code
need "With a file"
need "not burned before"
expect {
    "Burn what" { exit 9 }
    eof {}
}
exit [lindex [wait] 3]
EXPECT

say "a wrong code is explained and asked for again; the answer is offered to burn"
desktool answer 2 1 good 'We come tomorrow.'
wait_for 60 inbox_has 'We come tomorrow'
screen 3 <<'EXPECT' || ended 3 "the inbox"
spawn $env(BIN)/tocsin inbox --network $env(T)/network --pace 0
need "Your code"
send "abandon abilty able\r"
need "these are 3|word 2, .abilty., is not in the list; is it .ability."
need "Your code"
type_code
need "Legal Aid, answer 2"
need "We come tomorrow"
need "Burn what you have read, but for"
send "y\r"
need "burned: 1; already gone: 0"
expect eof
exit [lindex [wait] 3]
EXPECT
if grep -qF "$(cut -d' ' -f1-3 "$T/code")" "$T/3.log"; then fail "the code was echoed"; fi
expect 'answer 2: an answer was here and is gone: read and burned' inbox <"$T/code"
expect 'With a file' inbox <"$T/code"

say "burning says how much, in her language too, and no means no"
(language bn_BD)
screen 7 <<'EXPECT' || ended 7 "asking before burning"
spawn $env(BIN)/tocsin burn --network $env(T)/network --pace 0
need "Your code"
type_code
need "Burn all 2 answers"
send "n\r"
need "nothing was burned"
expect eof
if {[lindex [wait] 3] != 0} { exit 9 }
set env(LOCPATH) $env(T)/locale
set env(LC_ALL) bn_BD.UTF-8
set env(LSAN_OPTIONS) suppressions=$env(T)/locale/leaks:print_suppressions=0
spawn $env(BIN)/tocsin inbox --network $env(T)/network --pace 0
need "আপনার কোড"
type_code
need "With a file"
expect eof
exit [lindex [wait] 3]
EXPECT
expect 'With a file' inbox <"$T/code"
