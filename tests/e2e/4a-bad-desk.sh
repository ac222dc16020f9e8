#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# What a desk is given that is no good: each time one clear error, and the
# desk's folder is what it was, byte for byte.
. "$(dirname "$0")/lib.sh"
sums() { (cd "$T/union" && find . -type f ! -name watch.lock ! -name '*-journal' -exec sha256sum {} + | sort); }
# refuses CODES PATTERN COMMAND...: one of these exit codes, one line of error
# (and the usage), and nothing changes.
refuses() {
    local codes=$1 pattern=$2 before rc=0
    shift 2
    before=$(sums)
    "$@" >"$T/said" 2>&1 || rc=$?
    [[ $rc =~ ^[$codes]$ ]] || fail "exit $rc, not $codes, from: $*
$(cat "$T/said")"
    grep -qE -- "$pattern" "$T/said" || fail "no '$pattern' in the output of: $*
$(cat "$T/said")"
    counted 1 '^tocsin-desk: ' "$T/said" || fail "not one error from: $*
$(cat "$T/said")"
    [ "$before" = "$(sums)" ] || fail "changed by: $*"
}
wrong() { "$BIN/tocsin-desk" "$@" --dir "$T/union" --network "$T/network" --passphrase-fd 3 3<<<"battery-staple"; }

network_make 1 union
relay_start 1
desk union publish --weeks 2 2>>"$T/union.log"
echo 'The roof is cracked.' | report_union >"$T/code"
desk_watch union --own-per-day 0 --dummies-per-day 0
wait_for 60 grep -qx 'case 1 new' "$T/union.cases"
desk_stop union

say "a wrong pass phrase"
for c in list 'show 1' 'save 1' 'reply 1' 'delete 1 --yes' rotate watch publish; do
    # shellcheck disable=SC2086
    refuses 3 'wrong pass phrase for .*store.key' wrong $c
done
refuses 1 'the pass phrase is empty' "$BIN/tocsin-desk" list --dir "$T/union" --passphrase-fd 3 3<<<""
refuses 3 'identity.key: wrong pass phrase' desk union publish --identity-passphrase-fd 4 4<<<"battery-staple"

say "files that are cut off, at many places, or gone"
cp -r "$T/union" "$T/good"
restore() { cp "$T/good/$1" "$T/union/$1"; }
size=$(stat -c %s "$T/union/cases.db")
for n in 0 1 50 100 4096 5000 $((size / 2)) $((size - 4096)) $((size - 1)) $(lengths 0 $((size - 1))); do
    head -c "$n" "$T/good/cases.db" >"$T/union/cases.db"
    for c in list 'reply 1' watch publish; do
        # shellcheck disable=SC2086
        refuses 3 'cases.db: damaged' desk union $c
    done
done
restore cases.db
for n in 0 1 4096 $((31 * 4096)) $((32 * 4096 - 1)) $(lengths 0 $((32 * 4096 - 1))); do
    head -c "$n" "$T/good/week.keys" >"$T/union/week.keys"
    refuses 1 'week.keys: damaged' desk union list
    refuses 1 'week.keys: damaged' desk union watch
    refuses 1 'week.keys: damaged' desk union publish
done
restore week.keys
dd if=/dev/urandom of="$T/union/week.keys" bs=1 seek=30 count=8 conv=notrunc status=none
refuses 3 'week.keys: damaged' desk union watch
restore week.keys
# damaged_key NAME COMMAND LENGTH...: cut to these lengths; in the long run also
# with a bit turned over.
damaged_key() {
    local f=$1 command=$2 n last
    last=$(($(stat -c %s "$T/good/$1") - 1))
    shift 2
    for n in "$@" $last $(lengths 0 $last); do
        head -c "$n" "$T/good/$f" >"$T/union/$f"
        refuses 13 "$f" desk union "$command"
    done
    for n in $(lengths 0 $last); do
        restore "$f"
        flipped "$T/union/$f" "$n"
        refuses 13 "$f" desk union "$command"
    done
    restore "$f"
}
damaged_key store.key list 0 1 99 100
damaged_key identity.key publish 0 99
for f in cases.db week.keys store.key; do
    rm "$T/union/$f"
    refuses 1 . desk union list
    restore $f
done

say "a network's file that is cut off, or something else"
mv "$T/union/network" "$T/kept"
for n in 0 10 500 $(($(stat -c %s "$T/network") - 1)); do
    head -c "$n" "$T/network" >"$T/cut"
    refuses 13 "can't use the network file" "$BIN/tocsin-desk" watch --dir "$T/union" --network "$T/cut" --passphrase-fd 3 3<<<"$PASS"
done
mv "$T/kept" "$T/union/network"

say "attachments of an answer that can't be read"
refuses 1 'none.pdf' desk union reply 1 --attach "$T/none.pdf" <<<'See the form.'
head -c 20000 /dev/urandom >"$T/form.pdf"
refuses 1 'none.pdf' desk union reply 1 --attach "$T/form.pdf" --attach "$T/none.pdf" <<<'See the form.'
refuses 1 "$T/union" desk union reply 1 --attach "$T/union" <<<'See the form.'
expect '0 out, 0 waiting' desk union list

say "signed notes that are cut off"
desk union publish --weeks 2 --request "$T/request" 2>>"$T/union.log"
"$BIN/tocsin-desk" publish --dir "$T/union" --sign "$T/request" --out "$T/signed" --passphrase-fd 3 3<<<"$PASS" 2>>"$T/union.log"
for n in 0 3 1000 $(($(stat -c %s "$T/signed") - 1)); do
    head -c "$n" "$T/signed" >"$T/cut"
    refuses 13 'these are not signed notes' desk union publish --in "$T/cut"
done

say "keys that have expired: said, the answer waits, and goes when there are some"
relay_stop 1
clock_add $((21 * 86400))
desk_watch union --own-per-day 0 --dummies-per-day 0
echo 'We hear you.' | desk union reply 1 2>>"$T/union.log"
wait_for 60 alarm 'no keys for this week: run tocsin-desk publish'
wait_for 60 alarm 'no desk note for today'
expect '0 out, 1 waiting' desk union list
desk_stop union
clock_add $((-21 * 86400))
relay_start 1
desk_watch union --own-per-day 0 --dummies-per-day 0
wait_for 60 grep -q 'in case 1 is out' "$T/union.log"
desk_stop union
