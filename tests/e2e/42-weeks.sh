#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Days and weeks pass: seen notes every day, desk notes when their week comes,
# private weekly keys destroyed on time, in the file itself.
. "$(dirname "$0")/lib.sh"
SLOT=4096
weeks() { desk union rotate --weeks 0 2>/dev/null | tr '\n' ' '; }
# serves N PATTERN: in relay N's bundle.
serves() { prints "$2" relay_get "$1" /v1/directory; }
slot() { dd if="$1" bs=$SLOT skip="$2" count=1 status=none; }

network_make 2 union
week=$(($(now) / DAY / 7))
span_end=$(((week + 2) * 7 * DAY))
deadline=$((span_end + (3 + 3) * DAY)) # retention 3
printf '<html>the page</html>\n' >"$T/page.html"
printf '<html>another page</html>\n' >"$T/false.html"
"$BIN/tocsin-root" page "$T/root/dir.note" "$(sha256sum <"$T/page.html" | cut -c1-64)" 2>>"$T/root.log"
directory_publish
relay_start 1
relay_start 2
desk union publish --weeks 6 2>>"$T/union.log"

say "a follow-up of a conversation that the desk does not have"
relay_get 1 /v1/directory >"$T/full"
"$TOOLS/forge" "$T/full" lost <<<'legal winner thank year wave sausage worth useful legal winner thank yellow'

say "copies of the page are compared"
desk_watch union --page-copy "$T/page.html" --page-copy "$T/false.html" --page-copy "$T/none.html"
wait_for 60 alarm 'false.html is not the one'
wait_for 60 alarm 'none.html can.t be had'
if alarm '/page.html is not'; then fail "the right copy raised an alarm"; fi

say "the day after, a seen note at both relays"
today=$(($(now) / DAY))
clock_add $DAY
for r in 1 2; do
    wait_for 60 serves $r "tocsin-seen v$today\$"
done
relay_get 1 /v1/directory | sed -n "/tocsin-seen v$today$/,/^$/p" >"$T/seen"
test "$(grep -c '^page ' "$T/seen")" = 4 || fail "a seen note without its pages: $(cat "$T/seen")"

say "the next week's desk note is posted when its week comes"
clock_to $(((week + 1) * 7 * DAY + 3600))
for r in 1 2; do
    wait_for 60 serves $r "^keys $((week + 1)) "
done

clock_to $((span_end - 4 * DAY)) # relays don't follow more than a week
for r in 1 2; do
    wait_for 60 page_reached $r "$(now)"
done

say "V of a week goes once its seen notes all stand"
# Two slots a week: what opens reports, then what signs.
filled() { test "$(slot "$1" "$2" | tr -d '\0' | wc -c)" -gt 0; }
v_is_gone() { ! filled "$T/union/week.keys" 1; }
wait_for 60 v_is_gone

say "relay 2 is away: keys of week $week must outlast their weeks"
relay_stop 2
cp "$T/union/week.keys" "$T/before"
filled "$T/before" 0 || fail "the first slot is empty"
filled "$T/before" 3 || fail "V of the week after is gone"
clock_to $((span_end + DAY))
wait_for 60 serves 1 "^keys $((week + 2)) "
pages_pass 1 3
expect '1 follow-ups wait for their report' desk union list
case " $(weeks)" in *" $week "*) ;; *) fail "destroyed although a relay was not read: $(weeks)" ;; esac

say "it comes back and is read: they go, at once, from the file"
relay_start 2
wait_for 60 grep -q 'past weeks were destroyed' "$T/union.log"
case " $(weeks)" in *" $week "*) fail "still there: $(weeks)" ;; esac
desk union list >"$T/list"
grep -q '^1 .*unproven  \*new\*' "$T/list" || fail "the follow-up is not shown: $(cat "$T/list")"
desk union show 1 >"$T/show"
grep -q 'From a conversation that this store does not have, unproven' "$T/show" && grep -q 'It was not me' "$T/show" || fail "$(cat "$T/show")"
must_fail 1 'never came' desk union reply 1 <<<'Hello?'
test -z "$(slot "$T/union/week.keys" 0 | tr -d '\0')" || fail "the slot was not overwritten"
cmp <(slot "$T/before" 2) <(slot "$T/union/week.keys" 2) || fail "another week's keys were touched"
test "$(stat -c %i "$T/before")" != "$(stat -c %i "$T/union/week.keys")"

say "the deadline, by a clock that nobody confirms: alarm, the keys stay"
relay_stop 1
relay_stop 2
clock_to $((deadline + 7 * DAY - 60))
case " $(weeks)" in *" $((week + 1)) "*) ;; *) fail "destroyed before the deadline: $(weeks)" ;; esac
clock_to $((deadline + 7 * DAY + 1))
wait_for 60 alarm 'private keys of 1 past weeks are kept'
case " $(weeks)" in *" $((week + 1)) "*) ;; *) fail "destroyed by the clock alone: $(weeks)" ;; esac
must_fail 1 "Check this computer's clock" desk union rotate --weeks 0

say "the root signers confirm it, one relay is still away: they go"
"$BIN/tocsin-root" renew "$T/root/dir.note" 2>>"$T/root.log"
directory_publish
relay_start 2
wait_for 60 counted 2 'past weeks were destroyed' "$T/union.log"
case " $(weeks)" in *" $((week + 1)) "*) fail "still there: $(weeks)" ;; esac
for s in 2 3; do
    if filled "$T/union/week.keys" $s; then fail "slot $s was not overwritten"; fi
done

say "somebody is told when notes run out, and when relays are silent"
wait_for 60 alarm 'has not answered for a day'
clock_to $(((week + 7) * 7 * DAY))
wait_for 60 alarm 'no desk note for today'
alarm 'ALARMS'
expect 'no desk note' desk union list --forget-alarms
desk_stop union
lacks ALARMS desk union list # they were forgotten
