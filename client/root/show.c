/* SPDX-License-Identifier: ISC */
#include "show.h"

#include <stdarg.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

#include <sodium.h>

#include "cli.h"
#include "clock.h"
#include "term.h"

#define ID_DIGITS 16 /* of an id, enough to tell organisations apart */

void
show_date(char out[static SHOW_DATE_LEN], uint32_t day)
{
    time_t at = (time_t)day * DAY_SECONDS;
    struct tm tm;

    if (gmtime_r(&at, &tm) == NULL ||
        strftime(out, SHOW_DATE_LEN, "%Y-%m-%d", &tm) == 0) {
        (void)snprintf(out, SHOW_DATE_LEN, "%u", day);
    }
}

static void
id_text(char out[static ID_DIGITS + 1], const uint8_t id[static 32])
{
    (void)sodium_bin2hex(out, ID_DIGITS + 1, id, ID_DIGITS / 2);
}

static void
key_text(char out[static 48], const uint8_t pk[static 32])
{
    (void)sodium_bin2base64(out, 48, pk, 32, sodium_base64_VARIANT_ORIGINAL);
}

static const char *
or_dash(const char *list)
{
    return *list == 0 ? "-" : list;
}

void
show_root(FILE *out, const struct root *r)
{
    (void)fprintf(out, _("Root, version %llu: %u of these %zu must sign\n"),
                  (unsigned long long)r->version, r->threshold, r->n_keys);
    for (size_t i = 0; i < r->n_keys; i++) {
        char key[48];

        key_text(key, r->keys[i].pk);
        (void)fprintf(out, "  %s %s\n", r->keys[i].name, key);
    }
}

static void
show_org(FILE *out, const char *before, const struct directory_org *o)
{
    char id[ID_DIGITS + 1];

    id_text(id, o->id);
    (void)fputs(before, out);
    term_print_text(out, o->name, strlen(o->name), 0);
    (void)fprintf(out, _(" (%s, board %u, countries %s, languages %s)"), id,
                  o->board, or_dash(o->countries), or_dash(o->languages));
    if (o->revoked_day != 0) {
        char date[SHOW_DATE_LEN];

        show_date(date, o->revoked_day);
        (void)fprintf(out, _(", revoked since %s"), date);
    }
    (void)fputc('\n', out);
}

static void
show_relay(FILE *out, const char *before, const struct directory_relay *r)
{
    char id[ID_DIGITS + 1];

    id_text(id, r->id);
    (void)fprintf(out, "%s%s", before, id);
    for (size_t i = 0; i < r->n_urls; i++) {
        (void)fprintf(out, " %s", r->urls[i]);
    }
    if (r->closing_day != 0) {
        char date[SHOW_DATE_LEN];

        show_date(date, r->closing_day);
        (void)fprintf(out, _(" (closing on %s)"), date);
    }
    (void)fputc('\n', out);
}

static void
show_board(FILE *out, const char *before, const struct board *b)
{
    (void)fprintf(out,
                  _("%sboard %u: entries of %u bytes, a page every %u s, %u "
                    "to %u slots, spread %u\n"),
                  before, b->id, b->entry_len, b->tick, b->slots, b->max,
                  b->spread);
}

void
show_directory(FILE *out, const struct directory *d)
{
    char issued[SHOW_DATE_LEN], expires[SHOW_DATE_LEN], page[65];

    show_date(issued, d->issued);
    show_date(expires, d->expires);
    (void)sodium_bin2hex(page, sizeof page, d->page_sha256, 32);
    (void)fprintf(out,
                  _("Directory, version %llu: issued %s, expires %s, pages "
                    "and drops kept %u days\n"),
                  (unsigned long long)d->version, issued, expires,
                  d->retention);
    (void)fprintf(out, _("  web page %s\n"),
                  sodium_is_zero(d->page_sha256, 32) ? _("(none)") : page);
    for (size_t i = 0; i < d->n_boards; i++) {
        show_board(out, "  ", &d->boards[i]);
    }
    for (size_t i = 0; i < d->n_relays; i++) {
        show_relay(out, _("  relay "), &d->relays[i]);
    }
    for (size_t i = 0; i < d->n_orgs; i++) {
        show_org(out, "  ", &d->orgs[i]);
    }
}

static void
show_door(FILE *out, const char *before, const struct doors_relay *r)
{
    char id[ID_DIGITS + 1];

    id_text(id, r->id);
    (void)fprintf(out, _("%sdoor of relay %s: %s\n"), before, id, r->url);
}

static void
show_desk(FILE *out, const char *before, const struct doors_desk *d)
{
    char id[ID_DIGITS + 1], key[48];

    id_text(id, d->org);
    key_text(key, d->key);
    (void)fprintf(out, _("%sdesk of %s, key %s\n"), before, id, key);
}

void
show_doors(FILE *out, const struct doors *d)
{
    char issued[SHOW_DATE_LEN];

    show_date(issued, d->issued);
    (void)fprintf(out, _("Doors for desks, version %llu: issued %s\n"),
                  (unsigned long long)d->version, issued);
    for (size_t i = 0; i < d->n_relays; i++) {
        show_door(out, "  ", &d->relays[i]);
    }
    for (size_t i = 0; i < d->n_desks; i++) {
        show_desk(out, "  ", &d->desks[i]);
    }
}

/* One line of a difference. */
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

static const struct note_key *
root_key(const struct root *r, const char *name)
{
    for (size_t i = 0; i < r->n_keys; i++) {
        if (strcmp(r->keys[i].name, name) == 0) {
            return &r->keys[i];
        }
    }
    return NULL;
}

unsigned
show_root_diff(FILE *out, const struct root *a, const struct root *b)
{
    unsigned n = 0;

    if (a->version != b->version) {
        n += differs(out, _("version %llu becomes %llu"),
                     (unsigned long long)a->version,
                     (unsigned long long)b->version);
    }
    if (a->threshold != b->threshold) {
        n += differs(out, _("%u must sign instead of %u"), b->threshold,
                     a->threshold);
    }
    for (size_t i = 0; i < a->n_keys; i++) {
        const struct note_key *k = root_key(b, a->keys[i].name);

        if (k == NULL) {
            n += differs(out, _("signer %s leaves"), a->keys[i].name);
        } else if (memcmp(k->pk, a->keys[i].pk, sizeof k->pk) != 0) {
            n += differs(out, _("signer %s has ANOTHER key"), k->name);
        }
    }
    for (size_t i = 0; i < b->n_keys; i++) {
        if (root_key(a, b->keys[i].name) == NULL) {
            n += differs(out, _("signer %s is new"), b->keys[i].name);
        }
    }
    return n;
}

static unsigned
diff_head(FILE *out, const struct directory *a, const struct directory *b)
{
    char before[65], after[65];
    unsigned n = 0;

    if (a->version != b->version) {
        n += differs(out, _("version %llu becomes %llu"),
                     (unsigned long long)a->version,
                     (unsigned long long)b->version);
    }
    if (a->issued != b->issued) {
        show_date(before, a->issued);
        show_date(after, b->issued);
        n += differs(out, _("issued on %s instead of %s"), after, before);
    }
    if (a->expires != b->expires) {
        show_date(before, a->expires);
        show_date(after, b->expires);
        n += differs(out, _("expires on %s instead of %s"), after, before);
    }
    if (a->retention != b->retention) {
        n += differs(out, _("pages and drops are kept %u days instead of %u"),
                     b->retention, a->retention);
    }
    if (memcmp(a->page_sha256, b->page_sha256, 32) != 0) {
        (void)sodium_bin2hex(before, sizeof before, a->page_sha256, 32);
        (void)sodium_bin2hex(after, sizeof after, b->page_sha256, 32);
        n += differs(out, _("the web page has another hash: %s instead of %s"),
                     after, before);
    }
    return n;
}

static unsigned
diff_boards(FILE *out, const struct directory *a, const struct directory *b)
{
    unsigned n = 0;

    for (size_t i = 0; i < a->n_boards; i++) {
        const struct board *x = &a->boards[i];
        const struct board *y = board_find(b->boards, b->n_boards, x->id);

        if (y == NULL) {
            n += differs(out, _("board %u goes away"), x->id);
        } else if (x->tick != y->tick || x->slots != y->slots ||
                   x->max != y->max || x->spread != y->spread) {
            show_board(out, _("changed to "), y);
            n++;
        }
    }
    for (size_t i = 0; i < b->n_boards; i++) {
        if (board_find(a->boards, a->n_boards, b->boards[i].id) == NULL) {
            show_board(out, _("new "), &b->boards[i]);
            n++;
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
diff_relay(FILE *out, const struct directory_relay *x,
           const struct directory_relay *y)
{
    char id[ID_DIGITS + 1];
    unsigned n = 0;

    id_text(id, x->id);
    if (y == NULL) {
        return differs(out, _("relay %s goes away"), id);
    }
    if (memcmp(x->pk, y->pk, 32) != 0) {
        n += differs(out, _("relay %s has ANOTHER key"), id);
    }
    if (!same_urls(x, y) || x->closing_day != y->closing_day) {
        show_relay(out, _("changed to relay "), y);
        n++;
    }
    return n;
}

static unsigned
diff_relays(FILE *out, const struct directory *a, const struct directory *b)
{
    bool moved = false;
    unsigned n = 0;

    for (size_t i = 0; i < a->n_relays; i++) {
        n +=
            diff_relay(out, &a->relays[i], directory_relay(b, a->relays[i].id));
    }
    for (size_t i = 0; i < b->n_relays; i++) {
        const struct directory_relay *x = directory_relay(a, b->relays[i].id);

        if (x == NULL) {
            show_relay(out, _("new relay "), &b->relays[i]);
            n++;
        } else if ((size_t)(x - a->relays) != i) {
            moved = true;
        }
    }
    if (moved) {
        n += differs(out, _("the order of the relays changes"));
    }
    return n;
}

static unsigned
diff_field(FILE *out, const struct directory_org *o, const char *what,
           const char *x, const char *y)
{
    if (strcmp(x, y) == 0) {
        return 0;
    }
    term_print_text(out, o->name, strlen(o->name), 0);
    (void)fprintf(out, _(": %s is now "), what);
    term_print_text(out, or_dash(y), strlen(or_dash(y)), 0);
    (void)fprintf(out, _(" instead of "));
    term_print_text(out, or_dash(x), strlen(or_dash(x)), 0);
    (void)fputc('\n', out);
    return 1;
}

static unsigned
diff_org(FILE *out, const struct directory_org *x,
         const struct directory_org *y)
{
    unsigned n = 0;

    if (y == NULL) {
        show_org(out, _("no longer listed: "), x);
        return 1;
    }
    if (memcmp(x->pk, y->pk, 32) != 0) {
        show_org(out, _("ANOTHER identity key for "), y);
        n++;
    }
    if (x->board != y->board) {
        show_org(out, _("on another board: "), y);
        n++;
    }
    if (x->revoked_day != y->revoked_day) {
        show_org(
            out,
            y->revoked_day != 0 ? _("REVOKED: ") : _("no longer revoked: "), y);
        n++;
    }
    n += diff_field(out, y, _("the name"), x->name, y->name);
    n += diff_field(out, y, _("the kind"), x->kind, y->kind);
    n += diff_field(out, y, _("the countries"), x->countries, y->countries);
    n += diff_field(out, y, _("the sectors"), x->sectors, y->sectors);
    n += diff_field(out, y, _("the languages"), x->languages, y->languages);
    n += diff_field(out, y, _("the codes"), x->codes, y->codes);
    return n;
}

/* Revocations of organisations that neither directory lists. */
static unsigned
diff_revoked(FILE *out, const struct directory *a, const struct directory *b,
             const char *format_new)
{
    unsigned n = 0;

    for (size_t i = 0; i < b->n_revoked; i++) {
        const uint8_t *id = b->revoked[i].id;
        char text[ID_DIGITS + 1];
        size_t j = 0;

        while (j < a->n_revoked && memcmp(a->revoked[j].id, id, 32) != 0) {
            j++;
        }
        if (j == a->n_revoked && directory_org(a, id) == NULL &&
            directory_org(b, id) == NULL) {
            id_text(text, id);
            n += differs(out, "%s %s", format_new, text);
        }
    }
    return n;
}

unsigned
show_directory_diff(FILE *out, const struct directory *a,
                    const struct directory *b)
{
    unsigned n = diff_head(out, a, b);

    n += diff_boards(out, a, b);
    n += diff_relays(out, a, b);
    for (size_t i = 0; i < a->n_orgs; i++) {
        n += diff_org(out, &a->orgs[i], directory_org(b, a->orgs[i].id));
    }
    for (size_t i = 0; i < b->n_orgs; i++) {
        if (directory_org(a, b->orgs[i].id) == NULL) {
            show_org(out, _("new organisation: "), &b->orgs[i]);
            n++;
        }
    }
    n += diff_revoked(out, a, b, _("revoked, not listed:"));
    n += diff_revoked(out, b, a, _("no longer revoked, not listed:"));
    return n;
}

/* Those of a that b has not, the same in all bytes. */
static unsigned
doors_missing(FILE *out, const char *mark, const struct doors *a,
              const struct doors *b)
{
    unsigned n = 0;

    for (size_t i = 0, k = 0; i < a->n_relays; i++, k = 0) {
        while (k < b->n_relays &&
               memcmp(&a->relays[i], &b->relays[k], sizeof a->relays[i]) != 0) {
            k++;
        }
        if (k == b->n_relays) {
            show_door(out, mark, &a->relays[i]);
            n++;
        }
    }
    for (size_t i = 0, k = 0; i < a->n_desks; i++, k = 0) {
        while (k < b->n_desks &&
               memcmp(&a->desks[i], &b->desks[k], sizeof a->desks[i]) != 0) {
            k++;
        }
        if (k == b->n_desks) {
            show_desk(out, mark, &a->desks[i]);
            n++;
        }
    }
    return n;
}

unsigned
show_doors_diff(FILE *out, const struct doors *a, const struct doors *b)
{
    unsigned n = doors_missing(out, "- ", a, b);

    return n + doors_missing(out, "+ ", b, a);
}
