#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# A report sealed into a file without a line, carried, and posted later.
. "$(dirname "$0")/reporter.sh"

BOXES=1024 sample_make 2
head -c 100000 /dev/urandom >"$T/film.bin"
seal() { tocsin seal --to "$LEGAL" --to "$UNION" --country BD --print-code "$@" <<<'Carry this.'; }
deliver() { tocsin deliver --pace 0 "$@"; }

say "sealing needs no relay, and never writes over a file"
must_fail 2 'say where to' seal
seal --out "$T/sealed" --keep-metadata --attach "$T/film.bin" >"$T/code" 2>"$T/seal.log"
[ "$(wc -w <"$T/code")" = 12 ] || fail "no code"
# One head; for each of two relays two bodies of 7 boxes; two entries.
R=16416 # bytes of a record
[ "$(stat -c %s "$T/sealed")" = $((16384 + R * 30)) ] || fail "its size is $(stat -c %s "$T/sealed")"
[ "$(stat -c %a "$T/sealed")" = 600 ]
must_fail 1 'is there already' seal --out "$T/sealed"
must_fail 1 "can.t write .*No such file" seal --out "$T/nowhere/sealed"
cp "$T/network" "$T/whole"
sample_make 2 nokeys
must_fail 1 'no fresh keys' seal --out "$T/other"
must_fail 1 'orgs --save FILE. fetches' seal --out "$T/other"
mv "$T/whole" "$T/network"

say "posting needs a relay"
must_fail 1 'no relay can be reached' deliver "$T/sealed"
for n in 1 2; do cp "$T/network" "$T/relay$n/bundle"; done
relay_start 1
relay_start 2

say "a file that is not whole posts nothing"
must_fail 2 'usage' deliver
must_fail 1 "can't read" deliver "$T/none"
for cut in 0 100 16384 16400 32768 $((16384 + R * 9)) $((16384 + R * 29)) $((16384 + R * 30 - 1)); do
    head -c "$cut" "$T/sealed" >"$T/cut"
    must_fail 1 'nothing was posted' deliver "$T/cut"
done
{ cat "$T/sealed" && head -c $R /dev/zero; } >"$T/cut"
must_fail 1 'longer than it says; nothing was posted' deliver "$T/cut"
for at in 3 17 30 16384 16417 $((16384 + R * 2 + 5)) $((16384 + R * 29 + 33)); do
    cp "$T/sealed" "$T/cut"
    "$DESKTOOL" flip "$T/cut" "$at" 6
    must_fail 1 'Nothing was posted|nothing was posted' deliver "$T/cut"
done
# More entries than a report has, with a hash that fits.
python3 - "$T/sealed" "$T/cut" <<'P'
import hashlib, struct, sys
b = bytearray(open(sys.argv[1], "rb").read())
b += b[-16416:] * 15
b[20:24] = struct.pack(">I", (len(b) - 16384) // 16416)
b[24:56] = bytes(32)
b[24:56] = hashlib.blake2b(b[:24] + b[56:], digest_size=32).digest()
open(sys.argv[2], "wb").write(b)
P
must_fail 1 'not a sealed report; nothing was posted' deliver "$T/cut"
for o in 0 2; do [ -z "$(desktool read $o)" ] || fail "something was posted"; done

say "posted, at both relays; once more changes nothing"
deliver "$T/sealed" 2>"$T/deliver.log"
[ "$(grep -c 'rung at both relays' "$T/deliver.log")" = 2 ] || fail "$(cat "$T/deliver.log")"
sum=$(sha256sum <"$T/film.bin" | cut -d' ' -f1)
check() {
    local o n out
    for o in 0 2; do
        for n in 1 2; do
            out=$(desktool read $o "unix:$T/relay$n/sock")
            [ "$(grep -c '^entry' <<<"$out")" = 1 ] && grep -qx 'Carry this.' <<<"$out" &&
                grep -qx 'country BD' <<<"$out" &&
                grep -q "^item application/octet-stream file-1.bin 100000 $sum" <<<"$out" ||
                fail "organisation $o at relay $n: $out"
        done
    done
}
check
deliver "$T/sealed" 2>"$T/deliver.log"
grep -q 'rung at both relays: entry 2 of 2' "$T/deliver.log"
check

say "its code works like any other"
desktool answer 2 0 good 'It came.'
wait_for 60 inbox_has 'It came'

say "a relay that is gone gets nothing; without any of them nothing is rung"
relay_stop 1
relay_stop 2
RELAYS='1 3' sample_make 2
relay_start 1
relay_start 3
# Both show the entry; one has its boxes.
expect 'rung: entry 2 of 2' deliver "$T/sealed"
out=$(desktool read 0 "unix:$T/relay1/sock")
grep -q "^item application/octet-stream file-1.bin 100000 $sum" <<<"$out" || fail "relay 1 lacks it: $out"
relay_stop 1
relay_stop 3

say "nor does it matter that the one that has the boxes is closing"
RELAYS='3 1' sample_make 2 closing
relay_start 1
relay_start 3
expect 'rung: entry 2 of 2' deliver "$T/sealed"
out=$(desktool read 0 "unix:$T/relay3/sock")
[ "$(grep -c '^entry' <<<"$out")" = 1 ] || fail "relay 3 lacks the entry: $out"
relay_stop 1
relay_stop 3
RELAYS='4' sample_make 1
relay_start 4
must_fail 1 'sealed for are no longer in this network; nothing was posted' deliver "$T/sealed"
[ -z "$(desktool read 0 "unix:$T/relay4/sock")" ] || fail "it was rung without its attachments"
relay_stop 4
sample_make 2
relay_start 1
relay_start 2

say "good until day 7t + 11, too old then"
week=$(od -An -tu1 -j 16 -N 4 "$T/sealed" | awk '{print (($1 * 256 + $2) * 256 + $3) * 256 + $4}')
last=$((week * 7 + 11))
# In two steps: relays don't follow more than a week.
clock_to $(((last - 4) * 86400))
expect 'rung at both relays: entry 2 of 2' deliver "$T/sealed"
clock_to $(((last + 1) * 86400 - 600))
expect 'rung at both relays: entry 2 of 2' deliver "$T/sealed"
clock_to $(((last + 1) * 86400 + 60))
must_fail 1 'is too old.*Nothing was posted' deliver "$T/sealed"
