/* SPDX-License-Identifier: ISC */
#include "show.h"

#include <string.h>
#include <time.h>

#include <sodium.h>

#include "cli.h"
#include "clock.h"

#define INDENT 4 /* of what belongs to a thing that has a line of its own */

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

void
show_id(char out[static SHOW_ID_LEN], const uint8_t id[static 32])
{
    (void)sodium_bin2hex(out, SHOW_ID_LEN, id, 32);
}

struct term_name
show_name(const char *name)
{
    char escaped[4 * DIRECTORY_NAME_MAX + 1];
    struct term_name out;
    size_t n = 0;

    for (const char *p = name; *p != 0 && n + 4 < sizeof escaped; p++) {
        if (*p == ' ' && p > name && p[-1] == ' ') {
            memcpy(escaped + n, "\\x20", 4);
            n += 4;
            continue;
        }
        if (*p == '\\') {
            escaped[n++] = *p;
        }
        escaped[n++] = *p;
    }
    escaped[n] = 0;
    term_clean(out.text, sizeof out.text, escaped);
    return out;
}

const char *
show_list(const char *list)
{
    return *list == 0 ? "-" : list;
}

void
show_root(FILE *out, const struct root *r)
{
    (void)fprintf(out, _("Root, version %llu: %u of these %zu must sign\n"),
                  (unsigned long long)r->version, r->threshold, r->n_keys);
    for (size_t i = 0; i < r->n_keys; i++) {
        (void)fprintf(out, "  %s\n", r->keys[i].name);
        cli_print_key(out, INDENT, _("key"), r->keys[i].pk);
    }
}

void
show_org(FILE *out, const struct directory_org *o)
{
    char id[SHOW_ID_LEN];

    show_id(id, o->id);
    (void)fprintf(out, _("  organisation %s\n"), show_name(o->name).text);
    (void)fprintf(out, "    %s\n", id);
    cli_print_key(out, INDENT, _("identity key"), o->pk);
    (void)fprintf(out, _("    kind %s, board %u\n"), show_list(o->kind),
                  o->board);
    (void)fprintf(out, _("    countries %s\n"), show_list(o->countries));
    (void)fprintf(out, _("    sectors %s\n"), show_list(o->sectors));
    (void)fprintf(out, _("    languages %s\n"), show_list(o->languages));
    (void)fprintf(out, _("    codes %s\n"), show_list(o->codes));
}

void
show_relay(FILE *out, const struct directory_relay *r)
{
    char id[SHOW_ID_LEN];

    show_id(id, r->id);
    (void)fprintf(out, _("  relay %s\n"), id);
    cli_print_key(out, INDENT, _("page key"), r->pk);
    for (size_t i = 0; i < r->n_urls; i++) {
        (void)fprintf(out, _("    address %s\n"), r->urls[i]);
    }
    if (r->closing_day != 0) {
        char date[SHOW_DATE_LEN];

        show_date(date, r->closing_day);
        (void)fprintf(out, _("    closing on %s\n"), date);
    }
}

void
show_board(FILE *out, const struct board *b)
{
    (void)fprintf(out,
                  _("  board %u: entries of %u bytes, a page every %u s, %u "
                    "to %u slots, spread %u\n"),
                  b->id, b->entry_len, b->tick, b->slots, b->max, b->spread);
}

/* All revocations, of organisations that are listed or not. */
static void
show_revoked(FILE *out, const struct directory *d)
{
    for (size_t i = 0; i < d->n_revoked; i++) {
        const struct directory_org *o = directory_org(d, d->revoked[i].id);
        char id[SHOW_ID_LEN], date[SHOW_DATE_LEN];

        show_id(id, d->revoked[i].id);
        show_date(date, d->revoked[i].day);
        (void)fprintf(out, _("  REVOKED since %s: %s\n"), date,
                      o != NULL ? show_name(o->name).text : _("(not listed)"));
        (void)fprintf(out, "    %s\n", id);
    }
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
        show_board(out, &d->boards[i]);
    }
    for (size_t i = 0; i < d->n_relays; i++) {
        show_relay(out, &d->relays[i]);
    }
    for (size_t i = 0; i < d->n_orgs; i++) {
        show_org(out, &d->orgs[i]);
    }
    show_revoked(out, d);
}

void
show_door(FILE *out, const struct doors_relay *r)
{
    char id[SHOW_ID_LEN];

    show_id(id, r->id);
    (void)fprintf(out, _("  door of relay %s\n"), id);
    (void)fprintf(out, _("    address %s\n"), r->url);
}

void
show_desk(FILE *out, const struct doors_desk *d)
{
    char id[SHOW_ID_LEN];

    show_id(id, d->org);
    (void)fprintf(out, _("  desk of %s\n"), id);
    cli_print_key(out, INDENT, _("key"), d->key);
}

void
show_doors(FILE *out, const struct doors *d)
{
    char issued[SHOW_DATE_LEN];

    show_date(issued, d->issued);
    (void)fprintf(out, _("Doors for desks, version %llu: issued %s\n"),
                  (unsigned long long)d->version, issued);
    for (size_t i = 0; i < d->n_relays; i++) {
        show_door(out, &d->relays[i]);
    }
    for (size_t i = 0; i < d->n_desks; i++) {
        show_desk(out, &d->desks[i]);
    }
}

void
show_hash(FILE *out, const struct note *n)
{
    uint8_t hash[NOTE_HASH_LEN];

    note_hash(hash, n);
    cli_print_key(out, 0,
                  _("Hash of this text, the same on every signer's screen:"),
                  hash);
}
