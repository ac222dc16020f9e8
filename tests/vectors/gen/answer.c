/* SPDX-License-Identifier: ISC */
/* Answers with all that is inside, and boxes that must be refused,
 * PROTOCOL.md section 6. */
#include "answer.h"

#include "body.h"
#include "vec.h"

#include <sodium.h>

#include <stdlib.h>
#include <string.h>

static uint8_t org[32], root[32], r[32], reply[32];
static uint8_t v[32], v_sk[64], box[CELL_BOX_LEN];

static void
put_keys(uint8_t i)
{
    vec_put_hex("O", org, 32);
    vec_put_hex("root_O", root, 32);
    vec_put_hex("r_O", r, 32);
    vec_put_hex("V", v, 32);
    vec_put_number("i", i);
}

static void
put_names(uint8_t i)
{
    uint8_t address[32], secret[32], entry[16];

    answer_address(address, root, i);
    answer_burn_secret(secret, root, i);
    answer_entry(entry, root, i);
    vec_open();
    vec_put_string("op", "names");
    vec_put_hex("root_O", root, 32);
    vec_put_number("i", i);
    vec_put_hex("address", address, 32);
    vec_put_hex("burn_secret", secret, 32);
    vec_put_hex("entry", entry, 16);
    vec_close();
}

/* The box without its outer layer. */
static void
put_inside(uint8_t i)
{
    static uint8_t inner[CELL_BOX_LEN - 40];
    uint8_t key[32];

    kdf(key, root, "answer box", &i, 1);
    vec_must(crypto_aead_xchacha20poly1305_ietf_decrypt(
              inner, NULL, NULL, box + 24, sizeof box - 24, NULL, 0, box,
              key) == 0 ? RC_OK : RC_FORGED);
    vec_put_hex("box_key", key, 32);
    vec_put_hex("n", box, 24);
    vec_put_hex("enc", inner, 32);
    vec_put_hex("c", inner + 32, sizeof inner - 32);
}

static void
put_valid(uint8_t i, const char *text, uint64_t body_len)
{
    static uint8_t plain[ANSWER_PLAIN_LEN];
    const struct answer_with with = {org, root, reply, i};
    struct answer a = {.text_len = (uint16_t)strlen(text),
                       .boxes = body_boxes(body_len),
                       .body_len = body_len,
                       .day = 20790,
                       .text = (const uint8_t *)text};
    struct answer out;
    uint8_t eseed[ANSWER_ESEED_LEN];

    if (body_len > 0) {
        vec_seed(a.digest, 32, "answer digest");
        body_key_answer(a.body_key, root, a.digest);
    }
    vec_seed(eseed, sizeof eseed, "answer eseed");
    vec_must(answer_seal(box, &with, &a, v_sk, eseed));
    vec_must(answer_open(&out, plain, &with, r, box, (const uint8_t(*)[32])&v,
                      1));
    vec_open();
    vec_put_string("op", "open");
    vec_put_string("result", "valid");
    put_keys(i);
    vec_put_hex("R_O", reply, 32);
    vec_put_hex("V_secret", v_sk, 32); /* the seed of V */
    vec_put_hex("eseed", eseed, sizeof eseed);
    vec_put_number("day", a.day);
    vec_put_string("text", text);
    vec_put_number("boxes", a.boxes);
    vec_put_number("body_length", (int64_t)a.body_len);
    vec_put_hex("body_key", a.body_key, 32);
    vec_put_hex("digest", a.digest, 32);
    if (body_len == 0) {
        vec_put_hex("plaintext", plain, sizeof plain);
        put_inside(i);
    }
    vec_put_hex("box", box, sizeof box);
    vec_close();
}

/* The last box, with another i or V. */
static void
put_invalid(const char *comment, uint8_t i, const uint8_t *by)
{
    static uint8_t plain[ANSWER_PLAIN_LEN];
    const struct answer_with with = {org, root, NULL, i};
    struct answer out;
    uint8_t was[32];

    memcpy(was, v, 32);
    memcpy(v, by, 32);
    if (answer_open(&out, plain, &with, r, box, (const uint8_t(*)[32])&v,
                    1) == RC_OK) {
        exit(1);
    }
    vec_open();
    vec_put_string("op", "open");
    vec_put_string("result", "invalid");
    vec_put_string("comment", comment);
    put_keys(i);
    vec_put_hex("box", box, sizeof box);
    vec_close();
    memcpy(v, was, 32);
}

int
main(void)
{
    uint8_t seed[32], other[32], other_sk[64];

    if (sodium_init() < 0) {
        return 1;
    }
    vec_seed(org, 32, "answer O");
    vec_seed(root, 32, "answer root_O");
    vec_seed(r, 32, "answer r_O");
    vec_seed(seed, 32, "answer V");
    vec_must(crypto_scalarmult_base(reply, r) == 0 ? RC_OK : RC_FORGED);
    vec_must(crypto_sign_seed_keypair(v, v_sk, seed) == 0 ? RC_OK : RC_FORGED);
    vec_seed(seed, 32, "answer other V");
    vec_must(crypto_sign_seed_keypair(other, other_sk, seed) == 0 ? RC_OK
                                                               : RC_FORGED);
    vec_begin(stdout, "names: of answer i; open: box = n || seal(enc || c), "
                      "plaintext as section 6 says (in the first); "
                      "V_secret: the seed of V; "
                      "eseed: the X25519 scalar, then n");
    for (uint8_t i = 0; i < 10; i++) {
        put_names(i);
    }
    put_names(ANSWERS_MAX - 1);
    put_valid(0, "We have your report. Who else saw it?", 0);
    put_valid(63, "\u0986\u09ae\u09b0\u09be \u09b6\u09c1\u09a8\u09c7\u099b"
                  "\u09bf", 3 * (uint64_t)BODY_CHUNK_LEN);
    put_invalid("signed by another key", 63, other);
    put_invalid("another i", 62, v);
    vec_end();
    return 0;
}
