#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Two relays: attachments in, answers with attachments out; one relay is down
# for a while and nothing is lost.
. "$(dirname "$0")/lib.sh"
inbox() { tocsin inbox --code-fd 4 --pace 0 "$@" 4<<<"$code" 2>>"$T/reporter.log"; }

network_make 2 union
relay_start 1
relay_start 2
desk union publish 2>>"$T/union.log"

say "a report with a file, while nobody watches"
printf 'The roof is cracked.\n' >"$T/text"
# What it is called is no matter: a photo's first bytes, a program's name.
{ printf '\xff\xd8\xff'; head -c 50000 /dev/urandom; } >"$T/photo.exe"
code=$(tocsin report --to union --language en --keep-metadata --attach "$T/photo.exe" --print-code --pace 0 <"$T/text" 2>"$T/reporter.log")
desk_watch union --keep-free 4000000000
wait_for 60 grep -qx 'case 1 new' "$T/union.cases"
wait_for 60 alarm 'disk is nearly full'
desk_stop union
test -z "$(ls "$T/union/bodies")" || fail "attachments took the last of the disk"
desk union list --forget-alarms >/dev/null
desk_watch union
wait_for 60 grep -qx 'case 1 attachments' "$T/union.cases"
counted 1 'case 1 new' "$T/union.cases" || fail "two relays made two cases"
expect 'Attachments: here' desk union show 1
desk union save 1 --to "$T" >"$T/saved"
f=$(grep -v text "$T/saved" | sed -n '$p')
cmp "$f" "$T/photo.exe"
[ "$f" = "$T/case1-2-1.jpg" ] || [ "$f" = "$T/case1-1-1.jpg" ] || fail "saved as $f"
must_fail 1 'is there already' desk union save 1 --to "$T"
if grep -rqa "$(head -c 24 "$T/photo.exe" | tail -c 20 | tr -d '\n\0')" "$T/union/bodies" 2>/dev/null; then fail "plain attachment in the store"; fi

say "nothing to read yet"
inbox >/dev/null
grep -q 'no new answers' "$T/reporter.log" || fail "an answer out of nowhere"

say "an answer with a file"
must_fail 1 'empty' desk union reply 1 </dev/null
must_fail 1 'no case' desk union reply 7 <"$T/text"
must_fail 1 'not UTF-8' desk union reply 1 < <(printf '\xff\xfe')
must_fail 1 'at most' desk union reply 1 < <(head -c 15700 /dev/zero | tr '\0' a)
head -c 20000 /dev/urandom >"$T/form.pdf"
printf 'We are with you. Who owns the building?\n' | desk union reply 1 --attach "$T/form.pdf" 2>>"$T/union.log"
wait_for 60 grep -q 'is out' "$T/union.log"
on_board() {
    desk union show 1 >"$T/show"
    grep -q 'seen on the board' "$T/show"
}
wait_for 60 on_board
mkdir "$T/in"
expect 'Who owns the building' inbox --save "$T/in"
cmp "$T/in/answer-file-1" "$T/form.pdf" # random bytes, whatever the name says
{ printf '%%PDF-1.7\n'; head -c 9000 /dev/urandom; } >"$T/more.exe"
printf 'One more form.\n' | desk union reply 1 --attach "$T/more.exe" 2>>"$T/union.log"
more() { prints 'One more form' inbox; }
wait_for 60 more
inbox --save "$T/in" >/dev/null
for f in answer-file-1 answer-file-2; do cmp "$T/in/$f" "$T/form.pdf"; done
cmp "$T/in/answer-file-1.pdf" "$T/more.exe"
[ "$(find "$T/in" -type f | wc -l)" = 3 ] || fail "files: $(ls "$T/in")"

say "one relay is down: reports and answers go on through the other"
relay_stop 2
printf 'His brother.\n' | tocsin reply --to union --code-fd 4 --pace 0 4<<<"$code" 2>>"$T/reporter.log" || true
wait_for 60 counted 2 'case 1 more' "$T/union.cases"
expect 'His brother' desk union show 1
printf 'Thank you. Keep safe.\n' | desk union reply 1 2>>"$T/union.log"
kept_safe() {
    inbox >"$T/inbox"
    grep -q 'Keep safe' "$T/inbox"
}
wait_for 60 kept_safe
relay_start 2
wait_for 60 counted 3 'is out' "$T/union.log"
lacks ALARM desk union list

say "somebody else with what her case names: apart, and said on both sides"
relay_get 1 /v1/directory >"$T/full"
"$TOOLS/forge" "$T/full" twin <<<"$code"
wait_for 60 grep -qx 'case 2 new' "$T/union.cases"
for c in '1 2' '2 1'; do
    desk union show "${c% *}" >"$T/show"
    grep -q "^Case ${c#* } has the same conversation and is not proven to be the same person" "$T/show" || fail "$(cat "$T/show")"
    desk union list >"$T/list"
    grep -q "^${c% *} .*, unproven" "$T/list" || fail "$(cat "$T/list")"
done
desk union show 1 >"$T/show"
if grep -q 'It was not me' "$T/show"; then fail "a stranger's message is among hers"; fi
echo 'It is me.' | tocsin reply --to union --code-fd 4 --pace 0 4<<<"$code" 2>>"$T/reporter.log"
hers() {
    desk union show 1 >"$T/show"
    grep -q 'It is me' "$T/show"
}
wait_for 60 hers
desk_stop union
