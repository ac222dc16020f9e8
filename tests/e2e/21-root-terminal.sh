# SPDX-License-Identifier: ISC
# Pass phrases at a terminal: asked twice for a new one, never shown, and the
# terminal echoes again afterwards, also after an interrupt.
. "$(dirname "$0")/lib.sh"

cat >"$T/lib.exp" <<'END'
set timeout 120
log_user 1
proc want {pattern} {
    expect {
        -re $pattern {}
        timeout { puts stderr "waited in vain for $pattern"; exit 9 }
        eof { puts stderr "ended before $pattern"; exit 9 }
    }
}
proc ended {code} {
    expect eof
    set got [lindex [wait] 3]
    if {$got != $code} { puts stderr "exit $got, not $code"; exit 9 }
}
END
run_expect() { command expect "$T/script.exp" >"$T/screen" 2>"$T/expect.log" || fail "$(cat "$T/expect.log" "$T/screen")"; }

say "a new key wants the pass phrase twice, and shows it never"
cat >"$T/script.exp" <<END
source $T/lib.exp
spawn $BIN/tocsin-root keygen ana --out $T/ana.key
want "Pass phrase"
send "hunter-two-hidden-lamps-canal\r"
want "Once more"
send "hunter-two-hidden-lamps-canal\r"
want {ana\+[0-9a-f]{8}\+}
ended 0
END
run_expect
if grep -q hidden "$T/screen"; then
    fail "the pass phrase was shown"
fi
"$BIN/tocsin-root" keygen bo --out "$T/bo.key" --passphrase-fd 3 3<<<"$PASS" >"$T/bo.vkey"
"$BIN/tocsin-root" new --threshold 1 --key "$(cat "$T/bo.vkey")" --out "$T/root"
must_fail 1 'wrong pass phrase' "$BIN/tocsin-root" sign "$T/root" --key "$T/ana.key" --yes --passphrase-fd 3 3<<<wrong
"$BIN/tocsin-root" sign "$T/root" --key "$T/ana.key" --yes --passphrase-fd 3 3<<<hunter-two-hidden-lamps-canal

say "two that differ make no key"
cat >"$T/script.exp" <<END
source $T/lib.exp
spawn $BIN/tocsin-root keygen chi --out $T/chi.key
want "Pass phrase"
send "one\r"
want "Once more"
send "another\r"
want "differ"
ended 1
END
run_expect
[ ! -e "$T/chi.key" ] || fail "a key was made"

say "an interrupt leaves the terminal as it was"
cat >"$T/script.exp" <<END
source $T/lib.exp
spawn sh -c "trap : INT; $BIN/tocsin-root keygen chi --out $T/chi.key; stty -a | tr ';' '\\\\n'; echo rc"
want "Pass phrase"
send "one\003"
want {[ \n]echo[ \r\n]}
expect eof
END
run_expect
[ ! -e "$T/chi.key" ] || fail "a key was made"

say "a question is answered at the terminal"
cp "$T/root" "$T/root.before"
cat >"$T/script.exp" <<END
source $T/lib.exp
spawn $BIN/tocsin-root sign $T/root --key $T/bo.key
want {\[y/n\]}
send "n\r"
want "Nothing was signed"
ended 1
spawn $BIN/tocsin-root sign $T/root --key $T/bo.key
want {\[y/n\]}
send "y\r"
want "Pass phrase"
send "$PASS\r"
want "signed by bo"
ended 0
END
run_expect
expect 'signed by bo' "$BIN/tocsin-root" verify "$T/root"
