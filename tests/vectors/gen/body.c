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

/* One box of a body; its bytes, or only their hash. */
static void
put_box(const uint8_t seed[static 32], const uint8_t org[static 32],
        const uint8_t *body, size_t len, uint32_t i, bool whole)
{
    static uint8_t box[CELL_BOX_LEN], back[BODY_CHUNK_LEN];
    uint8_t digest[32], key[32], address[32], secret[32], hash[32];
    size_t n = body_chunk_len(len, i);

    blake2b_256(digest, body, len);
    body_key_report(key, seed, org, digest);
    body_address(address, key, i);
    body_burn_secret(secret, seed, address);
    vec_must(body_box_seal(box, key, i,
                        n > 0 ? body + (size_t)i * BODY_CHUNK_LEN : NULL, n));
    vec_must(body_box_open(back, key, i, box));
    blake2b_256(hash, box, sizeof box);
    vec_open();
    vec_put_string("op", "box");
    vec_put_hex("seed", seed, 32);
    vec_put_hex("O", org, 32);
    vec_put_number("body_length", (int64_t)len);
    vec_put_hex("digest", digest, 32);
    vec_put_hex("body_key", key, 32);
    vec_put_number("boxes", body_boxes(len));
    vec_put_number("i", i);
    vec_put_hex("plain", n > 0 ? body + (size_t)i * BODY_CHUNK_LEN : body,
                whole ? n : 0);
    vec_put_hex("address", address, 32);
    vec_put_hex("burn_secret", secret, 32);
    vec_put_hex("box", box, whole ? sizeof box : 0);
    vec_put_hex("box_hash", hash, 32);
    vec_close();
}

static void
put_answer_key(void)
{
    uint8_t root[32], digest[32], key[32], address[32], secret[32];

    vec_seed(root, 32, "body root_O");
    vec_seed(digest, 32, "body digest");
    body_key_answer(key, root, digest);
    body_address(address, key, 1);
    body_burn_secret(secret, root, address);
    vec_open();
    vec_put_string("op", "answer body");
    vec_put_hex("root_O", root, 32);
    vec_put_hex("digest", digest, 32);
    vec_put_hex("body_key", key, 32);
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
    uint8_t seed[32], org[32];
    const uint8_t shared[32] = {0};
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
    put_items("valid", body, 0);
    len = body_make(body, sizeof body, 100);
    put_items("valid", body, len);
    put_bad_items();
    put_box(seed, org, body, len, 0, true);
    len = body_make(body, sizeof body, 40000);
    for (uint32_t i = 0; i < 3; i++) {
        put_box(seed, org, body, len, i, false);
    }
    put_box(seed, shared, body, len, 0, true); /* for several recipients */
    put_answer_key();
    vec_end();
    return 0;
}
