# SPDX-License-Identifier: ISC
# Boards: pages seal with the clock, spans are what the pages are, effort is
# demanded when a board is crowded, a clock set back seals nothing twice.
. "$(dirname "$0")/relay_lib.sh"
relay_alone 1
relay_start 1 --rings 100000
pages() { "$TOOL" pages "$1" 1 "$(relay_pk 1)"; }
status() { curl -sS --max-time 60 -o "$T/answer" -D "$T/head" -w '%{http_code}' --unix-socket "$T/relay1/sock" "http://relay$1"; }

say "an entry is queued, sealed on the page it was told, and stays there"
line=$(speak 1 "ring 1 hello")
page=${line##* }
grep -q 'queued' <<<"$line" || fail "$line"
sealed() { says 1 "sealed 0 $page" "ring 1 hello"; }
reached() { [ "$(newest 1 1)" -ge "$page" ]; }
wait_for 60 reached
sealed
[ "$(relay_get 1 "/v1/board/1/$page" | "$TOOL" has 1 1 hello)" = "$page" ] || fail "it is not on page $page"
[ "$(status "/v1/board/1/$page")" = 200 ]
grep -qi 'cache-control: public, max-age=31536000, immutable' "$T/head" || fail "a page is not cacheable"
answers=$(speak 1 "ring 0 ding")
page0=${answers##* }
reached0() { [ "$(newest 1 0)" -ge "$page0" ]; }
wait_for 60 reached0
[ "$(relay_get 1 "/v1/board/0/$page0" | "$TOOL" has 0 1 ding)" = "$page0" ] || fail "it is not on page $page0"

say "an open hour is what is sealed so far, each page by the one before"
hour=$(($(now) / 3600)) day=$(($(now) / 86400))
relay_get 1 "/v1/board/1/hour/$hour" >"$T/hour"
pages 1 <"$T/hour" >"$T/list"
first=$(head -n 1 "$T/list" | cut -d' ' -f1) last=$(tail -n 1 "$T/list" | cut -d' ' -f1)
[ "$(wc -l <"$T/list")" = $((last - first + 1)) ] || fail "pages are missing: $(cat "$T/list")"
for n in $(cut -d' ' -f1 "$T/list"); do relay_get 1 "/v1/board/1/$n"; done | cmp - "$T/hour" || fail "the hour is not its pages"
status "/v1/board/1/hour/$hour" >/dev/null
grep -qi 'cache-control: no-store' "$T/head" || fail "an open hour would be cached"
[ "$("$TOOL" has 1 1 hello <"$T/hour")" = "$page" ] || fail "not in the hour"

say "what is not there is 404, what is empty has length 0"
for p in "1/hour/$((hour + 1))" "1/hour/$((hour - 72 - 24))" "1/day/$((day + 1))" "1/day/$((day - 4))" "1/$((last + 1000))" "1/1" "7/hour/$hour" "1/hour/18446744073709551615" "1/day/18446744073709551615" "1/18446744073709551615"; do
    [ "$(status "/v1/board/$p")" = 404 ] || fail "$p is not 404"
done
[ "$(status "/v1/board/1/hour/$((hour - 1))")" = 200 ] && [ ! -s "$T/answer" ] || fail "an hour without pages"
grep -qi immutable "$T/head" || fail "a closed hour is not cacheable"
[ "$(status "/v1/board/1/day/$((day - 3))")" = 200 ] || fail "the oldest day"

say "an hour closes when a later page is there; what was missed is left out"
clock_add 3600
closed() { [ "$(newest 1 1)" -ge $(((hour + 1) * 3600)) ]; }
wait_for 60 closed
[ "$(status "/v1/board/1/hour/$hour")" = 200 ]
grep -qi immutable "$T/head" || fail "a closed hour is not cacheable"
cp "$T/answer" "$T/closed"
pages 1 <"$T/closed" >/dev/null
relay_get 1 "/v1/board/1/hour/$hour" >"$T/answer" && cmp "$T/answer" "$T/closed" || fail "a closed hour changes"
relay_get 1 "/v1/board/1/day/$day" >"$T/day"
pages 1 <"$T/day" >/dev/null
cmp -n "$(stat -c %s "$T/closed")" "$T/closed" "$T/day" || fail "the day does not begin with its hour"

say "a clock that is set back seals nothing and says: later"
top=$(newest 1 1)
clock_add -600
says 1 'again .*' "ring 1 in-the-past"
then=$(($(now) + 2)) # two pages would be due
passed() { [ "$(now)" -ge "$then" ]; }
wait_for 60 passed
says 1 'again .*' "ring 1 in-the-past" # and the store thread has looked
[ "$(newest 1 1)" -le $((top + 1)) ] || fail "pages are sealed by a clock that is behind"
[ "$("$TOOL" has 1 1 hello <"$T/closed")" = "$page" ]
says 1 'stored [0-9]+' "put in-the-past"
clock_add 600
again() { [ "$(newest 1 1)" -gt $((top + 1)) ]; }
wait_for 60 again
relay_get 1 "/v1/board/1/day/$day" >"$T/day"
pages 1 <"$T/day" >"$T/list"
lacks . uniq -d <(cut -d' ' -f1 "$T/list") # a page number twice
says 1 'queued .*' "ring 1 in-the-past"

say "a crowded board asks for effort, and takes what was worked for"
for i in $(seq 400); do echo "ring 1 crowd$i"; done | "$TOOL" speak "$T/relay1/sock" >"$T/crowd"
grep -q ': more-effort 1[035] 0' "$T/crowd" || fail "no effort is asked for: $(tail -n 3 "$T/crowd")"
grep -v ': \(more-effort\|queued\)' "$T/crowd" >"$T/others" && fail "other answers: $(head -n 3 "$T/others")"
say "$(count queued "$T/crowd") of 400 queued without effort"
"$TOOL" cell ring 1 worked >"$T/cell"
hour=$((($(now) - 121) / 3600)) # one tick and 120 s past
for ((h = hour; h <= $(now) / 3600; h++)); do # it may have begun after that
    curl -sSf --unix-socket "$T/relay1/sock" "http://r/v1/board/1/hour/$h" || true
done >"$T/pages" 2>/dev/null
"$TOOL" solve "$T/cell" 15 "$(relay_id 1)" "$(relay_pk 1)" $((hour * 3600)) 1 <"$T/pages"
[ "$(post 1 "$T/cell")" = 200 ]
"$TOOL" answer 4 <"$T/answer" >"$T/out"
grep -q '^queued' "$T/out" || fail "worked in vain: $(cat "$T/out")"
printf '\377' | dd of="$T/cell" bs=1 seek=8 conv=notrunc status=none
[ "$(post 1 "$T/cell")" = 200 ]
prints '^(queued|sealed)' "$TOOL" answer 4 <"$T/answer" || fail "rung again it should cost nothing"

say "nothing that was queued is dropped"
sed -n 's/^ring 1 \(.*\): queued.*/\1/p' "$T/crowd" >"$T/queued"
all_sealed() {
    sed 's/^/ring 1 /' "$T/queued" | "$TOOL" speak "$T/relay1/sock" >"$T/rung"
    ! grep -vq ': sealed' "$T/rung"
}
wait_for 90 all_sealed
relay_stop 1
