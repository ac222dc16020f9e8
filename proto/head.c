/* SPDX-License-Identifier: ISC */
#include "head.h"

#include "body.h"
#include "kdf.h"
#include "reader.h"
#include "writer.h"

#include <sodium.h>

#include <string.h>

#define PROOF_LEN (32 + 4 + KDF_LEN + 32)

/* The rules that are not the layout's. */
static bool
head_is_allowed(const struct head *h)
{
    bool key = !sodium_is_zero(h->body_key, sizeof h->body_key);
    bool digest = !sodium_is_zero(h->digest, sizeof h->digest);
    bool b = !sodium_is_zero(h->b, sizeof h->b);
    bool p = !sodium_is_zero(h->p, sizeof h->p);

    return (h->kind == HEAD_REPORT || (h->kind == HEAD_FOLLOW_UP && !b) ||
            (h->kind == HEAD_OWN && !b && !p)) &&
           h->text_len <= HEAD_TEXT_MAX && h->body_len <= BODY_MAX &&
           h->boxes == body_boxes(h->body_len) &&
           key == (h->boxes > 0) && digest == (h->boxes > 0);
}

enum rc
head_parse(struct head *out, const uint8_t in[static HEAD_LEN])
{
    struct head h = {0};
    struct reader r;

    memset(out, 0, sizeof *out);
    rd_init(&r, in, HEAD_LEN);
    rd_require(&r, rd_u8(&r) == HEAD_VERSION);
    h.kind = rd_u8(&r);
    h.text_len = rd_u16(&r);
    h.boxes = rd_u32(&r);
    h.body_len = rd_u64(&r);
    rd_copy(&r, h.a, sizeof h.a);
    rd_copy(&r, h.b, sizeof h.b);
    rd_copy(&r, h.body_key, sizeof h.body_key);
    rd_copy(&r, h.digest, sizeof h.digest);
    rd_copy(&r, h.p, sizeof h.p);
    rd_require(&r, head_is_allowed(&h));
    h.text = rd_bytes(&r, h.text_len);
    rd_zeroes(&r);
    if (rd_end(&r) == RC_OK) {
        *out = h;
    }
    sodium_memzero(&h, sizeof h);
    return r.rc;
}

enum rc
head_write(uint8_t out[static HEAD_LEN], const struct head *h)
{
    struct writer w;

    if (!head_is_allowed(h)) {
        memset(out, 0, HEAD_LEN);
        return RC_FORMAT;
    }
    wr_init(&w, out, HEAD_LEN);
    wr_u8(&w, HEAD_VERSION);
    wr_u8(&w, (uint8_t)h->kind);
    wr_u16(&w, h->text_len);
    wr_u32(&w, h->boxes);
    wr_u64(&w, h->body_len);
    wr_bytes(&w, h->a, sizeof h->a);
    wr_bytes(&w, h->b, sizeof h->b);
    wr_bytes(&w, h->body_key, sizeof h->body_key);
    wr_bytes(&w, h->digest, sizeof h->digest);
    wr_bytes(&w, h->p, sizeof h->p);
    wr_bytes(&w, h->text, h->text_len);
    wr_zeroes(&w);
    return wr_end(&w);
}

enum rc
head_prove(uint8_t p[static HEAD_P_LEN], const uint8_t head[static HEAD_LEN],
           const struct head_proof *of)
{
    uint8_t blank[HEAD_LEN];
    uint8_t hash[KDF_LEN], shared[32];
    uint8_t data[PROOF_LEN];
    struct writer w;
    enum rc rc = RC_OK;

    memset(p, 0, HEAD_P_LEN);
    memcpy(blank, head, HEAD_LEN);
    memset(blank + HEAD_P_OFFSET, 0, HEAD_P_LEN);
    blake2b_256(hash, blank, sizeof blank);
    wr_init(&w, data, sizeof data);
    wr_bytes(&w, of->e, 32);
    wr_u32(&w, of->week);
    wr_bytes(&w, hash, sizeof hash);
    if (crypto_scalarmult(shared, of->secret, of->point) != 0) {
        rc = RC_FORGED; /* all zero: anybody could have made it */
    } else {
        wr_bytes(&w, shared, sizeof shared);
        kdf(p, of->root, "proof", data, sizeof data);
    }
    sodium_memzero(blank, sizeof blank);
    sodium_memzero(hash, sizeof hash);
    sodium_memzero(shared, sizeof shared);
    sodium_memzero(data, sizeof data);
    return rc;
}

bool
head_is_proven(const uint8_t head[static HEAD_LEN],
               const struct head_proof *of)
{
    uint8_t p[HEAD_P_LEN];
    bool good = head_prove(p, head, of) == RC_OK &&
                sodium_memcmp(p, head + HEAD_P_OFFSET, sizeof p) == 0;

    sodium_memzero(p, sizeof p);
    return good;
}
