/* SPDX-License-Identifier: ISC */
#include "doors.h"

#include "text.h"

#include <stdlib.h>
#include <string.h>

#include <sodium.h>

static void
parse_url(struct reader *r, char out[static DOORS_URL_LEN + 1])
{
    size_t len;
    const char *p = text_field(r, &len, DOORS_URL_LEN);

    rd_require(r, p != NULL && len == DOORS_URL_LEN &&
                      memcmp(p, "http://", 7) == 0 &&
                      memcmp(p + len - 6, ".onion", 6) == 0);
    for (size_t i = 7; r->rc == RC_OK && i < DOORS_URL_LEN - 6; i++) {
        rd_require(r, (p[i] >= 'a' && p[i] <= 'z') ||
                          (p[i] >= '2' && p[i] <= '7'));
    }
    if (r->rc == RC_OK) {
        memcpy(out, p, DOORS_URL_LEN);
        out[DOORS_URL_LEN] = 0;
    }
}

/* "door ID URL", without the line's end. */
static void
parse_relay(struct reader *r, struct doors_relay *out)
{
    memset(out, 0, sizeof *out);
    text_word(r, "door ");
    text_hex(r, out->id, sizeof out->id);
    text_word(r, " ");
    parse_url(r, out->url);
}

/* "desk ORG KEY". A key of small order would open the door to everybody. */
static void
parse_desk(struct reader *r, struct doors_desk *out)
{
    static const uint8_t any[32] = {1};
    uint8_t shared[32];

    memset(out, 0, sizeof *out);
    text_word(r, "desk ");
    text_hex(r, out->org, sizeof out->org);
    text_word(r, " ");
    text_base64(r, out->key, sizeof out->key);
    if (r->rc == RC_OK) {
        rd_require(r, crypto_scalarmult(shared, any, out->key) == 0);
    }
}

enum rc
doors_parse(struct doors **out, const char *text, size_t len)
{
    struct doors *d;
    struct reader r;
    size_t n;

    *out = NULL;
    if ((d = calloc(1, sizeof *d)) == NULL) {
        return RC_NOMEM;
    }
    rd_init(&r, (const uint8_t *)text, len);
    text_word(&r, "tocsin-doors v");
    d->version = text_number(&r, 1, TEXT_NUMBER_MAX);
    text_word(&r, "\nissued ");
    d->issued = (uint32_t)text_number(&r, 1, TEXT_DAY_MAX);
    text_word(&r, "\n");
    for (n = 0; n < DOORS_RELAYS_MAX && text_is(&r, "door "); n++) {
        parse_relay(&r, &d->relays[n]);
        text_word(&r, "\n");
        rd_require(
            &r, n == 0 || memcmp(d->relays[n - 1].id, d->relays[n].id, 32) < 0);
    }
    d->n_relays = n;
    for (n = 0; n < DOORS_DESKS_MAX && text_is(&r, "desk "); n++) {
        parse_desk(&r, &d->desks[n]);
        text_word(&r, "\n");
        rd_require(&r, n == 0 || memcmp(d->desks[n - 1].org, d->desks[n].org,
                                        ORG_ID_LEN) < 0);
    }
    d->n_desks = n;
    if (rd_end(&r) != RC_OK) {
        free(d);
        return RC_FORMAT;
    }
    *out = d;
    return RC_OK;
}

enum rc
doors_write(char **out, size_t *out_len, const struct doors *d)
{
    struct doors *check = NULL;
    struct text t = {0};
    enum rc rc;

    *out = NULL;
    *out_len = 0;
    text_put_number(&t, "tocsin-doors v", d->version);
    text_put_number(&t, "\nissued ", d->issued);
    text_put_word(&t, "\n");
    for (size_t i = 0; i < d->n_relays; i++) {
        text_put_hex(&t, "door ", d->relays[i].id, 32);
        text_put_word(&t, " ");
        text_put_word(&t, d->relays[i].url);
        text_put_word(&t, "\n");
    }
    for (size_t i = 0; i < d->n_desks; i++) {
        text_put_hex(&t, "desk ", d->desks[i].org, ORG_ID_LEN);
        text_put_base64(&t, " ", d->desks[i].key, DOORS_KEY_LEN);
        text_put_word(&t, "\n");
    }
    if ((rc = text_take(&t, out, out_len)) == RC_OK &&
        (rc = doors_parse(&check, *out, *out_len)) != RC_OK) {
        free(*out);
        *out = NULL;
        *out_len = 0;
    }
    free(check);
    return rc;
}

enum rc
doors_open(struct doors **out, const uint8_t *note, size_t len,
           const struct root *root)
{
    struct note n;
    enum rc rc;

    *out = NULL;
    if ((rc = note_parse(&n, note, len)) != RC_OK ||
        (root != NULL && (rc = root_check_signed(root, &n)) != RC_OK) ||
        (rc = doors_parse(out, n.text, n.text_len)) != RC_OK) {
        return rc;
    }
    note_hash((*out)->hash, &n);
    return RC_OK;
}

enum rc
doors_follows(const struct doors *next, const struct doors *kept)
{
    if (next->version != kept->version) {
        return next->version < kept->version ? RC_TAKEN : RC_OK;
    }
    return memcmp(next->hash, kept->hash, sizeof kept->hash) == 0 ? RC_OK
                                                                  : RC_FORGED;
}

/*
 * Where an id is, or would be, among n things of that size which begin with
 * their ids. *there when it is.
 */
static size_t
place(const void *list, size_t n, size_t size, const uint8_t id[static 32],
      bool *there)
{
    const uint8_t *p = list;
    size_t i = 0;

    while (i < n && memcmp(p + i * size, id, 32) < 0) {
        i++;
    }
    *there = i < n && memcmp(p + i * size, id, 32) == 0;
    return i;
}

/* A thing in its place, if there is room and none of its id. */
static enum rc
insert(void *list, size_t *n, size_t max, size_t size, const void *thing)
{
    uint8_t *p = list;
    bool there;
    size_t i = place(list, *n, size, thing, &there);

    if (there) {
        return RC_TAKEN;
    }
    if (*n == max) {
        return RC_FULL;
    }
    memmove(p + (i + 1) * size, p + i * size, (*n - i) * size);
    memcpy(p + i * size, thing, size);
    (*n)++;
    return RC_OK;
}

enum rc
doors_add(struct doors *d, const char *line)
{
    struct doors_relay relay;
    struct doors_desk desk;
    struct reader r;
    bool is_desk;

    rd_init(&r, (const uint8_t *)line, strlen(line));
    if ((is_desk = text_is(&r, "desk "))) {
        parse_desk(&r, &desk);
    } else {
        parse_relay(&r, &relay);
    }
    if (rd_end(&r) != RC_OK) {
        return RC_FORMAT;
    }
    return is_desk ? insert(d->desks, &d->n_desks, DOORS_DESKS_MAX, sizeof desk,
                            &desk)
                   : insert(d->relays, &d->n_relays, DOORS_RELAYS_MAX,
                            sizeof relay, &relay);
}

enum rc
doors_remove(struct doors *d, bool desk, const uint8_t id[static 32])
{
    uint8_t *p = desk ? (uint8_t *)d->desks : (uint8_t *)d->relays;
    size_t *n = desk ? &d->n_desks : &d->n_relays;
    size_t size = desk ? sizeof d->desks[0] : sizeof d->relays[0];
    bool there;
    size_t i = place(p, *n, size, id, &there);

    if (!there) {
        return RC_MISSING;
    }
    (*n)--;
    memmove(p + i * size, p + (i + 1) * size, (*n - i) * size);
    return RC_OK;
}
