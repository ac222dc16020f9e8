#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# A case is deleted: rows, files, what waits to be sent; beside a watch that is
# in the middle of it. Nothing of it comes back.
. "$(dirname "$0")/lib.sh"
bodies() { find "$T/union/bodies" -type f | wc -l; }
WATCH=(--own-per-day 0 --dummies-per-day 0)

network_make 1 union
hostile_start 1
desk union publish 2>>"$T/union.log"
head -c 90000 /dev/urandom >"$T/photo.bin"
code=$(echo 'The roof is cracked.' | report_union --keep-metadata --attach "$T/photo.bin")
echo 'The stairs are locked.' | report_union >/dev/null
desk_watch union "${WATCH[@]}"
wait_for 60 shows 1 'Attachments: here'
wait_for 40 grep -qx 'case 2 new' "$T/union.cases"

say "refused: no such case, no answer, another number; nothing changes"
must_fail 1 'no case 3' desk union delete 3 --yes
must_fail 1 'has a number' desk union delete all --yes
must_fail 1 'nothing was deleted' desk union delete 1 </dev/null
must_fail 1 'nothing was deleted' desk union delete 1 < <(echo 2)
must_fail 1 'nothing was deleted' desk union delete 1 < <(echo yes)
shows 1 'The roof is cracked' || fail "it is gone"
[ "$(bodies)" = 1 ] || fail "attachments: $(ls "$T/union/bodies")"

say "with an answer that is out, one that waits, and attachments"
head -c 20000 /dev/urandom >"$T/form.pdf"
echo 'We hear you.' | desk union reply 1 --attach "$T/form.pdf" 2>>"$T/union.log"
wait_for 40 grep -q 'in case 1 is out' "$T/union.log"
mode 1 refuse
echo 'And this is not out.' | desk union reply 1 --attach "$T/form.pdf" 2>>"$T/union.log"
[ "$(bodies)" = 3 ] || fail "attachments: $(ls "$T/union/bodies")"
cp "$T/union/cases.db" "$T/before.db"
echo 1 | desk union delete 1 2>"$T/deleted"
grep -q '1 messages and 2 answers\|[0-9] messages and 2 answers' "$T/deleted" || fail "$(cat "$T/deleted")"
must_fail 1 'no case 1' desk union show 1
must_fail 1 'no case 1' desk union reply 1 <<<'More.'
[ "$(bodies)" = 0 ] || fail "attachments are left: $(ls "$T/union/bodies")"
expect '^2 ' desk union list
test "$(desk union list | grep -c '^1 ')" = 0 || fail "$(desk union list)"

say "not one sealed row of it is left in the files, the others' are"
# A row that was there before and is not now has no block of 32 bytes left.
cat >"$T/traces.py" <<'P'
import sqlite3, sys
before = dict(sqlite3.connect(sys.argv[1]).execute("SELECT name, box FROM rows"))
now = dict(sqlite3.connect("file:%s?mode=ro" % sys.argv[2], uri=True).execute("SELECT name, box FROM rows"))
gone = [n for n in before if n not in now]
files = b"".join(open(f, "rb").read() for f in (sys.argv[2], sys.argv[2] + "-journal"))
assert len(gone) >= 4, len(gone)
assert any(before[n] in files or before[n][:200] in files for n in before if now.get(n) == before[n])
for n in gone:
    box = before[n]
    for i in range(0, len(box) - 32, 32):
        assert box[i:i + 32] not in files, "a trace of a deleted row"
P
desk_stop union # so that nobody writes meanwhile
desk union list >/dev/null
python3 "$T/traces.py" "$T/before.db" "$T/union/cases.db" 2>"$T/traces.log" || fail "$(cat "$T/traces.log")"

say "the reporter has the answer that was out; what waited is never sent"
mode 1 pass
desk_watch union "${WATCH[@]}"
wait_for 40 hears 'We hear you'
if grep -q 'not out' "$T/inbox"; then fail "a deleted answer was sent"; fi

say "her next report is a new case; the old one is not read again"
echo 'It happened again.' | report_union >/dev/null
wait_for 40 grep -qx 'case 3 new' "$T/union.cases"
test "$(grep -c 'case 1 new' "$T/union.cases")" = 1 || fail "$(cat "$T/union.cases")"

say "deleted while its attachments are on their way"
desk_stop union
printf 'See the photo.\n' | report_union --keep-metadata --attach "$T/photo.bin" >/dev/null
mode 1 hold
desk_watch union "${WATCH[@]}" --stall 600
wait_for 40 grep -qx held "$T/hostile1.out" # a box is being waited for
shows 4 'Attachments: on their way' || fail "$(cat "$T/show")"
[ "$(bodies)" = 1 ] || fail "$(ls "$T/union/bodies")"
desk union delete 4 --yes 2>>"$T/union.log"
mode 1 pass
none() { [ "$(bodies)" = 0 ]; }
wait_for 40 none
echo 'The last.' | report_union >/dev/null
wait_for 40 grep -qx 'case 5 new' "$T/union.cases"
desk_stop union
none || fail "$(ls "$T/union/bodies")"
if grep -q 'case 4 attachments' "$T/union.cases"; then fail "attachments came for a deleted case"; fi
