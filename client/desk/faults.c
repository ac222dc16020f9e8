/* SPDX-License-Identifier: ISC */
#include "faults.h"

#include <inttypes.h>
#include <stdio.h>

#include "cli.h"
#include "clock.h"
#include "reader.h"

struct words {
    char text[512];
};
struct row_words {
    char text[128];
};

/* What the row is to an officer. */
static struct row_words
row_words(const struct vault_fault *f)
{
    struct row_words w;
    struct reader r;
    uint32_t number, seq;

    rd_init(&r, f->id, f->id_len);
    number = rd_u32(&r);
    seq = f->kind == VAULT_CASE ? 0 : rd_u32(&r) + 1;
    if (f->kind == VAULT_CASE) {
        (void)snprintf(w.text, sizeof w.text, _("case %" PRIu32), number);
    } else if (f->kind == VAULT_MESSAGE) {
        (void)snprintf(w.text, sizeof w.text,
                       _("message %" PRIu32 " of case %" PRIu32), seq, number);
    } else if (f->kind == VAULT_ANSWER) {
        (void)snprintf(w.text, sizeof w.text,
                       _("answer %" PRIu32 " of case %" PRIu32), seq, number);
    } else if (f->kind == 0) {
        (void)snprintf(w.text, sizeof w.text, "%s",
                       _("a row that this desk never wrote"));
    } else {
        (void)snprintf(w.text, sizeof w.text,
                       _("a record of the desk's own (kind %d)"), (int)f->kind);
    }
    return w;
}

static struct words
fault_words(const struct vault_fault *f)
{
    struct row_words row = row_words(f);
    struct words w;

    if (f->what == VAULT_BACK) {
        (void)snprintf(w.text, sizeof w.text,
                       _("somebody changed the case store: %s had been "
                         "deleted and was put back. It is deleted again"),
                       row.text);
    } else if (f->what == VAULT_GONE) {
        (void)snprintf(w.text, sizeof w.text,
                       _("somebody changed the case store: %s was taken away. "
                         "Restore a copy of cases.db; the rest can be read"),
                       row.text);
    } else {
        (void)snprintf(w.text, sizeof w.text,
                       _("somebody changed the case store: %s is not as it was "
                         "last written, and is not used. Restore a copy of "
                         "cases.db; the rest can be read"),
                       row.text);
    }
    return w;
}

/* Said by every command, not once a day like other alarms. */
static void
tell(struct desk *d, const struct vault_fault *f)
{
    struct words w = fault_words(f);
    bool fresh;

    if (!d->quiet) {
        cli_error(_("ALARM: %s"), w.text);
    }
    if (alarm_note(d->vault, w.text, desk_today(d, clock_now()), &fresh) !=
            RC_OK &&
        !d->quiet) {
        cli_error("%s", _("this alarm can't be kept in the case store"));
    }
}

void
faults_tell(struct desk *d)
{
    size_t all = vault_faults(d->vault), n = 0;
    const struct vault_fault *f;

    while ((f = vault_fault(d->vault, n)) != NULL) {
        tell(d, f);
        n++;
    }
    if (all > n && !d->quiet) {
        cli_error(_("and %zu more rows of the case store"), all - n);
    }
}
