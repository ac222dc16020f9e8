/* SPDX-License-Identifier: ISC */
/*
 * Who is who, and what is done once a day: the bundle, desk and seen notes,
 * published copies of the page, weekly keys. See watch.h.
 */
#include "watch.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "cli.h"
#include "clock.h"
#include "days.h"
#include "file.h"
#include "notes.h"

#define CHORES_MS 60000
#define SEEN_WAIT_SECONDS (12 * 3600) /* for relays that are behind */
#define PAGE_COPY_MAX (32 * 1024 * 1024)
#define NOTES_LOW_DAYS 3

static const struct directory *
directory_of(const struct watch *w)
{
    return w->d->network.bundle->directory;
}

/* --- the bundle ---------------------------------------------------------- */

static void
refresh(struct watch *w)
{
    struct net_circuit c;
    const char *problem = NULL;
    enum rc rc;

    net_circuit_fresh(&c);
    desklock_give(&w->lock);
    rc = network_refresh(&w->d->network, w->d->net, &c, &problem);
    desklock_take(&w->lock);
    desk_network_day(w->d);
    if (w->d->network.worst == RC_FORGED || w->d->network.worst == RC_TAKEN ||
        w->d->network.worst == RC_FORMAT) {
        desk_alarm(w->d, _("directory: %s"),
                   problem == NULL ? rc_text(w->d->network.worst) : problem);
    }
    if (rc == RC_EXPIRED) {
        desk_alarm(w->d,
                   _("the directory has expired, by this computer's clock: "
                     "if it is really %s, ask the root signers for a new "
                     "one"),
                   day_text(clock_day(clock_now())).text);
    } else if (rc == RC_AGAIN) {
        desk_alarm(w->d, _("the directory is from the future: check this "
                           "computer's clock"));
    }
    if (rc == RC_OK && desk_network_keep(w->d) != RC_OK) {
        cli_error(_("can't keep the directory"));
    }
    feeds_build(w);
    watch_set_clocks(w);
}

/* A seen note against what we have scanned ourselves. */
static void
compare_note(struct watch *w, const struct seen_note *note, const char *name)
{
    int64_t oldest = clock_now() -
                     (int64_t)directory_of(w)->retention * DAY_SECONDS;

    for (size_t i = 0; i < note->n_pages; i++) {
        const struct seen_page *seen = &note->pages[i];
        const struct feed *f = feeds_of(w, seen->relay, seen->board);
        const struct board *board =
            board_find(directory_of(w)->boards, directory_of(w)->n_boards,
                       seen->board);
        enum witness_verdict verdict;

        if (f == NULL || board == NULL || !f->pos.known ||
            seen->number > f->pos.last.number ||
            (int64_t)(seen->number * board->tick) <= oldest + DAY_SECONDS ||
            witness_compare(&w->witness, &verdict, seen, board->tick,
                            &f->pos) != RC_OK) {
            continue;
        }
        if (verdict == WITNESS_FORK || verdict == WITNESS_HOLE) {
            desk_alarm(w->d,
                       verdict == WITNESS_FORK
                           ? _("%s has seen another page %" PRIu64
                               " of board %u at relay %s than we have: the "
                               "relay shows different things to different "
                               "people. Tell the root signers")
                           : _("%s has seen page %" PRIu64
                               " of board %u at relay %s, which was not "
                               "shown to us. Tell the root signers"),
                       name, seen->number, seen->board,
                       desk_short(seen->relay).text);
            desk_evidence(w->d, seen->relay, "bundle", w->d->network.raw,
                          w->d->network.raw_len);
            desk_evidence_of_day(
                w->d, &f->pos,
                clock_day((int64_t)(seen->number * board->tick)));
        }
    }
}

/* Does somebody publish keys in our name? */
static void
check_own_note(struct watch *w, const struct desknote *note)
{
    uint32_t week;

    if (notes_foreign(w->d, note, &week)) {
        desk_alarm(w->d,
                   _("the relays hold a desk note of ours with keys for "
                     "week %" PRIu32 " that are not in this store: another "
                     "copy of this desk, or a stolen identity key"),
                   week);
    }
}

static void
look_through(struct watch *w)
{
    const struct bundle *b = w->d->network.bundle;

    for (size_t i = 0; i < b->directory->n_orgs; i++) {
        const struct directory_org *org = &b->directory->orgs[i];
        bool us = memcmp(org->id, w->d->config.org, ORG_ID_LEN) == 0;

        if (b->seen[i] != NULL) {
            compare_note(w, b->seen[i],
                         us ? _("our own seen note") : org->name);
        }
        if (us && b->desk[i] != NULL) {
            check_own_note(w, b->desk[i]);
        }
    }
    if (desk_listed(w->d) == NULL) {
        desk_alarm(w->d, _("this organisation is not in the directory"));
    }
}

/* --- posting ------------------------------------------------------------- */

/* To every relay. true when each has it, or something newer. */
static bool
post(struct watch *w, const uint8_t *note, size_t len)
{
    const struct directory *dir = directory_of(w);
    struct watch_posted posted[DIRECTORY_RELAYS_MAX];
    bool all = true;

    watch_post(w, note, len, posted);
    for (size_t i = 0; i < dir->n_relays; i++) {
        enum rc rc = posted[i].rc;

        if (rc == RC_FORMAT) {
            desk_alarm(w->d, _("relay %s refuses a note of ours: %s"),
                       desk_short(dir->relays[i].id).text, posted[i].error);
        }
        all = all && (rc == RC_OK || rc == RC_TAKEN || rc == RC_FORMAT);
    }
    return all;
}

static void
post_desk_note(struct watch *w, uint32_t today)
{
    uint8_t *note;
    size_t len;
    uint64_t version;
    enum rc rc = notes_due(w->d, today, &note, &len, &version);

    if (rc == RC_MISSING) {
        desk_alarm(w->d, _("there is no desk note for today, so nobody can "
                           "write to us: run tocsin-desk publish"));
    }
    if (rc == RC_OK && (version != w->posted_version ||
                        today != w->posted_day)) {
        if (post(w, note, len)) {
            w->posted_version = version;
            w->posted_day = today;
        }
    }
    free(note);
}

/* The last page of a day at one relay's board. RC_AGAIN: not read that far;
 * RC_MISSING: there is none, or it can't be told. */
static enum rc
seen_page_of(struct watch *w, const struct feed *f, uint32_t day,
             struct seen_page *out)
{
    const struct board *board =
        board_find(directory_of(w)->boards, directory_of(w)->n_boards,
                   f->pos.board);
    const struct witness_page page = {f->pos.relay, f->pos.board, board->tick,
                                      0};
    int64_t begin = (int64_t)day * DAY_SECONDS, end = begin + DAY_SECONDS;
    struct page_link link;
    enum rc rc;

    if (!f->pos.known || (int64_t)(f->pos.last.number * board->tick) < end) {
        return RC_AGAIN;
    }
    if (f->pos.gap_last > 0 &&
        (int64_t)(f->pos.gap_last * board->tick) >= begin &&
        (int64_t)(f->pos.gap_first * board->tick) < end) {
        return RC_MISSING;
    }
    if ((rc = witness_last_of_day(&w->witness, &page, day, &link)) != RC_OK) {
        return rc;
    }
    memcpy(out->relay, f->pos.relay, sizeof out->relay);
    out->board = f->pos.board;
    out->number = link.number;
    memcpy(out->hash, link.hash, sizeof out->hash);
    return RC_OK;
}

/* Yesterday's seen note, at its time; yesterday is read everywhere then, or it
 * is noon. */
static void
make_seen_note(struct watch *w, int64_t now)
{
    struct seen_page pages[SEEN_PAGES_MAX];
    uint32_t day = clock_day(now) - 1;
    uint64_t made = 0;
    size_t n = 0, behind = 0;
    uint8_t *note;
    size_t len;

    if (!clocks_daily_due(&w->seen_at, w->means.seen, now) ||
        vault_number(w->d->vault, "seen day", &made) != RC_OK ||
        w->n_feeds > SEEN_PAGES_MAX) {
        return;
    }
    /* A day to come was noted when the clock was wrong. */
    if (made >= day && made <= clock_day(now)) {
        return;
    }
    for (size_t i = 0; i < w->n_feeds; i++) {
        enum rc rc = seen_page_of(w, w->feeds[i], day, &pages[n]);

        n += rc == RC_OK;
        behind += rc == RC_AGAIN;
    }
    if (n == 0 || (behind > 0 && now % DAY_SECONDS < SEEN_WAIT_SECONDS) ||
        notes_seen(w->d, &note, &len, day, pages, n) != RC_OK) {
        return;
    }
    if (vault_put(w->d->vault, VAULT_NOTE, "seen", 4, note, len) == RC_OK &&
        vault_set_number(w->d->vault, "seen day", day) == RC_OK) {
        w->seen_posted = false;
    }
    free(note);
}

static void
post_seen_note(struct watch *w)
{
    uint8_t *note;
    uint64_t day = 0;
    size_t len;

    if (!w->seen_posted &&
        vault_get(w->d->vault, VAULT_NOTE, "seen", 4, &note, &len) == RC_OK) {
        w->seen_posted = post(w, note, len);
        vault_release(note, len);
        if (w->seen_posted &&
            (vault_number(w->d->vault, "seen day", &day) != RC_OK ||
             vault_set_number(w->d->vault, SEEN_STORED, day) != RC_OK)) {
            cli_error(_("can't write to the case store"));
        }
    }
}

/* --- copies of the page -------------------------------------------------- */

static enum rc
fetch_copy(struct watch *w, const char *from, uint8_t **out, size_t *len)
{
    struct net_circuit c;
    const char *path;
    char *base;
    enum rc rc;

    if (strncmp(from, "http://", 7) != 0 && strncmp(from, "https://", 8) != 0) {
        return file_read(out, len, from, PAGE_COPY_MAX);
    }
    path = strchr(strstr(from, "//") + 2, '/');
    base = path == NULL ? strdup(from) : strndup(from, (size_t)(path - from));
    if (base == NULL) {
        return RC_NOMEM;
    }
    net_circuit_fresh(&c);
    desklock_give(&w->lock);
    rc = net_page(w->d->net, &c, base, path == NULL ? "/" : path,
                  PAGE_COPY_MAX, out, len);
    desklock_take(&w->lock);
    free(base);
    return rc;
}

static void
check_copies(struct watch *w)
{
    for (size_t i = 0; i < w->n_page_copies && !watch_stop; i++) {
        uint8_t hash[crypto_hash_sha256_BYTES];
        uint8_t *bytes = NULL;
        size_t len = 0;
        enum rc rc = fetch_copy(w, w->page_copies[i], &bytes, &len);

        if (rc != RC_OK) {
            desk_alarm(w->d, _("the copy of the page at %s can't be had: %s"),
                       w->page_copies[i], _(rc_text(rc)));
            continue;
        }
        (void)crypto_hash_sha256(hash, bytes, len);
        free(bytes);
        if (memcmp(hash, directory_of(w)->page_sha256, sizeof hash) != 0) {
            desk_alarm(w->d,
                       _("the copy of the page at %s is not the one that the "
                         "directory names: take it down"),
                       w->page_copies[i]);
        }
    }
}

/* --- keys and chores ----------------------------------------------------- */

/* Has every feed come as far as it goes? Before, pages that would prove the
 * day may only not have been read yet. */
static bool
is_settled(const struct watch *w)
{
    for (size_t i = 0; i < w->n_feeds; i++) {
        if (!w->feeds[i]->settled) {
            return false;
        }
    }
    return true;
}

static void
destroy_keys(struct watch *w)
{
    struct desk_destroyed gone;
    int64_t now = clock_now();
    enum rc rc = desk_destroy_keys(w->d, now, &gone);

    if (gone.weeks > 0) {
        cli_say(_("The private keys of %zu past weeks were destroyed."),
                gone.weeks);
        rc = rc == RC_OK ? vault_renew(w->d->vault) : rc;
    }
    if (rc != RC_OK) {
        desk_alarm(w->d, _("weekly keys can't be read or destroyed: %s"),
                   _(rc_text(rc)));
    } else if (gone.withheld > 0 && is_settled(w)) {
        desk_alarm(w->d,
                   _("by this computer's clock it is %s, but relays and "
                     "others have shown no day after %s. Set the clock right; "
                     "if it is right, most relays are silent. The private "
                     "keys of %zu past weeks are kept until then"),
                   day_text(clock_day(now)).text,
                   day_text(clock_day(gone.proved)).text, gone.withheld);
    }
}

static void
once_a_day(struct watch *w, uint32_t today)
{
    int64_t kept = ((int64_t)directory_of(w)->retention + 1) * DAY_SECONDS;
    int64_t sure = 0;
    uint32_t last = 0;

    if (desk_sure(w->d, clock_now(), &sure) != RC_OK ||
        witness_prune(&w->witness, sure - kept) != RC_OK ||
        day_pages_prune(w->d->vault, clock_day(sure - kept)) != RC_OK ||
        tidy(w->d) != RC_OK) {
        cli_error(_("can't write to the case store"));
    }
    check_copies(w);
    if (notes_last_day(w->d, clock_day(sure), &last) == RC_OK && last > 0 &&
        last < today + NOTES_LOW_DAYS) {
        desk_alarm(w->d, _("the desk notes run out in less than %d days: run "
                           "tocsin-desk publish"),
                   NOTES_LOW_DAYS);
    }
}

int64_t
bulletin_run(struct watch *w, int64_t now_ms)
{
    int64_t now = clock_now();
    uint32_t today;

    if (now_ms >= w->refresh_ms) {
        refresh(w);
        look_through(w);
        w->refresh_ms = clock_mono_ms() + (int64_t)(w->means.refresh * 1000);
    }
    today = desk_today(w->d, now);
    if (now_ms >= w->chores_ms) {
        post_desk_note(w, today);
        make_seen_note(w, now);
        post_seen_note(w);
        destroy_keys(w);
        if (today != w->daily_day) {
            once_a_day(w, today);
            w->daily_day = today;
        }
        w->chores_ms = clock_mono_ms() +
                       (w->means.poll > 0 && w->means.poll < 60
                            ? (int64_t)(w->means.poll * 5000)
                            : CHORES_MS);
    }
    return w->refresh_ms < w->chores_ms ? w->refresh_ms : w->chores_ms;
}
