# SPDX-License-Identifier: ISC
# asked_since LINE: what tests/tools/hostile was rung with since that line of its
# output, in modes effort and later: ENTRY NONCE in $T/asked, how often each
# entry in $T/counts. No number is one that begins at 0.
asked_since() {
    sed "1,${1}d" "$T/hostile1.out" | sed -n 's/^asked [0-9]* //p' >"$T/asked"
    cut -d' ' -f1 "$T/asked" | sort | uniq -c | awk '{print $1}' >"$T/counts"
    if grep ' 00000000' "$T/asked"; then fail "nonces that begin at 0"; fi
}
