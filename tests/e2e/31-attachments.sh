#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Files go cleaned and nameless, or not at all; long texts go whole.
. "$(dirname "$0")/reporter.sh"

BOXES=1024 sample_make 2
relay_start 1
relay_start 2
(
    cd "$T"
    ffmpeg -loglevel error -y -f lavfi -i testsrc=s=640x480:d=1 -frames:v 1 'Anna Secret.jpg'
    exiftool -q -overwrite_original -GPSLatitude=48.1 -GPSLatitudeRef=N -Artist='Anna Secret' 'Anna Secret.jpg'
    printf 'name;sum\nAnna;3\n' >wages.csv
    printf '\177ELF and more' >program
    printf '%%PDF-1.4\nnothing' >broken.pdf
)
report() { tocsin report --to "$LEGAL" --pace 0 --print-code "$@" <<<'See the photo.' >"$T/code"; }

say "what can't be cleaned or read stops everything"
must_fail 1 'none.jpg: No such file' report --attach "$T/none.jpg"
must_fail 1 'is not a file' report --attach "$T"
mkfifo "$T/pipe.jpg"
must_fail 1 'is not a file' report --keep-metadata --attach "$T/pipe.jpg"
: >"$T/empty.jpg"
must_fail 1 'empty.jpg is empty' report --keep-metadata --attach "$T/empty.jpg"
if [ -r /sys/devices/system/cpu/online ]; then # says it is longer than it is
    must_fail 1 'changed while it was read' report --keep-metadata --attach /sys/devices/system/cpu/online
fi
must_fail 1 'this type of file' report --attach "$T/Anna Secret.jpg" --attach "$T/program"
must_fail 1 'could not be removed' report --attach "$T/broken.pdf"
mkdir "$T/no-bwrap"
rc=0
out=$(PATH=$T/no-bwrap "$BIN/tocsin" report --network "$T/network" --to "$LEGAL" --print-code --attach "$T/Anna Secret.jpg" <<<x 2>&1) || rc=$?
[ $rc = 1 ] && [[ $out == *bubblewrap* ]] || fail "without bubblewrap: exit $rc, $out"
[ -z "$(desktool read 2)" ] || fail "something was rung"

say "a cleaned photo and a table, to two"
mkdir "$T/tmp"
TMPDIR=$T/tmp tocsin report --to "$LEGAL" --to "$UNION" --pace 0 --print-code --attach "$T/Anna Secret.jpg" --attach "$T/wages.csv" \
    <<<'See the photo.' >"$T/code" 2>"$T/report.log"
grep -q 'is sent as file-1.jpg; removed from it:' "$T/report.log"
grep -q 'GPSLatitude: 48' "$T/report.log"
[ "$(grep -c 'rung at both relays: your attachments' "$T/report.log")" = 2 ]
for o in 0 2; do
    out=$(desktool read $o)
    grep -qx 'attachments 2' <<<"$out" && grep -qx 'proof good' <<<"$out" && grep -qx 'digest good' <<<"$out" &&
        grep -q '^item image/jpeg file-1.jpg ' <<<"$out" && grep -q '^item text/plain file-2.txt ' <<<"$out" ||
        fail "organisation $o read: $out"
    if grep -q Anna <<<"$out"; then fail "a name was sent"; fi
done
[ -z "$(ls -A "$T/tmp")" ] || fail "a temporary copy on disk: $(ls "$T/tmp")" # 38 looks at all it could write to

say "kept as it is, when asked for"
tocsin report --to "$UNION" --pace 0 --print-code --keep-metadata --attach "$T/Anna Secret.jpg" --attach "$T/program" \
    <<<'Kept.' >"$T/code" 2>"$T/report.log"
grep -q 'with all its metadata' "$T/report.log"
sum=$(sha256sum <"$T/Anna Secret.jpg" | cut -d' ' -f1)
expect "^item image/jpeg file-1.jpg [0-9]+ $sum" desktool read 0
expect '^item application/octet-stream file-2.bin 13 ' desktool read 0

say "a long text comes whole"
seq 1 1500 >"$T/long"
tocsin report --to "$EQUIPE" --country BD --pace 0 --print-code <"$T/long" >"$T/code" 2>"$T/report.log"
out=$(desktool read 1)
grep -q '^item text/plain  ' <<<"$out" || fail "no body with the text: $out"
sed -n '/^item text/,$p' <<<"$out" | tail -n 1500 | cmp - "$T/long"

say "a large body is shared"
head -c 1200000 /dev/urandom >"$T/large.bin"
tocsin report --to "$LEGAL" --to "$UNION" --pace 0 --print-code --keep-metadata --attach "$T/large.bin" \
    <<<'Large.' >"$T/code" 2>"$T/report.log"
grep -q '^sending 80 boxes' "$T/report.log" || fail "not one body for both"
sum=$(sha256sum <"$T/large.bin" | cut -d' ' -f1)
for o in 0 2; do expect "^item application/octet-stream file-1.bin 1200000 $sum" desktool read $o "unix:$T/relay2/sock"; done

say "a relay that asks for work before it takes boxes gets it, once for 64"
relay_stop 1
relay_start 1 --put-effort 8
head -c 1500000 /dev/urandom >"$T/large.bin" # 100 boxes
tocsin report --to "$LEGAL" --pace 0 --print-code --keep-metadata --attach "$T/large.bin" <<<'Worked for.' >"$T/code" 2>"$T/report.log"
grep -q '^rung at both relays: your attachments' "$T/report.log" || fail "$(cat "$T/report.log")"
sum=$(sha256sum <"$T/large.bin" | cut -d' ' -f1)
expect "^item application/octet-stream file-1.bin 1500000 $sum" desktool read 2 "unix:$T/relay1/sock"

say "no room for the attachments: said, the text rings, nothing else is lost"
relay_stop 1
relay_stop 2
for n in 1 2; do rm -r "$T/relay$n"; done
BOXES=256 sample_make 2
relay_start 1
relay_start 2
head -c 9000000 /dev/urandom >"$T/large.bin"
must_fail 1 'has no room for the attachments' report --keep-metadata --attach "$T/large.bin"
grep -q '^rung at both relays: your text' <<<"$SAID" || fail "$SAID"
if grep -q '^rung.*your attachments' <<<"$SAID"; then fail "rung with a body that is not there: $SAID"; fi
tocsin report --to "$LEGAL" --pace 0 --print-code <<<'Without it.' >"$T/code" 2>"$T/report.log"
expect 'Without it' desktool read 2
