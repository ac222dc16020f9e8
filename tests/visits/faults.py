# SPDX-License-Identifier: ISC
"""Records altered as clients with a fault would have left them. An alteration
takes a visit of load() and gives back another; the first is not changed."""
import copy
import itertools
import os
import random

READERS = ("empty", "answers", "look")


def of(kinds):
    """Alters visits of these kinds, at each relay; others stay."""
    def outer(change):
        def alter(visit):
            if visit["kind"] not in kinds:
                return visit
            visit = copy.deepcopy(visit)
            change(visit)
            return visit
        return alter
    return outer


def cells(v, *ops):
    return [i for i, at in enumerate(v) if at.get("op") in ops]


def later(v, i, seconds):
    for at in v[i:]:
        at["t"] += seconds
        at["e"] += seconds


@of(READERS)
def pause(visit):
    """She reads before the second block."""
    seconds = random.uniform(15, 60)
    for r in (1, 2):
        rings = cells(visit[r], "RING")
        if len(rings) > 1:
            later(visit[r], rings[1], seconds)


@of(READERS)
def confirm(visit):
    """She is asked something when the boards were read."""
    seconds = random.uniform(15, 60)
    for r in (1, 2):
        rings = cells(visit[r], "RING")
        if rings:
            later(visit[r], rings[0], seconds)


@of(READERS)
def more(visit):
    """One block more."""
    entry = os.urandom(32).hex()
    for r in (1, 2):
        rings, burns = cells(visit[r], "RING"), cells(visit[r], "BURN")
        if len(rings) < 2 or len(burns) < 2:
            continue
        block = copy.deepcopy(visit[r][rings[1]:burns[1] + 1])
        long = block[-1]["e"] - block[0]["t"]
        for at in block:
            at["t"] += long
            at["e"] += long
            at["nonce"] = os.urandom(8).hex()
            at["entry"] = entry
            at["address"] = os.urandom(32).hex()
        later(visit[r], burns[1] + 1, long)
        visit[r][burns[1] + 1:burns[1] + 1] = block


@of(READERS)
def nop(visit):
    """NOP where nothing is burned."""
    for r in (1, 2):
        for i in cells(visit[r], "BURN"):
            visit[r][i]["op"] = "NOP"


@of(READERS)
def other_dummies(visit):
    """A dummy for each relay."""
    for r in (1, 2):
        for i in cells(visit[r], "RING"):
            visit[r][i]["entry"] = os.urandom(32).hex()


@of(("cover",))
def one_address(visit):
    """Dummy GETs with one address for both relays."""
    for i, k in zip(cells(visit[1], "GET"), cells(visit[2], "GET")):
        visit[2][k]["address"] = visit[1][i]["address"]


counter = itertools.count()


@of(("cover",))
def nonces(visit):
    """From 0 on."""
    for r in (1, 2):
        for i in cells(visit[r], "RING"):
            visit[r][i]["nonce"] = next(counter).to_bytes(8, "little").hex()


@of(("write", "reply"))
def named(visit):
    """Pages from the one that the RING's answer names."""
    for r in (1, 2):
        v = visit[r]
        for b in {v[i]["board"] for i in cells(v, "RING")}:
            named_page = min(v[i]["page"] for i in cells(v, "RING")
                             if v[i]["board"] == b)
            prefix = "/v1/board/%d/" % b
            v[:] = [at for at in v if not at["p"].startswith(prefix) or
                    int(at["p"].rsplit("/", 1)[1]) >= named_page]


@of(("answers",))
def twice(visit):
    """RINGs of readers are never tried again; of others, once."""
    for r in (1, 2):
        for i in reversed(cells(visit[r], "RING")):
            visit[r].append(dict(visit[r][i], t=visit[r][-1]["e"] + 1,
                                 e=visit[r][-1]["e"] + 2))


@of(("burn",))
def one_circuit(visit):
    """RING and GET go over one circuit."""
    for r in (1, 2):
        for i, k in zip(cells(visit[r], "RING"), cells(visit[r], "GET")):
            visit[r][k]["u"] = visit[r][i]["u"]


@of(("answers",))
def until_read(visit):
    """Who reads does not look at the pages."""
    for r in (1, 2):
        burns = cells(visit[r], "BURN")
        if burns:
            del visit[r][burns[-1] + 1:]


@of(("empty",))
def seven(visit):
    """Who reads never looks at all days."""
    for r in (1, 2):
        days = [at for at in visit[r] if "/board/0/day/" in at["p"]]
        for at in sorted(days, key=lambda at: int(at["p"].rsplit("/", 1)[1]))[:-7]:
            visit[r].remove(at)


@of(READERS)
def at_once(visit):
    """No pause before the second block."""
    for r in (1, 2):
        rings, burns = cells(visit[r], "RING"), cells(visit[r], "BURN")
        if len(rings) > 1 and len(burns) > 1:
            later(visit[r], rings[1],
                  visit[r][burns[0]]["e"] - visit[r][rings[1]]["t"])


@of(("attach's boxes",))
def relay_by_relay(visit):
    """The boxes of the second relay when the first has all."""
    for r in (1, 2):
        puts = cells(visit[r], "PUT")
        for _ in range(6 if puts else 0):  # of few boxes it would not show
            visit[r].insert(puts[-1], dict(visit[r][puts[-1]]))
    puts = cells(visit[2], "PUT")
    if puts and visit[1]:
        later(visit[2], puts[0], visit[1][-1]["e"] - visit[2][puts[0]]["t"])


@of(("cover's boxes",))
def looks_once(visit):
    """No look under another week's address."""
    for r in (1, 2):
        del visit[r][:1]


@of(("cover's boxes",))
def put_nonces(visit):
    """No nonces in PUTs."""
    for r in (1, 2):
        for i in cells(visit[r], "PUT"):
            visit[r][i]["nonce"] = "00" * 8


@of(("attach's boxes",))
def one_burn_hash(visit):
    """One burn hash for both relays."""
    for i, k in zip(cells(visit[1], "PUT"), cells(visit[2], "PUT")):
        visit[2][k]["secret"] = visit[1][i]["secret"]


# What it is called, where it must show, what it does.
ALL = [
    ("a pause between the blocks of readers", "pause between blocks", pause),
    ("a pause before the blocks of readers", "boards to a RING", confirm),
    ("one block more of readers", "order", more),
    ("NOP for BURN", "order", nop),
    ("other dummies at the other relay", "entries at the two", other_dummies),
    ("one address at both relays", "GETs at the two", one_address),
    ("nonces that begin at 0", "nonces", nonces),
    ("pages from the named one on", "first pages", named),
    ("a RING once more", "tries", twice),
    ("RING and GET over one circuit", "circuits", one_circuit),
    ("boxes relay by relay", "boxes: in step", relay_by_relay),
    ("one look before the boxes", "boxes: looks", looks_once),
    ("PUTs without nonces", "boxes: nonces", put_nonces),
    ("one burn hash at both relays", "secret at the two", one_burn_hash),
]
# What only many visits show.
MANY = 100
OF_MANY = [
    ("no looks at the pages by readers", "looks", until_read),
    ("readers that never look at all days", "look back", seven),
    ("no pause between the blocks of readers", "pause between", at_once),
]
