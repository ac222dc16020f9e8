#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# The recorded header block, which the command line sends too, is still what
# the web page sends in a browser set up as Tor Browser is; its version may be
# another.
. "$(dirname "$0")/lib.sh"
blocks() { sed -E '1,/^$/d; s/(rv:|Firefox\/)[0-9]+\.0/\1N/g' "$1"; }
for tool in firefox-esr certutil; do
    command -v $tool >"$T/where" || fail "$tool is missing: scripts/setup firefox"
done
"$TOP/tests/tor/tools/record-browser" "$T/headers.txt"
diff <(blocks "$TOP/tests/vectors/headers.txt") <(blocks "$T/headers.txt") ||
    fail "the page's requests look otherwise: record them again, and see client/common/net_headers.h"
