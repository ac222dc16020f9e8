/* SPDX-License-Identifier: ISC */
#include "page.h"

#include "cell.h"
#include "kdf.h"
#include "reader.h"
#include "writer.h"

#include <sodium.h>

#include <stdlib.h>
#include <string.h>

static const char domain[] = "tocsin/1 page\n";
#define DOMAIN_LEN (sizeof domain - 1)

size_t
page_len(const struct board *b, uint16_t slots)
{
    return PAGE_HEAD_LEN + (size_t)slots * b->entry_len + PAGE_SIG_LEN;
}

/* Are number and link those that a page can have? */
static bool
link_ok(const struct page *p)
{
    return p->number > 0 && p->number <= PAGE_NUMBER_MAX &&
           p->previous < p->number &&
           (p->previous != 0 ||
            sodium_is_zero(p->previous_hash, PAGE_HASH_LEN));
}

/* Strictly ascending (nothing twice), and keys of reports canonical. */
static bool
entries_ok(const struct board *b, const uint8_t *entries, size_t n)
{
    const uint8_t *e = entries;

    for (size_t i = 0; i < n; i++, e += b->entry_len) {
        if ((i > 0 && memcmp(e - b->entry_len, e, b->entry_len) >= 0) ||
            (!board_is_answers(b) && !entry_key_is_canonical(e))) {
            return false;
        }
    }
    return true;
}

/*
 * What a signature is over: the domain and all before the signature, in one
 * heap piece, as libsodium wants it. signed_len: bytes of the page before it.
 */
static uint8_t *
message_new(const uint8_t *page, size_t signed_len)
{
    uint8_t *m = malloc(DOMAIN_LEN + signed_len);

    if (m != NULL) {
        memcpy(m, domain, DOMAIN_LEN);
        memcpy(m + DOMAIN_LEN, page, signed_len);
    }
    return m;
}

struct order {
    const uint8_t *entries;
    size_t entry_len;
};

static int
by_bytes(const void *a, const void *b, void *arg)
{
    const struct order *o = arg;
    const uint16_t *i = a, *j = b;

    return memcmp(o->entries + *i * o->entry_len,
                  o->entries + *j * o->entry_len, o->entry_len);
}

static void
write_sorted(struct writer *w, const struct board *b, const struct page *p)
{
    struct order o = {p->entries, b->entry_len};
    uint16_t at[BOARD_SLOTS_MAX];

    for (uint16_t i = 0; i < p->slots; i++) {
        at[i] = i;
    }
    qsort_r(at, p->slots, sizeof at[0], by_bytes, &o);
    for (uint16_t i = 0; i < p->slots; i++) {
        wr_bytes(w, o.entries + at[i] * o.entry_len, o.entry_len);
    }
}

enum rc
page_write(uint8_t *out, const struct board *b, const struct page *p,
           const uint8_t sk[static 64])
{
    uint8_t *message;
    struct writer w;
    enum rc rc = RC_OK;

    if (board_check(b) != RC_OK || p->board != b->id || p->tick != b->tick ||
        !board_slots_ok(b, p->slots) || p->effort > CELL_EFFORT_MAX ||
        !link_ok(p)) {
        return RC_FORMAT;
    }
    wr_init(&w, out, page_len(b, p->slots) - PAGE_SIG_LEN);
    wr_u8(&w, PAGE_VERSION);
    wr_u8(&w, p->board);
    wr_u16(&w, p->tick);
    wr_u16(&w, p->slots);
    wr_u8(&w, p->effort);
    wr_zero(&w, 1);
    wr_u64(&w, p->number);
    wr_u64(&w, p->previous);
    wr_bytes(&w, p->previous_hash, PAGE_HASH_LEN);
    wr_zero(&w, 8);
    write_sorted(&w, b, p);
    if ((rc = wr_end(&w)) != RC_OK) {
        return rc;
    }
    if (!entries_ok(b, out + PAGE_HEAD_LEN, p->slots)) {
        return RC_FORMAT;
    }
    if ((message = message_new(out, w.len)) == NULL) {
        return RC_NOMEM;
    }
    if (crypto_sign_detached(out + w.len, NULL, message, DOMAIN_LEN + w.len,
                             sk) != 0) {
        rc = RC_FORGED;
    }
    free(message);
    return rc;
}

enum rc
page_parse(struct page *out, size_t *used, const struct board *b,
           const uint8_t *in, size_t len)
{
    struct page p = {0};
    struct reader r;

    memset(out, 0, sizeof *out);
    *used = 0;
    rd_init(&r, in, len);
    rd_require(&r, rd_u8(&r) == PAGE_VERSION);
    p.board = rd_u8(&r);
    rd_require(&r, p.board == b->id);
    p.tick = rd_u16(&r);
    rd_require(&r, p.tick == b->tick);
    p.slots = rd_u16(&r);
    rd_require(&r, board_slots_ok(b, p.slots));
    p.effort = rd_u8(&r);
    rd_require(&r, p.effort <= CELL_EFFORT_MAX);
    rd_zero(&r, 1);
    p.number = rd_u64(&r);
    p.previous = rd_u64(&r);
    rd_copy(&r, p.previous_hash, PAGE_HASH_LEN);
    rd_require(&r, r.rc != RC_OK || link_ok(&p));
    rd_zero(&r, 8);
    p.entries = rd_bytes(&r, (size_t)p.slots * b->entry_len);
    rd_require(&r, r.rc != RC_OK || entries_ok(b, p.entries, p.slots));
    (void)rd_bytes(&r, PAGE_SIG_LEN);
    if (r.rc == RC_OK) {
        *used = len - r.left;
        *out = p;
    }
    return r.rc;
}

enum rc
page_verify(const uint8_t *in, size_t len, const uint8_t pk[static 32])
{
    uint8_t *message;
    size_t n;
    enum rc rc;

    if (len < PAGE_HEAD_LEN + PAGE_SIG_LEN || len > PAGE_LEN_MAX) {
        return RC_FORGED;
    }
    n = len - PAGE_SIG_LEN;
    if ((message = message_new(in, n)) == NULL) {
        return RC_NOMEM;
    }
    rc = crypto_sign_verify_detached(in + n, message, DOMAIN_LEN + n, pk) == 0
             ? RC_OK
             : RC_FORGED;
    free(message);
    return rc;
}

void
page_hash(uint8_t out[static PAGE_HASH_LEN], const uint8_t *in, size_t len)
{
    blake2b_256(out, in, len);
}

enum rc
page_check_span(const struct board *b, const uint8_t *in, size_t len,
                const uint8_t pk[static 32], const struct page_link *after)
{
    struct page_link last = {0};
    const uint8_t *page = in;
    struct reader r;
    size_t used = 0;

    if (after != NULL) {
        last = *after;
    }
    rd_init(&r, in, len);
    while (r.left > 0) {
        struct page p;
        enum rc rc;

        if ((rc = page_parse(&p, &used, b, r.p, r.left)) != RC_OK) {
            return rc;
        }
        page = rd_bytes(&r, used);
        if ((after != NULL || page != in) &&
            (p.previous != last.number ||
             memcmp(p.previous_hash, last.hash, PAGE_HASH_LEN) != 0)) {
            return RC_FORGED;
        }
        last.number = p.number;
        page_hash(last.hash, page, used);
    }
    return len == 0 ? RC_OK : page_verify(page, used, pk);
}
