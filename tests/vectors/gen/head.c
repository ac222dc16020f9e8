/* SPDX-License-Identifier: ISC */
/* Heads: fields and bytes, the proof of a follow-up, and bytes that must be
 * refused. PROTOCOL.md section 5. */
#include "head.h"

#include "body.h"
#include "conversation.h"
#include "vec.h"

#include <sodium.h>

#include <stdlib.h>
#include <string.h>

static const uint8_t text[] = "country BD\nviolation FIRED\n\nThey fired us.";

static void
put_fields(const struct head *h, const uint8_t bytes[static HEAD_LEN])
{
    vec_put_number("kind", h->kind);
    vec_put_number("boxes", h->boxes);
    vec_put_number("body_length", (int64_t)h->body_len);
    vec_put_hex("A", h->a, 32);
    vec_put_hex("B", h->b, 32);
    vec_put_hex("body_key", h->body_key, 32);
    vec_put_hex("digest", h->digest, 32);
    vec_put_hex("P", bytes + HEAD_P_OFFSET, HEAD_P_LEN);
    vec_put_hex("text", h->text, h->text_len);
    vec_put_hex("head", bytes, HEAD_LEN);
}

static struct head
sample(enum head_kind kind, uint64_t body_len)
{
    struct head h = {.kind = kind,
                     .text_len = sizeof text - 1,
                     .boxes = body_boxes(body_len),
                     .body_len = body_len,
                     .text = text};

    vec_seed(h.a, 32, "head A");
    if (kind == HEAD_REPORT) {
        vec_seed(h.b, 32, "head B");
    }
    if (kind != HEAD_OWN) {
        vec_seed(h.p, 32, "head P");
    }
    if (body_len > 0) {
        vec_seed(h.body_key, 32, "head body_key");
        vec_seed(h.digest, 32, "head digest");
    }
    return h;
}

static void
put_plain(enum head_kind kind, uint64_t body_len)
{
    struct head h = sample(kind, body_len);
    uint8_t bytes[HEAD_LEN];

    vec_must(head_write(bytes, &h));
    vec_open();
    vec_put_string("result", "valid");
    put_fields(&h, bytes);
    vec_close();
}

/* A kind 1 or 2 as the owner of a conversation makes it. */
static void
put_proven(enum head_kind kind, uint64_t body_len)
{
    struct head h = sample(kind, body_len);
    uint8_t root[32], e[32], r[32], R[32], k[32], K[32], shared[32];
    uint8_t bytes[HEAD_LEN], hash[32];
    const struct head_proof hers = {root, e, 2970, r, K};
    const struct head_proof theirs = {root, e, 2970, k, R};

    vec_seed(root, 32, "head root_O");
    vec_seed(e, 32, "head E");
    vec_seed(r, 32, "head r_O");
    vec_seed(k, 32, "head k_t");
    vec_must(crypto_scalarmult_base(R, r) == 0 &&
                     crypto_scalarmult_base(K, k) == 0 &&
                     crypto_scalarmult(shared, k, R) == 0
                 ? RC_OK
                 : RC_FORGED);
    memcpy(h.a, root, 32);
    memcpy(h.b, R, 32);
    if (kind == HEAD_FOLLOW_UP) {
        conversation_id(h.a, root);
        memset(h.b, 0, 32);
    }
    memset(h.p, 0, 32);
    vec_must(head_write(bytes, &h));
    blake2b_256(hash, bytes, sizeof bytes);
    vec_must(head_prove(bytes + HEAD_P_OFFSET, bytes, &hers));
    vec_must(head_is_proven(bytes, &theirs) ? RC_OK : RC_FORGED);
    vec_open();
    vec_put_string("result", "valid");
    vec_put_hex("root_O", root, 32);
    vec_put_hex("E", e, 32);
    vec_put_number("t", 2970);
    vec_put_hex("r_O", r, 32);
    vec_put_hex("R_O", R, 32);
    vec_put_hex("k_t", k, 32);
    vec_put_hex("K_t", K, 32);
    vec_put_hex("shared", shared, 32);
    vec_put_hex("blank_hash", hash, 32);
    put_fields(&h, bytes);
    vec_close();
}

static void
put_invalid(const char *comment, size_t offset, uint8_t value)
{
    struct head h = sample(HEAD_REPORT, 2 * BODY_CHUNK_LEN + 1), out;
    uint8_t bytes[HEAD_LEN];

    vec_must(head_write(bytes, &h));
    bytes[offset] = value;
    if (head_parse(&out, bytes) == RC_OK) {
        exit(1);
    }
    vec_open();
    vec_put_string("result", "invalid");
    vec_put_string("comment", comment);
    vec_put_hex("head", bytes, HEAD_LEN);
    vec_close();
}

int
main(void)
{
    if (sodium_init() < 0) {
        return 1;
    }
    vec_begin(stdout, "fields and head (2,896 bytes); where root_O stands, P is "
                      "good, with what it is made of: shared is X25519(r_O, "
                      "K_t), blank_hash BLAKE2b-256 of the head with P zero");
    put_plain(HEAD_REPORT, 0);
    put_plain(HEAD_REPORT, 9 * (uint64_t)BODY_CHUNK_LEN);
    put_plain(HEAD_OWN, 0);
    put_proven(HEAD_REPORT, 0);
    put_proven(HEAD_FOLLOW_UP, 0);
    put_proven(HEAD_FOLLOW_UP, 1);
    put_invalid("version", 0, 2);
    put_invalid("kind 0", 1, 0);
    put_invalid("kind 2 with a B", 1, 2);
    put_invalid("kind 3 with a B", 1, 3);
    put_invalid("kind of an answer", 1, 4);
    put_invalid("text too long", 2, 0x0b);
    put_invalid("text shorter than what stands there", 3, 1);
    put_invalid("boxes not Padm\u00e9 of the length", 7, 4);
    put_invalid("body without boxes", 7, 0);
    put_invalid("padding", HEAD_LEN - 1, 1);
    vec_end();
    return 0;
}
