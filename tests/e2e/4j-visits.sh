#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Nothing that relays see of a visit tells what it was for: visits of each kind
# are recorded where two relays stand, and compared. That the comparison finds
# what is there is shown with records that were altered as clients with a fault
# would have left them. Long form (TOCSIN_LONG=1): 200 visits of each kind.
desks=(a b c d e f)
visits=16
if [ -n "${TOCSIN_LONG:-}" ]; then
    desks+=(g h)
    visits=200
fi
. "$(dirname "$0")/visits.sh"
visits=${TOCSIN_VISITS:-$visits} # by hand

say "the tests that are used give what tables have"
python3 -m doctest "$VISITS/stats.py"

say "$visits visits of each kind, and cover"
record "$visits" honest
python3 "$VISITS/compare.py" "$T/visits" || fail "visits differ by what they are for"

say "each fault that is put into what was recorded is found"
python3 "$VISITS/compare.py" --faults "$T/visits" || fail "a fault is not found"
