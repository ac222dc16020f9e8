/* SPDX-License-Identifier: ISC */
#include "diff.h"

#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#include <sodium.h>

#include "cli.h"
#include "show.h"

/* The first line of a difference. Returns 1, to be counted. */
static unsigned __attribute__((format(printf, 2, 3)))
differs(FILE *out, const char *format, ...)
{
    va_list ap;

    va_start(ap, format);
    (void)vfprintf(out, format, ap);
    va_end(ap);
    (void)fputc('\n', out);
    return 1;
}

static void
below(FILE *out, const char *text)
{
    (void)fprintf(out, "    %s\n", text);
}

static void
id_below(FILE *out, const uint8_t id[static 32])
{
    char text[SHOW_ID_LEN];

    show_id(text, id);
    below(out, text);
}

static void
keys_below(FILE *out, const uint8_t before[static 32],
           const uint8_t now[static 32])
{
    cli_print_key(out, 4, _("the key before:"), before);
    cli_print_key(out, 4, _("the key now:"), now);
}

static void
values_below(FILE *out, const char *before, const char *now)
{
    (void)fprintf(out, _("    before: %s\n"), show_list(before));
    (void)fprintf(out, _("    now: %s\n"), show_list(now));
}

static unsigned
number_changed(FILE *out, const char *what, unsigned long long before,
               unsigned long long now)
{
    char x[24], y[24];

    if (before == now) {
        return 0;
    }
    (void)snprintf(x, sizeof x, "%llu", before);
    (void)snprintf(y, sizeof y, "%llu", now);
    return differs(out, _("%s: %s becomes %s"), what, x, y);
}

static unsigned
date_changed(FILE *out, const char *what, uint32_t before, uint32_t now)
{
    char x[SHOW_DATE_LEN], y[SHOW_DATE_LEN];

    if (before == now) {
        return 0;
    }
    show_date(x, before);
    show_date(y, now);
    return differs(out, _("%s: %s becomes %s"), what, x, y);
}

static const struct note_key *
signer(const struct root *r, const char *name)
{
    for (size_t i = 0; i < r->n_keys; i++) {
        if (strcmp(r->keys[i].name, name) == 0) {
            return &r->keys[i];
        }
    }
    return NULL;
}

unsigned
diff_root(FILE *out, const struct root *a, const struct root *b)
{
    unsigned n = 0;

    for (size_t i = 0; i < a->n_keys; i++) {
        const struct note_key *x = &a->keys[i], *y = signer(b, x->name);

        if (y != NULL && memcmp(x->pk, y->pk, sizeof x->pk) != 0) {
            n += differs(out, _("KEY OF %s CHANGED"), x->name);
            keys_below(out, x->pk, y->pk);
        }
    }
    for (size_t i = 0; i < a->n_keys; i++) {
        if (signer(b, a->keys[i].name) == NULL) {
            n += differs(out, _("signer %s leaves"), a->keys[i].name);
            cli_print_key(out, 4, _("key"), a->keys[i].pk);
        }
    }
    for (size_t i = 0; i < b->n_keys; i++) {
        if (signer(a, b->keys[i].name) == NULL) {
            n += differs(out, _("signer %s is new"), b->keys[i].name);
            cli_print_key(out, 4, _("key"), b->keys[i].pk);
        }
    }
    n += number_changed(out, _("how many must sign"), a->threshold,
                        b->threshold);
    return n + number_changed(out, _("version"), a->version, b->version);
}

/*
 * Who had another key before: the organisation of y's id, or whoever had its
 * name, if nobody of that name had this key (somebody takes its place, or two
 * change names). NULL: nobody's key changes by y.
 */
static const struct directory_org *
other_key(const struct directory *a, const struct directory_org *y)
{
    const struct directory_org *x = directory_org(a, y->id), *found = NULL;

    if (x != NULL && memcmp(x->pk, y->pk, 32) != 0) {
        return x;
    }
    for (size_t i = 0; i < a->n_orgs; i++) {
        x = &a->orgs[i];
        if (strcmp(x->name, y->name) == 0) {
            if (memcmp(x->pk, y->pk, 32) == 0) {
                return NULL;
            }
            found = found == NULL ? x : found;
        }
    }
    return found;
}

static unsigned
org_key(FILE *out, const struct directory_org *x, const struct directory_org *y)
{
    unsigned n = differs(out, _("KEY OF %s CHANGED"), show_name(y->name).text);

    id_below(out, y->id);
    if (memcmp(x->id, y->id, ORG_ID_LEN) != 0) {
        below(out, _("ANOTHER organisation had this name before:"));
        id_below(out, x->id);
    } else if (strcmp(x->name, y->name) != 0) {
        below(out, _("with another name before:"));
        below(out, show_name(x->name).text);
    }
    keys_below(out, x->pk, y->pk);
    return n;
}

static unsigned
diff_keys(FILE *out, const struct directory *a, const struct directory *b)
{
    unsigned n = 0;

    for (size_t i = 0; i < b->n_orgs; i++) {
        const struct directory_org *x = other_key(a, &b->orgs[i]);

        n += x != NULL ? org_key(out, x, &b->orgs[i]) : 0;
    }
    for (size_t i = 0; i < b->n_relays; i++) {
        const struct directory_relay *y = &b->relays[i];
        const struct directory_relay *x = directory_relay(a, y->id);
        char id[SHOW_ID_LEN];

        if (x != NULL && memcmp(x->pk, y->pk, 32) != 0) {
            show_id(id, y->id);
            n += differs(out, _("KEY OF relay %s CHANGED"), id);
            keys_below(out, x->pk, y->pk);
        }
    }
    return n;
}

static const struct directory_revoked *
revoked(const struct directory *d, const uint8_t id[static ORG_ID_LEN])
{
    for (size_t i = 0; i < d->n_revoked; i++) {
        if (memcmp(d->revoked[i].id, id, ORG_ID_LEN) == 0) {
            return &d->revoked[i];
        }
    }
    return NULL;
}

/* Its name in one of the two, or that it has none. */
static struct term_name
name_of(const struct directory *a, const struct directory *b,
        const uint8_t id[static ORG_ID_LEN])
{
    const struct directory_org *o = directory_org(b, id);

    o = o != NULL ? o : directory_org(a, id);
    return o != NULL ? show_name(o->name) : term_name(_("(not listed)"));
}

static unsigned
diff_revoked(FILE *out, const struct directory *a, const struct directory *b)
{
    char x[SHOW_DATE_LEN], y[SHOW_DATE_LEN];
    unsigned n = 0;

    for (size_t i = 0; i < b->n_revoked; i++) {
        const struct directory_revoked *now = &b->revoked[i];
        const struct directory_revoked *then = revoked(a, now->id);

        if (then == NULL || then->day != now->day) {
            n += differs(out, _("REVOKED: %s"), name_of(a, b, now->id).text);
            id_below(out, now->id);
            show_date(x, then != NULL ? then->day : 0);
            show_date(y, now->day);
            values_below(out, then != NULL ? x : "", y);
        }
    }
    for (size_t i = 0; i < a->n_revoked; i++) {
        if (revoked(b, a->revoked[i].id) == NULL) {
            n += differs(out, _("NO LONGER revoked: %s"),
                         name_of(a, b, a->revoked[i].id).text);
            id_below(out, a->revoked[i].id);
            show_date(x, a->revoked[i].day);
            values_below(out, x, "");
        }
    }
    return n;
}

/* Who comes, goes, and has another name. */
static unsigned
diff_orgs(FILE *out, const struct directory *a, const struct directory *b)
{
    unsigned n = 0;

    for (size_t i = 0; i < b->n_orgs; i++) {
        if (directory_org(a, b->orgs[i].id) == NULL) {
            n += differs(out, _("NEW organisation"));
            show_org(out, &b->orgs[i]);
        }
    }
    for (size_t i = 0; i < a->n_orgs; i++) {
        if (directory_org(b, a->orgs[i].id) == NULL) {
            n += differs(out, _("NO LONGER listed"));
            show_org(out, &a->orgs[i]);
        }
    }
    for (size_t i = 0; i < b->n_orgs; i++) {
        const struct directory_org *y = &b->orgs[i];
        const struct directory_org *x = directory_org(a, y->id);

        if (x != NULL && strcmp(x->name, y->name) != 0) {
            n += differs(out, _("ANOTHER name for an organisation"));
            id_below(out, y->id);
            values_below(out, show_name(x->name).text, show_name(y->name).text);
        }
    }
    return n + diff_revoked(out, a, b);
}

static unsigned
diff_closing(FILE *out, const struct directory_relay *x,
             const struct directory_relay *y)
{
    char id[SHOW_ID_LEN], before[SHOW_DATE_LEN], now[SHOW_DATE_LEN];
    unsigned n;

    if (x->closing_day == y->closing_day) {
        return 0;
    }
    show_id(id, y->id);
    show_date(before, x->closing_day);
    show_date(now, y->closing_day);
    if (y->closing_day == 0) {
        n = differs(out, _("relay %s no longer closes"), id);
    } else {
        n = differs(out, _("relay %s: closing on %s"), id, now);
    }
    values_below(out, x->closing_day != 0 ? before : "",
                 y->closing_day != 0 ? now : "");
    return n;
}

/* Who signs second did not see what the one who removed it was told. */
static void
warn_of_relay(FILE *out, const struct directory *a, const struct directory *b,
              const struct directory_relay *gone)
{
    const uint32_t closed =
        gone->closing_day != 0 ? gone->closing_day : b->issued;
    const uint32_t until = closed + a->retention + DIRECTORY_CLOSED_DAYS;
    char date[SHOW_DATE_LEN];

    if (b->issued < until) {
        show_date(date, until);
        (void)fprintf(out,
                      _("    CAREFUL: what it has is read until %s at least, "
                        "and is lost with it\n"),
                      date);
    }
}

static unsigned
diff_relays(FILE *out, const struct directory *a, const struct directory *b)
{
    bool moved = false;
    unsigned n = 0;
    char id[SHOW_ID_LEN];

    for (size_t i = 0; i < b->n_relays; i++) {
        const struct directory_relay *x = directory_relay(a, b->relays[i].id);

        if (x == NULL) {
            n += differs(out, _("NEW relay"));
            show_relay(out, &b->relays[i]);
            continue;
        }
        n += diff_closing(out, x, &b->relays[i]);
        moved = moved || (size_t)(x - a->relays) != i;
    }
    for (size_t i = 0; i < a->n_relays; i++) {
        if (directory_relay(b, a->relays[i].id) == NULL) {
            n += differs(out, _("relay goes away"));
            show_relay(out, &a->relays[i]);
            warn_of_relay(out, a, b, &a->relays[i]);
        }
    }
    if (moved) { /* clients name them, and ask for them, in that order */
        n += differs(out, _("the order of the relays is now:"));
        for (size_t i = 0; i < b->n_relays; i++) {
            show_id(id, b->relays[i].id);
            below(out, id);
        }
    }
    return n;
}

/*
 * Answers stand on a board as long as pages are kept, and who returns reads
 * only boards that are listed: one that goes must have been followed by one
 * with a higher id, which desks use, for as long.
 */
static void
warn_of_answers(FILE *out, const struct directory *a, const struct directory *b,
                const struct board *gone)
{
    const struct board *boards[DIRECTORY_ANSWERS_MAX];
    size_t n = directory_answers(a, boards);
    char day[SHOW_DATE_LEN];

    if (!board_is_answers(gone)) {
        return;
    }
    if (boards[n - 1]->id <= gone->id) {
        below(out, _("CAREFUL: answers stand on it, and no board for answers "
                     "with a higher id was listed before: nobody would find "
                     "them any more"));
    } else if (b->issued < a->issued + a->retention) {
        show_date(day, a->issued);
        (void)fprintf(out,
                      _("    CAREFUL: answers stand on it for %u days after "
                        "board %u came, which the directory before lists, of "
                        "%s. Has it been listed for so long?\n"),
                      a->retention, boards[n - 1]->id, day);
    }
}

static unsigned
diff_boards(FILE *out, const struct directory *a, const struct directory *b)
{
    unsigned n = 0;

    for (size_t i = 0; i < a->n_boards; i++) {
        const struct board *x = &a->boards[i];
        const struct board *y = board_find(b->boards, b->n_boards, x->id);

        if (y == NULL) {
            n += differs(out, _("board goes away"));
            show_board(out, x);
            warn_of_answers(out, a, b, x);
        } else if (x->entry_len != y->entry_len || x->tick != y->tick ||
                   x->slots != y->slots || x->max != y->max ||
                   x->spread != y->spread) {
            n += differs(out, _("board changed, before and now"));
            show_board(out, x);
            show_board(out, y);
        }
    }
    for (size_t i = 0; i < b->n_boards; i++) {
        if (board_find(a->boards, a->n_boards, b->boards[i].id) == NULL) {
            n += differs(out, board_is_answers(&b->boards[i])
                                  ? _("NEW board for answers")
                                  : _("NEW board"));
            show_board(out, &b->boards[i]);
        }
    }
    return n;
}

static bool
same_urls(const struct directory_relay *x, const struct directory_relay *y)
{
    bool same = x->n_urls == y->n_urls;

    for (size_t i = 0; same && i < x->n_urls; i++) {
        same = strcmp(x->urls[i], y->urls[i]) == 0;
    }
    return same;
}

static unsigned
diff_urls(FILE *out, const struct directory *a, const struct directory *b)
{
    unsigned n = 0;

    for (size_t i = 0; i < b->n_relays; i++) {
        const struct directory_relay *y = &b->relays[i];
        const struct directory_relay *x = directory_relay(a, y->id);
        char id[SHOW_ID_LEN];

        if (x == NULL || same_urls(x, y)) {
            continue;
        }
        show_id(id, y->id);
        n += differs(out, _("addresses of relay %s, before and now"), id);
        for (size_t k = 0; k < x->n_urls; k++) {
            (void)fprintf(out, "    - %s\n", x->urls[k]);
        }
        for (size_t k = 0; k < y->n_urls; k++) {
            (void)fprintf(out, "    + %s\n", y->urls[k]);
        }
    }
    return n;
}

static unsigned
field_changed(FILE *out, const struct directory_org *o, const char *what,
              const char *before, const char *now)
{
    if (strcmp(before, now) == 0) {
        return 0;
    }
    (void)differs(out, _("%s of %s"), what, show_name(o->name).text);
    id_below(out, o->id);
    values_below(out, before, now);
    return 1;
}

static unsigned
diff_fields(FILE *out, const struct directory *a, const struct directory *b)
{
    unsigned n = 0;

    for (size_t i = 0; i < b->n_orgs; i++) {
        const struct directory_org *y = &b->orgs[i];
        const struct directory_org *x = directory_org(a, y->id);
        char before[8], now[8];

        if (x == NULL) {
            continue;
        }
        (void)snprintf(before, sizeof before, "%u", x->board);
        (void)snprintf(now, sizeof now, "%u", y->board);
        n += field_changed(out, y, _("board"), before, now);
        n += field_changed(out, y, _("kind"), x->kind, y->kind);
        n += field_changed(out, y, _("countries"), x->countries, y->countries);
        n += field_changed(out, y, _("sectors"), x->sectors, y->sectors);
        n += field_changed(out, y, _("languages"), x->languages, y->languages);
        n += field_changed(out, y, _("codes"), x->codes, y->codes);
    }
    return n;
}

static unsigned
diff_head(FILE *out, const struct directory *a, const struct directory *b)
{
    char before[65], now[65];
    unsigned n = 0;

    if (memcmp(a->page_sha256, b->page_sha256, 32) != 0) {
        (void)sodium_bin2hex(before, sizeof before, a->page_sha256, 32);
        (void)sodium_bin2hex(now, sizeof now, b->page_sha256, 32);
        n += differs(out, _("hash of the web page"));
        values_below(out, before, now);
    }
    n += number_changed(out, _("days that pages and drops are kept"),
                        a->retention, b->retention);
    n += date_changed(out, _("issued on"), a->issued, b->issued);
    n += date_changed(out, _("expires on"), a->expires, b->expires);
    return n + number_changed(out, _("version"), a->version, b->version);
}

unsigned
diff_directory(FILE *out, const struct directory *a, const struct directory *b)
{
    unsigned n = diff_keys(out, a, b);

    n += diff_orgs(out, a, b);
    n += diff_relays(out, a, b);
    n += diff_boards(out, a, b);
    n += diff_urls(out, a, b);
    n += diff_fields(out, a, b);
    return n + diff_head(out, a, b);
}

static const struct doors_desk *
desk_of(const struct doors *d, const uint8_t org[static ORG_ID_LEN])
{
    for (size_t i = 0; i < d->n_desks; i++) {
        if (memcmp(d->desks[i].org, org, ORG_ID_LEN) == 0) {
            return &d->desks[i];
        }
    }
    return NULL;
}

static const struct doors_relay *
door_of(const struct doors *d, const uint8_t id[static 32])
{
    for (size_t i = 0; i < d->n_relays; i++) {
        if (memcmp(d->relays[i].id, id, 32) == 0) {
            return &d->relays[i];
        }
    }
    return NULL;
}

/* Desks whose key is another, or who come or go. */
static unsigned
diff_desks(FILE *out, const struct doors *a, const struct doors *b)
{
    unsigned n = 0;

    for (size_t i = 0; i < b->n_desks; i++) {
        const struct doors_desk *y = &b->desks[i], *x = desk_of(a, y->org);
        char id[SHOW_ID_LEN];

        if (x != NULL && memcmp(x->key, y->key, DOORS_KEY_LEN) != 0) {
            show_id(id, y->org);
            n += differs(out, _("KEY OF the desk of %s CHANGED"), id);
            keys_below(out, x->key, y->key);
        }
    }
    for (size_t i = 0; i < b->n_desks; i++) {
        if (desk_of(a, b->desks[i].org) == NULL) {
            n += differs(out, _("NEW desk"));
            show_desk(out, &b->desks[i]);
        }
    }
    for (size_t i = 0; i < a->n_desks; i++) {
        if (desk_of(b, a->desks[i].org) == NULL) {
            n += differs(out, _("NO LONGER listed"));
            show_desk(out, &a->desks[i]);
        }
    }
    return n;
}

unsigned
diff_doors(FILE *out, const struct doors *a, const struct doors *b)
{
    unsigned n = diff_desks(out, a, b);
    char id[SHOW_ID_LEN];

    for (size_t i = 0; i < b->n_relays; i++) {
        const struct doors_relay *y = &b->relays[i], *x = door_of(a, y->id);

        if (x == NULL) {
            n += differs(out, _("NEW door"));
            show_door(out, y);
        } else if (strcmp(x->url, y->url) != 0) {
            show_id(id, y->id);
            n += differs(out, _("address of the door of relay %s"), id);
            values_below(out, x->url, y->url);
        }
    }
    for (size_t i = 0; i < a->n_relays; i++) {
        if (door_of(b, a->relays[i].id) == NULL) {
            n += differs(out, _("NO LONGER listed"));
            show_door(out, &a->relays[i]);
        }
    }
    n += date_changed(out, _("issued on"), a->issued, b->issued);
    return n + number_changed(out, _("version"), a->version, b->version);
}
