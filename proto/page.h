/* SPDX-License-Identifier: ISC */
/*
 * Board pages: building, parsing, checking a chain.
 * Layout in PROTOCOL.md section 4.
 */
#ifndef PAGE_H
#define PAGE_H

#include "board.h"
#include "rc.h"

#include <stddef.h>
#include <stdint.h>

#define PAGE_VERSION    1
#define PAGE_HEAD_LEN   64
#define PAGE_SIG_LEN    64
#define PAGE_HASH_LEN   32
#define PAGE_PREVIOUS_HASH_OFFSET 24
#define PAGE_NUMBER_MAX (((uint64_t)1 << 48) - 1)
#define PAGE_LEN_MAX                                                           \
    (PAGE_HEAD_LEN + (size_t)BOARD_SLOTS_MAX * ENTRY_MAX + PAGE_SIG_LEN)

struct page {
    uint8_t board;
    uint16_t tick;
    uint16_t slots;
    uint8_t effort;
    uint64_t number;
    uint64_t previous;
    uint8_t previous_hash[PAGE_HASH_LEN];
    const uint8_t *entries; /* slots x entry_len bytes, borrowed */
};

/* Bytes of a page with that many slots. */
size_t page_len(const struct board *b, uint16_t slots);
/*
 * Write and sign a page. Entries are copied and sorted bytewise.
 * out      page_len(b, p->slots) bytes, not overlapping the entries
 * sk       the relay's Ed25519 page key, libsodium's 64-byte form
 * returns  RC_OK; RC_FORMAT for a page that would not parse (two equal
 *          entries among others); RC_NOMEM
 */
enum rc page_write(uint8_t *out, const struct board *b, const struct page *p,
                   const uint8_t sk[static 64]) MUST_CHECK;
/*
 * Decode the page at the start of untrusted bytes; no signature is checked.
 * len      bytes there are
 * used     bytes of this page
 * returns  RC_OK, RC_TRUNCATED, RC_FORMAT (wrong board, slots out of bounds
 *          or not slots x 2^k, entries unsorted or twice, a report entry whose
 *          key is not canonical, ...)
 */
enum rc page_parse(struct page *out, size_t *used, const struct board *b,
                   const uint8_t *in, size_t len) MUST_CHECK;
/* RC_OK if the relay signed these bytes (one whole page); RC_FORGED,
 * RC_NOMEM. */
enum rc page_verify(const uint8_t *in, size_t len,
                    const uint8_t pk[static 32]) MUST_CHECK;
/* BLAKE2b-256 of the whole page. */
void page_hash(uint8_t out[static PAGE_HASH_LEN], const uint8_t *in,
               size_t len);
/*
 * Check a file of pages, ascending: each parses, each names the hash and
 * number of the one before, the last is signed. Empty is RC_OK.
 * after    NULL, or number and hash of the page known to stand before the
 *          first: then the first must follow it
 * returns  RC_OK; RC_TRUNCATED, RC_FORMAT as page_parse; RC_FORGED (chain or
 *          signature); RC_NOMEM
 */
struct page_link {
    uint64_t number;
    uint8_t hash[PAGE_HASH_LEN];
};
enum rc page_check_span(const struct board *b, const uint8_t *in, size_t len,
                        const uint8_t pk[static 32],
                        const struct page_link *after) MUST_CHECK;

#endif
