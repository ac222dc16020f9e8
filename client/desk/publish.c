/* SPDX-License-Identifier: ISC */
/*
 * tocsin-desk publish. In one go where the identity key is at hand, or in
 * three steps where it is on a machine that is never online:
 *   online    publish --request FILE1
 *   offline   publish --sign FILE1 --identity KEY --out FILE2
 *   online    publish --in FILE2
 * Files hold texts or notes framed as in a bundle.
 */
#include "commands.h"

#include <sodium.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bundle.h"
#include "clock.h"
#include "days.h"
#include "file.h"
#include "notes.h"
#include "watch.h"

#define WEEKS_DEFAULT 4

/* Framed texts or notes; heap. */
struct pile {
    uint8_t *bytes;
    size_t len;
};

/* The time of a relay's newest page, as it says; 0: it does not answer. */
static int64_t
time_at(struct desk *d, const struct network_relay *relay,
        const struct net_circuit *c)
{
    const struct directory *dir = d->network.bundle->directory;
    struct scan s = {.net = d->net,
                     .circuit = c,
                     .url = relay->url,
                     .board = board_find(dir->boards, dir->n_boards,
                                         desk_board(d))};
    struct status_board st;

    if (s.board == NULL || scan_status(&s, &st) != RC_OK) {
        return 0;
    }
    return (int64_t)(st.newest * s.board->tick);
}

/* Keys and notes are made for days: none for days that are far off. One relay
 * that agrees with our clock will do. */
static enum rc
check_clock(struct desk *d, const struct net_circuit *c)
{
    int64_t now = clock_now(), theirs = 0;

    for (size_t i = 0; i < d->network.n_relays; i++) {
        int64_t at = time_at(d, &d->network.relays[i], c);

        if (at > now - DAY_SECONDS && at < now + DAY_SECONDS) {
            return RC_OK;
        }
        theirs = at > theirs ? at : theirs;
    }
    if (theirs == 0) {
        return RC_OK; /* nobody to ask */
    }
    cli_error(_("it is %s here, but %s at the relays: check this computer's "
                "clock. Nothing was made or sent"),
              day_text(clock_day(now)).text,
              day_text(clock_day(theirs)).text);
    return RC_AGAIN;
}

/* What version do the relays hold? Where none answers, what we know. */
static enum rc
look_at_relays(struct desk *d)
{
    struct net_circuit c;
    const char *problem;

    net_circuit_fresh(&c);
    if (network_refresh(&d->network, d->net, &c, &problem) == RC_OK) {
        if (desk_network_keep(d) != RC_OK) {
            cli_error(_("can't keep the directory"));
        }
    } else if (problem != NULL) {
        cli_error("%s", problem);
    }
    return check_clock(d, &c);
}

static enum rc
make_texts(struct desk *d, struct pile *out, uint32_t weeks)
{
    uint32_t today = desk_today(d, clock_now());
    uint32_t week = today / WEEK_DAYS;
    enum rc rc = RC_OK;

    for (uint32_t i = 0; rc == RC_OK && i < weeks; i++) {
        uint32_t issued = i == 0 ? today : (week + i) * WEEK_DAYS;
        char *text;
        size_t len;

        if ((rc = notes_text(d, &text, &len, week + i, issued)) == RC_OK) {
            rc = bundle_append(&out->bytes, &out->len, (uint8_t *)text, len);
        }
        free(text);
    }
    if (rc != RC_OK) {
        cli_error(_("can't make the notes: %s"), _(rc_text(rc)));
    }
    return rc;
}

static enum rc
sign_all(struct pile *out, const struct pile *in, const uint8_t sk[static 64])
{
    struct reader r;
    enum rc rc = RC_OK;
    const uint8_t *text;
    size_t len;

    rd_init(&r, in->bytes, in->len);
    while (rc == RC_OK && (rc = bundle_next(&text, &len, &r)) == RC_OK) {
        uint8_t *note;
        size_t note_len;

        rc = notes_sign(&note, &note_len, (const char *)text, len, sk);
        if (rc == RC_OK) {
            rc = bundle_append(&out->bytes, &out->len, note, note_len);
        }
        free(note);
    }
    if (rc == RC_MISSING) {
        return RC_OK; /* the end of the pile */
    }
    cli_error(rc == RC_TAKEN
                  ? _("these notes are of another organisation's desk")
                  : _("these are no desk notes: %s"),
              _(rc_text(rc)));
    return rc;
}

static enum rc
keep_all(struct desk *d, const struct pile *in, size_t *n)
{
    struct reader r;
    enum rc rc;
    const uint8_t *note;
    size_t len;

    *n = 0;
    if ((rc = vault_begin(d->vault)) != RC_OK) {
        cli_error(_("can't write to the case store: %s"), _(rc_text(rc)));
        return rc;
    }
    rd_init(&r, in->bytes, in->len);
    while (rc == RC_OK && (rc = bundle_next(&note, &len, &r)) == RC_OK) {
        if ((rc = notes_keep(d, note, len)) == RC_OK) {
            *n += 1;
        }
    }
    if (rc == RC_MISSING && *n > 0) {
        return vault_commit(d->vault);
    }
    vault_abort(d->vault); /* all of them, or none */
    cli_error(_("these are not signed notes of this desk: %s"),
              rc == RC_FORGED ? _("another identity key signed them")
                              : _(rc_text(rc)));
    return rc == RC_MISSING ? RC_FORMAT : rc;
}

static enum rc
post_due(struct desk *d)
{
    const struct directory *dir = d->network.bundle->directory;
    struct watch w = {.d = d};
    struct watch_posted posted[DIRECTORY_RELAYS_MAX];
    uint8_t *note;
    size_t len, taken = 0;
    uint64_t version;
    enum rc rc = notes_due(d, desk_today(d, clock_now()), &note, &len,
                           &version);

    if (rc != RC_OK) {
        cli_error(_("no note for today: %s"), _(rc_text(rc)));
        return rc;
    }
    watch_post(&w, note, len, posted);
    for (size_t i = 0; i < dir->n_relays; i++) {
        const struct directory_relay *relay = &dir->relays[i];
        enum rc one = posted[i].rc;

        if (one == RC_OK) {
            cli_say(_("Relay %s has the note."), desk_short(relay->id).text);
            taken++;
        } else if (one == RC_TAKEN) {
            cli_say(_("Relay %s has a newer note."),
                    desk_short(relay->id).text);
        } else {
            cli_error(_("relay %s: %s"), desk_short(relay->id).text,
                      one == RC_AGAIN ? _(rc_text(one)) : posted[i].error);
        }
    }
    free(note);
    if (taken == 0) {
        cli_error(_("no relay took the note; watch will try again"));
        return RC_AGAIN;
    }
    return RC_OK;
}

static enum rc
write_pile(const char *path, const struct pile *p)
{
    enum rc rc = file_write(path, p->bytes, p->len, 0600, true);

    if (rc != RC_OK) {
        cli_error(_("can't write %s: %s"), path, cli_why(rc));
    } else {
        cli_say(_("Written to %s."), path);
    }
    return rc;
}

static enum rc
read_pile(const char *path, struct pile *p)
{
    enum rc rc = file_read(&p->bytes, &p->len, path, BUNDLE_MAX);

    if (rc != RC_OK) {
        cli_error(_("can't read %s: %s"), path, cli_why(rc));
    }
    return rc;
}

/* The identity key where it is named, or in the desk's folder. */
static enum rc
load_identity(uint8_t **sk, struct desk_options *opt)
{
    const char *named = cli_value(desk_publish_options, "identity");
    char *dir = desk_dir(opt->dir);
    char *path = NULL;
    enum rc rc = RC_NOMEM;

    *sk = NULL;
    if (named != NULL) {
        path = strdup(named);
    } else if (dir != NULL) {
        path = file_join(dir, "identity.key");
    }
    if (path != NULL) {
        rc = desk_identity(sk, path, opt);
    }
    free(path);
    free(dir);
    return rc;
}

/* Offline: no store is opened, no network. */
static enum rc
sign_offline(struct desk_options *opt, const char *in, const char *out)
{
    struct pile texts = {0}, notes = {0};
    uint8_t *sk = NULL;
    enum rc rc;

    if ((rc = read_pile(in, &texts)) == RC_OK &&
        (rc = load_identity(&sk, opt)) == RC_OK &&
        (rc = sign_all(&notes, &texts, sk)) == RC_OK) {
        rc = write_pile(out, &notes);
    }
    sodium_free(sk);
    free(texts.bytes);
    free(notes.bytes);
    return rc;
}

/* Everything else needs the store. */
static enum rc
with_store(struct desk *d, struct desk_options *opt, uint32_t weeks)
{
    const char *request = cli_value(desk_publish_options, "request");
    const char *in = cli_value(desk_publish_options, "in");
    const char *out = cli_value(desk_publish_options, "out");
    struct pile texts = {0}, notes = {0};
    uint8_t *sk = NULL;
    size_t n = 0;
    enum rc rc = RC_OK;

    /* First what may go wrong here, then the relays, then what changes. */
    if (in != NULL) {
        rc = read_pile(in, &notes);
    } else if (request == NULL) {
        rc = load_identity(&sk, opt);
    }
    if (rc != RC_OK || (rc = look_at_relays(d)) != RC_OK) {
        goto out;
    }
    if (in == NULL && (rc = make_texts(d, &texts, weeks)) == RC_OK) {
        if (request != NULL) {
            rc = write_pile(request, &texts);
            goto out;
        }
        rc = sign_all(&notes, &texts, sk);
    }
    if (rc != RC_OK || (rc = keep_all(d, &notes, &n)) != RC_OK) {
        goto out;
    }
    if (out != NULL) {
        rc = write_pile(out, &notes);
        goto out;
    }
    cli_say(_("%zu notes are kept; watch sends each when its week comes."),
            n);
    rc = post_due(d);
out:
    sodium_free(sk);
    free(texts.bytes);
    free(notes.bytes);
    return rc;
}

int
desk_cmd_publish(int argc, char **argv)
{
    struct desk_options opt = {0};
    struct desk d = {0};
    uint64_t weeks = WEEKS_DEFAULT;
    const char *sign = cli_value(desk_publish_options, "sign");
    const char *out = cli_value(desk_publish_options, "out");
    int code = desk_cli_options(&opt);
    enum rc rc;

    (void)argc;
    (void)argv;
    if (code != CLI_DONE || cli_number(desk_publish_options, "weeks", 1,
                                       NOTES_WEEKS_MAX, &weeks) != RC_OK) {
        return CLI_USAGE;
    }
    if ((sign != NULL) + cli_given(desk_publish_options, "request") +
                cli_given(desk_publish_options, "in") > 1 ||
        (sign != NULL && out == NULL)) {
        cli_error(_("use --request FILE, then --sign FILE --out FILE, then "
                    "--in FILE"));
        return CLI_USAGE;
    }
    if (sign != NULL) {
        rc = sign_offline(&opt, sign, out);
    } else if ((rc = desk_open_asking(&d, &opt)) == RC_OK &&
               (rc = desk_network(&d, &opt)) == RC_OK) {
        rc = with_store(&d, &opt, (uint32_t)weeks);
    }
    desk_close(&d);
    desk_options_wipe(&opt);
    return cli_exit(rc);
}
