#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# A list of organisations that nobody has confirmed for three days: nothing that
# was written is sent, in a visit like any other, before the writer says so.
. "$(dirname "$0")/reporter.sh"
BOXES=1024
report() { tocsin report --to "$LEGAL" --pace 0 --print-code "$@"; }
read_by_desk() { prints "$1" desktool read 2; }
# posts N: so many exchanges at the relay since the last mode.
posts() {
    local n
    n=$(tail -n "+$(($(cat "$T/hostile1.out.from") + 1))" "$T/hostile1.out" | grep -c '/v1/exchange$' || true)
    [ "$n" = "$1" ] || fail "$n exchanges, not $1"
}
# network WORD...: what the relay serves from now on.
network() {
    [ ! -e "$T/relay1.pid" ] || { kill "$(cat "$T/hostile1.pid")" && relay_stop 1; }
    sample_make 1 "$@"
    hostile_start 1
    mode 1 pass
}

say "confirmed by an organisation alone, or by the signers alone: nobody is asked"
network old
report <<<'Report 1.' >"$T/code" 2>"$T/1.log" || fail "$(cat "$T/1.log")"
posts 6
network unseen
report <<<'Report 2.' >"$T/code" 2>"$T/2.log" || fail "$(cat "$T/2.log")"

say "by nobody: the visit has its shape, and nothing of hers"
network old unseen
must_fail 1 'nobody has confirmed the list of organisations for 3 days: somebody may hide that one of them was revoked. Nothing was sent' report <<<'Report 3.'
grep -qF -- '--unconfirmed goes on all the same' <<<"$SAID" || fail "no way out: $SAID"
posts 6
lacks 'Report 3' desktool read 2
must_fail 1 'nobody has confirmed' report --attach "$T/1.log" --keep-metadata <<<'Report 3.'
must_fail 1 'nobody has confirmed' tocsin reply --to "$LEGAL" --pace 0 --code-fd 4 4<"$T/code" <<<'Report 3.'
lacks 'Report 3' desktool read 2
must_fail 1 'nobody has confirmed' tocsin seal --out "$T/sealed" --to "$LEGAL" --print-code <<<'Report 3.'
[ ! -e "$T/sealed" ] || fail "it was sealed"

say "by one that was revoked: that is nobody"
network old revoked
must_fail 1 'nobody has confirmed' report <<<'Report 3.'

say "who says so beforehand is not held up; who reads is not asked"
report --unconfirmed <<<'Report 4.' >"$T/code" 2>"$T/4.log" || fail "$(cat "$T/4.log")"
grep -q '^rung: your text' "$T/4.log" || fail "$(cat "$T/4.log")"
wait_for 60 read_by_desk 'Report 4'
tocsin reply --unconfirmed --to "$LEGAL" --pace 0 --code-fd 4 4<"$T/code" <<<'Report 5.' 2>>"$T/4.log" || fail "$(cat "$T/4.log")"
tocsin seal --unconfirmed --out "$T/sealed" --to "$LEGAL" --print-code <<<'Report 6.' >"$T/code6" 2>>"$T/4.log" || fail "$(cat "$T/4.log")"
lacks 'nobody has confirmed' inbox <"$T/code"

say "at a terminal: asked after the visit, and no is the default"
export T BIN LEGAL
cat >"$T/asked.exp" <<'EXPECT'
set timeout 120
proc need {what} {
    expect {
        -re $what {}
        timeout { puts stderr "FAILED: waited for: $what"; exit 9 }
        eof { puts stderr "FAILED: ended before: $what"; exit 9 }
    }
}
spawn $env(BIN)/tocsin report --network $env(T)/network --pace 0 --print-code --to $env(LEGAL)
need "ends it"
send "$env(TEXT)\r.\r"
need "nobody has confirmed"
need "Go on all the same"
send $env(ANSWER)
expect eof
exit [lindex [wait] 3]
EXPECT
# told TEXT ANSWER: its exit code is the program's.
told() { TEXT=$1 ANSWER=$2 command expect -f "$T/asked.exp" >"$T/asked.log" 2>&1; }
rc=0
told 'Report 7.' $'\r' || rc=$?
[ $rc = 1 ] || fail "exit $rc: $(cat "$T/asked.log")"
lacks 'Report 7' desktool read 2
mode 1 pass
told 'Report 8.' $'y\r' || fail "exit $?: $(cat "$T/asked.log")"
posts 12
wait_for 60 read_by_desk 'Report 8'
