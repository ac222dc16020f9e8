# SPDX-License-Identifier: ISC
"""Two samples: could they come of one distribution? Exact where that is cheap."""
from bisect import bisect_right
from collections import Counter
from math import comb, exp, lcm, sqrt


def fisher(a, b, n, m):
    """Two-sided exact test: a of n have it, b of m have it.

    >>> round(fisher(3, 1, 4, 4), 4), round(fisher(16, 0, 16, 16) * 1e9, 3)
    (0.4857, 3.327)
    """
    k, total = a + b, comb(n + m, a + b)
    here = comb(n, a) * comb(m, b)
    worse = 0
    for i in range(max(0, k - m), min(n, k) + 1):
        ways = comb(n, i) * comb(m, k - i)
        worse += ways if ways <= here else 0
    return worse / total


def categories(x, y):
    """Each category against all others; the least p, times how many they are.

    >>> categories("aab", "aab"), round(categories("aaaa", "bbbb"), 4)
    (1.0, 0.0286)
    """
    cx, cy = Counter(x), Counter(y)
    all_of = set(cx) | set(cy)
    if len(all_of) < 2 or not x or not y:
        return 1.0
    tests = len(all_of) if len(all_of) > 2 else 1
    return min(1.0, tests * min(fisher(cx[c], cy[c], len(x), len(y))
                                for c in all_of))


def ks_distance(x, y, more=1.0, plus=0.0):
    """Greatest difference of the two empirical distributions, times lcm(n, m):
    of what x has at a, and y not even at more * a + plus; or the other way."""
    n, m = len(x), len(y)
    unit = lcm(n, m)
    most = 0
    for a, b, k, l in ((sorted(x), sorted(y), n, m), (sorted(y), sorted(x), m, n)):
        for i, at in enumerate(a, 1):
            most = max(most, i * (unit // k) -
                       bisect_right(b, more * at + plus) * (unit // l))
    return most, unit


def ks_exact(d, unit, n, m):
    """Of all orders of n and m values, those with a distance of d or more."""
    a, b = unit // n, unit // m
    row = [1 if j * b < d else 0 for j in range(m + 1)]
    for j in range(1, m + 1):
        row[j] = row[j] and row[j - 1]
    for i in range(1, n + 1):
        row[0] = row[0] if i * a < d else 0
        for j in range(1, m + 1):
            row[j] = row[j] + row[j - 1] if abs(i * a - j * b) < d else 0
    ways = comb(n + m, n)
    return (ways - row[m]) / ways


def ks(x, y, more=1.0, plus=0.0):
    """Kolmogorov-Smirnov; values that are equal make it the more careful. What
    is up to more * it + plus apart counts as equal.

    >>> round(ks([1, 2, 3, 4], [5, 6, 7, 8]), 4), ks([1, 3], [2, 4])
    (0.0286, 1.0)
    >>> ks([1, 2, 3, 4], [5, 6, 7, 8], 2, 3), ks([5, 6, 7, 8], [1, 2, 3, 4], 2, 3)
    (1.0, 1.0)
    >>> x = [i / 60 for i in range(60)]
    >>> round(ks(x, [y + 0.295 for y in x]), 4), ks(x, [y / 4 for y in x]) < 1e-14
    (0.0068, True)
    """
    n, m = len(x), len(y)
    if n == 0 or m == 0:
        return 1.0
    d, unit = ks_distance(x, y, more, plus)
    if d <= 0:
        return 1.0
    if n * m <= 2500:
        return ks_exact(d, unit, n, m)
    root = sqrt(n * m / (n + m))
    away = (root + 0.12 + 0.11 / root) * d / unit
    return min(1.0, 2 * sum((-1) ** (k - 1) * exp(-2 * k * k * away * away)
                            for k in range(1, 20)))
