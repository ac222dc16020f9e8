/* SPDX-License-Identifier: ISC */
/* Bodies: Padmé, items, keys, boxes and their drops, PROTOCOL.md
 * section 5. */
#include "body.h"
#include "vec.h"

#include <sodium.h>

#include <stdlib.h>
#include <string.h>

static void
put_padme(uint64_t len)
{
    vec_open();
    vec_put_string("op", "boxes");
    vec_put_number("length", (int64_t)len);
    vec_put_number("boxes", body_boxes(len));
    vec_close();
}

/* Two items of text and data. */
static size_t
body_make(uint8_t *out, size_t cap, size_t data_len)
{
    static uint8_t data[40000];
    const struct body_item items[] = {
        {"text/plain", 10, "", 0, (const uint8_t *)"They fired us.", 14},
        {"image/jpeg", 10, "d\u00e9tail.jpg", 11, data, data_len}};
    struct writer w;

    vec_seed(data, sizeof data, "body data");
    wr_init(&w, out, cap);
    for (int i = 0; i < 2; i++) {
        vec_must(body_item_head_write(&w, &items[i]));
        wr_bytes(&w, items[i].data, (size_t)items[i].len);
    }
    vec_must(wr_end(&w));
    return w.len;
}

static void
put_items(const char *result, const uint8_t *body, size_t len)
{
    struct body_item item;
    struct reader r;
    enum rc rc;
    int64_t n = 0;

    rd_init(&r, body, len);
    while ((rc = body_item_next(&item, &r)) == RC_OK) {
        n++;
    }
    if ((rc == RC_MISSING) != (strcmp(result, "valid") == 0)) {
        exit(1);
    }
    vec_open();
    vec_put_string("op", "items");
    vec_put_string("result", result);
    vec_put_hex("body", body, len);
    if (rc == RC_MISSING) {
        vec_put_number("items", n);
    }
    vec_close();
}

static void
put_bad_items(void)
{
    static const struct {
        const char *bytes;
        size_t len;
    } bad[] = {
        {"\0\0\0\0\0\0\0\0\0\0", 10},          /* no type */
        {"\3t x\0\0\0\0\0\0\0\0\0", 13},       /* a space in it */
        {"\3t/x\2..\0\0\0\0\0\0\0\0", 15},     /* names */
        {"\3t/x\3a/b\0\0\0\0\0\0\0\0", 16},
        {"\3t/x\3a\\b\0\0\0\0\0\0\0\0", 16},
        {"\3t/x\1\n\0\0\0\0\0\0\0\0", 14},
        {"\3t/x\1\xff\0\0\0\0\0\0\0\0", 14},
        {"\3t/x\0\0\0\0\0\0\0\0\2x", 14},      /* data cut short */
        {"\3t/x\0\xff\xff\xff\xff\xff\xff\xff\xff" "x", 14},
        {"\3t/x\0\0\0\0\0\0\0\0\1xy", 15},     /* bytes after it */
    };

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        put_items("invalid", (const uint8_t *)bad[i].bytes, bad[i].len);
    }
}

struct where {
    const uint8_t *seed, *org, *relay; /* 32 bytes each */
    uint32_t week, i;
};

/* One box of a body at one relay; its bytes, or only their hash. */
static void
put_box(const struct where *w, const uint8_t *body, size_t len, bool whole)
{
    static uint8_t box[CELL_BOX_LEN], back[BODY_CHUNK_LEN];
    uint8_t digest[32], key[32], address[32], secret[32], hash[32];
    const struct body_place at = {key, w->relay, w->i};
    size_t n = body_chunk_len(len, w->i);
    const uint8_t *chunk = n > 0 ? body + (size_t)w->i * BODY_CHUNK_LEN : body;

    blake2b_256(digest, body, len);
    body_key_report(key, w->seed, w->org, w->week, digest);
    body_address(address, &at);
    body_burn_secret(secret, w->seed, address);
    vec_must(body_box_seal(box, &at, chunk, n));
    vec_must(body_box_open(back, &at, box));
    blake2b_256(hash, box, sizeof box);
    vec_open();
    vec_put_string("op", "box");
    vec_put_hex("seed", w->seed, 32);
    vec_put_hex("O", w->org, 32);
    vec_put_number("t", w->week);
    vec_put_number("body_length", (int64_t)len);
    vec_put_hex("digest", digest, 32);
    vec_put_hex("body_key", key, 32);
    vec_put_number("boxes", body_boxes(len));
    vec_put_hex("R", w->relay, 32);
    vec_put_number("i", w->i);
    vec_put_hex("plain", chunk, whole ? n : 0);
    vec_put_hex("address", address, 32);
    vec_put_hex("burn_secret", secret, 32);
    vec_put_hex("box", box, whole ? sizeof box : 0);
    vec_put_hex("box_hash", hash, 32);
    vec_close();
}

static void
put_answer_key(uint8_t answer, const uint8_t relay[static 32])
{
    uint8_t root[32], digest[32], key[32], address[32], secret[32];
    const struct body_place at = {key, relay, 1};

    vec_seed(root, 32, "body root_O");
    vec_seed(digest, 32, "body digest");
    body_key_answer(key, root, answer, digest);
    body_address(address, &at);
    body_burn_secret(secret, root, address);
    vec_open();
    vec_put_string("op", "answer body");
    vec_put_hex("root_O", root, 32);
    vec_put_number("answer", answer);
    vec_put_hex("digest", digest, 32);
    vec_put_hex("body_key", key, 32);
    vec_put_hex("R", relay, 32);
    vec_put_number("i", 1);
    vec_put_hex("address", address, 32);
    vec_put_hex("burn_secret", secret, 32);
    vec_close();
}

int
main(void)
{
    static const uint32_t counts[] = {
        1,  2,   3,   4,    8,    9,    15,    16,    17,     32,    33,
        64, 65,  127, 128,  129,  255,  256,   257,   1000,   1025,  4097,
        65537, 100000, 262143, 262144};
    static uint8_t body[40065];
    uint8_t seed[32], org[32], relay[32], other[32];
    const uint8_t shared[32] = {0};
    struct where w = {seed, org, relay, 2970, 0};
    size_t len;

    if (sodium_init() < 0) {
        return 1;
    }
    vec_begin(stdout, "boxes: Padm\u00e9 of a body's length; items: bodies; "
                      "box: box i of a body (plain and box only where they "
                      "are not left out; box_hash is BLAKE2b-256)");
    put_padme(0);
    put_padme(1);
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        put_padme((uint64_t)counts[i] * BODY_CHUNK_LEN);
    }
    vec_seed(seed, 32, "body seed");
    vec_seed(org, 32, "body O");
    vec_seed(relay, 32, "body R");
    vec_seed(other, 32, "body other R");
    put_items("valid", body, 0);
    len = body_make(body, sizeof body, 100);
    put_items("valid", body, len);
    put_bad_items();
    put_box(&w, body, len, true);
    len = body_make(body, sizeof body, 40000);
    for (w.i = 0; w.i < 3; w.i++) {
        put_box(&w, body, len, false);
    }
    w.i = 1;
    w.relay = other;
    put_box(&w, body, len, false); /* the same at another relay */
    w.week++;
    put_box(&w, body, len, false); /* and begun a week later */
    w.org = shared;
    put_box(&w, body, len, true); /* for several recipients */
    put_answer_key(0, relay);
    put_answer_key(63, relay);
    put_answer_key(63, other);
    vec_end();
    return 0;
}
