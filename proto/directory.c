/* SPDX-License-Identifier: ISC */
#include "directory.h"

#include "text.h"

#include <stdlib.h>
#include <string.h>

/* Space for one more of n things of that size; NULL when there is none. */
static void *
one_more(void *list, size_t n, size_t size)
{
    /* Doubling at each power of two. */
    if ((n & (n - 1)) == 0) {
        return realloc(list, (n == 0 ? 1 : 2 * n) * size);
    }
    return list;
}

static bool
item_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' ||
           c == ':' || c == '/';
}

/* Items with commas between; none of them empty or a lone "-". */
static bool
list_ok(const char *p, size_t len, bool many)
{
    size_t start = 0;

    for (size_t i = 0; i <= len; i++) {
        if (i < len && p[i] != ',') {
            if (!item_char(p[i])) {
                return false;
            }
            continue;
        }
        if (i == start || (i == start + 1 && p[start] == '-') ||
            (i < len && !many)) {
            return false;
        }
        start = i + 1;
    }
    return true;
}

/* A list, or "-"; heap. *full when there is no memory. */
static char *
parse_list(struct reader *r, bool many, bool *full)
{
    size_t len;
    const char *p = text_field(r, &len, DIRECTORY_LIST_MAX);
    char *out = NULL;

    if (p == NULL) {
        return NULL;
    }
    if (len == 1 && p[0] == '-') {
        len = 0;
    } else if (!list_ok(p, len, many)) {
        rd_require(r, false);
        return NULL;
    }
    if ((out = text_copy(p, len)) == NULL) {
        *full = true;
        rd_require(r, false);
    }
    return out;
}

static void
parse_board(struct reader *r, struct directory *d, bool *full)
{
    struct board b, *more = one_more(d->boards, d->n_boards, sizeof b);

    if (more == NULL) {
        *full = true;
        rd_require(r, false);
        return;
    }
    d->boards = more;
    text_word(r, "board ");
    b.id = (uint8_t)text_number(r, 0, BOARDS_MAX - 1);
    text_word(r, " ");
    b.entry_len = (uint16_t)text_number(r, 1, ENTRY_MAX);
    text_word(r, " ");
    b.tick = (uint16_t)text_number(r, 1, 3600);
    text_word(r, " ");
    b.slots = (uint16_t)text_number(r, 1, BOARD_SLOTS_MAX);
    text_word(r, " ");
    b.max = (uint16_t)text_number(r, 1, BOARD_SLOTS_MAX);
    text_word(r, " ");
    b.spread = (uint16_t)text_number(r, 1, BOARD_SPREAD_MAX);
    text_word(r, "\n");
    rd_require(r, board_check(&b) == RC_OK &&
                      (d->n_boards == 0 ||
                       b.id > d->boards[d->n_boards - 1].id));
    if (r->rc == RC_OK) {
        d->boards[d->n_boards++] = b;
    }
}

size_t
directory_answers(const struct directory *d,
                  const struct board *out[DIRECTORY_ANSWERS_MAX])
{
    size_t n = 0;

    for (size_t i = 0; i < d->n_boards; i++) {
        if (!board_is_answers(&d->boards[i])) {
            continue;
        }
        if (out != NULL && n < DIRECTORY_ANSWERS_MAX) {
            out[n] = &d->boards[i];
        }
        n++;
    }
    return n;
}

bool
directory_url_is_valid(const char *url, size_t len)
{
    static const char *const schemes[] = {"http://", "https://", "unix:/"};

    for (size_t i = 0; i < len; i++) {
        if (url[i] <= 0x20 || url[i] >= 0x7f) {
            return false;
        }
    }
    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++) {
        size_t n = strlen(schemes[i]);

        if (len > n && len <= DIRECTORY_URL_MAX &&
            memcmp(url, schemes[i], n) == 0) {
            return true;
        }
    }
    return false;
}

static void
parse_url(struct reader *r, struct directory_relay *relay, bool *full)
{
    const char *p;
    size_t len;

    text_word(r, " ");
    p = text_field(r, &len, DIRECTORY_URL_MAX);
    rd_require(r, p != NULL && directory_url_is_valid(p, len) &&
                      relay->n_urls < DIRECTORY_URLS_MAX);
    if (r->rc == RC_OK) {
        if ((relay->urls[relay->n_urls] = text_copy(p, len)) == NULL) {
            *full = true;
            rd_require(r, false);
            return;
        }
        relay->n_urls++;
    }
}

/* Makes room first, so that what is read belongs to d at once. */
static void
parse_relay(struct reader *r, struct directory *d, bool *full)
{
    struct directory_relay *relay,
        *more = one_more(d->relays, d->n_relays, sizeof *relay);

    if (more == NULL || d->n_relays == DIRECTORY_RELAYS_MAX) {
        *full = more == NULL;
        d->relays = more != NULL ? more : d->relays;
        rd_require(r, false);
        return;
    }
    d->relays = more;
    relay = &d->relays[d->n_relays++];
    memset(relay, 0, sizeof *relay);
    text_word(r, "relay ");
    text_hex(r, relay->id, sizeof relay->id);
    text_word(r, " ");
    text_base64(r, relay->pk, sizeof relay->pk);
    text_word(r, " ");
    if (text_is(r, "open ")) {
        text_word(r, "open");
    } else {
        relay->closing_day = (uint32_t)text_number(r, 1, TEXT_DAY_MAX);
    }
    parse_url(r, relay, full);
    while (text_is(r, " ")) {
        parse_url(r, relay, full);
    }
    text_word(r, "\n");
    for (size_t i = 0; i + 1 < d->n_relays; i++) {
        rd_require(r, memcmp(d->relays[i].id, relay->id, 32) != 0 &&
                          memcmp(d->relays[i].pk, relay->pk, 32) != 0);
    }
}

static void
parse_org(struct reader *r, struct directory *d, bool *full)
{
    struct directory_org *o, *more = one_more(d->orgs, d->n_orgs, sizeof *o);
    const struct board *board;
    const char *name;
    size_t len;

    if (more == NULL) {
        *full = true;
        rd_require(r, false);
        return;
    }
    d->orgs = more;
    o = &d->orgs[d->n_orgs++];
    memset(o, 0, sizeof *o);
    text_word(r, "org ");
    text_hex(r, o->id, sizeof o->id);
    rd_require(r, d->n_orgs < 2 || memcmp(o[-1].id, o->id, ORG_ID_LEN) < 0);
    text_word(r, " ");
    text_base64(r, o->pk, sizeof o->pk);
    text_word(r, " ");
    o->board = (uint8_t)text_number(r, 0, BOARDS_MAX - 1);
    board = board_find(d->boards, d->n_boards, o->board);
    rd_require(r, board != NULL && !board_is_answers(board));
    text_word(r, " ");
    o->kind = parse_list(r, false, full);
    text_word(r, " ");
    o->countries = parse_list(r, true, full);
    text_word(r, " ");
    o->sectors = parse_list(r, true, full);
    text_word(r, " ");
    o->languages = parse_list(r, true, full);
    text_word(r, " ");
    o->codes = parse_list(r, true, full);
    text_word(r, " ");
    name = text_rest(r, &len, DIRECTORY_NAME_MAX);
    text_word(r, "\n");
    if (name != NULL && (o->name = text_copy(name, len)) == NULL) {
        *full = true;
        rd_require(r, false);
    }
}

static void
parse_revoked(struct reader *r, struct directory *d, bool *full)
{
    struct directory_revoked *v,
        *more = one_more(d->revoked, d->n_revoked, sizeof *v);
    size_t org;

    if (more == NULL) {
        *full = true;
        rd_require(r, false);
        return;
    }
    d->revoked = more;
    v = &d->revoked[d->n_revoked++];
    text_word(r, "revoked ");
    text_hex(r, v->id, sizeof v->id);
    rd_require(r, d->n_revoked < 2 || memcmp(v[-1].id, v->id, ORG_ID_LEN) < 0);
    text_word(r, " ");
    v->day = (uint32_t)text_number(r, 1, TEXT_DAY_MAX);
    text_word(r, "\n");
    org = directory_org_index(d, v->id);
    if (r->rc == RC_OK && org < d->n_orgs) {
        d->orgs[org].revoked_day = v->day;
    }
}

static void
parse_head(struct reader *r, struct directory *d)
{
    text_word(r, "tocsin-directory v");
    d->version = text_number(r, 1, TEXT_NUMBER_MAX);
    text_word(r, "\nissued ");
    d->issued = (uint32_t)text_number(r, 1, TEXT_DAY_MAX);
    text_word(r, "\nexpires ");
    d->expires =
        (uint32_t)text_number(r, d->issued, d->issued + DIRECTORY_LIFE_MAX);
    text_word(r, "\nretention ");
    d->retention = (uint32_t)text_number(r, DIRECTORY_RETENTION_MIN,
                                         DIRECTORY_RETENTION_MAX);
    text_word(r, "\npage ");
    text_hex(r, d->page_sha256, sizeof d->page_sha256);
    text_word(r, "\n");
}

enum rc
directory_parse(struct directory **out, const char *text, size_t len)
{
    struct directory *d;
    struct reader r;
    bool full = false;
    size_t open, answers;

    *out = NULL;
    if ((d = calloc(1, sizeof *d)) == NULL) {
        return RC_NOMEM;
    }
    rd_init(&r, (const uint8_t *)text, len);
    parse_head(&r, d);
    while (text_is(&r, "board ")) {
        parse_board(&r, d, &full);
    }
    while (text_is(&r, "relay ")) {
        parse_relay(&r, d, &full);
    }
    while (text_is(&r, "org ")) {
        parse_org(&r, d, &full);
    }
    while (text_is(&r, "revoked ")) {
        parse_revoked(&r, d, &full);
    }
    answers = directory_answers(d, NULL);
    rd_require(&r, answers > 0 && answers <= DIRECTORY_ANSWERS_MAX);
    open = directory_open_relays(d);
    rd_require(&r, open > 0 && open <= DIRECTORY_OPEN_MAX &&
                       d->n_relays - open <= DIRECTORY_CLOSING_MAX);
    if (rd_end(&r) != RC_OK) {
        directory_free(d);
        return full ? RC_NOMEM : RC_FORMAT;
    }
    *out = d;
    return RC_OK;
}

static int
org_order(const void *a, const void *b)
{
    const struct directory_org *x = a, *y = b;

    return memcmp(x->id, y->id, ORG_ID_LEN);
}

static int
revoked_order(const void *a, const void *b)
{
    const struct directory_revoked *x = a, *y = b;

    return memcmp(x->id, y->id, ORG_ID_LEN);
}

static void
put_list(struct text *t, const char *list)
{
    text_put_word(t, " ");
    text_put_word(t, list != NULL && list[0] != '\0' ? list : "-");
}

static void
put_org(struct text *t, const struct directory_org *o)
{
    text_put_hex(t, "org ", o->id, sizeof o->id);
    text_put_base64(t, " ", o->pk, sizeof o->pk);
    text_put_number(t, " ", o->board);
    put_list(t, o->kind);
    put_list(t, o->countries);
    put_list(t, o->sectors);
    put_list(t, o->languages);
    put_list(t, o->codes);
    text_put_word(t, " ");
    text_put_word(t, o->name != NULL ? o->name : "");
    text_put_word(t, "\n");
}

static void
put_relay(struct text *t, const struct directory_relay *r)
{
    text_put_hex(t, "relay ", r->id, sizeof r->id);
    text_put_base64(t, " ", r->pk, sizeof r->pk);
    if (r->closing_day == 0) {
        text_put_word(t, " open");
    } else {
        text_put_number(t, " ", r->closing_day);
    }
    for (size_t i = 0; i < r->n_urls && i < DIRECTORY_URLS_MAX; i++) {
        text_put_word(t, " ");
        text_put_word(t, r->urls[i]);
    }
    text_put_word(t, "\n");
}

static void
put_head(struct text *t, const struct directory *d)
{
    text_put_number(t, "tocsin-directory v", d->version);
    text_put_number(t, "\nissued ", d->issued);
    text_put_number(t, "\nexpires ", d->expires);
    text_put_number(t, "\nretention ", d->retention);
    text_put_hex(t, "\npage ", d->page_sha256, sizeof d->page_sha256);
    text_put_word(t, "\n");
    for (size_t i = 0; i < d->n_boards; i++) {
        const struct board *b = &d->boards[i];

        text_put_number(t, "board ", b->id);
        text_put_number(t, " ", b->entry_len);
        text_put_number(t, " ", b->tick);
        text_put_number(t, " ", b->slots);
        text_put_number(t, " ", b->max);
        text_put_number(t, " ", b->spread);
        text_put_word(t, "\n");
    }
    for (size_t i = 0; i < d->n_relays; i++) {
        put_relay(t, &d->relays[i]);
    }
}

/* A sorted copy of n things; for none something to free all the same. */
static void *
sorted(const void *list, size_t n, size_t size,
       int (*order)(const void *, const void *))
{
    void *copy = calloc(n > 0 ? n : 1, size);

    if (copy != NULL && n > 0) {
        memcpy(copy, list, n * size);
        qsort(copy, n, size, order);
    }
    return copy;
}

enum rc
directory_write(char **out, size_t *out_len, const struct directory *d)
{
    struct directory_org *orgs =
        sorted(d->orgs, d->n_orgs, sizeof *orgs, org_order);
    struct directory_revoked *revoked =
        sorted(d->revoked, d->n_revoked, sizeof *revoked, revoked_order);
    struct directory *check = NULL;
    struct text t = {0};
    enum rc rc = RC_NOMEM;

    *out = NULL;
    *out_len = 0;
    if (orgs == NULL || revoked == NULL) {
        goto out;
    }
    put_head(&t, d);
    for (size_t i = 0; i < d->n_orgs; i++) {
        put_org(&t, &orgs[i]);
    }
    for (size_t i = 0; i < d->n_revoked; i++) {
        text_put_hex(&t, "revoked ", revoked[i].id, ORG_ID_LEN);
        text_put_number(&t, " ", revoked[i].day);
        text_put_word(&t, "\n");
    }
    if ((rc = text_take(&t, out, out_len)) == RC_OK &&
        (rc = directory_parse(&check, *out, *out_len)) != RC_OK) {
        free(*out);
        *out = NULL;
        *out_len = 0;
    }
out:
    directory_free(check);
    free(orgs);
    free(revoked);
    return rc;
}

enum rc
directory_open(struct directory **out, const uint8_t *note, size_t len,
               const struct root *root)
{
    struct note n;
    enum rc rc;

    *out = NULL;
    if ((rc = note_parse(&n, note, len)) != RC_OK ||
        (rc = root_check_signed(root, &n)) != RC_OK ||
        (rc = directory_parse(out, n.text, n.text_len)) != RC_OK) {
        return rc;
    }
    note_hash((*out)->hash, &n);
    return RC_OK;
}

void
directory_free(struct directory *d)
{
    if (d == NULL) {
        return;
    }
    for (size_t i = 0; i < d->n_relays; i++) {
        for (size_t k = 0; k < d->relays[i].n_urls; k++) {
            free(d->relays[i].urls[k]);
        }
    }
    for (size_t i = 0; i < d->n_orgs; i++) {
        free(d->orgs[i].kind);
        free(d->orgs[i].countries);
        free(d->orgs[i].sectors);
        free(d->orgs[i].languages);
        free(d->orgs[i].codes);
        free(d->orgs[i].name);
    }
    free(d->boards);
    free(d->relays);
    free(d->orgs);
    free(d->revoked);
    free(d);
}

size_t
directory_org_index(const struct directory *d,
                    const uint8_t id[static ORG_ID_LEN])
{
    for (size_t low = 0, high = d->n_orgs; low < high;) {
        size_t mid = low + (high - low) / 2;
        int order = memcmp(id, d->orgs[mid].id, ORG_ID_LEN);

        if (order == 0) {
            return mid;
        }
        if (order < 0) {
            high = mid;
        } else {
            low = mid + 1;
        }
    }
    return d->n_orgs;
}

const struct directory_org *
directory_org(const struct directory *d, const uint8_t id[static ORG_ID_LEN])
{
    size_t i = directory_org_index(d, id);

    return i < d->n_orgs ? &d->orgs[i] : NULL;
}

size_t
directory_open_relays(const struct directory *d)
{
    size_t n = 0;

    for (size_t i = 0; i < d->n_relays; i++) {
        n += d->relays[i].closing_day == 0;
    }
    return n;
}

const struct directory_relay *
directory_relay(const struct directory *d, const uint8_t id[static 32])
{
    for (size_t i = 0; i < d->n_relays; i++) {
        if (memcmp(d->relays[i].id, id, 32) == 0) {
            return &d->relays[i];
        }
    }
    return NULL;
}
