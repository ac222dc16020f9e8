#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# An answer that was shown is nowhere in the program's memory while it waits
# for the next word of its reader; nor is the code that was typed.
. "$(dirname "$0")/reporter.sh"
. "$(dirname "$0")/memory.sh"

sample_make 1
relay_start 1
export T BIN
mkfifo "$T/go"

# left PID MARKER...: which of them are in its memory, into $T/left.
left() {
    local pid=$1 m
    shift
    memory "$pid" >"$T/memory"
    [ "$(stat -c %s "$T/memory")" -gt 100000 ] || fail "the memory can't be read"
    for m; do
        grep -aqF -- "$m" "$T/memory" && echo "$m"
    done >"$T/left" || true
}

"$BIN/tocsin" report --network "$T/network" --to "$LEGAL" --pace 0 --print-code <<<'The ledger is in the cellar.' >"$T/code" 2>"$T/report.log"
code=$(cat "$T/code")
# Far along its line: shorter lines after it don't write over it by chance.
desktool answer 2 0 good "$(printf 'We heard you. %.0s' {1..30})The marked lawyer comes on Tuesday."
wait_for 60 inbox_has 'marked lawyer'

say "an answer, at the question whether to burn it"
cat >"$T/inbox.exp" <<'EXPECT'
set timeout 60
spawn $env(BIN)/tocsin inbox --network $env(T)/network --pace 0
set f [open $env(T)/pid w]
puts $f [exp_pid]
close $f
expect -re "code"
set f [open $env(T)/code]
send "[gets $f]\r"
close $f
expect {
    -re "marked lawyer comes on Tuesday.*\\\[y/N\\\]" {}
    timeout { puts "FAILED: no question"; exit 9 }
    eof { puts "FAILED: ended early"; exit 9 }
}
close [open $env(T)/asked w]
set go [open $env(T)/go]
gets $go
close $go
send "n\r"
expect eof
EXPECT
command expect -f "$T/inbox.exp" >"$T/inbox.log" 2>&1 &
screen=$!
PIDS+=($screen)
wait_for 60 test -e "$T/asked"
left "$(cat "$T/pid")" 'The marked lawyer comes' "$LEGAL" "$code" "${code% *}"
echo go >"$T/go"
wait $screen || fail "$(cat "$T/inbox.log")"
grep -qxF "$LEGAL" "$T/left" || fail "the search finds not even what must be there"
grep -vxF "$LEGAL" "$T/left" >"$T/secret" && fail "still in memory: $(cat "$T/secret")"
say "nothing of it"
