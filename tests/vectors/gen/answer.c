/* SPDX-License-Identifier: ISC */
/* Answers with all that is inside, and boxes that must be refused,
 * PROTOCOL.md section 6. */
#include "answer.h"

#include "body.h"
#include "vec.h"

#include <sodium.h>

#include <stdlib.h>
#include <string.h>

#define DAY 20790
#define WEEK (DAY / 7)

static uint8_t org[32], root[32], r[32], reply[32];
static uint8_t v[32], v_sk[64], box[CELL_BOX_LEN];
static struct desknote note; /* without a past */

static void
put_keys(uint8_t i)
{
    vec_put_hex("O", org, 32);
    vec_put_hex("root_O", root, 32);
    vec_put_hex("r_O", r, 32);
    vec_put_number("week", note.keys.week);
    vec_put_hex("V", note.keys.v, 32);
    vec_put_hex("next", note.next, 32);
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
                       .day = DAY,
                       .text = (const uint8_t *)text};
    struct answer out;
    uint8_t eseed[ANSWER_ESEED_LEN];

    if (body_len > 0) {
        vec_seed(a.digest, 32, "answer digest");
        body_key_answer(a.body_key, root, a.digest);
    }
    vec_seed(eseed, sizeof eseed, "answer eseed");
    vec_must(answer_seal(box, &with, &a, v_sk, eseed));
    vec_must(answer_open(&out, plain, &with, r, box, &note));
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

static const char *
verdict(enum rc rc)
{
    return rc == RC_OK        ? "valid"
           : rc == RC_EXPIRED ? "too old to check"
           : rc == RC_AGAIN   ? "get a newer list"
                              : "invalid";
}

/* The last box, with another i, or a note of another week or with other keys. */
static void
put_other(const char *comment, uint8_t i, uint32_t week,
          const uint8_t *keys_v, const uint8_t *next)
{
    static uint8_t plain[ANSWER_PLAIN_LEN];
    const struct answer_with with = {org, root, NULL, i};
    const struct desknote was = note;
    struct answer out;
    enum rc rc;

    note.keys.week = week;
    memcpy(note.keys.v, keys_v, 32);
    memcpy(note.next, next, 32);
    rc = answer_open(&out, plain, &with, r, box, &note);
    vec_open();
    vec_put_string("op", "open");
    vec_put_string("result", verdict(rc));
    vec_put_string("comment", comment);
    put_keys(i);
    if (rc == RC_OK) {
        vec_put_number("day", out.day);
        vec_put_text("text", out.text, out.text_len);
    }
    vec_put_hex("box", box, sizeof box);
    vec_close();
    note = was;
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
    note.keys.week = WEEK;
    memcpy(note.keys.v, v, 32);
    memcpy(note.next, other, 32);
    vec_begin(stdout, "names: of answer i; open: box = n || seal(enc || c), "
                      "plaintext as section 6 says (in the first); "
                      "week, V, next: of O's desk note, which has no past; "
                      "V_secret: the seed of V; "
                      "eseed: the X25519 scalar, then n");
    for (uint8_t i = 0; i < 10; i++) {
        put_names(i);
    }
    put_names(ANSWERS_MAX - 1);
    put_valid(0, "We have your report. Who else saw it?", 0);
    put_valid(63, "\u0986\u09ae\u09b0\u09be \u09b6\u09c1\u09a8\u09c7\u099b"
                  "\u09bf", 3 * (uint64_t)BODY_CHUNK_LEN);
    put_other("signed by another key", 63, WEEK, other, v);
    put_other("another i", 62, WEEK, v, other);
    put_other("its week is the note's next", 63, WEEK - 1, other, v);
    put_other("signed with V of another week than its day's", 63, WEEK - 1, v,
              other);
    put_other("of a week below all that the note lists", 63, WEEK + 1, v, v);
    put_other("of a week above all that the note lists", 63, WEEK - 2, v, v);
    vec_end();
    return 0;
}
