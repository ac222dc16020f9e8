#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Header lines of answers: from the desk's options to plain words at the
# reporter's. (Those of a hostile organisation: 3f.)
. "$(dirname "$0")/lib.sh"
lines_of() { desk union show 1 >"$T/show"; }

say "a report, and answers that say how far it is"
network_make 1 union aid
relay_start 1
desk union publish 2>>"$T/union.log"
desk aid publish 2>>"$T/aid.log"
code=$(tocsin report --to union --print-code --pace 0 <<<'The roof is cracked.' 2>"$T/reporter.log")
desk_watch union --own-per-day 0 --dummies-per-day 0
wait_for 60 grep -qx 'case 1 new' "$T/union.cases"
id() { sed -nE "s/^org ([0-9a-f]{64}) .* $1\$/\\1/p" "$T/root/dir.note"; }

say "what can't be a line is refused, and nothing is queued"
must_fail 2 'status needs a value' desk union reply 1 --details-fd 5 5<<<'status' <<<'x'
must_fail 2 'does not begin with the name of a detail' desk union reply 1 --details-fd 5 5<<<'attach x' <<<'x'
must_fail 1 'status can.t be .won.' desk union reply 1 --status won <<<'x'
must_fail 1 'there is a code in this answer.*nothing was sent' desk union reply 1 <<<"It is $code, keep it."
must_fail 1 'there is a code in this answer' desk union reply 1 --outcome "Yours: $(tr ' ' '-' <<<"$code")" <<<'x'
must_fail 1 'outcome: one line of text' desk union reply 1 --outcome $'a\nstatus closed' <<<'x'
must_fail 1 'ref: one line of text' desk union reply 1 --ref $'a\e[2J' <<<'x'
must_fail 1 'outcome: too long' desk union reply 1 --outcome "$(printf 'a%.0s' {1..1100})" <<<'x'
must_fail 1 'no organisation is called .nobody' desk union reply 1 --refer nobody <<<'x'
must_fail 1 'another organisation than this one' desk union reply 1 --refer union <<<'x'
must_fail 1 'another organisation than this one' desk union reply 1 --refer "$(id union)" <<<'x'
must_fail 1 'the answer is empty' desk union reply 1 </dev/null
must_fail 1 'at most 15589 bytes' desk union reply 1 --status opened < <(head -c 15590 /dev/zero | tr '\0' a)
lacks 'Our answer' desk union show 1
lacks 'Status' desk union show 1

say "header lines alone: her report has been opened"
desk union reply 1 --status opened </dev/null 2>>"$T/union.log"
expect '^1 .*, opened' desk union list
wait_for 60 hears '^    They have opened your report\.$'
expect '"status": "opened"' desk union list --json
lines_of
grep -qx 'Status: opened' "$T/show" || fail "$(cat "$T/show")"
grep -qx '  Status: opened' "$T/show" || fail "$(cat "$T/show")"

say "all of them; what stands in the text is text"
desk union reply 1 --details-fd 5 5<<<$'status asks\noutcome half is paid\nref 12/b\nrefer aid' <<<$'status closed\n\nWho owns it?' 2>>"$T/union.log"
wait_for 60 hears '^    Who owns it?$'
grep -A 10 'answer 2' "$T/inbox" >"$T/two"
diff - <(sed -n '2,8p' "$T/two") <<'X' || fail "$(cat "$T/inbox")"
    They ask you something. Please write back.
    What came of it: half is paid
    Their number for your report: 12/b
    You can also write to this organisation, they say: aid

    status closed

X
expect '^1 .*, asks' desk union list
lines_of
for line in 'Status: asks' '  Status: asks' '  Outcome: half is paid' '  Reference: 12/b' "  Refers to: $(id aid)" '    status closed'; do
    grep -qxF -- "$line" "$T/show" || fail "no '$line': $(cat "$T/show")"
done

say "an answer without any keeps the last status"
desk union reply 1 <<<'status working' 2>>"$T/union.log"
wait_for 60 hears '^    status working$'
expect '^1 .*, asks' desk union list
desk_stop union
