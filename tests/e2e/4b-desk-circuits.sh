#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# What relays can link of a desk: a body's boxes, the pages of a board, and
# nothing else; own reports come in the shape of a reporter's visit, and each
# box is asked for once.
. "$(dirname "$0")/lib.sh"
relay_url() { echo "http://relay$1.example"; }

SOCKS=unix:$T/socks
BOXES=1024 network_make 2 union
relay_start 1
relay_start 2
"$TOOLS/sockslog" "$T/socks" "$T" "$T/seen" >"$T/socks.ready" &
wait_for 60 grep -qx ready "$T/socks.ready"
desk union publish --socks "$SOCKS" 2>>"$T/union.log"
head -c 90000 /dev/urandom >"$T/photo.bin"
report_union --socks "$SOCKS" --keep-metadata --attach "$T/photo.bin" <<<'One.' >"$T/code1"
report_union --socks "$SOCKS" --keep-metadata --attach "$T/photo.bin" <<<'Two.' >"$T/code2"

head -c 200000 /dev/urandom >"$T/film.bin"
say "two bodies of six boxes, an answer with one of fourteen, some own reports"
: >"$T/seen"
desk_watch union --socks "$SOCKS" --own-per-day 40000 --dummies-per-day 0 --verbose
wait_for 60 shows 1 'Attachments: here' --socks "$SOCKS"
wait_for 60 shows 2 'Attachments: here' --socks "$SOCKS"
desk union reply 1 --attach "$T/film.bin" <<<'We hear you.' 2>>"$T/union.log"
wait_for 60 grep -q 'in case 1 is out' "$T/union.log"
own() { [ "$(count 'two own reports' "$T/union.log")" -ge 2 ]; }
wait_for 240 own
desk_stop union
cat >"$T/look.py" <<'P'
import collections, sys
users = collections.defaultdict(list)
for line in open(sys.argv[1]):
    user, host, what = line.split()
    users[user].append((host, what))
n = collections.Counter()
pages = 0 # visits as the reporter's page makes them
bodies = []
puts = collections.Counter()
for user, asked in users.items():
    kinds = {("board/" + w.split("/")[3] if w.startswith("/v1/board") else w) for h, w in asked}
    if "RING" in kinds and len(asked) > 1: # a page can't choose its circuits
        assert {"/v1/status", "RING", "GET", "BURN"} <= kinds, ("no visit of a page", kinds)
        pages += 1
        continue
    if "/v1/directory" in kinds: # each status, and the bundle of one
        assert kinds <= {"/v1/directory", "/v1/status"}, ("linked", kinds)
        continue
    if any(k.startswith("board/") or k == "/v1/status" for k in kinds):
        assert len(kinds - {"/v1/status"}) <= 1, ("a board's pages with something else", kinds)
        assert len({h for h, w in asked}) == 1, "two relays"
        continue
    assert len(kinds) == 1, ("linked", kinds)
    kind = kinds.pop()
    if kind in ("RING", "NOTE", "BURN"):
        assert len(asked) == 1, (kind, len(asked))
    if kind == "PUT":
        puts[len(asked)] += 1
        assert len({h for h, w in asked}) == 1, "two relays"
    if kind == "GET" and len(asked) > 1:
        bodies.append(len(asked))
    else:
        n[kind] += len(asked)
print(dict(n), bodies)
# Each of the reports' boxes was asked for once, at one relay; and a single
# GET goes with each RING of an own report, and a BURN.
assert bodies.count(6) >= 2, bodies
assert pages > 0 or n["BURN"] > 0, (pages, n)
assert n["GET"] >= n["BURN"], n
# An answer's box; its body, as one however many turns it takes.
assert puts[1] >= 2 and puts[14] >= 2, puts
assert n["RING"] >= n["BURN"] + 2, n
P
python3 "$T/look.py" "$T/seen" >"$T/look.log" 2>&1 || fail "$(cat "$T/look.log")"
cat "$T/look.log"
