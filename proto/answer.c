/* SPDX-License-Identifier: ISC */
#include "answer.h"

#include "body.h"
#include "head.h"
#include "hpke.h"
#include "reader.h"
#include "text.h"
#include "utf8.h"
#include "writer.h"

#include <sodium.h>

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define SIGNED_LEN (ANSWER_PLAIN_LEN - crypto_sign_BYTES)
#define TEXT_OFFSET 144
#define ENC_LEN 32
#define INFO_LEN (15 + ORG_ID_LEN + 1)
#define MESSAGE_LEN (16 + ORG_ID_LEN + 32 + 1 + 4 + KDF_LEN)
#define CLUES 4 /* in one block of 64 bytes */

_Static_assert(TEXT_OFFSET + ANSWER_TEXT_MAX == SIGNED_LEN,
               "the text ends where the signature begins");
_Static_assert(ANSWER_INNER_LEN == ENC_LEN + ANSWER_PLAIN_LEN + HPKE_TAG_LEN,
               "the inside is enc and c");
_Static_assert(ANSWER_NONCE_LEN ==
                   crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
               "a nonce of XChaCha20");
_Static_assert(ANSWER_NONCE_LEN + ANSWER_INNER_LEN +
                       crypto_aead_xchacha20poly1305_ietf_ABYTES ==
                   CELL_BOX_LEN,
               "a box is nonce and the outer box");
_Static_assert(CLUES * ENTRY_ANSWER_LEN == KDF_WIDE_LEN, "whole clues");

static const uint8_t info_label[15] = "tocsin/1 answer";   /* no NUL */
static const uint8_t sign_label[16] = "tocsin/1 answer\n"; /* no NUL */
static const uint8_t psk_id[13] = "tocsin/1 root";         /* no NUL */

/* What HPKE binds an answer to. info: INFO_LEN bytes to be filled in. */
static struct hpke_info
info_write(uint8_t info[static INFO_LEN], const struct answer_with *with)
{
    struct hpke_info out = {
        .kem = HPKE_X25519,
        .info = info,
        .info_len = INFO_LEN,
        .psk = with->root,
        .psk_len = KDF_LEN,
        .psk_id = psk_id,
        .psk_id_len = sizeof psk_id,
    };
    struct writer w;

    wr_init(&w, info, INFO_LEN);
    wr_bytes(&w, info_label, sizeof info_label);
    wr_bytes(&w, with->org, ORG_ID_LEN);
    wr_u8(&w, with->i);
    return out;
}

/* The bytes that V signs. plain: SIGNED_LEN bytes; reply: R_O. */
static void
message_write(uint8_t message[static MESSAGE_LEN],
              const struct answer_with *with, const uint8_t reply[static 32],
              uint32_t day, const uint8_t *plain)
{
    uint8_t hash[KDF_LEN];
    struct writer w;

    blake2b_256(hash, plain, SIGNED_LEN);
    wr_init(&w, message, MESSAGE_LEN);
    wr_bytes(&w, sign_label, sizeof sign_label);
    wr_bytes(&w, with->org, ORG_ID_LEN);
    wr_bytes(&w, reply, 32);
    wr_u8(&w, with->i);
    wr_u32(&w, day);
    wr_bytes(&w, hash, sizeof hash);
}

/* The rules that are not the layout's. */
static bool
answer_is_allowed(const struct answer *a)
{
    bool key = !sodium_is_zero(a->body_key, sizeof a->body_key);
    bool digest = !sodium_is_zero(a->digest, sizeof a->digest);

    return a->day >= 1 && a->day <= TEXT_DAY_MAX &&
           a->text_len <= ANSWER_TEXT_MAX && a->body_len <= BODY_MAX &&
           a->boxes == body_boxes(a->body_len) && key == (a->boxes > 0) &&
           digest == (a->boxes > 0) && utf8_is_valid(a->text, a->text_len);
}

/* All but the signature. */
static enum rc
plain_write(uint8_t plain[static ANSWER_PLAIN_LEN], const struct answer *a)
{
    struct writer w;

    if (!answer_is_allowed(a)) {
        return RC_FORMAT;
    }
    wr_init(&w, plain, SIGNED_LEN);
    wr_u8(&w, HEAD_VERSION);
    wr_u8(&w, HEAD_ANSWER);
    wr_u16(&w, a->text_len);
    wr_u32(&w, a->boxes);
    wr_u64(&w, a->body_len);
    wr_u32(&w, a->day);
    wr_zero(&w, 60);
    wr_bytes(&w, a->body_key, sizeof a->body_key);
    wr_bytes(&w, a->digest, sizeof a->digest);
    wr_bytes(&w, a->text, a->text_len);
    wr_zeroes(&w);
    return wr_end(&w);
}

static enum rc
plain_parse(struct answer *out, const uint8_t plain[static ANSWER_PLAIN_LEN])
{
    struct answer a = {0};
    struct reader r;

    rd_init(&r, plain, SIGNED_LEN);
    rd_require(&r, rd_u8(&r) == HEAD_VERSION);
    rd_require(&r, rd_u8(&r) == HEAD_ANSWER);
    a.text_len = rd_u16(&r);
    a.boxes = rd_u32(&r);
    a.body_len = rd_u64(&r);
    a.day = rd_u32(&r);
    rd_zero(&r, 60);
    rd_copy(&r, a.body_key, sizeof a.body_key);
    rd_copy(&r, a.digest, sizeof a.digest);
    rd_require(&r, a.text_len <= ANSWER_TEXT_MAX);
    a.text = rd_bytes(&r, a.text_len);
    rd_zeroes(&r);
    rd_require(&r, r.rc == RC_OK && answer_is_allowed(&a));
    if (rd_end(&r) == RC_OK) {
        *out = a;
    }
    sodium_memzero(&a, sizeof a);
    return r.rc;
}

enum rc
answer_seal(uint8_t inner[static ANSWER_INNER_LEN],
            const struct answer_with *with, const struct answer *a,
            const uint8_t v_sk[static 64],
            const uint8_t eseed[static ANSWER_ESEED_LEN])
{
    uint8_t plain[ANSWER_PLAIN_LEN] = {0};
    const struct hpke_text text = {NULL, 0, plain, sizeof plain};
    uint8_t message[MESSAGE_LEN], info[INFO_LEN];
    const struct hpke_info hpke = info_write(info, with);
    struct hpke_ctx ctx = {0};
    enum rc rc;

    memset(inner, 0, ANSWER_INNER_LEN);
    if (with->i >= ANSWERS_MAX) {
        return RC_FORMAT;
    }
    if ((rc = plain_write(plain, a)) != RC_OK) {
        goto out;
    }
    message_write(message, with, with->reply, a->day, plain);
    if (crypto_sign_detached(plain + SIGNED_LEN, NULL, message,
                             sizeof message, v_sk) != 0) {
        rc = RC_FORMAT;
        goto out;
    }
    if ((rc = hpke_setup_s(&ctx, inner, &hpke, with->reply, eseed)) ==
        RC_OK) {
        rc = hpke_seal(&ctx, inner + ENC_LEN, &text);
    }
    if (rc != RC_OK) {
        memset(inner, 0, ANSWER_INNER_LEN);
    }
out:
    hpke_wipe(&ctx);
    sodium_memzero(plain, sizeof plain);
    sodium_memzero(message, sizeof message);
    return rc;
}

/* The inner seal off, nothing said about who signed. */
static enum rc
inner_open(uint8_t plain[static ANSWER_PLAIN_LEN],
           const struct answer_with *with, const uint8_t r[static 32],
           const uint8_t inner[static ANSWER_INNER_LEN])
{
    uint8_t info[INFO_LEN];
    const struct hpke_info hpke = info_write(info, with);
    const struct hpke_text text = {NULL, 0, inner + ENC_LEN,
                                   ANSWER_INNER_LEN - ENC_LEN};
    struct hpke_ctx ctx = {0};
    enum rc rc = RC_FORGED;

    if (hpke_setup_r(&ctx, &hpke, inner, r) == RC_OK &&
        hpke_open(&ctx, plain, &text) == RC_OK) {
        rc = RC_OK;
    }
    hpke_wipe(&ctx);
    return rc;
}

/* Did V of its day's week sign this, and has the day come? */
static enum rc
plain_check(const uint8_t plain[static ANSWER_PLAIN_LEN],
            const struct answer_with *with, const uint8_t r[static 32],
            const struct answer_by *by)
{
    uint8_t message[MESSAGE_LEN], reply[32];
    const uint8_t *v;
    struct reader rd;
    uint32_t day;
    enum rc rc;

    if (crypto_scalarmult_base(reply, r) != 0) {
        return RC_FORGED;
    }
    rd_init(&rd, plain + 16, 4);
    day = rd_u32(&rd);
    if (day == 0 || day > TEXT_DAY_MAX) {
        return RC_FORGED; /* of no week, so by nobody's key */
    }
    if ((rc = desknote_v(&v, by->note, day / 7)) != RC_OK) {
        return rc == RC_AGAIN && day > by->today + 1 ? RC_MISSING : rc;
    }
    message_write(message, with, reply, day, plain);
    if (crypto_sign_verify_detached(plain + SIGNED_LEN, message,
                                    sizeof message, v) != 0) {
        rc = RC_FORGED;
    }
    sodium_memzero(message, sizeof message);
    return rc == RC_OK && day > by->today + 1 ? RC_MISSING : rc;
}

enum rc
answer_open(struct answer *out, uint8_t plain[static ANSWER_PLAIN_LEN],
            const struct answer_with *with, const uint8_t r[static 32],
            const uint8_t inner[static ANSWER_INNER_LEN],
            const struct answer_by *by)
{
    enum rc rc;

    memset(out, 0, sizeof *out);
    rc = with->i < ANSWERS_MAX ? inner_open(plain, with, r, inner) : RC_FORMAT;
    if (rc == RC_OK) {
        rc = plain_check(plain, with, r, by);
    }
    if (rc == RC_OK) {
        rc = plain_parse(out, plain);
    }
    if (rc != RC_OK) {
        sodium_memzero(plain, ANSWER_PLAIN_LEN);
    }
    return rc;
}

/* KDF(root_O, label, u8(i) || R) */
static void
derive_at(uint8_t out[static KDF_LEN], const char *label,
          const struct answer_place *at)
{
    uint8_t data[1 + 32] = {at->i};

    memcpy(data + 1, at->relay, 32);
    kdf(out, at->root, label, data, sizeof data);
}

void
answer_address(uint8_t address[static DROP_ADDRESS_LEN],
               const struct answer_place *at)
{
    derive_at(address, "answer drop", at);
}

void
answer_burn_secret(uint8_t secret[static DROP_BURN_LEN],
                   const struct answer_place *at)
{
    derive_at(secret, "answer burn", at);
}

void
answer_wrap(uint8_t box[static CELL_BOX_LEN], const struct answer_place *at,
            const uint8_t inner[static ANSWER_INNER_LEN],
            const uint8_t nonce[static ANSWER_NONCE_LEN])
{
    uint8_t key[KDF_LEN];

    derive_at(key, "answer box", at);
    memcpy(box, nonce, ANSWER_NONCE_LEN);
    if (crypto_aead_xchacha20poly1305_ietf_encrypt(
            box + ANSWER_NONCE_LEN, NULL, inner, ANSWER_INNER_LEN, NULL, 0,
            NULL, nonce, key) != 0) {
        abort(); /* libsodium is broken */
    }
    sodium_memzero(key, sizeof key);
}

enum rc
answer_unwrap(uint8_t inner[static ANSWER_INNER_LEN],
              const struct answer_place *at,
              const uint8_t box[static CELL_BOX_LEN])
{
    uint8_t key[KDF_LEN];
    enum rc rc = RC_OK;

    derive_at(key, "answer box", at);
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(
            inner, NULL, NULL, box + ANSWER_NONCE_LEN,
            CELL_BOX_LEN - ANSWER_NONCE_LEN, NULL, 0, box, key) != 0) {
        memset(inner, 0, ANSWER_INNER_LEN);
        rc = RC_FORGED;
    }
    sodium_memzero(key, sizeof key);
    return rc;
}

void
answer_entry(uint8_t entry[static ENTRY_ANSWER_LEN],
             const uint8_t root[static KDF_LEN], uint8_t i)
{
    uint8_t wide[KDF_WIDE_LEN];
    uint8_t block = i / CLUES;

    assert(i < ANSWERS_MAX);
    kdf_wide(wide, root, "answer clue", &block, 1);
    memcpy(entry, wide + (size_t)(i % CLUES) * ENTRY_ANSWER_LEN,
           ENTRY_ANSWER_LEN);
    sodium_memzero(wide, sizeof wide);
}
