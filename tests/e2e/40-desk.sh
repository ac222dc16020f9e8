#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# A desk from nothing: keys, notes, a report that arrives, its answer.
. "$(dirname "$0")/lib.sh"

say "a wrong pass phrase opens nothing"
network_make 1 union
must_fail 3 'wrong pass phrase' "$BIN/tocsin-desk" list --dir "$T/union" --passphrase-fd 3 3<<<"not-it"
must_fail 1 'no desk' "$BIN/tocsin-desk" list --dir "$T/nowhere" --passphrase-fd 3 3<<<"$PASS"
must_fail 1 'already' "$BIN/tocsin-desk" init --dir "$T/union" --name x --passphrase-fd 3 3<<<"$PASS"
expect 'No reports' desk union list

say "its line has the form of the directory's"
grep -qE '^org [0-9a-f]{64} [A-Za-z0-9+/]{43}= 1 union - - - - union$' "$T/union.org" || fail "org line"

say "notes for some weeks, sent now"
must_fail 1 'no relay took' desk union publish
relay_start 1
expect 'has the note' desk union publish --weeks 3

say "a report arrives: a line for scripts, a message without content"
desk_watch union --notify 'echo "$# $1" >>"$HOME/notified"'
wait_for 20 grep -q Watching "$T/union.log"
printf 'They locked the fire exits.\n' >"$T/text"
code=$(tocsin report --to union --language en --country BD --employer 'Acme \x1b[31m Ltd' --violation SAFETY --print-code --pace 0 <"$T/text" 2>"$T/reporter.log") || true
wait_for 30 grep -qx 'case 1 new' "$T/union.cases"
wait_for 10 test -s "$T/notified"
grep -qx '1 tocsin-desk: there is something to look at' "$T/notified" || fail "what was notified"
expect 'fire exits' desk union show 1
echo "$code"
cat "$T/reporter.log"
desk union show 1
desk union list
desk union list --json
