/* SPDX-License-Identifier: ISC */
#include "desknote.h"

#include "text.h"

#include <sodium.h>

#include <stdlib.h>
#include <string.h>

static void
make_key(struct note_key *out, const char *kind,
         const uint8_t org[static ORG_ID_LEN], const uint8_t pk[static 32])
{
    char hex[2 * 8 + 1];
    size_t n = strlen(kind);

    memset(out, 0, sizeof *out);
    sodium_bin2hex(hex, sizeof hex, org, 8);
    memcpy(out->name, kind, n);
    memcpy(out->name + n, hex, sizeof hex);
    memcpy(out->pk, pk, 32);
}

void
desknote_key(struct note_key *out, const uint8_t org[static ORG_ID_LEN],
             const uint8_t pk[static 32])
{
    make_key(out, "desk-", org, pk);
}

void
seen_note_key(struct note_key *out, const uint8_t org[static ORG_ID_LEN],
              const uint8_t pk[static 32])
{
    make_key(out, "seen-", org, pk);
}

static uint32_t
least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

uint32_t
desknote_first_issue(uint32_t week)
{
    return 7 * (week - 1) + 2;
}

uint32_t
desknote_last_issue(uint32_t week)
{
    return 7 * week + 6;
}

uint32_t
desknote_last_day(uint32_t week)
{
    return 7 * week + 11;
}

uint32_t
desknote_latest_expiry(uint32_t week, uint32_t issued)
{
    return least(issued + 10, desknote_last_day(week));
}

static void
parse_keys(struct reader *r, struct desknote *d)
{
    text_word(r, "keys ");
    d->keys.week = (uint32_t)text_number(r, 1, TEXT_WEEK_MAX);
    text_word(r, " ");
    text_base64(r, d->keys.k, sizeof d->keys.k);
    text_word(r, " ");
    text_base64(r, d->keys.q, sizeof d->keys.q);
    text_word(r, " ");
    text_base64(r, d->keys.v, sizeof d->keys.v);
    text_word(r, "\nnext ");
    text_base64(r, d->next, sizeof d->next);
    text_word(r, "\n");
}

static void
parse_past(struct reader *r, struct desknote *d)
{
    struct desknote_past p;

    text_word(r, "past ");
    p.week = (uint32_t)text_number(r, 1, TEXT_WEEK_MAX);
    text_word(r, " ");
    text_base64(r, p.v, sizeof p.v);
    text_word(r, "\n");
    rd_require(r, d->n_past < DESKNOTE_PAST_MAX && p.week < d->keys.week &&
                      (d->n_past == 0 || p.week > d->past[d->n_past - 1].week));
    if (r->rc == RC_OK) {
        d->past[d->n_past++] = p;
    }
}

enum rc
desknote_parse(struct desknote *out, const char *text, size_t len)
{
    struct reader r;
    uint32_t w;

    memset(out, 0, sizeof *out);
    rd_init(&r, (const uint8_t *)text, len);
    text_word(&r, "tocsin-desk v");
    out->version = text_number(&r, 1, TEXT_NUMBER_MAX);
    text_word(&r, "\norg ");
    text_hex(&r, out->org, sizeof out->org);
    text_word(&r, "\nissued ");
    out->issued = (uint32_t)text_number(&r, 1, TEXT_DAY_MAX);
    text_word(&r, "\nexpires ");
    out->expires = (uint32_t)text_number(&r, out->issued, TEXT_DAY_MAX);
    text_word(&r, "\n");
    parse_keys(&r, out);
    w = out->keys.week;
    rd_require(&r, out->issued >= desknote_first_issue(w) &&
                       out->issued <= desknote_last_issue(w) &&
                       out->expires <= desknote_latest_expiry(w, out->issued));
    while (r.left > 0) {
        parse_past(&r, out);
    }
    if (rd_end(&r) != RC_OK) {
        memset(out, 0, sizeof *out);
        return RC_FORMAT;
    }
    return RC_OK;
}

enum rc
desknote_write(char **out, size_t *out_len, const struct desknote *d)
{
    struct desknote check;
    struct text t = {0};
    enum rc rc;

    *out = NULL;
    *out_len = 0;
    if (d->n_past > DESKNOTE_PAST_MAX) {
        return RC_FORMAT;
    }
    text_put_number(&t, "tocsin-desk v", d->version);
    text_put_hex(&t, "\norg ", d->org, sizeof d->org);
    text_put_number(&t, "\nissued ", d->issued);
    text_put_number(&t, "\nexpires ", d->expires);
    text_put_word(&t, "\n");
    text_put_number(&t, "keys ", d->keys.week);
    text_put_base64(&t, " ", d->keys.k, sizeof d->keys.k);
    text_put_base64(&t, " ", d->keys.q, sizeof d->keys.q);
    text_put_base64(&t, " ", d->keys.v, sizeof d->keys.v);
    text_put_base64(&t, "\nnext ", d->next, sizeof d->next);
    text_put_word(&t, "\n");
    for (size_t i = 0; i < d->n_past; i++) {
        text_put_number(&t, "past ", d->past[i].week);
        text_put_base64(&t, " ", d->past[i].v, sizeof d->past[i].v);
        text_put_word(&t, "\n");
    }
    if ((rc = text_take(&t, out, out_len)) == RC_OK &&
        (rc = desknote_parse(&check, *out, *out_len)) != RC_OK) {
        free(*out);
        *out = NULL;
        *out_len = 0;
    }
    return rc;
}

enum rc
desknote_open(struct desknote *out, const uint8_t *note, size_t len,
              const struct directory_org *org)
{
    struct note_key key;
    struct desknote d;
    struct note n;
    uint64_t signers;
    enum rc rc;

    memset(out, 0, sizeof *out);
    desknote_key(&key, org->id, org->pk);
    if ((rc = note_parse(&n, note, len)) != RC_OK) {
        return rc;
    }
    /* More signatures would be room to fill the bundle with. */
    if (n.n_sigs != 1) {
        return RC_FORMAT;
    }
    if (note_verify(&signers, &n, &key, 1) != RC_OK) {
        return RC_FORGED;
    }
    if ((rc = desknote_parse(&d, n.text, n.text_len)) != RC_OK) {
        return rc;
    }
    if (memcmp(d.org, org->id, ORG_ID_LEN) != 0) {
        return RC_FORGED;
    }
    *out = d;
    return RC_OK;
}

enum rc
desknote_v(const uint8_t **out, const struct desknote *d, uint32_t week)
{
    uint32_t w = d->keys.week;

    *out = NULL;
    for (size_t i = 0; i < d->n_past; i++) {
        if (d->past[i].week == week) {
            *out = d->past[i].v;
        }
    }
    if (week == w || week == w + 1) {
        *out = week == w ? d->keys.v : d->next;
    }
    if (*out != NULL) {
        return RC_OK;
    }
    if (week < (d->n_past > 0 ? d->past[0].week : w)) {
        return RC_EXPIRED;
    }
    return week > w ? RC_AGAIN : RC_FORGED;
}

/* By relay, then board. */
static int
page_order(const void *a, const void *b)
{
    const struct seen_page *x = a, *y = b;
    int order = memcmp(x->relay, y->relay, sizeof x->relay);

    return order != 0 ? order : x->board - y->board;
}

static void
parse_page(struct reader *r, struct seen_note *s)
{
    struct seen_page p;

    text_word(r, "page ");
    text_hex(r, p.relay, sizeof p.relay);
    text_word(r, " ");
    p.board = (uint8_t)text_number(r, 0, BOARDS_MAX - 1);
    text_word(r, " ");
    p.number = text_number(r, 1, PAGE_NUMBER_MAX);
    text_word(r, " ");
    text_hex(r, p.hash, sizeof p.hash);
    text_word(r, "\n");
    rd_require(r, s->n_pages < SEEN_PAGES_MAX &&
                      (s->n_pages == 0 ||
                       page_order(&s->pages[s->n_pages - 1], &p) < 0));
    if (r->rc == RC_OK) {
        s->pages[s->n_pages++] = p;
    }
}

enum rc
seen_note_parse(struct seen_note *out, const char *text, size_t len)
{
    struct reader r;

    memset(out, 0, sizeof *out);
    rd_init(&r, (const uint8_t *)text, len);
    text_word(&r, "tocsin-seen v");
    out->version = text_number(&r, 1, TEXT_DAY_MAX);
    text_word(&r, "\norg ");
    text_hex(&r, out->org, sizeof out->org);
    text_word(&r, "\ndirectory ");
    out->directory_version = text_number(&r, 1, TEXT_NUMBER_MAX);
    text_word(&r, " ");
    text_hex(&r, out->directory_hash, sizeof out->directory_hash);
    text_word(&r, "\n");
    while (r.left > 0) {
        parse_page(&r, out);
    }
    if (rd_end(&r) != RC_OK) {
        memset(out, 0, sizeof *out);
        return RC_FORMAT;
    }
    return RC_OK;
}

enum rc
seen_note_write(char **out, size_t *out_len, const struct seen_note *s)
{
    struct seen_page pages[SEEN_PAGES_MAX];
    struct seen_note check;
    struct text t = {0};
    enum rc rc;

    *out = NULL;
    *out_len = 0;
    if (s->n_pages > SEEN_PAGES_MAX) {
        return RC_FORMAT;
    }
    memcpy(pages, s->pages, sizeof pages);
    qsort(pages, s->n_pages, sizeof pages[0], page_order);
    text_put_number(&t, "tocsin-seen v", s->version);
    text_put_hex(&t, "\norg ", s->org, sizeof s->org);
    text_put_number(&t, "\ndirectory ", s->directory_version);
    text_put_hex(&t, " ", s->directory_hash, sizeof s->directory_hash);
    text_put_word(&t, "\n");
    for (size_t i = 0; i < s->n_pages; i++) {
        text_put_hex(&t, "page ", pages[i].relay, sizeof pages[i].relay);
        text_put_number(&t, " ", pages[i].board);
        text_put_number(&t, " ", pages[i].number);
        text_put_hex(&t, " ", pages[i].hash, sizeof pages[i].hash);
        text_put_word(&t, "\n");
    }
    if ((rc = text_take(&t, out, out_len)) == RC_OK &&
        (rc = seen_note_parse(&check, *out, *out_len)) != RC_OK) {
        free(*out);
        *out = NULL;
        *out_len = 0;
    }
    return rc;
}

enum rc
seen_note_open(struct seen_note *out, const uint8_t *note, size_t len,
               const struct directory_org *org, const struct desknote *desk)
{
    struct note_key key;
    struct seen_note s;
    const uint8_t *v;
    struct note n;
    uint64_t signers;
    enum rc rc;

    memset(out, 0, sizeof *out);
    /* The day in the text says which key it must be, so parsing is first. */
    if ((rc = note_parse(&n, note, len)) != RC_OK ||
        (rc = seen_note_parse(&s, n.text, n.text_len)) != RC_OK) {
        return rc;
    }
    if (n.n_sigs != 1) {
        return RC_FORMAT;
    }
    if (memcmp(s.org, org->id, ORG_ID_LEN) != 0 ||
        memcmp(desk->org, org->id, ORG_ID_LEN) != 0 ||
        desknote_v(&v, desk, (uint32_t)(s.version / 7)) != RC_OK) {
        return RC_FORGED;
    }
    seen_note_key(&key, org->id, v);
    if (note_verify(&signers, &n, &key, 1) != RC_OK) {
        return RC_FORGED;
    }
    *out = s;
    return RC_OK;
}

enum rc
desknote_whose(uint8_t org[static ORG_ID_LEN], bool *seen, uint64_t *version,
               const uint8_t *note, size_t len)
{
    struct reader r;

    rd_init(&r, note, len);
    *seen = text_is(&r, "tocsin-seen v");
    text_word(&r, *seen ? "tocsin-seen v" : "tocsin-desk v");
    *version = text_number(&r, 1, TEXT_NUMBER_MAX);
    text_word(&r, "\norg ");
    text_hex(&r, org, ORG_ID_LEN);
    text_word(&r, "\n");
    return r.rc == RC_OK ? RC_OK : RC_FORMAT;
}
