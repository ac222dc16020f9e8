/* SPDX-License-Identifier: ISC */
/* A file of pages; each page is signed anew, so that chains are reached. */
#include "page.h"
#include "effort.h"
#include "fuzz.h"

#include <sodium.h>

#include <stdlib.h>
#include <string.h>

static const struct board board = {0, 16, 600, 2, 8, 2};

/* As if each page were the one of an hour: the next one says its hash. */
static void
hours(const uint8_t *file, size_t len, const uint8_t pk[static 32])
{
    size_t at = 0, used;
    struct page p;

    while (at < len &&
           page_parse(&p, &used, &board, file + at, len - at) == RC_OK) {
        uint8_t h[PAGE_HASH_LEN], hash[PAGE_HASH_LEN];
        enum rc rc = effort_page_hash(
            h, &board, pk, (int64_t)(p.number * board.tick), file, len);

        page_hash(hash, file + at, used);
        at += used;
        if (rc != (at < len ? RC_OK : RC_MISSING) ||
            (rc == RC_OK && memcmp(h, hash, sizeof h) != 0)) {
            abort();
        }
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t seed[32] = {1};
    uint8_t pk[32], sk[64], *copy = malloc(size > 0 ? size : 1);
    struct page_link after = {1, {0}};
    size_t at = 0, used;
    struct page p;
    bool whole;

    if (copy == NULL || crypto_sign_seed_keypair(pk, sk, seed) != 0) {
        abort();
    }
    if (size > 0) {
        memcpy(copy, data, size);
    }
    /* As it is, with a key that did not sign it: only an empty file is good. */
    if ((page_check_span(&board, copy, size, pk, NULL) == RC_OK) !=
        (size == 0)) {
        abort();
    }
    (void)!page_check_span(&board, copy, size, pk, &after);
    while (at < size &&
           page_parse(&p, &used, &board, copy + at, size - at) == RC_OK) {
        uint8_t *out = malloc(used);

        if (at > 0) { /* joined to the one before */
            p.previous = after.number;
            memcpy(p.previous_hash, after.hash, PAGE_HASH_LEN);
            p.number = p.number > after.number ? p.number : after.number + 1;
        }
        if (out == NULL || page_write(out, &board, &p, sk) != RC_OK) {
            free(out);
            break; /* the last number there is */
        }
        memcpy(copy + at, out, used);
        free(out);
        after.number = p.number;
        page_hash(after.hash, copy + at, used);
        at += used;
    }
    whole = page_check_span(&board, copy, at, pk, NULL) == RC_OK;
    if (!whole) {
        abort();
    }
    hours(copy, at, pk);
    free(copy);
    return 0;
}
