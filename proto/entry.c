/* SPDX-License-Identifier: ISC */
#include "entry.h"

#include "writer.h"

#include <sodium.h>

#include <string.h>

#define KEY_LEN 32 /* E */
#define INNER_LEN (XWING_CT_LEN + HEAD_LEN + HPKE_TAG_LEN) /* enc || c */
#define OUTER_LEN (INNER_LEN + HPKE_TAG_LEN)
#define TAG_OFFSET KEY_LEN
#define OUTER_OFFSET (TAG_OFFSET + ENTRY_TAG_LEN)
#define INFO_LEN (15 + ORG_ID_LEN + 4)

_Static_assert(OUTER_OFFSET + OUTER_LEN == ENTRY_REPORT_LEN,
               "an entry is E, tag and the outer box");

static const uint8_t info_label[15] = "tocsin/1 report"; /* no NUL */
static const uint8_t clue[4] = "clue";

static void
info_write(uint8_t info[static INFO_LEN], const uint8_t *org, uint32_t week)
{
    struct writer w;

    wr_init(&w, info, INFO_LEN);
    wr_bytes(&w, info_label, sizeof info_label);
    wr_bytes(&w, org, ORG_ID_LEN);
    wr_u32(&w, week);
}

enum rc
entry_key(uint8_t e[static KEY_LEN],
          const uint8_t eseed[static ENTRY_ESEED_LEN])
{
    if (crypto_scalarmult_base(e, eseed) != 0) {
        memset(e, 0, KEY_LEN);
        return RC_FORGED;
    }
    return RC_OK;
}

/* enc || c for Q_t, bound to E. */
static enum rc
inner_seal(uint8_t out[static INNER_LEN], const struct hpke_info *info,
           const struct entry_to *to, const uint8_t e[static KEY_LEN],
           const uint8_t head[static HEAD_LEN], const uint8_t *eseed)
{
    const struct hpke_text text = {e, KEY_LEN, head, HEAD_LEN};
    struct hpke_ctx ctx;
    enum rc rc;

    if ((rc = hpke_setup_s(&ctx, out, info, to->q, eseed)) == RC_OK) {
        rc = hpke_seal(&ctx, out + XWING_CT_LEN, &text);
    }
    hpke_wipe(&ctx);
    return rc;
}

enum rc
entry_seal(uint8_t out[static ENTRY_REPORT_LEN], const struct entry_to *to,
           const uint8_t head[static HEAD_LEN],
           const uint8_t eseed[static ENTRY_ESEED_LEN])
{
    uint8_t info[INFO_LEN], inner[INNER_LEN];
    const struct hpke_info outer_info = {
        .kem = HPKE_X25519, .info = info, .info_len = sizeof info};
    const struct hpke_info inner_info = {
        .kem = HPKE_XWING, .info = info, .info_len = sizeof info};
    const struct hpke_text text = {NULL, 0, inner, sizeof inner};
    struct hpke_ctx ctx = {0};
    enum rc rc;

    info_write(info, to->org, to->week);
    if ((rc = hpke_setup_s(&ctx, out, &outer_info, to->k, eseed)) != RC_OK ||
        (rc = hpke_export(&ctx, out + TAG_OFFSET, ENTRY_TAG_LEN, clue,
                          sizeof clue)) != RC_OK ||
        (rc = inner_seal(inner, &inner_info, to, out, head,
                         eseed + KEY_LEN)) != RC_OK ||
        (rc = hpke_seal(&ctx, out + OUTER_OFFSET, &text)) != RC_OK) {
        memset(out, 0, ENTRY_REPORT_LEN);
    }
    hpke_wipe(&ctx);
    sodium_memzero(inner, sizeof inner);
    return rc;
}

/* Opens enc || c with q, the seed of Q_t. */
static enum rc
inner_open(uint8_t head[static HEAD_LEN], const struct hpke_info *info,
           const uint8_t in[static INNER_LEN],
           const uint8_t e[static KEY_LEN], const uint8_t q[static 32])
{
    const struct hpke_text text = {e, KEY_LEN, in + XWING_CT_LEN,
                                   INNER_LEN - XWING_CT_LEN};
    struct hpke_ctx ctx;
    enum rc rc;

    if ((rc = hpke_setup_r(&ctx, info, in, q)) == RC_OK) {
        rc = hpke_open(&ctx, head, &text);
    }
    hpke_wipe(&ctx);
    return rc;
}

/* With the keys of one week; anything but RC_OK is a miss. */
static enum rc
open_with(uint8_t head[static HEAD_LEN],
          const uint8_t in[static ENTRY_REPORT_LEN], const uint8_t *org,
          const struct entry_keys *keys)
{
    uint8_t info[INFO_LEN], tag[ENTRY_TAG_LEN], inner[INNER_LEN];
    const struct hpke_info outer_info = {.kem = HPKE_X25519,
                                         .info = info,
                                         .info_len = sizeof info,
                                         .own_pk = keys->k_public};
    const struct hpke_info inner_info = {
        .kem = HPKE_XWING, .info = info, .info_len = sizeof info};
    const struct hpke_text text = {NULL, 0, in + OUTER_OFFSET, OUTER_LEN};
    struct hpke_ctx ctx = {0};
    enum rc rc;

    info_write(info, org, keys->week);
    if ((rc = hpke_setup_r(&ctx, &outer_info, in, keys->k)) == RC_OK) {
        rc = hpke_export(&ctx, tag, sizeof tag, clue, sizeof clue);
    }
    if (rc == RC_OK && sodium_memcmp(tag, in + TAG_OFFSET, sizeof tag) != 0) {
        rc = RC_MISSING;
    }
    if (rc == RC_OK) {
        rc = hpke_open(&ctx, inner, &text);
        if (rc == RC_OK) {
            rc = inner_open(head, &inner_info, inner, in, keys->q);
        }
        sodium_memzero(inner, sizeof inner);
    }
    hpke_wipe(&ctx);
    sodium_memzero(tag, sizeof tag);
    return rc;
}

enum rc
entry_open(uint8_t head[static HEAD_LEN], size_t *which,
           const uint8_t in[static ENTRY_REPORT_LEN],
           const uint8_t org[static ORG_ID_LEN], const struct entry_keys *keys,
           size_t n_keys)
{
    *which = 0;
    if (entry_key_is_canonical(in)) {
        for (size_t i = 0; i < n_keys; i++) {
            if (open_with(head, in, org, &keys[i]) == RC_OK) {
                *which = i;
                return RC_OK;
            }
        }
    }
    sodium_memzero(head, HEAD_LEN);
    return RC_MISSING;
}
