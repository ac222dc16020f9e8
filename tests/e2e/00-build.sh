# SPDX-License-Identifier: ISC
# What the build promises: a release without test clock, a relay that can't
# open things, a protocol library that does no input or output, folders that
# keep apart.
. "$(dirname "$0")/lib.sh"
cd "$TOP"

say "a release does not know the test clock, the others do"
make -s VARIANT=release all >"$T/make.log" 2>&1 || fail "$(cat "$T/make.log")"
for p in build/release/bin/*; do
    if grep -q TOCSIN_TEST_CLOCK "$p"; then
        fail "$p reads a test clock"
    fi
done
grep -q TOCSIN_TEST_CLOCK "$BIN/tocsin-relayd" || fail "$BIN/tocsin-relayd has no test clock"

say "the relay links nothing that opens a report or an answer"
if nm build/release/bin/tocsin-relayd | grep -E ' (entry_open|hpke_open|hpke_setup_r|answer_open|body_box_open|xwing_decaps|head_parse)$'; then
    fail "relayd can open sealed things"
fi
nm build/release/bin/tocsin-desk | grep ' entry_open$' >/dev/null || fail "this check sees nothing"

say "proto/ knows no files, sockets, clock or environment"
if nm -u build/release/lib/proto.a | grep -wE 'open|open64|fopen|fopen64|read|write|socket|connect|time|clock_gettime|gettimeofday|getenv|printf|fprintf|syslog|randombytes_buf'; then
    fail "proto/ reaches out"
fi

say "relay/ and client/ never include each other, proto/ neither"
for h in relay/*.h relay/store/*.h; do
    [ -e "$h" ] || continue
    if grep -lE "#include \"$(basename "$h")\"" -r client proto; then
        fail "$h is included there"
    fi
done
for h in client/*/*.h; do
    if grep -lE "#include \"$(basename "$h")\"" -r relay proto; then
        fail "$h is included there"
    fi
done
for h in proto/host/*.h; do
    if grep -lE "#include \"$(basename "$h")\"" proto/*.c proto/*.h; then
        fail "$h is included there"
    fi
done

say "every source names its licence"
for f in $(git ls-files '*.c' '*.h' '*.sh' '*.js' '*.mjs' Makefile .ci/run scripts tests/all tests/run); do
    head -n 3 "$f" | grep -q 'SPDX-License-Identifier: ISC' || fail "$f has no SPDX line"
done
