# SPDX-License-Identifier: ISC
# What the build promises: a release without test clock, a relay that can't
# open things, a protocol library that does no input or output, folders that
# keep apart.
. "$(dirname "$0")/lib.sh"
cd "$TOP"

say "a release does not know the test clock, the others do"
# Built before, by whoever runs this: others read the build while we look.
make -sq VARIANT=release all || fail "the release is not built: make VARIANT=release all"
for p in build/release/bin/*; do
    if grep -q TOCSIN_TEST_CLOCK "$p"; then
        fail "$p reads a test clock"
    fi
done
grep -q TOCSIN_TEST_CLOCK "$BIN/tocsin-relayd" || fail "$BIN/tocsin-relayd has no test clock"

say "the relay links nothing that opens a report or an answer"
lacks ' (entry_open|hpke_open|hpke_setup_r|answer_open|body_box_open|xwing_decaps|mlkem_decaps|head_parse)$' nm build/release/bin/tocsin-relayd
expect ' entry_open$' nm build/release/bin/tocsin-desk

say "proto/ knows no files, sockets, clock, environment, chance or globals"
# What it takes from outside is memory, text in memory, and cryptography.
nm -u build/release/lib/proto.a | awk 'NF == 2 && $1 == "U" {print $2}' | sort -u >"$T/taken"
nm --defined-only build/release/lib/proto.a | awk 'NF == 3 {print $3}' | sort -u >"$T/own"
comm -23 "$T/taken" "$T/own" >"$T/outside"
grep -vE '^(crypto_|sodium_|EVP_|OSSL_|ERR_|(__)?(mem|str)[a-z]+(_chk)?$|(__)?snprintf(_chk)?$|__stack_chk_fail$|__assert_fail$|(m|c|re)alloc(array)?$|free$|abort$|qsort(_r)?$|__ctype_|_GLOBAL_OFFSET_TABLE_$)' "$T/outside" && fail "proto/ reaches out"
grep -q '^crypto_generichash$' "$T/taken" || fail "this check sees nothing"
globals() { # LIBRARY: its sections for them that are not empty
    objdump -h "build/release/lib/$1.a" | awk '$2 ~ /^\.(data|bss|tdata|tbss)$/ && $3 !~ /^0+$/'
}
lacks . globals proto
expect ' \.bss ' globals host

say "tocsin-root has no network: its machines are offline"
lacks '\b(socket|connect|getaddrinfo|curl_[a-z_]+|SSL_[a-z_]+)(@.*)?$' nm -u build/release/bin/tocsin-root
expect '\bcurl_' nm -u build/release/bin/tocsin-desk

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

say "make demo builds the liar of its last chapter"
grep -q '^hostile_start' scripts/demo || fail "this check sees nothing"
grep -A 3 '^demo:' Makefile >"$T/demo"
grep -q 'tests/tools/hostile$' "$T/demo" || fail "make demo does not build tests/tools/hostile"

say "every parser of bytes from outside has its fuzz target, with something to begin with"
git ls-files 'proto/*.h' 'relay/*.h' 'client/*.h' | xargs grep -hoE '\b[a-z0-9_]+_parse\(' | tr -d '(' | sort -u >"$T/parsers"
[ "$(wc -l <"$T/parsers")" -gt 25 ] || fail "this check sees nothing"
# cli_parse has its words from who starts the program.
for n in $(grep -vx 'cli_parse' "$T/parsers"); do
    grep -qw "$n" tests/fuzz/*_fuzz.c || fail "$n has no fuzz target"
done
for f in tests/fuzz/*_fuzz.c; do
    n=$(basename "$f" _fuzz.c)
    [ -n "$(git ls-files "tests/fuzz/corpus/$n")" ] || fail "$f has no corpus"
done

say "every file names its licence, but for what can't: JSON, data of tests"
git ls-files | grep -vE '^(LICENSE|tests/(fuzz/corpus|vectors/official)/.*|tests/vectors/[^/]*|.*\.json)$' >"$T/files"
[ "$(wc -l <"$T/files")" -gt 300 ] || fail "this check sees nothing"
while read -r f; do
    prints 'SPDX-License-Identifier: ISC' head -n 3 "$f" || fail "$f has no SPDX line"
done <"$T/files"
prints '^ISC' head -n 1 LICENSE || fail "LICENSE is another"
[ "$(git ls-files | cut -d/ -f1 | grep -v '^\.' | sort -u | paste -sd' ')" = "LICENSE Makefile README.md client proto relay scripts tests" ] || fail "something else at the top"
