# SPDX-License-Identifier: ISC
# memory PID: all that a process can write to, as bytes. What the kernel shows
# there of files below $T is left out, and so are the sanitizer's own bookkeeping
# (terabytes of address space) and what was never touched.
memory() {
    local from to
    awk -v own="$T/" '/^[0-9a-f]+-[0-9a-f]+ / {range = $1; ours = $2 ~ /^rw/ && index($6, own) != 1}
        /^Size:/ {size = $2}
        /^Rss:/ {rss = $2}
        /^Swap:/ {if (ours && rss + $2 > 0 && size < 1048576) print range}' "/proc/$1/smaps" >"$T/ranges"
    while IFS=- read -r from to; do
        from=$((16#$from)) to=$((16#$to))
        dd if="/proc/$1/mem" bs=1M iflag=skip_bytes,count_bytes skip=$from count=$((to - from)) status=none 2>/dev/null || true
    done <"$T/ranges"
}
