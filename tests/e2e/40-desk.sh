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
desk_watch union --notify 'grep "core file" /proc/self/limits >"$HOME/limits"; echo "$# $1" >>"$HOME/notified"'
wait_for 60 grep -q Watching "$T/union.log"
printf 'They locked the fire exits. \033[2J\n' >"$T/text"
code=$(tocsin report --to union --language en --country BD --employer Acme --violation SAFETY --print-code --pace 0 <"$T/text" 2>"$T/reporter.log") || true
wait_for 60 grep -qx 'case 1 new' "$T/union.cases"
wait_for 60 test -s "$T/notified"
grep -qx '1 tocsin-desk: there is something to look at' "$T/notified" || fail "what was notified"
# 1, not 0: then no program of the system's gets its memory either.
grep -Eq '^Max core file size +1 +1 ' "$T/limits" || fail "$(cat "$T/limits")"

say "shown with labels, a stranger's bytes escaped"
expect '^  Country: BD$' desk union show 1
expect '^  Violation: SAFETY \(Dangerous workplace\)$' desk union show 1
expect 'They locked the fire exits' desk union show 1
desk union show 1 >"$T/show"
if grep -q $'\x1b' "$T/show"; then fail "an escape sequence reached the terminal"; fi
expect '\\x1b\[2J' desk union show 1
expect '^1 +[0-9-]{10}  1  ' desk union list
desk union list --json | python3 -c 'import json, sys
d = json.load(sys.stdin)
assert [c["case"] for c in d["cases"]] == [1], d
assert d["alarms"] == [] and d["followups_without_report"] == 0, d'
must_fail 1 'no case 2' desk union show 2
must_fail 1 'has a number' desk union show x
must_fail 1 'no attachments' desk union save 1

say "the same code again joins the case"
printf 'And they took the keys.\n' | tocsin report --to union --language en --code-fd 4 --pace 0 4<<<"$code" 2>>"$T/reporter.log"
wait_for 60 grep -qx 'case 1 more' "$T/union.cases"
expect 'And they took the keys' desk union show 1

say "who answers at a terminal sees what is answered; an empty answer is none"
cat >"$T/reply.exp" <<'E'
set timeout 120
spawn -noecho bash -c {"$BIN/tocsin-desk" reply 1 --dir "$T/union" --passphrase-fd 3 3<<<"$PASS"}
expect {
    -re {Message 2 \(.*And they took the keys\..*Write the answer} {}
    timeout { exit 9 }
    eof { exit 8 }
}
send "\004"
expect {
    "nothing was queued" {}
    timeout { exit 7 }
    eof { exit 6 }
}
E
(export T BIN PASS && command expect "$T/reply.exp" >"$T/reply.said") || fail "exit $? of expect: $(cat "$T/reply.said")"

say "nothing of it is readable in the desk's folder"
if grep -rqaE 'fire exits|took the keys|Acme|SAFETY' "$T/union"; then fail "plain text in the store"; fi

say "SIGTERM ends it at once, with exit 0; what was read is not read again"
desk_stop union
desk_watch union
wait_for 60 counted 2 Watching "$T/union.log"
must_fail 1 'already' desk union watch
pages_pass 1 3 # it had its turns
test "$(wc -l <"$T/union.cases")" = 2 || fail "read twice: $(cat "$T/union.cases")"
lacks ALARM desk union list
desk_stop union

say "killed before anybody was told: told at the next start, unless it was read"
printf 'And the lights.\n' | tocsin report --to union --language en --code-fd 4 --pace 0 4<<<"$code" 2>>"$T/reporter.log"
desk_watch union
wait_for 60 counted 2 '^case 1 more$' "$T/union.cases"
kill -9 "$(cat "$T/union.pid")"
wait "$(cat "$T/union.pid")" 2>/dev/null || true
desk_watch union --notify 'exit 3'
listed() {
    desk union list >"$T/list" 2>&1
    grep -q -- "$1" "$T/list"
}
wait_for 60 listed 'the command of --notify failed 1 times since it last worked'
wait_for 60 listed 'nobody may have been told that there is'
desk_stop union
grep -q 'failed with exit code 3' "$T/union.log" || fail "$(tail "$T/union.log")"
desk_watch union --notify 'echo >>"$HOME/told"'
wait_for 60 test -s "$T/told"
works() { if listed 'since it last worked'; then return 1; fi; }
wait_for 60 works
expect 'And the lights' desk union show 1
desk_stop union
rm "$T/told"
desk_watch union --notify 'echo >>"$HOME/told"'
pages_pass 1 3
test ! -e "$T/told" || fail "told of what was read"
desk_stop union

say "the identity key can live elsewhere"
mv "$T/union/identity.key" "$T/offline.key"
must_fail 1 'identity key' desk union publish
desk union publish --weeks 2 --request "$T/request" 2>>"$T/union.log"
must_fail 2 'use --request' desk union publish --sign "$T/request"
(language es_ES && must_fail 1 'no se puede leer .*: no encontrado' desk union publish --in "$T/nowhere")
must_fail 3 'wrong pass phrase' "$BIN/tocsin-desk" publish --sign "$T/request" --identity "$T/offline.key" --out "$T/signed" --passphrase-fd 3 3<<<"wrong"
"$BIN/tocsin-desk" publish --dir "$T/nowhere" --sign "$T/request" --identity "$T/offline.key" --out "$T/signed" --passphrase-fd 3 3<<<"$PASS" 2>>"$T/union.log"
must_fail 1 'not signed notes' desk union publish --in "$T/request"
expect 'has the note' desk union publish --in "$T/signed"
"$BIN/tocsin-desk" init --dir "$T/other" --name other --passphrase-fd 3 3<<<"$PASS" >/dev/null 2>"$T/init"
# The last that is said: where the key is, and that it belongs elsewhere.
tail -n 1 "$T/init" >"$T/last"
grep -q "identity key is in $T/other/identity.key and belongs off this machine.*shred -u $T/other/identity.key" "$T/last" || fail "$(cat "$T/init")"
# No way round a weak pass phrase, its own name in it or another's.
for weak in 'Garment Workers 2026' 'kamranali1987 dhaka' 'correct horse battery staple'; do
    must_fail 1 'can be guessed by who takes the file' "$BIN/tocsin-desk" init --dir "$T/weak" --name 'Garment Workers' --passphrase-fd 3 3<<<"$weak"
    must_fail 1 'can be guessed by who takes the file' "$BIN/tocsin-desk" init --dir "$T/weak" --name 'Garment Workers' --passphrase-fd 3 --identity-passphrase-fd 4 3<<<"$PASS" 4<<<"$weak"
    [ ! -e "$T/weak" ] || fail "a desk was made under '$weak'"
done
must_fail 3 'another identity key' desk other publish --in "$T/signed"
must_fail 1 'another organisation' "$BIN/tocsin-desk" publish --sign "$T/request" --dir "$T/other" --out "$T/x" --passphrase-fd 3 3<<<"$PASS"
