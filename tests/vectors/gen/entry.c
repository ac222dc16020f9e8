/* SPDX-License-Identifier: ISC */
/* Report entries with all that is inside, and misses, PROTOCOL.md
 * section 5. */
#include "entry.h"
#include "vec.h"

#include <sodium.h>

#include <stdlib.h>
#include <string.h>

#define INNER_LEN (XWING_CT_LEN + HEAD_LEN + HPKE_TAG_LEN)

struct week {
    struct entry_keys keys;
    uint8_t k[32];
    uint8_t q[XWING_PK_LEN];
};

static uint8_t org[ORG_ID_LEN];

static void
week_make(struct week *w, uint32_t t)
{
    char label[32];

    w->keys.week = t;
    w->keys.k_public = w->k;
    (void)snprintf(label, sizeof label, "entry k %u", (unsigned)t);
    vec_seed(w->keys.k, 32, label);
    label[6] = 'q';
    vec_seed(w->keys.q, 32, label);
    vec_must(crypto_scalarmult_base(w->k, w->keys.k) == 0 ? RC_OK : RC_FORGED);
    vec_must(xwing_public(w->q, w->keys.q));
}

static void
head_make(uint8_t head[static HEAD_LEN], size_t text_len)
{
    static const uint8_t text[HEAD_TEXT_MAX] = "country BD\n\nThey fired us.";
    struct head h = {.kind = HEAD_REPORT, .text = text};

    h.text_len = (uint16_t)text_len;
    vec_seed(h.a, 32, "entry root_O");
    vec_seed(h.b, 32, "entry R_O");
    vec_must(head_write(head, &h));
}

/* The outer seal off: enc || c. */
static void
inner_of(uint8_t inner[static INNER_LEN], const uint8_t *info,
         size_t info_len, const uint8_t *entry, const struct week *w)
{
    const struct hpke_info hpke = {
        .kem = HPKE_X25519, .info = info, .info_len = info_len};
    const struct hpke_text text = {NULL, 0, entry + 48,
                                   ENTRY_REPORT_LEN - 48};
    struct hpke_ctx ctx;

    vec_must(hpke_setup_r(&ctx, &hpke, entry, w->keys.k));
    vec_must(hpke_open(&ctx, inner, &text));
}

static void
put_recipient(const struct week *w)
{
    vec_put_hex("O", org, sizeof org);
    vec_put_number("t", w->keys.week);
    vec_put_hex("k", w->keys.k, 32);
    vec_put_hex("q", w->keys.q, 32);
}

static void
put_valid(const struct week *w, const uint8_t *head, const char *label)
{
    const struct entry_to to = {org, w->keys.week, w->k, w->q};
    uint8_t eseed[ENTRY_ESEED_LEN], entry[ENTRY_REPORT_LEN], info[51];
    uint8_t inner[INNER_LEN];

    vec_seed(eseed, sizeof eseed, label);
    vec_must(entry_seal(entry, &to, head, eseed));
    memcpy(info, "tocsin/1 report", 15);
    memcpy(info + 15, org, 32);
    for (unsigned i = 0; i < 4; i++) {
        info[47 + i] = (uint8_t)(w->keys.week >> (24 - 8 * i) & 0xff);
    }
    inner_of(inner, info, sizeof info, entry, w);
    vec_open();
    vec_put_string("result", "valid");
    put_recipient(w);
    vec_put_hex("K", w->k, 32);
    vec_put_hex("Q", w->q, XWING_PK_LEN);
    vec_put_hex("eseed", eseed, sizeof eseed);
    vec_put_hex("info", info, sizeof info);
    vec_put_hex("E", entry, 32);
    vec_put_hex("tag", entry + 32, 16);
    vec_put_hex("head", head, HEAD_LEN);
    vec_put_hex("enc", inner, XWING_CT_LEN);
    vec_put_hex("c", inner + XWING_CT_LEN, sizeof inner - XWING_CT_LEN);
    vec_put_hex("entry", entry, sizeof entry);
    vec_close();
}

/* An entry with one thing changed, or another recipient. */
static void
put_miss(const char *comment, const struct week *sealed,
         const struct week *opened, size_t offset, uint8_t change)
{
    const struct entry_to to = {org, sealed->keys.week, sealed->k, sealed->q};
    uint8_t head[HEAD_LEN], entry[ENTRY_REPORT_LEN];
    uint8_t eseed[ENTRY_ESEED_LEN];
    size_t which;

    head_make(head, 0);
    vec_seed(eseed, sizeof eseed, "entry eseed miss");
    vec_must(entry_seal(entry, &to, head, eseed));
    entry[offset] ^= change;
    if (entry_open(head, &which, entry, org, &opened->keys, 1) == RC_OK) {
        exit(1);
    }
    vec_open();
    vec_put_string("result", "miss");
    vec_put_string("comment", comment);
    put_recipient(opened);
    vec_put_hex("entry", entry, sizeof entry);
    vec_close();
}

int
main(void)
{
    static struct week now, next, mixed;
    uint8_t head[HEAD_LEN];

    if (sodium_init() < 0) {
        return 1;
    }
    vec_seed(org, sizeof org, "entry O");
    week_make(&now, 2970);
    week_make(&next, 2971);
    vec_begin(stdout, "entry = E || tag || seal(enc || c); k, q: the secrets "
                      "of K, Q; eseed: E's scalar, then X-Wing's m and "
                      "X25519 scalar; result miss: must be taken for a dummy");
    head_make(head, 26);
    put_valid(&now, head, "entry eseed 0");
    head_make(head, HEAD_TEXT_MAX);
    put_valid(&next, head, "entry eseed 1");
    put_miss("another week", &now, &next, 0, 0);
    mixed = now;
    memcpy(mixed.keys.q, next.keys.q, 32);
    put_miss("recognised, but Q of another week", &now, &mixed, 0, 0);
    put_miss("E", &now, &now, 0, 1);
    put_miss("E with its top bit set", &now, &now, 31, 0x80);
    put_miss("tag", &now, &now, 47, 1);
    put_miss("seal", &now, &now, 4095, 1);
    vec_end();
    return 0;
}
