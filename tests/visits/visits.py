# SPDX-License-Identifier: ISC
"""From what record.py wrote to visits, and to what two relays see of each."""
import json

NEAR = 2.0  # seconds: one visit begins at both relays within that


def is_cell(at, *ops):
    return at.get("op") in ops


def board_of(at):
    """Number of the board whose pages are asked for, or None."""
    w = at["p"].split("/")
    return int(w[3]) if w[2] == "board" else None


def is_status(at):
    return at["p"] == "/v1/status"


def split(seen):
    """The visits among one client's requests at one relay: each begins with the
    status before it reads of a directory or of answers."""
    visits, begun, rung = [], 0, False
    last = None
    for i, at in enumerate(seen):
        if is_status(at):
            last = i
        rung = rung or is_cell(at, "RING")
        if rung and last is not None and (
                at["p"] == "/v1/directory" or board_of(at) == 0):
            visits.append(seen[begun:last])
            begun, rung = last, False
    visits.append(seen[begun:])
    return [parted(v) for v in visits if v]


def begin(visit):
    return visit[0]["t"]


def parted(seen):
    """A visit, and the boxes that were put after it: the two looks before the
    first PUT, and all cells from there on. What else was asked for between two
    visits, boxes of answers, is left out."""
    burns = 0
    visit, rest = seen, []
    for i, at in enumerate(seen):
        if burns >= 2 and is_cell(at, "PUT", "GET"):
            visit, rest = seen[:i], [at for at in seen[i:] if "op" in at]
            break
        burns += is_cell(at, "BURN", "NOP")
    first = next((i for i, at in enumerate(rest) if is_cell(at, "PUT")), None)
    return visit, rest[max(0, first - 2):] if first is not None else []


def load(path):
    """Lists of {"kind", "lie", 1: requests, 2: requests}; relay 2 never lies, so
    all visits are there."""
    out = []
    with open(path) as f:
        for line in f:
            client = json.loads(line)
            per = {r: split([a for a in client["seen"] if a["r"] == r])
                   for r in (1, 2)}
            out += pair(client, per)
    return out


def is_desk(seen):
    """Where a door does not answer, a desk goes on by the public address with
    what it does besides: reads boards page by page, rings answers."""
    return any(is_cell(at, "PUT", "NOTE") or
               (is_cell(at, "RING") and at["board"] == 0) or
               (board_of(at) == 0 and len(at["p"].split("/")) == 5)
               for at in seen)


def pair(client, per):
    out = []
    for i, two in enumerate(per[2]):
        one = sorted((v for v in per[1] if abs(begin(v[0]) - begin(two[0])) < NEAR),
                     key=lambda v: abs(begin(v[0]) - begin(two[0])))
        one = one[0] if one else ([], [])
        kind = client["kind"]
        if kind == "reply" and i == 0:
            kind = "look"
        visit = {"kind": kind, "lie": client["lie"], 2: two[0], 1: one[0],
                 "boxes": False}
        if kind == "cover" and is_desk(visit[1] + visit[2]):
            continue
        if kind == "cover" and i == len(per[2]) - 1:
            continue  # it was interrupted
        out.append(visit)
        if two[1]:
            out.append({"kind": kind + "'s boxes", "lie": client["lie"],
                        "boxes": True, 2: two[1], 1: one[1],
                        "page": len({at["u"] for at in two[0]}) == 1,
                        "ended": max(at["e"] for at in two[0])})
    return out


# --- what one relay sees ---------------------------------------------------


def parts(v):
    """status and bundle, answers, blocks, pages."""
    rings = [i for i, at in enumerate(v) if is_cell(at, "RING")]
    cells = [i for i, at in enumerate(v) if "op" in at]
    first = next((i for i, at in enumerate(v) if board_of(at) == 0), len(v))
    blocks = cells[0] if cells else len(v)
    # A RING that comes again stands among the pages.
    after = next((i for i in range(blocks, len(v)) if "op" not in v[i]), len(v))
    return v[:first], v[first:blocks], v[blocks:after], v[after:], rings


def answers(head, files):
    """How far back, and whether it is all of that: "-14 +11" is 14 days and 11
    hours, the open one too."""
    newest = next((at["newest"].get("0", 0) for at in head if "newest" in at), 0)
    today, hour = newest // 86400, newest // 3600 % 24
    days, hours, rest = [], [], []
    for at in files:
        w = at["p"].split("/")
        if w[2:5] == ["board", "0", "day"]:
            days.append(int(w[5]) - today)
        elif w[2:5] == ["board", "0", "hour"]:
            hours.append(int(w[5]) - today * 24)
        else:
            rest.append(at["p"])
    days.sort()
    hours.sort()
    if rest or days != list(range(-len(days), 0)) or (
            hours != list(range(0, hour + 1))):
        return "other: %s %s %s" % (days, hours, rest)
    return "-%d" % len(days)


def letter(at):
    if "op" in at:
        return {"RING": "R", "GET": "G", "BURN": "B"}.get(at["op"], at["op"])
    if is_status(at):
        return "s"
    return "d" if at["p"] == "/v1/directory" else "p"


def looks(head, pages):
    """Per board, how far from the newest page of the first status + 1 its first
    page is; whether pages are one by one; how many looks, how many pages."""
    newest = next((at["newest"] for at in head if "newest" in at), {})
    first, last, order, n_looks, n_pages = {}, {}, [], 0, 0
    steady = True
    for at in pages:
        n_looks += is_status(at)
        b = board_of(at)
        if b is None:
            continue
        n_pages += 1
        w = at["p"].split("/")
        if len(w) != 5:
            steady = False
            continue
        n = int(w[4])
        if b not in first:
            first[b] = n - newest.get(str(b), 0)
            order.append(b)
        elif n not in (last[b], last[b] + 1):
            steady = False
        last[b] = n
    return ",".join("%d: %+d" % (b, first[b]) for b in order), steady, n_looks, n_pages


def circuits(v):
    """Which steps share a circuit: a letter for each, as they come."""
    names, out = {}, []
    for at in v:
        if letter(at) == "d" and at["u"] in names:
            continue # as its status
        name = names.setdefault(at["u"], len(names))
        b = board_of(at)
        step = letter(at) if b != 0 else "a"
        if not out or out[-1] != (step, name):
            out.append((step, name))
    text = []
    for step, name in out:
        if step in "sp" and text and text[-1] == "pages%d" % name:
            continue
        text.append("pages%d" % name if step == "p" or (
            step == "s" and len(text) > 2) else "%s%d" % (step, name))
    return " ".join(dict.fromkeys(text))


def nonce_kind(nonce, used):
    n = int.from_bytes(bytes.fromhex(nonce), "little")
    m = int.from_bytes(bytes.fromhex(nonce), "big")
    if used[nonce] > 1:
        return "again"
    return "small" if min(n, m) < 2 ** 32 else "random"


def tries(v):
    """Of each RING, in their order, its tries."""
    by = {}
    for at in v:
        if is_cell(at, "RING"):
            by.setdefault(at["entry"], []).append(at)
    return list(by.values())


def gap(a, b):
    return b["t"] - a["e"]


def times(v, head, files, block, pages):
    """Seconds; only what is there."""
    out = {}
    if not files or len(block) < 6:
        return out
    out["pause between blocks"] = gap(block[2], block[3])
    if len({at["u"] for at in v}) == 1:
        return out # as a page: no line is opened for a new circuit
    end = max(at["e"] for at in files)
    out["time to the boards"] = files[0]["t"] - v[0]["t"]
    out["time of the boards"] = end - files[0]["t"]
    out["time from the boards to a RING"] = block[0]["t"] - end
    out["RING to GET"] = max(gap(block[0], block[1]), gap(block[3], block[4]))
    out["GET to BURN"] = max(gap(block[1], block[2]), gap(block[4], block[5]))
    if pages:
        out["block to pages"] = gap(block[-1], pages[0])
        out["time of the pages"] = max(at["e"] for at in pages) - pages[0]["t"]
    out["time of all"] = max(at["e"] for at in v) - v[0]["t"]
    return out


def of_relay(v, used):
    """{feature: category or number}; numbers are floats."""
    head, files, block, pages, rings = parts(v)
    first, steady, n_looks, n_pages = looks(head, pages)
    cells = [at for at in v if "op" in at]
    rung = tries(v)
    out = {
        "order": "".join(letter(at) for at in block),
        "begins with": "".join(letter(at) for at in head).replace("d", ""),
        "look back": answers(head, files),
        "boards and first pages": first,
        "pages one by one": steady,
        "ends with": letter(v[-1]),
        "bytes up": str(sorted({(letter(at), at["up"], at["head"]) for at in v
                                if letter(at) != "d"})),
        "bytes down": str(sorted({(at["op"], at["down"]) for at in cells
                                  if "down" in at})),
        "tries of RINGs": str([len(t) for t in rung]),
        "nonces": str(sorted({nonce_kind(t[0]["nonce"], used) for t in rung})),
        "circuits": circuits(v),
        "cells": len(cells),
        "looks": float(n_looks),
        "pages": float(n_pages),
    }
    out.update(times(v, head, files, block, pages))
    return out


# --- what two relays see, side by side -------------------------------------


def same(one, two, op, field):
    a = [at[field] for at in one if is_cell(at, op)]
    b = [at[field] for at in two if is_cell(at, op)]
    if op == "RING":
        a, b = list(dict.fromkeys(a)), list(dict.fromkeys(b))
    inside = len(set(a)) == len(a)
    return "%s%s" % ("".join("=" if x == y else "/" for x, y in zip(a, b)),
                     "" if inside else " twice")


def of_both(visit):
    one, two = visit[1], visit[2]
    out = {"bundle asked for at": str([r for r in (1, 2) if any(
        at["p"] == "/v1/directory" for at in visit[r])])}
    if not one:
        return out
    out["entries at the two"] = same(one, two, "RING", "entry")
    out["addresses of GETs at the two"] = same(one, two, "GET", "address")
    out["addresses of BURNs at the two"] = same(one, two, "BURN", "address")
    out["secrets of BURNs at the two"] = same(one, two, "BURN", "secret")
    shared = {at["u"] for at in one} & {at["u"] for at in two}
    out["circuits at both"] = str(len(shared))
    r1 = next((at["t"] for at in one if is_cell(at, "RING")), None)
    r2 = next((at["t"] for at in two if is_cell(at, "RING")), None)
    out["begin at the two"] = abs(one[0]["t"] - two[0]["t"])
    if r1 is not None and r2 is not None:
        out["first RING at the two"] = abs(r1 - r2)
    return out


# --- boxes of a body --------------------------------------------------------


def puts(boxes):
    return [at for at in boxes if is_cell(at, "PUT")]


def all_differ(x):
    return len(set(x)) == len(x)


def boxes_at(visit, r):
    """What one relay sees of an upload, but for its size."""
    v = visit[r]
    put = puts(v)
    first, last = v.index(put[0]), v.index(put[-1])
    out = {
        "looks": "".join(letter(at) for at in v[:first]),
        "all between is a PUT": all(is_cell(at, "PUT") for at in v[first:last]),
        "probes": len(v) - 1 - last == min(3, len(put)),
        "box 0 alone": all(at["t"] >= put[0]["e"] for at in put[1:]),
        "nonces": "%s%s" % (
            sorted({nonce_kind(at["nonce"], {at["nonce"]: 1}) for at in put}),
            "" if all_differ([at["nonce"] for at in put]) else " again"),
        "bytes up": str(sorted({(letter(at), at["up"], at["head"]) for at in v})),
        "answers": str(sorted({(at["op"], at.get("st"), at.get("down"))
                               for at in put})),
        "circuits": len({at["u"] for at in v}),
        "its own boxes": all_differ([at["box"] for at in put]),
    }
    if not visit["page"]:
        out["looks to PUT"] = gap(v[first - 1], put[0]) if first else 0.0
        out["PUT to probes"] = gap(put[-1], v[last + 1]) if v[last + 1:] else 0.0
        out["visit to looks"] = v[0]["t"] - visit["ended"]
    return out


def in_step(one, two):
    """Is no relay ever more than four boxes ahead?"""
    n = {1: 0, 2: 0}
    most = 0
    for at in sorted(puts(one) + puts(two), key=lambda at: at["t"]):
        n[at["r"]] += 1
        most = max(most, abs(n[1] - n[2]))
    return most <= 4


def of_boxes(visit):
    one, two = visit[1], visit[2]
    out = {"boxes at both": bool(puts(one)) == bool(puts(two))}
    for r in (1, 2):
        if puts(visit[r]):
            out.update(("boxes: %s, relay %d" % (k, r), x)
                       for k, x in boxes_at(visit, r).items())
    if puts(one):
        out["boxes: in step"] = in_step(one, two)
        out["boxes: relays in turn"] = one[0]["t"] < two[0]["t"]
        for field in ("address", "secret", "box"):
            out["boxes: %s at the two" % field] = bool(
                {at[field] for at in puts(one)} &
                {at[field] for at in puts(two)})
    return out
