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
wait_for 60 grep -qx 'case 2 new' "$T/union.cases"

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
wait_for 60 grep -q 'in case 1 is out' "$T/union.log"
mode 1 refuse
echo 'And this is not out.' | desk union reply 1 --attach "$T/form.pdf" 2>>"$T/union.log"
[ "$(bodies)" = 3 ] || fail "attachments: $(ls "$T/union/bodies")"
cp "$T/union/cases.db" "$T/before.db"
echo 1 | desk union delete 1 2>"$T/deleted"
grep -q '[0-9] messages and 2 answers' "$T/deleted" || fail "$(cat "$T/deleted")"
must_fail 1 'no case 1' desk union show 1
must_fail 1 'no case 1' desk union reply 1 <<<'More.'
[ "$(bodies)" = 0 ] || fail "attachments are left: $(ls "$T/union/bodies")"
expect '^2 ' desk union list
lacks '^1 ' desk union list

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

say "who has the file at two times can't bring it back, one row or all of them"
# rows.py STORE OLD WHAT: puts rows of OLD back into STORE: those that are gone, or
# the N-th of those that differ; says how many there are.
cat >"$T/rows.py" <<'P'
import sqlite3, sys
store, what = sqlite3.connect(sys.argv[1]), sys.argv[3]
rows = lambda db: {r[0]: r for r in db.execute("SELECT name, nonce, box FROM rows")}
now, old = rows(store), rows(sqlite3.connect(sys.argv[2]))
if what == "gone":
    back = [old[n] for n in sorted(old) if n not in now]
else:
    back = [old[n] for n in sorted(old) if n in now and old[n] != now[n]]
    back = back[int(what):][:1]
with store:
    store.executemany("REPLACE INTO rows VALUES(?, ?, ?)", back)
print(len(back))
P
python3 "$T/rows.py" "$T/union/cases.db" "$T/before.db" gone >/dev/null
desk union list >"$T/list" 2>"$T/faults"
for row in 'case 1' 'message 1 of case 1' 'answer 2 of case 1'; do
    tr -s '\n ' ' ' <"$T/faults" >"$T/flat"
    grep -q "store: $row had been deleted and was put back" "$T/flat" || fail "$row: $(cat "$T/faults")"
done
grep -q '^2 ' "$T/list" || fail "$(cat "$T/list")"
must_fail 1 'no case 1' desk union show 1
desk union list >"$T/list" 2>"$T/faults" # it was told, and is kept
[ ! -s "$T/faults" ] || fail "$(cat "$T/faults")"
tr -s '\n ' ' ' <"$T/list" >"$T/flat"
grep -q 'case 1 had been deleted' "$T/flat" || fail "$(cat "$T/list")"

say "nor exchange a row for an older one; the rest can be read"
cp "$T/union/cases.db" "$T/older.db"
desk union show 2 >/dev/null # now it is read
cp "$T/union/cases.db" "$T/newer.db"
told=0
for n in 0 1 2 3 4; do
    cp "$T/newer.db" "$T/union/cases.db"
    [ "$(python3 "$T/rows.py" "$T/union/cases.db" "$T/older.db" $n)" = 1 ] || break
    rc=0
    desk union list >"$T/list" 2>"$T/faults" || rc=$?
    tr -s '\n ' ' ' <"$T/faults" >"$T/flat"
    if [ $rc = 0 ]; then
        told=$((told + 1))
        grep -q 'case 2 is not as it was last written' "$T/flat" || fail "$(cat "$T/faults")"
        must_fail 3 'case 2 is damaged' desk union show 2
    else # a part of the table of contents
        [ $rc = 3 ] || fail "exit $rc: $(cat "$T/faults")"
        grep -q 'Restore a copy' "$T/flat" || fail "$(cat "$T/faults")"
    fi
done
[ $told = 1 ] && [ "$n" -ge 3 ] || fail "$told of $n"
cp "$T/newer.db" "$T/union/cases.db"

say "the reporter has the answer that was out; what waited is never sent"
mode 1 pass
desk_watch union "${WATCH[@]}"
wait_for 60 hears 'We hear you'
if grep -q 'not out' "$T/inbox"; then fail "a deleted answer was sent"; fi

say "her next report is a new case; the old one is not read again"
echo 'It happened again.' | report_union >/dev/null
wait_for 60 grep -qx 'case 3 new' "$T/union.cases"
counted 1 'case 1 new' "$T/union.cases" || fail "$(cat "$T/union.cases")"

say "deleted while its attachments are on their way"
desk_stop union
printf 'See the photo.\n' | report_union --keep-metadata --attach "$T/photo.bin" >/dev/null
mode 1 hold
desk_watch union "${WATCH[@]}" --stall 600
wait_for 60 grep -qx held "$T/hostile1.out" # a box is being waited for
shows 4 'Attachments: on their way' || fail "$(cat "$T/show")"
[ "$(bodies)" = 1 ] || fail "$(ls "$T/union/bodies")"
desk union delete 4 --yes 2>>"$T/union.log"
mode 1 pass
none() { [ "$(bodies)" = 0 ]; }
wait_for 60 none
echo 'The last.' | report_union >/dev/null
wait_for 60 grep -qx 'case 5 new' "$T/union.cases"
desk_stop union
none || fail "$(ls "$T/union/bodies")"
if grep -q 'case 4 attachments' "$T/union.cases"; then fail "attachments came for a deleted case"; fi

say "the whole store put back under a watch that runs: it says so and stops"
desk_watch union "${WATCH[@]}"
echo 'After the last.' | report_union >/dev/null
wait_for 60 grep -qx 'case 6 new' "$T/union.cases"
python3 - "$T/union/cases.db" "$T/newer.db" <<'P'
import sqlite3, sys
store = sqlite3.connect(sys.argv[1], timeout=60)
old = sqlite3.connect(sys.argv[2]).execute("SELECT name, nonce, box FROM rows").fetchall()
with store:
    store.execute("BEGIN EXCLUSIVE")
    store.execute("DELETE FROM rows")
    store.executemany("INSERT INTO rows VALUES(?, ?, ?)", old)
P
rc=0
wait "$(cat "$T/union.pid")" || rc=$?
[ $rc = 1 ] || fail "watch ended with exit $rc"
tr -s '\n ' ' ' <"$T/union.log" >"$T/flat"
grep -q 'an old copy in place of the case store' "$T/flat" || fail "$(tail -n 5 "$T/union.log")"
expect '^2 ' desk union list
