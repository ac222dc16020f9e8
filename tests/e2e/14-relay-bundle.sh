# SPDX-License-Identifier: ISC
# The bundle: notes that desks bring, a new file after SIGHUP, a bad one that
# is not taken, effort for the directory before.
. "$(dirname "$0")/relay_lib.sh"
relay_alone 1
relay_start 1
today=$(($(now) / DAY))
# note KIND ORG VERSION ANSWER: made once and kept, as its desk would: there is
# a day in it.
note() {
    local code note=$T/note.$1.$2.$3
    [ -s "$note" ] || "$TOOL" note "$1" "$2" "$3" >"$note"
    code=$(post 1 "$note")
    if [ "$4" = 400 ]; then
        [ "$code" = 400 ] || fail "HTTP $code for a note that is not good"
    else
        "$TOOL" answer 5 <"$T/answer" >"$T/out"
        grep -qx "$4" "$T/out" || fail "not '$4': $(cat "$T/out")"
    fi
}
bundle() { relay_get 1 /v1/directory; }
has() { prints "$1 v" bundle; }

say "notes are taken from who is in the directory, newest first"
note s 0 $((today - 1)) 400
note d 0 5 stored
note d 0 5 stored
note d 0 4 taken
note s 0 $((today - 1)) stored
note s 0 $((today - 2)) taken
note d 2 1 stored
bundle >"$T/with-notes"
grep -aq 'tocsin-desk v5$' "$T/with-notes" || fail "the desk note is not served"
grep -aq "tocsin-seen v$((today - 1))$" "$T/with-notes" || fail "the seen note is not served"
"$TOOL" note d 1 7 >"$T/note"
printf 'x' | dd of="$T/note" bs=1 seek=420 conv=notrunc status=none
[ "$(post 1 "$T/note")" = 400 ] || fail "a forged note is taken"
bundle | cmp - "$T/with-notes" || fail "a refused note changes the bundle"

say "notes outlive a crash"
relay_kill 1
relay_start 1
bundle | cmp - "$T/with-notes" || fail "another bundle after a crash"
note d 0 5 stored
note d 0 3 taken

say "a bad file is not taken, the old bundle stays"
reload() { kill -HUP "$(relay_pid 1)"; }
lines() { count 'is not taken' "$T/relay1.log"; }
cp "$T/relay1/bundle" "$T/good"
for bad in cut flipped empty gone other; do
    before=$(lines)
    case $bad in
    cut) head -c 500 "$T/good" >"$T/relay1/bundle" ;;
    flipped) sed 's/^retention 3$/retention 4/' "$T/good" >"$T/relay1/bundle" ;;
    empty) : >"$T/relay1/bundle" ;;
    gone) rm "$T/relay1/bundle" ;;
    other) # it lists another relay
        "$TOOL" network "$T/relay1/bundle" "$(printf '%064d' 1)" "$(head -c 32 /dev/urandom | base64)" 9 1 2>/dev/null ||
            head -c 100 /dev/zero >"$T/relay1/bundle" ;;
    esac
    reload
    refused() { [ "$(lines)" -gt "$before" ]; }
    wait_for 60 refused
    bundle | cmp - "$T/with-notes" || fail "a bad file ($bad) changes the bundle"
done
before=$(lines)
TICK=2 relay_network 1 3
reload
wait_for 60 refused
grep -q 'restart' "$T/relay1.log" || fail "it does not say that boards have changed"

say "a good file is served at once, with the notes; effort of both counts"
old=$(relay_get 1 /v1/status | awk '$1 == "directory" {print $3}')
relay_network 1 2
reload
fresh() { prints '^directory 2 ' relay_get 1 /v1/status; }
wait_for 60 fresh
has tocsin-desk && has tocsin-seen || fail "the notes are gone"
before=$(lines)
relay_network 1 1
reload
wait_for 60 refused
fresh || fail "an older directory is taken"
bundle >"$T/with-notes"
before=$(lines)
"$TOOL" network "$T/relay1/bundle" "$(relay_id 1)" "$(head -c 32 /dev/urandom | base64)" 2 1
reload
wait_for 60 refused
grep -q 'must not sign two' "$T/relay1.log" || fail "it does not say that there are two"
bundle | cmp - "$T/with-notes" || fail "a second directory of one version is taken"
relay_network 1 2
grep -q 'older than' "$T/relay1.log" || fail "it does not say why"
[ "$old" != "$(relay_get 1 /v1/status | awk '$1 == "directory" {print $3}')" ]
relay_stop 1

say "a network file has 8 MiB and not a byte more"
# fill FILE SIZE: framed bytes that are no notes, up to that size.
fill() {
    local left
    while left=$(($2 - $(stat -c %s "$1"))) && [ "$left" -gt 0 ]; do
        [ "$left" -le 1048580 ] || left=$((left > 1048600 ? 1048580 : 1048570))
        # shellcheck disable=SC2059
        printf "$(printf '\\x%02x\\x%02x\\x%02x\\x%02x' $(((left - 4) >> 24)) $(((left - 4) >> 16 & 255)) $(((left - 4) >> 8 & 255)) $(((left - 4) & 255)))"
        head -c $((left - 4)) /dev/zero | tr '\0' x
    done >>"$1"
}
relay_network 1 3
cp "$T/relay1/bundle" "$T/v3"
relay_network 1 4
fill "$T/relay1/bundle" 8388609
cp "$T/relay1/bundle" "$T/large"
must_fail 1 'larger than 8 MiB' "$BIN/tocsin-relayd" -c "$T/relay1/relayd.conf"
cp "$T/v3" "$T/relay1/bundle"
relay_start 1
bundle >"$T/with-notes"
before=$(lines)
mv "$T/large" "$T/relay1/bundle"
reload
wait_for 60 refused
grep -q 'larger than 8 MiB' "$T/relay1.log" || fail "it does not say why"
bundle | cmp - "$T/with-notes" || fail "a file that is too large changes the bundle"
relay_network 1 4
fill "$T/relay1/bundle" 8388608
[ "$(stat -c %s "$T/relay1/bundle")" = 8388608 ] || fail "the test is wrong"
reload
fourth() { prints '^directory 4 ' relay_get 1 /v1/status; }
wait_for 60 fourth
has tocsin-desk && has tocsin-seen || fail "the notes are gone"
[ "$(bundle | wc -c)" -lt 100000 ] || fail "what is no note is served"
relay_stop 1

say "told to read it while it starts, a relay starts, and reads it"
mkfifo "$T/log" # where a start waits until somebody reads
: >"$T/relay1.ready"
"$BIN/tocsin-relayd" -c "$T/relay1/relayd.conf" --log "$T/log" >"$T/relay1.ready" &
echo $! >"$T/relay1.pid"
starting() {
    [ "$(cat "/proc/$(relay_pid 1)/comm")" = tocsin-relayd ] && grep -q '^State:.S' "/proc/$(relay_pid 1)/status"
}
wait_for 60 starting
reload
cat "$T/log" >"$T/log.read" &
wait_for 60 grep -qx ready "$T/relay1.ready"
wait_for 60 grep -q 'serving directory version 4' "$T/log.read"
relay_stop 1

say "a relay that is not in the directory does not start, and says why"
cp "$T/good" "$T/relay1/bundle"
head -c 32 /dev/urandom >"$T/other.key"
must_fail 1 'does not list this relay' "$BIN/tocsin-relayd" -c "$T/relay1/relayd.conf" --page-key "$T/other.key"
must_fail 1 'page key' "$BIN/tocsin-relayd" -c "$T/relay1/relayd.conf" --page-key "$T/none"
head -c 31 /dev/urandom >"$T/short.key"
must_fail 1 'page key' "$BIN/tocsin-relayd" -c "$T/relay1/relayd.conf" --page-key "$T/short.key"
must_fail 1 'bundle' "$BIN/tocsin-relayd" -c "$T/relay1/relayd.conf" --bundle "$T/none"
must_fail 1 'setup' "$BIN/tocsin-relayd" -c "$T/relay1/relayd.conf" --store "$T/none"
