/* SPDX-License-Identifier: ISC */
#include "intaketest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#include "clock.h"
#include "desktest.h"

#define TICK 30
#define PAGES_A_WEEK (7 * DAY_SECONDS / TICK)

const uint8_t relay_a[32] = {0xa}, relay_b[32] = {0xb};
struct desk desk;

int
intake_setup(void **state)
{
    (void)state;
    if (desktest_open(&desk) != 0) {
        return -1;
    }
    desk.max_body = 1000000;
    randombytes_buf(desk.config.org, sizeof desk.config.org);
    for (uint32_t w = WEEK - 2; w <= WEEK + 2; w++) {
        if (weekkeys_make(desk.keys, w) != RC_OK) {
            return -1;
        }
    }
    return 0;
}

int
intake_teardown(void **state)
{
    (void)state;
    return desktest_close(&desk);
}

void
somebody(struct reporter *r)
{
    randombytes_buf(r->root, sizeof r->root);
    randombytes_buf(r->r, sizeof r->r);
    assert_int_equal(crypto_scalarmult_base(r->reply, r->r), 0);
}

struct desknote_week
public_keys(uint32_t week)
{
    struct desknote_week pub;

    assert_int_equal(weekkey_public(&pub, weekkeys_find(desk.keys, week)),
                     RC_OK);
    return pub;
}

void
seal(uint8_t entry[static ENTRY_REPORT_LEN], const uint8_t *head,
     uint32_t week, const uint8_t eseed[static ENTRY_ESEED_LEN])
{
    const struct desknote_week pub = public_keys(week);
    const struct entry_to to = {desk.config.org, week, pub.k, pub.q};

    assert_int_equal(entry_seal(entry, &to, head, eseed), RC_OK);
}

void
prove(uint8_t head[static HEAD_LEN], const struct reporter *r,
      const uint8_t *secret, const uint8_t *point,
      const uint8_t eseed[static ENTRY_ESEED_LEN])
{
    uint8_t e[32];
    const struct head_proof of = {r->root, e, WEEK, secret, point};

    assert_int_equal(entry_key(e, eseed), RC_OK);
    assert_int_equal(head_prove(head + HEAD_P_OFFSET, head, &of), RC_OK);
}

struct head
report_head(const struct reporter *r, const char *text)
{
    struct head h = {.kind = HEAD_REPORT};

    memcpy(h.a, r->root, sizeof h.a);
    memcpy(h.b, r->reply, sizeof h.b);
    h.text = (const uint8_t *)text;
    h.text_len = (uint16_t)strlen(text);
    return h;
}

void
write_entry(uint8_t entry[static ENTRY_REPORT_LEN], const struct head *h,
            const struct reporter *r)
{
    uint8_t head[HEAD_LEN], eseed[ENTRY_ESEED_LEN];

    randombytes_buf(eseed, sizeof eseed);
    assert_int_equal(head_write(head, h), RC_OK);
    if (r != NULL) {
        const struct desknote_week pub = public_keys(WEEK);

        prove(head, r, r->r, pub.k, eseed);
    }
    seal(entry, head, WEEK, eseed);
}

void
report(uint8_t entry[static ENTRY_REPORT_LEN], const struct reporter *r,
       const char *text)
{
    struct head h = report_head(r, text);

    write_entry(entry, &h, r);
}

void
follow_up_head(uint8_t head[static HEAD_LEN], const struct reporter *r)
{
    struct head h = {.kind = HEAD_FOLLOW_UP,
                     .text = (const uint8_t *)"\nmore",
                     .text_len = 5};

    conversation_id(h.a, r->root);
    randombytes_buf(h.p, sizeof h.p);
    assert_int_equal(head_write(head, &h), RC_OK);
}

void
follow_up(uint8_t entry[static ENTRY_REPORT_LEN], const struct reporter *r,
          const struct reporter *prover)
{
    uint8_t head[HEAD_LEN], eseed[ENTRY_ESEED_LEN];

    randombytes_buf(eseed, sizeof eseed);
    follow_up_head(head, r);
    if (prover != NULL) {
        const struct desknote_week pub = public_keys(WEEK);

        prove(head, prover, prover->r, pub.k, eseed);
    }
    seal(entry, head, WEEK, eseed);
}

struct intake_result
take_at(const uint8_t *entry, const uint8_t *relay, uint32_t week)
{
    const struct intake_place at = {
        relay, (uint64_t)week * PAGES_A_WEEK + 100, TICK};
    struct intake_result r;

    assert_int_equal(intake_entry(&desk, &r, entry, &at), RC_OK);
    return r;
}

struct intake_result
take(const uint8_t *entry)
{
    return take_at(entry, relay_a, WEEK);
}

static enum rc
count_row(const struct vault_row *row, void *arg)
{
    (void)row;
    *(size_t *)arg += 1;
    return RC_OK;
}

size_t
count(enum vault_kind kind)
{
    size_t n = 0, damaged;

    assert_int_equal(vault_each(desk.vault, kind, count_row, &n, &damaged),
                     RC_OK);
    assert_int_equal(damaged, 0);
    return n;
}
