#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# A report to five organisations, more than a visit holds: three visits, and
# three more for its files; each is told, and each organisation has its own.
. "$(dirname "$0")/lib.sh"

orgs=(ant bee cat dog eel)
BOXES=1024 network_make 2 "${orgs[@]}"
relay_start 1
relay_start 2
to=()
for org in "${orgs[@]}"; do
    desk "$org" publish 2>>"$T/$org.log"
    to+=(--to "$org")
done
send() { tocsin report "${to[@]}" --language en --print-code --pace 0 "$@" <<<'Hear me, all five.' >"$T/code" 2>"$T/said"; }
# told VISITS: each of so many, and no other.
told() {
    grep -oE 'visit [0-9]+ of [0-9]+' "$T/said" >"$T/told" || true
    cmp -s "$T/told" <(for n in $(seq 1 "$1"); do echo "visit $n of $1"; done) || fail "visits: $(cat "$T/told")"
}

say "the text alone: three visits"
send
told 3
for org in "${orgs[@]}"; do
    grep -q "^rung at both relays: your text, for $org" "$T/said" || fail "$org: $(cat "$T/said")"
done

say "with a file: six"
head -c 40000 /dev/urandom >"$T/file"
send --keep-metadata --attach "$T/file"
told 6
[ "$(grep -c '^rung at both relays: your attachments' "$T/said")" = 5 ] || fail "$(cat "$T/said")"

say "each of them has both"
for org in "${orgs[@]}"; do
    desk_watch "$org" --own-per-day 0 --dummies-per-day 0
done
for org in "${orgs[@]}"; do
    here() { desk "$org" show 2 >"$T/show" && grep -q 'Attachments: here' "$T/show"; }
    wait_for 120 here
    grep -q 'all five' "$T/show" || fail "$org: $(cat "$T/show")"
    wait_for 60 counted 2 '^case [0-9]* new$' "$T/$org.cases"
    desk_stop "$org"
done
