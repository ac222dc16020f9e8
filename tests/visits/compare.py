#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Do visits tell what they were for?

compare.py FILE...     of record.py: every two kinds, in every feature that two
                       relays see, by two-sample tests. A table of what differs
                       most, lie by lie; exit 1 where p is below a bound under
                       which honest builds come once in 10,000 runs.
compare.py --faults FILE...    alters what was recorded, as clients with a fault
                       would have it; exit 1 where one of them is not found.
"""
import sys
from collections import Counter, defaultdict
from itertools import combinations

import faults
import stats
from visits import is_cell, load, of_both, of_boxes, of_relay

ONCE_IN = 10000
# What two kinds may differ in, and why. Half of the cover looks like the page's,
# which has one circuit for all. (Its times are not compared: visits.py.)
CIRCUITS = ("circuits", "circuits at both")
# Who burns all answers to her code looks at all days; so does one in four.
LOOK_BACK = ("look back", "time of the boards", "time of all")
# Numbers (times, looks, pages) count as equal where one is at most so many times
# the other and so much more (seconds, looks, pages). What a busy machine does is
# less than that; what a person does, or a pause that is not drawn, is more.
MORE, PLUS = 3, 1.5


def allowed(kinds, name):
    feature = name.split(", relay")[0].replace("boxes: ", "")
    return (any(k.startswith("cover") for k in kinds) and feature in CIRCUITS) or (
        "burn" in kinds and feature in LOOK_BACK)


def features(visit, used):
    if visit["boxes"]:
        return of_boxes(visit)
    out = dict(of_both(visit))
    for r in (1, 2):
        if visit[r]:
            out.update(("%s, relay %d" % (k, r), x)
                       for k, x in of_relay(visit[r], used).items())
        else:
            out["seen at relay %d" % r] = False
    return out


def table(visits):
    """{lie: {kind: {feature: values}}}"""
    used = Counter()
    for v in visits:
        for r in (1, 2):
            for e in {(at["entry"], at["nonce"]) for at in v[r]
                      if is_cell(at, "RING")}:
                used[e[1]] += 1
    out = defaultdict(lambda: defaultdict(lambda: defaultdict(list)))
    for v in visits:
        for name, x in features(v, used).items():
            out[v["lie"]][v["kind"]][name].append(x)
    return out


def test(x, y):
    if any(isinstance(a, float) for a in x + y):
        return stats.ks(x, y, MORE, PLUS)
    return stats.categories(x, y)


def compare(visits):
    """[(p, lie, kinds, feature)], least first."""
    out = []
    for lie, kinds in table(visits).items():
        for a, b in combinations(sorted(kinds), 2):
            for name in sorted(set(kinds[a]) & set(kinds[b])):
                if not allowed((a, b), name):
                    out.append((test(kinds[a][name], kinds[b][name]), lie,
                                (a, b), name))
    return sorted(out)


def show(found, bound):
    for lie in dict.fromkeys(f[1] for f in found):
        mine = [f for f in found if f[1] == lie]
        print("%-9s %6s tests" % (lie, len(mine)))
        for p, _, (a, b), name in mine[:4]:
            print("    p = %-9.3g %s / %s: %s%s" % (
                p, a, b, name, "   DIFFERS" if p < bound else ""))


def explain(visits, found):
    """The values that differ."""
    t = table(visits)
    for p, lie, kinds, name in found[:12]:
        print("%s, %s, p = %.3g" % (lie, name, p))
        for k in kinds:
            x = t[lie][k][name]
            if isinstance(x[0], float):
                x = sorted(x)
                print("    %-8s" % k, " ".join("%.3f" % x[i * (len(x) - 1) // 8]
                                               for i in range(9)))
            else:
                print("    %-8s" % k, Counter(x).most_common(5))


def find_faults(visits):
    """Each must be found, where it is, with the bound of its own comparison."""
    missed = 0
    visits = [v for v in visits if v["lie"] == "honest"]
    n = min(Counter(v["kind"] for v in visits).values(), default=0)
    for name, where, alter in faults.ALL + (
            faults.OF_MANY if n >= faults.MANY else []):
        altered = [alter(v) for v in visits]
        found = compare(altered)
        bound = 1 / (ONCE_IN * len(found))
        hits = [f for f in found if f[0] < bound and where in f[3]]
        missed += not hits
        print("%-45s %s" % (name, "found: %s / %s: %s, p = %.3g" % (
            *hits[0][2], hits[0][3], hits[0][0]) if hits else "NOT FOUND"))
    return missed


def main(argv):
    wanted_faults = argv and argv[0] == "--faults"
    visits = [v for path in argv[wanted_faults:] for v in load(path)]
    n = Counter((v["lie"], v["kind"]) for v in visits)
    if wanted_faults:
        return 1 if find_faults(visits) else 0
    for lie in dict.fromkeys(lie for lie, _ in n):
        print("%s: %s" % (lie, ", ".join("%s %d" % (k, n[l, k])
                                         for l, k in sorted(n) if l == lie)))
    found = compare(visits)
    if not found:
        print("nothing to compare")
        return 1
    bound = 1 / (ONCE_IN * len(found))
    print("%d tests; bound %.3g" % (len(found), bound))
    show(found, bound)
    bad = [f for f in found if f[0] < bound]
    explain(visits, bad)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
