# SPDX-License-Identifier: ISC
# tocsin-relayctl and the configuration: setup overwrites nothing, check sees
# what is wrong, status names nobody.
. "$(dirname "$0")/relay_lib.sh"
ctl() { "$BIN/tocsin-relayctl" "$@"; }

say "wrong calls"
must_fail 2 'usage|COMMAND' ctl
must_fail 2 'unknown command' ctl frobnicate
must_fail 2 'dir' ctl setup
must_fail 2 'unknown option' ctl setup --dir "$T/x" --frobnicate
must_fail 1 'listen' ctl setup --dir "$T/x1" --boxes 16 --listen udp:1
must_fail 1 'boxes' ctl setup --dir "$T/x2" --boxes 0
must_fail 1 'free' ctl setup --dir "$T/x3" --boxes 4000000000
[ ! -e "$T/x1/relayd.conf" ] && [ ! -e "$T/x3/page.key" ] || fail "a setup that failed leaves something"

say "setup"
relay_alone 1
[ "$(wc -l <"$T/relay1.line")" = 1 ] || fail "more than a line on standard output"
grep -qE '^relay [0-9a-f]{64} [A-Za-z0-9+/]{43}=$' "$T/relay1.line" || fail "$(cat "$T/relay1.line")"
for p in 'line below.*URLs' "network file" "$T/relay1/bundle" "tocsin-relayctl check --dir $T/relay1" "tocsin-relayd -c $T/relay1/relayd.conf" "page.key secret"; do
    grep -q "$p" "$T/relay1.log" || fail "setup does not say '$p'"
done
[ "$(du -k --apparent-size "$T/relay1/store/slab" | cut -f1)" -ge $((256 * 16)) ] || fail "the slab is not of its size"
[ "$(du -k "$T/relay1/store/slab" | cut -f1)" -ge $((256 * 16)) ] || fail "the slab was not really written"
[ "$(stat -c %a "$T/relay1/page.key")" = 600 ] || fail "the key can be read by others"
[ "$(stat -c %a "$T/relay1")" = 700 ] || fail "the folder can be read by others"
cp "$T/relay1/page.key" "$T/key"
must_fail 1 'overwrites nothing' ctl setup --dir "$T/relay1" --boxes 16
cmp "$T/key" "$T/relay1/page.key" || fail "the key was overwritten"

say "the configuration"
relayd() { "$BIN/tocsin-relayd" "$@"; }
expect 'in order' relayd -n -c "$T/relay1/relayd.conf"
must_fail 2 'neither yes nor no' relayd -n -c "$T/relay1/relayd.conf" --sandbox maybe
must_fail 2 'no number' relayd -n -c "$T/relay1/relayd.conf" --connections many
must_fail 2 'unknown option' relayd -n -c "$T/relay1/relayd.conf" --frobnicate 1
must_fail 2 'twice' relayd -n -c "$T/relay1/relayd.conf" --rings 1 --rings 2
must_fail 1 'not found' relayd -n -c "$T/none"
must_fail 1 . relayd -n
echo 'frobnicate yes' >"$T/relay1/bad.conf"
must_fail 2 'line 1: unknown key' relayd -n -c "$T/relay1/bad.conf"
relayd --help | grep -oE '^  --[a-z-]+' | sort >"$T/help"
sed -n 's/^#\([a-z-]\+\) .*/  --\1/p' "$T/relay1/relayd.conf" | sort | cmp - "$T/help" || fail "the sample lacks keys that --help has"
for k in $(sed 's/^  --//' "$T/help"); do
    grep -qF ".BI ${k//-/\\-} " "$TOP/relay/man/relayd.conf.5" || fail "$k is not in relayd.conf(5)"
done

say "check"
expect 'lists this relay' ctl check --dir "$T/relay1"
chmod 644 "$T/relay1/page.key"
must_fail 1 'wrong: .*page.key can be read' ctl check --dir "$T/relay1"
chmod 600 "$T/relay1/page.key"
chmod 750 "$T/relay1/store"
must_fail 1 'wrong: .*store can be read' ctl check --dir "$T/relay1"
chmod 700 "$T/relay1/store"
echo "tls-key tls.key" >>"$T/relay1/relayd.conf"
must_fail 1 'wrong: .*tls.key: No such file' ctl check --dir "$T/relay1"
touch "$T/relay1/tls.key"
chmod 640 "$T/relay1/tls.key"
must_fail 1 'wrong: .*tls.key can be read' ctl check --dir "$T/relay1"
sed -i '/^tls-key/d' "$T/relay1/relayd.conf"
head -c 31 "$T/key" >"$T/relay1/page.key"
must_fail 1 'wrong: .*page.key: malformed' ctl check --dir "$T/relay1"
cp "$T/key" "$T/relay1/page.key"
expect 'lists this relay' ctl check --dir "$T/relay1"
mv "$T/relay1/bundle" "$T/bundle"
must_fail 1 'wrong: .*bundle' ctl check --dir "$T/relay1"
mv "$T/bundle" "$T/relay1/bundle"
clock_add $((100 * 86400))
must_fail 1 'expired' ctl check --dir "$T/relay1"
clock_add $((-200 * 86400))
must_fail 1 'clock' ctl check --dir "$T/relay1"
clock_add $((100 * 86400))

say "as an onion service"
mkdir -m 700 "$T/tor" "$T/etc"
echo "SocksPort 0" >"$T/etc/torrc"
echo "# rules" >"$T/etc/apparmor"
onion() { ctl setup --onion --boxes 16 --tor-data "${DATA:-$T/tor}" --torrc "${RC:-$T/etc/torrc}" --apparmor "$T/etc/apparmor" "$@"; }
DATA=$T/none must_fail 1 'package tor' onion --dir "$T/x4"
RC=$T/none must_fail 1 'none' onion --dir "$T/x4"
printf 'SocksPort 0\n\0Log notice\n' >"$T/etc/spoiled"
RC=$T/etc/spoiled must_fail 1 'etc/spoiled: ' onion --dir "$T/x4"
[ ! -e "$T/tor/tocsin" ] || fail "keys were made"
must_fail 1 'small letters' onion --dir "$T/x4" --name ../x
must_fail 1 'no user' onion --dir "$T/x4" --user no-such-user
[ ! -e "$T/x4" ] || fail "a setup that failed leaves something"
onion --dir "$T/o1" >"$T/o1.said" 2>"$T/o1.log"
host=$(cat "$T/tor/tocsin/hostname")
[ "$(sed -n 2p "$T/o1.said")" = "url http://$host" ] || fail "$(cat "$T/o1.said")"
[ "$(sed -n 3p "$T/o1.said")" = "door $(head -n 1 "$T/o1.said" | cut -d' ' -f2) http://$(cat "$T/tor/tocsin-desks/hostname")" ] || fail "$(cat "$T/o1.said")"
[ "$(grep ^listen "$T/o1/relayd.conf")" = "listen unix:tor/all mode=0660 proxy-protocol=yes
listen unix:tor/desks mode=0660 proxy-protocol=yes" ] || fail "$(grep ^listen "$T/o1/relayd.conf")"
[ "$(stat -c %a "$T/o1" "$T/o1/tor" "$T/o1/page.key" "$T/tor/tocsin" | paste -sd" ")" = "711 2750 600 700" ] || fail "modes"
ls "$T/tor/tocsin-desks/authorized_clients/nobody.auth" >"$T/out"
must_fail 1 'overwrites nothing' onion --dir "$T/o2"
onion --dir "$T/o3" --name second >"$T/o3.said" 2>"$T/o3.log"
[ "$(grep -c . "$T/etc/torrc")" = 2 ] && grep -qx "%include $T/etc/torrc.d/\*.conf" "$T/etc/torrc" || fail "$(cat "$T/etc/torrc")"
grep -qxF "  \"$T/o1/tor/*\" rw," "$T/etc/apparmor" && grep -qxF "  \"$T/o3/tor/*\" rw," "$T/etc/apparmor" || fail "$(cat "$T/etc/apparmor")"
for key in "HiddenServicePort 80 unix:$T/o1/tor/all" "HiddenServicePort 80 unix:$T/o1/tor/desks" \
    "HiddenServiceExportCircuitID haproxy" "HiddenServiceMaxStreams 32"; do
    grep -qx "$key" "$T/etc/torrc.d/tocsin.conf" || fail "no $key"
done
printf "#!/bin/sh\necho pow: no\n" >"$T/etc/tor"
chmod +x "$T/etc/tor"
PATH=$T/etc:$PATH onion --dir "$T/o4" --name third >"$T/out" 2>"$T/o4.log"
grep -q "no proof of work" "$T/o4.log" && ! grep -q "^HiddenServicePoW" "$T/etc/torrc.d/third.conf" || fail "a tor without proof of work"
cp "$T/relay1/bundle" "$T/o1/bundle"
must_fail 1 'no list of doors' ctl desk-auth --dir "$T/o1" --tor-data "$T/tor"
must_fail 1 'not found' ctl desk-auth --dir "$T/o1" --tor-data "$T/tor" "$T/none"
must_fail 1 'not a signed list' ctl desk-auth --dir "$T/o1" --tor-data "$T/tor" "$T/relay1/relayd.conf"

say "what was saved, after a loss: the same relay at the same addresses"
mkdir "$T/saved"
cp -a "$T/tor/tocsin" "$T/tor/tocsin-desks" "$T/o1/page.key" "$T/o1/relayd.conf" "$T/saved"
rm -rf "$T/o1" "$T/tor/tocsin" "$T/tor/tocsin-desks" "$T/etc/torrc.d/tocsin.conf"
onion --dir "$T/o1" >"$T/o1.new" 2>"$T/o1.log"
if cmp -s "$T/o1.said" "$T/o1.new"; then fail "the keys are not new"; fi
cp -a "$T/saved/tocsin" "$T/saved/tocsin-desks" "$T/tor"
cp -a "$T/saved/page.key" "$T/saved/relayd.conf" "$T/o1"
read -r _ id pk <"$T/o1.said"
"$TOOL" network "$T/o1/bundle" "$id" "$pk" 1 1
expect 'lists this relay' ctl check --dir "$T/o1"
grep -qF "$(cat "$T/tor/tocsin/hostname")" "$T/o1.said" || fail "another address"
cp -r "$T/o1" "$T/relay3"
relay_start 3
[ "$(ctl status --dir "$T/relay3" | sed -n 1p)" = "relay $id" ] || fail "another relay"
relay_stop 3
if [ "$(id -u)" = 0 ]; then
    say "the folder is given to the user, the sockets to tor's group as well"
    chown -R nobody "$T/tor"
    chgrp "$(stat -c %g /etc/shadow)" "$T/tor"
    onion --dir "$T/o5" --name fifth --user nobody >"$T/o5.said" 2>"$T/o5.log"
    [ -z "$(find "$T/o5" ! -user nobody)" ] || fail "not of the user: $(find "$T/o5" ! -user nobody)"
    [ -z "$(find "$T/tor/fifth" "$T/tor/fifth-desks" ! -user nobody)" ] || fail "tor's folders are not tor's"
    [ "$(stat -c '%a %G' "$T/o5/tor")" = "2750 $(stat -c %G /etc/shadow)" ] || fail "the sockets' folder: $(stat -c '%a %G' "$T/o5/tor")"
    grep -qx 'user nobody' "$T/o5/relayd.conf" || fail "relayd does not become the user"
fi

say "status"
must_fail 1 'no relay answers' ctl status --dir "$T/relay1"
relay_start 1
[ "$(stat -c %a "$T/relay1/control")" = 600 ] || fail "others can ask"
[ "$(stat -c %a "$T/relay1/sock")" = 660 ] || fail "the mode of the socket"
expect "^relay $(relay_id 1)$" ctl status --dir "$T/relay1"
ctl status --dir "$T/relay1" --json | jq -e '.boxes == 256 and ."directory-version" == 1 and (.relay | length) == 64' >/dev/null || fail "the JSON"
ctl status --dir "$T/relay1" >"$T/status"
ctl status --dir "$T/relay1" --json | jq -r 'to_entries[] | "\(.key) \(.value)"' >"$T/json"
still() { sed '/newest-page/s/ .*//' "$1"; } # pages go on
cmp <(still "$T/json") <(still "$T/status") || fail "the JSON says something else than the text"
for k in relay running-since-day clock directory-version directory-expires-day retention-days organisations connections-below connections-max \
    boxes boxes-used-percent tombstones-percent new-drops-live-days entries-waiting-below entries-lost board-0-newest-page board-1-newest-page; do
    grep -qE "^$k [^ ]+$" "$T/status" || fail "no $k in: $(cat "$T/status")"
done
[ "$(wc -l <"$T/status")" = 17 ] || fail "more than these: $(cat "$T/status")"
relay_get 1 /v1/status >/dev/null
relay_stop 1

say "counts are coarse"
relay_start 1
for i in $(seq 5); do echo "ring 0 coarse$i"; done | "$TOOL" speak "$T/relay1/sock" >"$T/out"
ctl status --dir "$T/relay1" >"$T/status"
awk '/-below / && $2 != 0 {n = $2; while (n > 1 && n % 2 == 0) n /= 2; if (n != 1) exit 1}' "$T/status" || fail "a count that is no power of two"
relay_stop 1

say "a thread for each worker, and one for the store"
relay_start 1 --workers 3
[ "$(find "/proc/$(relay_pid 1)/task" -mindepth 1 -maxdepth 1 | wc -l)" -ge 5 ] || fail "fewer threads than asked for"
for i in 1 2 3 4 5 6; do says 1 ok nop; done
relay_stop 1

say "rights are given up"
confined() { # by every thread
    local t
    for t in /proc/"$(relay_pid 1)"/task/*/status; do
        grep -q "^NoNewPrivs:.1$" "$t" && grep -q "^Seccomp:.2$" "$t" || fail "not confined: $(cat "$t")"
    done
}
nm "$BIN/tocsin-relayd" >"$T/names"
if [ "$(count __asan_init "$T/names")" = 0 ]; then
    relay_start 1
    confined
    relay_stop 1
    relay_start 1 --sandbox no
    grep -q '^Seccomp:.0$' "/proc/$(relay_pid 1)/status" || fail "sandbox no does not switch it off"
    grep -q 'sandbox is switched off' "$T/relay1.log" || fail "the log does not say so"
    relay_stop 1
fi
if [ "$(id -u)" = 0 ]; then
    must_fail 1 "become the user" relayd -c "$T/relay1/relayd.conf" --user no-such-user
    chmod 711 "$T"
    chown -R nobody "$T/relay1" "$TOCSIN_TEST_CLOCK"
    relay_start 1 --user nobody --log "$T/relay1/log"
    # What root's start made is the user's, or the next start would fail.
    for f in log control; do
        [ "$(stat -c %U "$T/relay1/$f")" = nobody ] || fail "$f is $(stat -c %U "$T/relay1/$f")'s"
    done
    [ "$(stat -c %U "/proc/$(relay_pid 1)")" = nobody ] || grep -q "^Uid:.$(id -u nobody).$(id -u nobody)" "/proc/$(relay_pid 1)/status" || fail "still root"
    says 1 'stored [0-9]+' "put a"
    relay_stop 1
    echo mine >"$T/mine"
    ln "$T/mine" "$T/relay1/log2" # by the user, in his folder
    must_fail 1 'log2: .*links' timeout 60 "$BIN/tocsin-relayd" -c "$T/relay1/relayd.conf" --user nobody --log "$T/relay1/log2"
    [ "$(cat "$T/mine") $(stat -c %u "$T/mine")" = "mine 0" ] || fail "a file of root's was changed: $(cat "$T/mine")"
    expect 'lists this relay' ctl check --dir "$T/relay1"
    chown root "$T/relay1/log"
    must_fail 1 'wrong: the log .*log does not belong to the user of the store' ctl check --dir "$T/relay1"
    chown nobody "$T/relay1/log"
    # What root asks or says meanwhile leaves nothing that is root's.
    for order in check "today $(date -u -d "@$(now)" +%F)"; do
        rm "$T/relay1/store/index.lmdb-lock"
        # shellcheck disable=SC2086
        ctl $order --dir "$T/relay1" >>"$T/out" || fail "$order: $(cat "$T/out")"
        [ -z "$(find "$T/relay1/store" ! -user nobody)" ] || fail "$order leaves root's: $(find "$T/relay1/store" ! -user nobody)"
    done
    relay_start 1 --user nobody
    says 1 'present intact' "get a"
    relay_stop 1
fi
