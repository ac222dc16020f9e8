#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# An upload that was killed goes on with the same code and file; one relay of
# two may be down, or go down.
. "$(dirname "$0")/reporter.sh"

BOXES=4096 sample_make 2
relay_start 1
relay_start 2
head -c 24000000 /dev/urandom >"$T/film.bin" # 1,502 boxes, 1,536 by Padmé
options=(report --network "$T/network" --to "$LEGAL" --pace 0 --keep-metadata --attach "$T/film.bin")
report() { "$BIN/tocsin" "${options[@]}" "$@" <<<'The film.'; }
# In the background, as $pid: the program itself, not a shell around it.
report_start() {
    "$BIN/tocsin" "${options[@]}" --print-code <<<'The film.' >"$T/code" 2>"$T/report.log" &
    pid=$!
}

say "killed in the middle"
report_start
wait_for 60 grep -q '^sent: 20 %' "$T/report.log"
kill -9 "$pid"
wait "$pid" 2>/dev/null || true
if grep -q '100 %' "$T/report.log"; then fail "it was not killed in time"; fi
out=$(desktool read 2)
grep -qx 'attachments 1' <<<"$out" || fail "the text did not go at once: $out"
if grep -q 'boxes [1-9]' <<<"$out"; then fail "rung with a body that is not whole"; fi

say "goes on: the same boxes, at both relays"
report --resume --code-fd 4 4<"$T/code" 2>"$T/resume.log"
[ "$(grep -o 'mark of these files: .*' "$T/report.log")" = "$(grep -o 'mark of these files: .*' "$T/resume.log")" ] ||
    fail "another mark for the same file"
grep -q 'rung at both relays: your attachments' "$T/resume.log" || fail "not rung"
sum=$(sha256sum <"$T/film.bin" | cut -d' ' -f1)
for n in 1 2; do
    out=$(desktool read 2 "unix:$T/relay$n/sock")
    grep -q "^item application/octet-stream file-1.bin 24000000 $sum" <<<"$out" || fail "relay $n has not all of it"
    prints '^The film\.$' grep -A5 '^entry kind 1 boxes 1536$' <<<"$out" || fail "the text is not in the entry with the body"
done

say "another file has another mark, and begins anew"
head -c 300000 /dev/urandom >"$T/film.bin"
report --resume --code-fd 4 4<"$T/code" 2>"$T/other.log"
[ "$(grep -o 'mark of these files: .*' "$T/report.log")" != "$(grep -o 'mark of these files: .*' "$T/other.log")" ]

say "a file that is cleaned to other bytes each time: said, and sent anew"
mkdir "$T/vary"
cat >"$T/vary/bwrap" <<'VARY' # in the place of the cleaner
#!/bin/sh
printf '\211PNG\r\n\032\n'
head -c 40000 /dev/urandom
VARY
chmod 700 "$T/vary/bwrap"
printf '\211PNG\r\n\032\n' >"$T/shot.png"
shot() { PATH=$T/vary:$PATH "$BIN/tocsin" report --network "$T/network" --to "$LEGAL" --pace 0 --attach "$T/shot.png" "$@" <<<'The shot.'; }
shot --print-code >"$T/code" 2>"$T/report.log"
grep -q 'gives other bytes each time: if the upload is interrupted, it begins anew' "$T/report.log" || fail "not said: $(cat "$T/report.log")"
shot --resume --code-fd 4 4<"$T/code" 2>"$T/other.log"
[ "$(grep -o 'mark of these files: .*' "$T/report.log")" != "$(grep -o 'mark of these files: .*' "$T/other.log")" ] ||
    fail "the same mark for other bytes"
grep -q '^rung at both relays: your attachments' "$T/other.log" || fail "not sent anew: $(cat "$T/other.log")"

say "a relay that dies on the way is left out"
head -c 24000000 /dev/urandom >"$T/film.bin"
report_start
wait_for 60 grep -qE '^sent: [67]0 %' "$T/report.log"
relay_kill 2
wait "$pid" || fail "one relay was left, yet it failed: $(cat "$T/report.log")"
grep -q 'rung, at one of two relays: your attachments' "$T/report.log" || fail "not said that one is missing: $(cat "$T/report.log")"

say "one relay of two is down, then both are"
tocsin report --to "$LEGAL" --pace 0 --print-code <<<'One.' >"$T/code" 2>"$T/report.log"
grep -q 'relay2/sock.*going on without it' "$T/report.log"
grep -q 'rung, at one of two relays: your text' "$T/report.log"
relay_kill 1
must_fail 1 'no relay can be reached; nothing was sent' tocsin report --to "$LEGAL" --print-code <<<'None.'
must_fail 1 'no relay can be reached' inbox <"$T/code"
