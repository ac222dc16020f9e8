# SPDX-License-Identifier: ISC
# Helpers of the scenarios that compare visits by what relays see of them:
# tests/visits. Before it is read: desks, the names of those that make cover.
# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
relay_url() { echo "http://relay$1.example"; }
VISITS=$TOP/tests/visits
export PYTHONDONTWRITEBYTECODE=1
SOCKS=unix:$T/socks

say "two relays, a desk with answers, desks that make cover"
RETENTION=14 BOARD0='0 16 1 16 64 2' BOARD1='1 4096 1 16 32 2' BOXES=4096 network_make 2 union "${desks[@]}"
relay_start 1
relay_start 2
"$TOOLS/sockslog" "$T/socks" "$T" "$T/seen" >"$T/socks.ready" &
wait_for 60 grep -qx ready "$T/socks.ready"
for d in union "${desks[@]}"; do
    desk "$d" publish --socks "$SOCKS" 2>>"$T/$d.log"
done
"$BIN/tocsin-root" doors --out "$T/doors" 2>>"$T/root.log"
for n in 1 2; do
    door=$(python3 -c 'import base64, hashlib, sys
pk = bytes(32) if sys.argv[1] == "1" else (b"\x08\x42\x10\x84\x21" * 7)[:32]
sum = hashlib.sha3_256(b".onion checksum" + pk + b"\3").digest()[:2]
print(base64.b32encode(pk + sum + b"\3").decode().lower())' $n)
    "$BIN/tocsin-root" add "$T/doors" door "door $(awk '{print $2}' "$T/relay$n.line") http://$door.onion" 2>>"$T/root.log"
done
for d in "${desks[@]}"; do
    "$BIN/tocsin-root" add "$T/doors" desk "$(desk "$d" onion-key 2>>"$T/$d.log")" 2>>"$T/root.log"
done
root_sign "$T/doors"
mkdir -p "$T/auth" "$T/codes"
chmod 700 "$T/auth"
for d in "${desks[@]}"; do
    desk "$d" door "$T/doors" --auth-dir "$T/auth" >>"$T/$d.log" 2>&1
done

say "reports, most of them with two answers"
desk_watch union --socks "$SOCKS" --own-per-day 0 --dummies-per-day 0 --verbose
for code in answered burn.1 burn.2 burn.3; do
    report_union --socks "$SOCKS" <<<"They did not pay us." >"$T/codes/$code" &
    sent+=($!)
done
for pid in "${sent[@]}"; do wait "$pid"; done
wait_for 120 counted 4 '^case [0-9]* new$' "$T/union.cases"
for n in 1 2 3 4; do
    for text in 'We hear you.' 'Come on Monday.'; do
        desk union reply $n <<<"$text" 2>>"$T/union.log"
    done
done
# The last to be written to has none.
report_union --socks "$SOCKS" <<<"Nobody answers." >"$T/codes/empty"
out() { [ "$(count 'in case [0-9]* is out' "$T/union.log")" -ge 8 ]; }
wait_for 120 out
both() { tocsin inbox --socks "$SOCKS" --code-fd 4 --pace 0 4<"$T/codes/answered" >"$T/inbox" 2>>"$T/reporter.log" && grep -q hear "$T/inbox" && grep -q Monday "$T/inbox"; }
wait_for 60 both
desk_stop union

# record VISITS LIES: of each kind, for each lie, into $T/visits.
record() {
    local d recorder
    python3 "$VISITS/record.py" "$T" "$BIN" "$T/visits" "$1" "$2" "$(IFS=, && echo "${desks[*]}")" >"$T/visits.log" 2>&1 &
    recorder=$!
    wait_for 60 grep -qx ready "$T/visits.log"
    for d in "${desks[@]}"; do
        GAP=4 desk_watch "$d" --socks "unix:$T/v/$d" --own-per-day 80000 --dummies-per-day 40000 --mean-fetch 20 --body-in "${BODY_IN:-1}"
    done
    wait "$recorder" || fail "the recorder, or a client where nobody lies: $(tail -n 20 "$T/visits.log")"
    for d in "${desks[@]}"; do
        desk_stop "$d"
    done
}
