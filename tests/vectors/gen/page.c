/* SPDX-License-Identifier: ISC */
/* Pages of a board and files of them, PROTOCOL.md section 4. */
#include "page.h"
#include "vec.h"

#include <sodium.h>

#include <stdlib.h>
#include <string.h>

static const struct board answers = {0, 16, 600, 2, 8, 2};
static const struct board reports = {1, 4096, 30, 1, 2, 2};
static uint8_t pk[32], sk[64];

#define SMALL_LEN (64 + 2 * 16 + 64)

/* Writes a page whose entries come from a label. */
static size_t
make(uint8_t *out, const struct board *b, uint16_t slots, uint64_t number,
     const struct page_link *before, const char *label)
{
    uint8_t entries[8 * 4096];
    struct page p = {.board = b->id,
                     .tick = b->tick,
                     .slots = slots,
                     .number = number,
                     .entries = entries};

    vec_seed(entries, (size_t)slots * b->entry_len, label);
    for (size_t i = 0; i < slots; i++) {
        uint8_t *e = entries + i * b->entry_len;

        vec_must(entry_dummy(e, b, e));
    }
    if (before != NULL) {
        p.previous = before->number;
        memcpy(p.previous_hash, before->hash, PAGE_HASH_LEN);
    }
    vec_must(page_write(out, b, &p, sk));
    return page_len(b, slots);
}

static void
put_board(const struct board *b)
{
    vec_put_number("board", b->id);
    vec_put_number("entry size", b->entry_len);
    vec_put_number("tick", b->tick);
    vec_put_number("slots", b->slots);
    vec_put_number("max", b->max);
}

static struct page_link
put_page(const struct board *b, const uint8_t *in, size_t len)
{
    struct page_link link;
    struct page p;
    size_t used;

    vec_must(page_parse(&p, &used, b, in, len));
    vec_must(page_verify(in, len, pk));
    link.number = p.number;
    page_hash(link.hash, in, len);
    vec_open();
    vec_put_string("kind", "page");
    vec_put_string("result", "valid");
    put_board(b);
    vec_put_number("page slots", p.slots);
    vec_put_number("effort", p.effort);
    vec_put_number("number", (int64_t)p.number);
    vec_put_number("previous", (int64_t)p.previous);
    vec_put_hex("previous hash", p.previous_hash, PAGE_HASH_LEN);
    vec_put_hex("entries", p.entries, (size_t)p.slots * b->entry_len);
    vec_put_hex("pk", pk, sizeof pk);
    vec_put_hex("page", in, len);
    vec_put_hex("hash", link.hash, PAGE_HASH_LEN);
    vec_close();
    return link;
}

/* One byte changed, and signed again. */
static void
put_malformed(const char *comment, const uint8_t in[static SMALL_LEN],
              size_t at, uint8_t value)
{
    uint8_t m[14 + SMALL_LEN] = "tocsin/1 page\n", *page = m + 14;
    struct page p;
    size_t used;

    memcpy(page, in, SMALL_LEN);
    page[at] = value;
    vec_must(crypto_sign_detached(page + SMALL_LEN - 64, NULL, m,
                               14 + SMALL_LEN - 64, sk) == 0
              ? RC_OK
              : RC_FORGED);
    if (page_parse(&p, &used, &answers, page, SMALL_LEN) == RC_OK) {
        exit(1);
    }
    vec_open();
    vec_put_string("kind", "page");
    vec_put_string("result", "malformed");
    vec_put_string("comment", comment);
    put_board(&answers);
    vec_put_hex("pk", pk, sizeof pk);
    vec_put_hex("page", page, SMALL_LEN);
    vec_close();
}

static void
put_file(const char *comment, const uint8_t *in, size_t len,
         const struct page_link *after)
{
    bool ok = page_check_span(&answers, in, len, pk, after) == RC_OK;

    vec_open();
    vec_put_string("kind", "file");
    vec_put_string("result", ok ? "valid" : "invalid");
    vec_put_string("comment", comment);
    put_board(&answers);
    if (after != NULL) {
        vec_put_number("after", (int64_t)after->number);
        vec_put_hex("after hash", after->hash, PAGE_HASH_LEN);
    }
    vec_put_hex("pk", pk, sizeof pk);
    vec_put_hex("file", in, len);
    vec_close();
}

static void
malformed(const uint8_t page[static SMALL_LEN])
{
    uint8_t swapped[SMALL_LEN];

    put_malformed("version 2", page, 0, 2);
    put_malformed("another board", page, 1, 1);
    put_malformed("another tick", page, 3, 0x59);
    put_malformed("slots that are not the board's x 2^k", page, 5, 3);
    put_malformed("slots 0", page, 5, 0);
    put_malformed("effort 16", page, 6, 16);
    put_malformed("offset 7 not zero", page, 7, 1);
    put_malformed("number 2^48 and more", page, 9, 1);
    put_malformed("previous number not below number", page, 16, 1);
    put_malformed("a previous hash without a number", page, 24, 1);
    put_malformed("offset 63 not zero", page, 63, 1);
    memcpy(swapped, page, SMALL_LEN);
    memcpy(swapped + 64, page + 80, 16);
    put_malformed("an entry twice", swapped, 0, 1);
    memcpy(swapped + 80, page + 64, 16);
    put_malformed("entries not in order", swapped, 0, 1);
}

static void
files(const uint8_t *one, const uint8_t *two, const uint8_t *three,
      size_t three_len, const struct page_link *first)
{
    uint8_t f[4 * SMALL_LEN + 64] = {0};
    size_t len = 2 * SMALL_LEN + three_len;

    memcpy(f, one, SMALL_LEN);
    memcpy(f + SMALL_LEN, two, SMALL_LEN);
    memcpy(f + 2 * SMALL_LEN, three, three_len);
    put_file("nothing", f, 0, NULL);
    put_file("three pages", f, len, NULL);
    put_file("the last two, after the first", f + SMALL_LEN, len - SMALL_LEN,
             first);
    put_file("the first, after itself", f, len, first);
    put_file("a byte missing", f, len - 1, NULL);
    put_file("a byte too many", f, len + 1, NULL);
    f[SMALL_LEN - 1] ^= 1;
    put_file("the signature of the first page changed", f, len, NULL);
    f[SMALL_LEN - 1] ^= 1;
    f[len - 1] ^= 1;
    put_file("the signature of the last page changed", f, len, NULL);
    memcpy(f + SMALL_LEN, three, three_len);
    put_file("the second page left out", f, SMALL_LEN + three_len, NULL);
    put_file("the last, after the first", f + SMALL_LEN, three_len, first);
    memcpy(f, two, SMALL_LEN);
    memcpy(f + SMALL_LEN, one, SMALL_LEN);
    put_file("descending", f, 2 * SMALL_LEN, NULL);
}

int
main(void)
{
    static uint8_t one[SMALL_LEN], two[SMALL_LEN], three[SMALL_LEN + 32];
    static uint8_t report[64 + 2 * 4096 + 64];
    struct page_link first, second;
    uint8_t seed[32];
    size_t len;

    if (sodium_init() < 0) {
        return 1;
    }
    vec_seed(seed, sizeof seed, "page key");
    vec_must(crypto_sign_seed_keypair(pk, sk, seed) == 0 ? RC_OK : RC_FORGED);
    vec_begin(stdout, "a malformed page has a good signature; a file is "
                      "checked by its chain and its last signature, and "
                      "follows the page `after` where that is named");
    len = make(one, &answers, 2, 2992032, NULL, "page one");
    first = put_page(&answers, one, len);
    len = make(two, &answers, 2, 2992033, &first, "page two");
    second = put_page(&answers, two, len);
    len = make(three, &answers, 4, 2992040, &second, "page three");
    (void)put_page(&answers, three, len);
    len = make(report, &reports, 2, 59840641, NULL, "page report");
    (void)put_page(&reports, report, len);
    malformed(one);
    files(one, two, three, sizeof three, &first);
    vec_end();
    return 0;
}
