#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Nothing is written to disk unasked: every call of the reporter's programs
# that could write is looked at, as the kernel sees it.
. "$(dirname "$0")/reporter.sh"

BOXES=1024 sample_make 1
relay_start 1
mkdir "$T/calls"
(
    cd "$T"
    ffmpeg -loglevel error -y -f lavfi -i testsrc=s=64x48:d=1 -frames:v 1 photo.jpg
    exiftool -q -overwrite_original -Artist='Anna Secret' photo.jpg
)

# Calls that make or change files, each process's in a file of its own.
CALLS=creat,open,openat,openat2,mkdir,mkdirat,mknod,mknodat,rename,renameat,renameat2,link,linkat,symlink,symlinkat,unlink,unlinkat,rmdir,truncate,ftruncate,chmod,fchmodat,setxattr,utimensat,mount,execve,clone,clone3,fork,vfork
traced() { # traced COMMAND [OPTION...]
    rm -f "$T"/calls/*
    ASAN_OPTIONS=detect_leaks=0 strace -ff -qq -s 512 -e trace="$CALLS" -e signal=none -o "$T/calls/c" \
        "$BIN/tocsin" "$1" --network "$T/network" --pace 0 "${@:2}"
}
# What tocsin and its threads did, but for reading and talking to the terminal;
# of what it starts, until that becomes another program.
written() {
    local main child
    main=$(grep -l 'execve("[^"]*/tocsin"' "$T"/calls/c.*)
    {
        cat "$main"
        for child in $(sed -nE 's/^(clone|clone3|fork|vfork)\(.* = ([0-9]+)$/\2/p' "$main"); do
            sed '/^execve/Q' "$T/calls/c.$child"
        done
    } | grep -vE '^(execve|clone|fork|vfork)|O_RDONLY|"/dev/(null|tty)"| = -1 ' || true
}

say "the watch itself: a file that is asked for is seen"
traced orgs --save "$T/saved" >/dev/null
written >"$T/written"
grep -q saved "$T/written" || fail "the watch sees nothing: $(cat "$T/written")"

say "orgs, report, inbox, reply, burn"
nothing() {
    written >"$T/written"
    [ -n "$(ls "$T/calls")" ] || fail "no calls were seen"
    [ ! -s "$T/written" ] || fail "$1 wrote: $(cat "$T/written")"
}
traced orgs --fresh >/dev/null
nothing orgs
seq 1 1500 >"$T/long" # more than an entry holds: a body
traced report --to "$LEGAL" --print-code <"$T/long" >"$T/code" 2>"$T/report.log"
nothing report
desktool answer 2 0 good 'We come.'
wait_for 60 inbox_has 'We come'
traced inbox --code-fd 0 <"$T/code" >"$T/out" 2>&1
nothing inbox
grep -q 'We come' "$T/out"
traced reply --to "$LEGAL" --code-fd 4 4<"$T/code" <<<'Good.' 2>"$T/reply.log"
nothing reply
traced burn --yes --code-fd 0 <"$T/code" 2>"$T/burn.log"
nothing burn
grep -q 'burned: 1' "$T/burn.log"

say "cleaning works on memory: what it is given, and what the sandbox has"
traced report --to "$LEGAL" --print-code --attach "$T/photo.jpg" <<<'A photo.' >"$T/code" 2>"$T/report.log"
grep -q 'removed from it' "$T/report.log" || fail "not cleaned: $(cat "$T/report.log")"
nothing "report with a file"
cat "$T"/calls/* | grep '^mount(' | grep -v ' = -1 ' >"$T/mounts" || fail "no mounts were seen"
grep -q '^mount("tmpfs", "\(/newroot/w\|/proc/self/fd/[0-9]*\)", "tmpfs"' "$T/mounts" || fail "its folder is not in memory"
# What is taken over of this computer is mounted anew to be read only; a newer
# bubblewrap names by a path only that.
awk -F'"' '/MS_REMOUNT/ {
        if (/MS_RDONLY/) delete open[$4]
        else if (nameless && $4 !~ "^/newroot/dev/") open[$4] = 1
        nameless = 0
        next
    }
    /MS_BIND/ && $2 ~ "^/proc/self/fd/" { if (nameless) open["a mount"] = 1; nameless = 1; n++; next }
    $2 ~ "^/oldroot/" && $4 !~ "^/newroot/dev/" { open[$4] = 1; n++ }
    END { if (nameless) open["a mount"] = 1; if (n == 0) print "nothing"; for (f in open) print f }' "$T/mounts" >"$T/written"
[ ! -s "$T/written" ] || fail "the sandbox could write to: $(cat "$T/written")"

say "the files that are asked for, and no others"
rm "$T/saved"
traced seal --to "$LEGAL" --print-code --out "$T/sealed" <<<'Carry.' >"$T/code" 2>"$T/seal.log"
written >"$T/written"
grep -q 'sealed' "$T/written" || fail "the file that was asked for was not seen"
if grep -vE '/[.]?sealed' "$T/written" >"$T/others"; then fail "seal wrote: $(cat "$T/others")"; fi
traced deliver "$T/sealed" 2>"$T/deliver.log"
nothing deliver
