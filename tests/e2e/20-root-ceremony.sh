# SPDX-License-Identifier: ISC
# Two of three signers, on machines that share nothing but the files they
# carry, make a root, a directory and the next root.
. "$(dirname "$0")/lib.sh"
root() { "$BIN/tocsin-root" "$@"; }
# sign FILE WHO [OPTION...]
sign() { root sign "$1" --key "$T/$2/key" "${@:3}" --yes --passphrase-fd 3 3<<<"$2-$PASS"; }

say "each signer makes a key, and passes its public line on"
vkeys=()
for n in ana bo chi; do
    mkdir "$T/$n"
    root keygen $n --out "$T/$n/key" --passphrase-fd 3 3<<<"$n-$PASS" >"$T/$n.vkey"
    [ "$(stat -c %a "$T/$n/key")" = 600 ] || fail "the key file can be read by others"
    grep -qE "^$n\+[0-9a-f]{8}\+[A-Za-z0-9+/]{44}\$" "$T/$n.vkey" || fail "not a vkey: $(cat "$T/$n.vkey")"
    vkeys+=(--key "$(cat "$T/$n.vkey")")
done
cp "$T/ana/key" "$T/key.before"
must_fail 1 'left as it is' root keygen ana --out "$T/ana/key" --passphrase-fd 3 3<<<"$PASS"
cmp "$T/ana/key" "$T/key.before"
must_fail 1 'empty pass phrase' root keygen dan --out "$T/dan.key" --passphrase-fd 3 3<<<''
[ ! -e "$T/dan.key" ] || fail "a key was made under an empty pass phrase"
# Name, year and town; her own name; the same word over and over.
for weak in 'kamranali1987 dhaka' 'dan dan dan 2026' 'tocsin-root' 'password password password' 'abcdefghijklmnop'; do
    must_fail 1 'can be guessed by who takes the file' root keygen dan --out "$T/dan.key" --passphrase-fd 3 3<<<"$weak"
    [ ! -e "$T/dan.key" ] || fail "a key was made under '$weak'"
done
must_fail 2 'name' root keygen 'da n' --out "$T/dan.key" --passphrase-fd 3 3<<<x
must_fail 2 'which key file to make' root keygen dan --passphrase-fd 3 3<<<x

say "a root is proposed and copied to each signer"
must_fail 2 threshold root new --threshold 4 "${vkeys[@]}" --out "$T/root.note"
must_fail 2 'public line' root new --threshold 1 --key ana+00000000+AAAA --out "$T/root.note"
must_fail 1 'same name' root new --threshold 1 "${vkeys[@]:0:2}" "${vkeys[@]:0:2}" --out "$T/root.note"
root new --threshold 2 "${vkeys[@]}" --out "$T/root.note"
must_fail 1 'there already' root new --threshold 2 "${vkeys[@]}" --out "$T/root.note"
for n in ana bo chi; do cp "$T/root.note" "$T/$n/root.note"; done

say "signing asks, shows what it signs, and wants the right pass phrase"
must_fail 1 'wrong pass phrase' root sign "$T/ana/root.note" --key "$T/ana/key" --yes --passphrase-fd 3 3<<<wrong
must_fail 1 'kind of key file|malformed|not found|ends too early' root sign "$T/ana/root.note" --key "$T/root.note" --yes --passphrase-fd 3 3<<<x
cmp "$T/root.note" "$T/ana/root.note"
must_fail 1 'Nothing was signed' root sign "$T/ana/root.note" --key "$T/ana/key" --passphrase-fd 3 3<<<"ana-$PASS" <<<n
cmp "$T/root.note" "$T/ana/root.note"
expect '2 of these 3 must sign' root sign "$T/ana/root.note" --key "$T/ana/key" --passphrase-fd 3 3<<<"ana-$PASS" <<<y

say "one signature is not enough; two joined ones are"
must_fail 3 'NOT AUTHENTIC' root verify "$T/root.note"
must_fail 3 'signed by' root verify "$T/ana/root.note"
must_fail 1 'nobody has signed' root merge --out "$T/root.signed" "$T/ana/root.note" "$T/root.note"
sign "$T/bo/root.note" bo
root merge --out "$T/root.signed" "$T/ana/root.note" "$T/bo/root.note"
expect 'root version 1, signed by ana, bo \(2 of 3 must\)' root verify "$T/root.signed"
cp "$T/root.signed" "$T/again"
sign "$T/again" ana
cmp "$T/root.signed" "$T/again" # signing twice changes nothing
root merge --out "$T/again" "$T/bo/root.note" "$T/root.signed" "$T/ana/root.note"
expect 'signed by ana, bo' root verify "$T/again"

say "a tampered root, and signatures of strangers"
sed 's/^threshold 2/threshold 1/' "$T/root.signed" >"$T/tampered"
must_fail 3 'NOT AUTHENTIC' root verify "$T/tampered"
root keygen eve --out "$T/eve.key" --passphrase-fd 3 3<<<"$PASS" >"$T/eve.vkey"
cp "$T/ana/root.note" "$T/stranger"
root sign "$T/stranger" --key "$T/eve.key" --yes --passphrase-fd 3 3<<<"$PASS"
must_fail 3 'NOT AUTHENTIC' root verify "$T/stranger"
must_fail 1 'another text' root merge --out "$T/x" "$T/root.signed" "$T/tampered"

say "a directory, edited by lines"
R1="relay $(printf '%064d' 7) $(head -c 32 /dev/zero | base64)"
R2="$(printf '%064d' 6) $(head -c 32 /dev/zero | tr '\0' 'a' | base64)"
ORG="org $(printf '%064d' 9) $(head -c 32 /dev/zero | tr '\0' 'b' | base64) 1 union GT,BD textiles es,bn WAGES Unión de pruebas"
root directory --out "$T/dir.note" --retention 5 --life 30
must_fail 1 'still lacks' sign "$T/dir.note" ana
root add "$T/dir.note" board '1 4096 30 2 32 2'
root add "$T/dir.note" board '0 16 600 16 64 2'
must_fail 1 'listed already' root add "$T/dir.note" board '1 4096 30 4 32 2'
must_fail 1 "can't stand" root add "$T/dir.note" board '2 4096 31 2 32 2'
must_fail 1 "can't stand" root add "$T/dir.note" board $'2 4096 30 2 32 2\nrevoked x 3'
must_fail 2 'url' root add "$T/dir.note" relay "$R1"
must_fail 2 'not an address' root add "$T/dir.note" relay "$R1" --url ftp://x
root add "$T/dir.note" relay "$R1" --url http://abc.onion --url unix:/run/relay1
root add "$T/dir.note" relay "$R2" --url unix:/run/relay2
root add "$T/dir.note" org "$ORG"
must_fail 1 "can't stand" root add "$T/dir.note" org "${ORG/0009 /0001 }" --board 7
root page "$T/dir.note" --of "$T/root.note"
grep -q "^page $(sha256sum "$T/root.note" | cut -d' ' -f1)\$" "$T/dir.note" || fail "another hash of the page"
must_fail 2 64 root page "$T/dir.note" abc
expect 'Unión de pruebas' root show "$T/dir.note"
for n in ana chi; do
    cp "$T/dir.note" "$T/$n/dir.note"
    sign "$T/$n/dir.note" $n
done
must_fail 3 'NOT AUTHENTIC' root verify --root "$T/root.signed" "$T/ana/dir.note"
must_fail 2 'name the root' root verify "$T/ana/dir.note"
root merge --out "$T/dir.note" "$T/ana/dir.note" "$T/chi/dir.note"
expect 'directory version 1.*signed by ana, chi' root verify --root "$T/root.signed" "$T/dir.note"
must_fail 3 'NOT AUTHENTIC' root bundle --out "$T/network" "$T/root.signed" "$T/ana/dir.note"
[ ! -e "$T/network" ] || fail "a network file was made of a note that lacks signatures"
root bundle --out "$T/network" "$T/dir.note" "$T/root.signed"
expect 'directory version 1.*root version 1' root verify "$T/network"
for at in 3 40 150 300; do
    cp "$T/network" "$T/bad"
    printf '\001' | dd of="$T/bad" bs=1 seek=$at conv=notrunc status=none
    must_fail 3 'NOT AUTHENTIC|damaged' root verify "$T/bad"
done

say "one or two relays are open, two at most closing; one that is needed stays"
cp "$T/dir.note" "$T/few"
of() { printf '%064d' "$1"; }
line() { echo "$(of "$1") $(head -c 32 /dev/zero | tr '\0' "$2" | base64)"; }
ago() { date -u -d "@$(($(now) - $1 * 86400))" +%F; }
must_fail 1 'two relays are open, and no more can be' root add "$T/few" relay "$(line 5 c)" --url unix:/run/c
must_fail 1 'is open: close it first' root remove "$T/few" relay "$(of 6)"
root close "$T/few" "$(of 6)"
must_fail 1 'it is the only open relay' root close "$T/few" "$(of 7)"
root add "$T/few" relay "$(line 5 c)" --url unix:/run/c
root close "$T/few" "$(of 7)" --day "$(ago 13)"
root add "$T/few" relay "$(line 4 d)" --url unix:/run/d
must_fail 1 'two relays are closing already' root close "$T/few" "$(of 5)"
must_fail 1 'is needed until' root remove "$T/few" relay "$(of 6)"
cp "$T/few" "$T/closing"
root remove "$T/few" relay "$(of 7)" # retention and 7 days are over
expect 'relay goes away' root diff "$T/closing" "$T/few"
lacks CAREFUL root diff "$T/closing" "$T/few"
root remove "$T/few" relay "$(of 6)" --now
expect 'CAREFUL: what it has is read until' root diff "$T/closing" "$T/few" # who signs second reads it
root remove "$T/few" relay "$(of 5)" --now
must_fail 1 'relay' root remove "$T/few" relay "$(of 5)" --now

say "a change makes the next version and keeps the signed one"
cp "$T/dir.note" "$T/dir.1"
clock_add 864000
echo 'Something else.' >"$T/dir.note.v1"
must_fail 1 'v1 is there already and is another file' root revoke "$T/dir.note" 'Unión de pruebas'
cmp "$T/dir.1" "$T/dir.note" || fail "changed all the same"
cp "$T/dir.1" "$T/dir.note.v1" # kept before: nothing is lost
root revoke "$T/dir.note" 'Unión de pruebas'
cmp "$T/dir.1" "$T/dir.note.v1"
must_fail 1 'revoked already' root revoke "$T/dir.note" "$(printf '%064d' 9)"
root close "$T/dir.note" "$(printf '%064d' 7)" --day 2035-01-31
must_fail 1 'no org' root revoke "$T/dir.note" Nobody
root diff "$T/dir.1" "$T/dir.note" >"$T/diff"
for p in 'version: 1 becomes 2' 'REVOKED: Unión' 'closing on 2035-01-31' 'issued on'; do
    grep -q "$p" "$T/diff" || fail "no '$p' in $(cat "$T/diff")"
done
must_fail 3 'no signature' root verify --root "$T/root.signed" "$T/dir.note"
cp "$T/dir.note" "$T/dir.draft"
expect 'REVOKED: Unión' root show "$T/dir.note" --old "$T/dir.1" --root "$T/root.signed"
lacks 'REVOKED: ' root show "$T/dir.note"
sign "$T/dir.note" bo --old "$T/dir.1" --root "$T/root.signed" 2>"$T/said"
grep -q 'It is the one before version 2' "$T/said" || fail "not said what it is compared with: $(cat "$T/said")"
sed -n '/^Changes since/,$p' "$T/said" | grep 'REVOKED: Unión' >"$T/line" || fail "signing did not show the change: $(cat "$T/said")"
must_fail 1 'two kinds' root diff "$T/root.signed" "$T/dir.note"

say "above version 1 nobody signs without the version before it, verified"
refused() { # CODE PATTERN OPTION...
    must_fail "$1" "$2" sign "$T/dir.draft2" chi "${@:3}"
    cmp "$T/dir.draft2" "$T/dir.draft" || fail "signed all the same"
}
cp "$T/dir.draft" "$T/dir.draft2"
refused 2 'name the signed version before it with --old'
refused 2 'with --root' --old "$T/dir.1"
refused 3 'dir.draft: NOT AUTHENTIC' --old "$T/dir.draft" --root "$T/root.signed"
refused 3 'ana/dir.note: NOT AUTHENTIC' --old "$T/ana/dir.note" --root "$T/root.signed"
grep -q 'signed by ana; 2 of 3' <<<"$SAID" || fail "not said who signed: $SAID"
sed 's/^retention 5/retention 6/' "$T/dir.1" >"$T/tampered"
refused 3 'tampered: NOT AUTHENTIC' --old "$T/tampered" --root "$T/root.signed"
refused 3 'not a root' --old "$T/dir.1" --root "$T/ana/root.note"
refused 1 'another kind' --old "$T/root.signed" --root "$T/root.signed"
must_fail 2 'nothing comes before' sign "$T/root.note" chi --old "$T/root.signed"
root merge --out "$T/dir.v2" "$T/dir.note" "$T/dir.note"
sign "$T/dir.v2" chi --old "$T/dir.1" --root "$T/root.signed" 2>"$T/said"
sed 's/^tocsin-directory v2/tocsin-directory v1/' "$T/dir.draft" >"$T/again1"
must_fail 2 'nothing comes before' sign "$T/again1" chi --old "$T/dir.v2" --root "$T/root.signed"
refused 1 'version 2 does not follow version 2' --old "$T/dir.v2" --root "$T/root.signed"
sed 's/^tocsin-directory v2/tocsin-directory v4/' "$T/dir.draft" >"$T/far"
sign "$T/far" chi --old "$T/dir.v2" --root "$T/root.signed" 2>"$T/said"
grep -q 'NOT the one before version 4' "$T/said" || fail "a gap is not said: $(cat "$T/said")"

say "a hostile signer swaps two keys: the second signer sees it before anything else"
ORG2="org $(printf '%064d' 10) $(head -c 32 /dev/zero | tr '\0' 'e' | base64) 1 union GT textiles es WAGES Otra"
cp "$T/dir.v2" "$T/two"
root add "$T/two" org "$ORG2"
sign "$T/two" bo --old "$T/dir.v2" --root "$T/root.signed"
sign "$T/two" chi --old "$T/dir.v2" --root "$T/root.signed"
cp "$T/two" "$T/honest"
root renew "$T/honest"
B=$(cut -d' ' -f3 <<<"$ORG") E=$(cut -d' ' -f3 <<<"$ORG2")
sed "s|$B|@|; s|$E|$B|; s|@|$E|" "$T/honest" >"$T/swapped"
cmp -s "$T/honest" "$T/swapped" && fail "nothing was swapped"
for f in honest swapped; do
    sign "$T/$f" chi --old "$T/two" --root "$T/root.signed" 2>"$T/said.$f"
    root show "$T/$f" >"$T/show.$f"
    sed -n '/^Changes since/,$p' "$T/said.$f" >"$T/changes.$f"
done
cmp -s "$T/show.honest" "$T/show.swapped" && fail "show is the same"
sed -n 2p "$T/changes.swapped" | grep -x 'KEY OF Unión de pruebas CHANGED' || fail "not first: $(cat "$T/changes.swapped")"
grep -qx 'KEY OF Otra CHANGED' "$T/changes.swapped" || fail "not both: $(cat "$T/changes.swapped")"
[ "$(grep -c '6262 6262 6262 6262' "$T/changes.swapped")" = 4 ] || fail "no fingerprints: $(cat "$T/changes.swapped")"
if grep KEY "$T/changes.honest"; then fail "an alarm for nothing"; fi

say "the next root needs the signers of the old one and of its own"
root keygen dan --out "$T/dan.key" --passphrase-fd 3 3<<<"dan-$PASS" >"$T/dan.vkey"
mkdir "$T/dan" && mv "$T/dan.key" "$T/dan/key"
root new --after "$T/root.signed" --key "$(cat "$T/bo.vkey")" --key "$(cat "$T/chi.vkey")" \
    --key "$(cat "$T/dan.vkey")" --out "$T/root2"
expect 'signer ana leaves' root diff "$T/root.signed" "$T/root2"
expect 'signer dan is new' root diff "$T/root.signed" "$T/root2"
cp "$T/root2" "$T/only-new"
sign "$T/only-new" bo --old "$T/root.signed"
sign "$T/only-new" dan --old "$T/root.signed"
must_fail 3 'NOT AUTHENTIC' root verify --root "$T/root.signed" "$T/only-new"
cp "$T/root2" "$T/only-old"
sign "$T/only-old" ana --old "$T/root.signed"
sign "$T/only-old" bo --old "$T/root.signed"
must_fail 3 'NOT AUTHENTIC' root verify --root "$T/root.signed" "$T/only-old"
sign "$T/only-old" dan --old "$T/root.signed"
expect 'root version 2, signed by bo, dan' root verify --root "$T/root.signed" "$T/only-old"
must_fail 1 'does not follow' root verify --root "$T/only-old" "$T/root.signed"

say "under the new root, the old signer counts no more"
cp "$T/dir.note" "$T/dir.2"
sign "$T/dir.2" ana --old "$T/dir.1" --root "$T/root.signed"
must_fail 3 'NOT AUTHENTIC' root verify --root "$T/only-old" "$T/dir.2"
sign "$T/dir.2" dan --old "$T/dir.1" --root "$T/root.signed"
expect 'directory version 2.*signed by bo, dan' root verify --root "$T/only-old" "$T/dir.2"
must_fail 1 'not all roots' root bundle --out "$T/network2" "$T/only-old" "$T/dir.2"
root bundle --out "$T/network2" "$T/only-old" "$T/root.signed" "$T/dir.2"
expect 'root version 2' root verify --root "$T/root.signed" "$T/network2"

say "a list of doors: lines come and go, versions follow, the root signs"
L56=$(printf 'a%.0s' {1..55})d
id() { printf "$1%.0s" {1..32}; }
key() { printf "\\$1" | cat - <(head -c 31 /dev/zero) | base64; }
must_fail 2 'out' root doors
root doors --out "$T/doors"
must_fail 1 'there already' root doors --out "$T/doors"
must_fail 1 'not a list of doors' root add "$T/dir.2" desk "$(id 0a) $(key 011)"
must_fail 1 'list of doors, not a directory' root add "$T/doors" board '0 16 600 16 64 2'
must_fail 1 'list of doors:' root add "$T/doors" desk "$(id 0a) $(key 000)"
must_fail 1 'list of doors:' root add "$T/doors" door "$(id 0a) http://relay.example"
must_fail 2 'board, relay, org, door or desk' root add "$T/doors" key x
root add "$T/doors" door "door $(id 0a) http://$L56.onion"
root add "$T/doors" desk "$(id 0b) $(key 011)"
must_fail 1 'listed already' root add "$T/doors" desk "$(id 0b) $(key 012)"
sign "$T/doors" bo
must_fail 3 'NOT AUTHENTIC' root verify --root "$T/only-old" "$T/doors"
sign "$T/doors" ana # no signer any more
must_fail 3 'NOT AUTHENTIC' root verify --root "$T/only-old" "$T/doors"
sign "$T/doors" dan
expect 'doors for desks, version 1, signed by bo, dan' root verify --root "$T/only-old" "$T/doors"
must_fail 2 'name the root' root verify "$T/doors"
root add "$T/doors" desk "$(id 0c) $(key 013)"
expect 'version 2' root show "$T/doors"
cmp -s "$T/doors" "$T/doors.v1" && fail "the signed list was not kept"
expect 'NEW desk' root diff "$T/doors.v1" "$T/doors"
must_fail 1 'no desk' root remove "$T/doors" desk "$(id 0d)"
must_fail 1 'no desk' root remove "$T/doors" desk 0b0b
root remove "$T/doors" desk 0b0b0b0b
root remove "$T/doors" door "$(id 0a)"
expect 'NO LONGER listed' root diff "$T/doors.v1" "$T/doors"
expect 'door of relay 0a0a' root diff "$T/doors.v1" "$T/doors"
must_fail 2 'with --old' sign "$T/doors" bo
sed 's/^issued 2/issued 1/' "$T/doors.v1" >"$T/tampered"
must_fail 3 'tampered: NOT AUTHENTIC' sign "$T/doors" bo --old "$T/tampered" --root "$T/only-old"
sign "$T/doors" bo --old "$T/doors.v1" --root "$T/only-old" 2>"$T/said"
grep -q '^NO LONGER listed' "$T/said" || fail "signing did not show the change: $(cat "$T/said")"
must_fail 1 'two kinds' root diff "$T/doors" "$T/dir.2"
must_fail 1 'for operators and desks' root bundle --out "$T/network3" "$T/only-old" "$T/root.signed" "$T/dir.2" "$T/doors.v1"

say "a name can't give orders to a terminal, nor turn its text round"
root directory --out "$T/odd.note"
root add "$T/odd.note" org "$(printf '%064d' 5) $(head -c 32 /dev/zero | tr '\0' 'c' | base64) 1 - - - - - Unión"$'\u202e'eno
root show "$T/odd.note" >"$T/shown"
grep -qF 'Unión\u{202e}eno' "$T/shown" || fail "$(cat "$T/shown")"
must_fail 1 "can't stand" root add "$T/odd.note" org "$(printf '%064d' 4) $(head -c 32 /dev/zero | tr '\0' 'd' | base64) 1 - - - - - Un"$'\033[2J'

say "usage"
must_fail 2 usage root
must_fail 2 'unknown command' root frobnicate
must_fail 2 'unknown option' root show --frob "$T/root2"
must_fail 2 'too few' root diff "$T/root2"
expect 'usage' root --help
expect 'usage' root add --help
expect '^tocsin-root [0-9]' root --version
