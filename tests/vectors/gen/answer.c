/* SPDX-License-Identifier: ISC */
/* Answers with all that is inside, and boxes that must be refused,
 * PROTOCOL.md section 6. */
#include "answer.h"

#include "body.h"
#include "sealplain.h"
#include "vec.h"

#include <sodium.h>

#include <stdlib.h>
#include <string.h>

#define DAY 20790
#define WEEK (DAY / 7)

static uint8_t org[32], root[32], r[32], reply[32];
static uint8_t v[32], v_sk[64], box[CELL_BOX_LEN];
static struct desknote note; /* without a past */
static uint8_t inner[ANSWER_INNER_LEN], relays[2][32];

static void
put_keys(uint8_t i, const uint8_t *relay)
{
    vec_put_hex("O", org, 32);
    vec_put_hex("root_O", root, 32);
    vec_put_hex("r_O", r, 32);
    vec_put_number("week", note.keys.week);
    vec_put_hex("V", note.keys.v, 32);
    vec_put_hex("next", note.next, 32);
    vec_put_hex("R", relay, 32);
    vec_put_number("i", i);
}

static void
put_names(uint8_t i, const uint8_t *relay)
{
    const struct answer_place at = {root, relay, i};
    uint8_t address[32], secret[32], entry[16];

    answer_address(address, &at);
    answer_burn_secret(secret, &at);
    answer_entry(entry, root, i);
    vec_open();
    vec_put_string("op", "names");
    vec_put_hex("root_O", root, 32);
    vec_put_hex("R", relay, 32);
    vec_put_number("i", i);
    vec_put_hex("address", address, 32);
    vec_put_hex("burn_secret", secret, 32);
    vec_put_hex("entry", entry, 16);
    vec_close();
}

/* What is between the plaintext and the box. */
static void
put_inside(const struct answer_place *at)
{
    uint8_t data[33] = {at->i}, key[32];

    memcpy(data + 1, at->relay, 32);
    kdf(key, root, "answer box", data, sizeof data);
    vec_put_hex("box_key", key, 32);
    vec_put_hex("enc", inner, 32);
    vec_put_hex("c", inner + 32, sizeof inner - 32);
}

/* The same answer at one relay: the inside is one for all. */
static void
put_valid(uint8_t i, const char *text, uint64_t body_len, const uint8_t *relay)
{
    static uint8_t plain[ANSWER_PLAIN_LEN], back[ANSWER_INNER_LEN];
    const struct answer_with with = {org, root, reply, i};
    const struct answer_place at = {root, relay, i};
    struct answer a = {.text_len = (uint16_t)strlen(text),
                       .boxes = body_boxes(body_len),
                       .body_len = body_len,
                       .day = DAY,
                       .text = (const uint8_t *)text};
    const struct answer_by by = {&note, DAY};
    struct answer out;
    uint8_t eseed[ANSWER_ESEED_LEN], nonce[ANSWER_NONCE_LEN];

    if (body_len > 0) {
        vec_seed(a.digest, 32, "answer digest");
        body_key_answer(a.body_key, root, i, a.digest);
    }
    vec_seed(eseed, sizeof eseed, "answer eseed");
    vec_seed(nonce, sizeof nonce,
             relay == relays[0] ? "answer n" : "answer other n");
    vec_must(answer_seal(inner, &with, &a, v_sk, eseed));
    answer_wrap(box, &at, inner, nonce);
    vec_must(answer_unwrap(back, &at, box));
    vec_must(answer_open(&out, plain, &with, r, back, &by));
    vec_open();
    vec_put_string("op", "open");
    vec_put_string("result", "valid");
    put_keys(i, relay);
    vec_put_number("today", DAY);
    vec_put_hex("R_O", reply, 32);
    vec_put_hex("V_secret", v_sk, 32); /* the seed of V */
    vec_put_hex("eseed", eseed, sizeof eseed);
    vec_put_hex("n", nonce, sizeof nonce);
    vec_put_number("day", a.day);
    vec_put_string("text", text);
    vec_put_number("boxes", a.boxes);
    vec_put_number("body_length", (int64_t)a.body_len);
    vec_put_hex("body_key", a.body_key, 32);
    vec_put_hex("digest", a.digest, 32);
    if (body_len == 0 && relay == relays[0]) {
        vec_put_hex("plaintext", plain, sizeof plain);
        put_inside(&at);
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
           : rc == RC_MISSING ? "later than tomorrow"
           : rc == RC_FORMAT  ? "damaged"
                              : "invalid";
}

/* Instead of the last box one whose byte at this offset of the plaintext is
 * another, and which is signed so. */
static void
spoil(size_t offset, uint8_t value)
{
    static uint8_t plain[ANSWER_PLAIN_LEN];
    const uint8_t i = ANSWERS_MAX - 1;
    const struct answer_place at = {root, relays[0], i};
    const struct answer_with with = {org, root, reply, i};
    const struct answer_by by = {&note, DAY};
    uint8_t eseed[ANSWER_ESEED_LEN], nonce[ANSWER_NONCE_LEN];
    struct answer out;

    vec_must(answer_unwrap(inner, &at, box));
    vec_must(answer_open(&out, plain, &with, r, inner, &by));
    plain[offset] = value;
    vec_seed(eseed, sizeof eseed, "answer spoilt eseed");
    vec_seed(nonce, sizeof nonce, "answer spoilt n");
    seal_plain(inner, &with, plain, v_sk, eseed);
    answer_wrap(box, &at, inner, nonce);
}

/* What the last box is opened with: another i or relay, a note of another week
 * or with other keys, on another day. */
struct otherwise {
    uint8_t i;
    const uint8_t *relay;
    uint32_t week;
    const uint8_t *v, *next;
    uint32_t today; /* 0: the answer's */
};

static void
put_other(const char *comment, const struct otherwise *o)
{
    const struct answer_place at = {root, o->relay, o->i};
    static uint8_t plain[ANSWER_PLAIN_LEN];
    const struct answer_with with = {org, root, NULL, o->i};
    const struct answer_by by = {&note, o->today == 0 ? DAY : o->today};
    const struct desknote was = note;
    struct answer out;
    enum rc rc;

    note.keys.week = o->week;
    memcpy(note.keys.v, o->v, 32);
    memcpy(note.next, o->next, 32);
    rc = answer_unwrap(inner, &at, box);
    if (rc == RC_OK) {
        rc = answer_open(&out, plain, &with, r, inner, &by);
    }
    vec_open();
    vec_put_string("op", "open");
    vec_put_string("result", verdict(rc));
    vec_put_string("comment", comment);
    put_keys(o->i, o->relay);
    vec_put_number("today", by.today);
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
    vec_seed(relays[0], 32, "answer R");
    vec_seed(relays[1], 32, "answer other R");
    note.keys.week = WEEK;
    memcpy(note.keys.v, v, 32);
    memcpy(note.next, other, 32);
    vec_begin(stdout, "names: of answer i at relay R; open: box = n || "
                      "seal(enc || c), plaintext as section 6 says (in the "
                      "first); week, V, next: of O's desk note, which has no "
                      "past; today: the reader's day; V_secret: the seed of V; eseed: the X25519 "
                      "scalar");
    for (uint8_t i = 0; i < 10; i++) {
        put_names(i, relays[i % 2]);
    }
    put_names(9, relays[0]);
    put_names(ANSWERS_MAX - 1, relays[0]);
    put_valid(0, "We have your report. Who else saw it?", 0, relays[0]);
    put_valid(0, "We have your report. Who else saw it?", 0, relays[1]);
    put_valid(63, "\u0986\u09ae\u09b0\u09be \u09b6\u09c1\u09a8\u09c7\u099b"
                  "\u09bf", 3 * (uint64_t)BODY_CHUNK_LEN, relays[0]);
    put_other("signed by another key",
              &(struct otherwise){63, relays[0], WEEK, other, v, 0});
    put_other("another i", &(struct otherwise){62, relays[0], WEEK, v, other, 0});
    put_other("another relay's",
              &(struct otherwise){63, relays[1], WEEK, v, other, 0});
    put_other("its week is the note's next",
              &(struct otherwise){63, relays[0], WEEK - 1, other, v, 0});
    put_other("signed with V of another week than its day's",
              &(struct otherwise){63, relays[0], WEEK - 1, v, other, 0});
    put_other("of a week below all that the note lists",
              &(struct otherwise){63, relays[0], WEEK + 1, v, v, 0});
    put_other("of a week above all that the note lists",
              &(struct otherwise){63, relays[0], WEEK - 2, v, v, 0});
    put_other("of tomorrow",
              &(struct otherwise){63, relays[0], WEEK, v, other, DAY - 1});
    put_other("of the day after tomorrow",
              &(struct otherwise){63, relays[0], WEEK, v, other, DAY - 2});
    put_other("of the day after tomorrow, signed by another key",
              &(struct otherwise){63, relays[0], WEEK, other, v, DAY - 2});
    put_other("of a week above all that the note lists, and of the day after "
              "tomorrow",
              &(struct otherwise){63, relays[0], WEEK - 2, v, v, DAY - 2});
    spoil(20, 1);
    put_other("signed, but a byte that must be zero is none",
              &(struct otherwise){63, relays[0], WEEK, v, other, 0});
    put_other("the same, signed by another key",
              &(struct otherwise){63, relays[0], WEEK, other, v, 0});
    put_other("the same, of the day after tomorrow",
              &(struct otherwise){63, relays[0], WEEK, v, other, DAY - 2});
    vec_end();
    return 0;
}
