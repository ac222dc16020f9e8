#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# As 4j-visits.sh, where one of two relays lies in the ways of
# tests/visits/record.py: what it answers makes visits differ by nothing that
# they are for. Who is asked to come again waits, so this is for the long form
# (TOCSIN_LONG=1) only.
if [ -z "${TOCSIN_LONG:-}" ]; then
    echo "-- only in the long form"
    exit 0
fi
desks=(a b c d e f g h i j)
visits=20
BODY_IN=4 # or their visits are too few
# The first two have two desks each: under these a visit is long.
lies=swallow,withheld,absent,taken,effort,again,slow,cut
. "$(dirname "$0")/visits.sh"
visits=${TOCSIN_VISITS:-$visits} # by hand
lies=${TOCSIN_LIES:-$lies}

say "$visits visits of each kind, and cover, for each lie: $lies"
record "$visits" "$lies"
python3 "$VISITS/compare.py" "$T/visits" || fail "visits differ by what they are for where a relay lies"
