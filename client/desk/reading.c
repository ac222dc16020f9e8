/* SPDX-License-Identifier: ISC */
/* One turn at one board of one relay: see watch.h. The relay may be hostile:
 * whatever it serves, it is read on where that makes sense. Network calls are
 * made without the lock, all else with it. */
#include "watch.h"

#include <sodium.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "clock.h"
#include "days.h"
#include "intake.h"

#define HOUR_SECONDS 3600
#define GAP_RETRY_SECONDS 3600
#define TURN_MS (600 * 1000) /* at most, then what was read is kept */
#define SKIP_AFTER 3 /* failures in a row at one place */
#define SILENT_SECONDS DAY_SECONDS

/* What the callbacks need: copies, as the directory may change meanwhile. */
struct reading {
    struct watch *w;
    struct feed *feed;
    struct scan scan;
    struct board board;
    uint8_t relay[32];
    uint8_t pk[32];
    char url[FEED_URL_MAX];
    enum rc store;      /* the store failed: not the relay's fault */
    uint64_t stop_after; /* of a gap; 0: none */
    bool gap;
    unsigned forks; /* pages other than we had read */
};

/* --- a page -------------------------------------------------------------- */

/* The newest page, so that a fork of it can be proved. */
static enum rc
keep_page(struct feed *f, const uint8_t *bytes, size_t len)
{
    uint8_t *copy = malloc(len);

    if (copy == NULL) {
        return RC_NOMEM;
    }
    memcpy(copy, bytes, len);
    free(f->page);
    f->page = copy;
    f->page_len = len;
    f->page_kept = len > VAULT_ROW_MAX; /* it can't be */
    return RC_OK;
}

/* The page kept so far is the last of its day if a later day's follows. */
static enum rc
keep_day_page(struct watch *w, const struct feed *f, uint64_t next)
{
    uint64_t day_pages = (uint64_t)(DAY_SECONDS / f->board.tick);
    struct page page;
    size_t used;
    enum rc rc;

    if (f->page == NULL ||
        page_parse(&page, &used, &f->board, f->page, f->page_len) != RC_OK ||
        page.number / day_pages >= next / day_pages) {
        return RC_OK;
    }
    rc = day_page_put(w->d->vault, &f->pos,
                      (uint32_t)(page.number / day_pages), f->page,
                      f->page_len);
    return rc == RC_FULL ? RC_OK : rc; /* larger than a row may be */
}

static enum rc
save(struct watch *w, struct feed *f)
{
    enum rc rc = vault_begin(w->d->vault);

    if (rc != RC_OK) {
        return rc;
    }
    if (!f->page_kept && f->page != NULL) {
        rc = newest_put(w->d->vault, &f->pos, f->page, f->page_len);
        f->page_kept = rc == RC_OK;
    }
    if (rc == RC_OK && (rc = witness_flush(&w->witness)) == RC_OK &&
        (rc = position_put(w->d->vault, &f->pos)) == RC_OK) {
        return vault_commit(w->d->vault);
    }
    vault_abort(w->d->vault);
    return rc;
}

static void
announce(struct watch *w, const struct intake_result *r)
{
    switch (r->what) {
    case INTAKE_CASE:
        w->out.numbers.loaded = false;
        (void)printf("case %" PRIu32 " new\n", r->case_no);
        cli_say(_("A new report: case %" PRIu32 "."), r->case_no);
        if (r->twin) {
            cli_say(_("It is not proven to be from the person whose "
                      "conversation it names: see tocsin-desk show."));
        }
        w->news = true;
        break;
    case INTAKE_MESSAGE:
        (void)printf("case %" PRIu32 " more\n", r->case_no);
        cli_say(_("A new message in case %" PRIu32 "."), r->case_no);
        w->news = true;
        break;
    case INTAKE_FORGED:
        desk_alarm(w->d,
                   _("a message claimed to belong to case %" PRIu32
                     " without proof; it was dropped"),
                   r->case_no);
        break;
    case INTAKE_ORPHAN:
        cli_say(_("A follow-up whose report is not here yet; it is kept."));
        break;
    case INTAKE_CROWDED:
        desk_alarm(w->d, _("too many follow-ups without a report; a lot "
                           "decides which of them are kept"));
        break;
    case INTAKE_OWN:
    case INTAKE_MISS:
    case INTAKE_KNOWN:
        break;
    }
    (void)fflush(stdout);
}

static enum rc
take_entries(struct reading *r, const struct page *page)
{
    const struct intake_place at = {r->relay, page->number,
                                    r->board.tick};

    if (board_is_answers(&r->board)) {
        return outbox_page(r->w, page, r->relay);
    }
    for (size_t i = 0; i < page->slots; i++) {
        struct intake_result result;
        enum rc rc =
            intake_entry(r->w->d, &result,
                         page->entries + i * r->board.entry_len, &at);

        if (rc != RC_OK) {
            return rc;
        }
        announce(r->w, &result);
    }
    return RC_OK;
}

/* Our side of a fork: the newest page names, over those before it, all that we
 * have read. */
static void
keep_ours(struct reading *r)
{
    const struct feed *f = r->feed;
    char what[64];

    if (f->page != NULL) {
        (void)snprintf(what, sizeof what, "newest-%s-%u-%" PRIu64,
                       desk_short(r->relay).text, r->board.id,
                       f->pos.last.number);
        desk_evidence(r->w->d, r->relay, what, f->page, f->page_len);
    }
}

/* Is it the last page of its day, and do we have our own of that number? */
static bool
have_day_page(struct reading *r, uint64_t number)
{
    uint8_t *ours;
    size_t len, used;
    struct page page;
    bool same;

    if (day_page_get(r->w->d->vault, &r->feed->pos,
                     clock_day((int64_t)(number * r->board.tick)), &ours,
                     &len) != RC_OK) {
        return false;
    }
    same = page_parse(&page, &used, &r->board, ours, len) == RC_OK &&
           page.number == number;
    vault_release(ours, len);
    return same;
}

/*
 * Once a page differs, all that follow it do, each naming the one before: in
 * what is read anew, only the first and those of which we have our own are
 * worth an alarm and room on the disk.
 */
static void
fork_alarm(struct reading *r, uint64_t number, const uint8_t *bytes,
           size_t len)
{
    struct watch *w = r->w;
    bool newest = number == r->feed->pos.last.number;
    bool both = newest || have_day_page(r, number);
    char what[64];

    if (r->forks++ > 0 && !both) {
        return;
    }
    desk_alarm(w->d,
               _("relay %s signed two different pages of one number, of board "
                 "%u: it shows different things to different people. What "
                 "proves it is in the folder evidence; tell the root signers"),
               desk_short(r->relay).text, r->board.id);
    (void)snprintf(what, sizeof what, "page-%s-%u-%" PRIu64,
                   desk_short(r->relay).text, r->board.id, number);
    desk_evidence(w->d, r->relay, what, bytes, len);
    if (newest) {
        keep_ours(r);
    } else {
        desk_evidence_of_day(
            w->d, &r->feed->pos,
            clock_day((int64_t)(number * r->board.tick)));
    }
}

/* The first page after a break of the chain, against the last one before. */
static void
check_seam(struct reading *r, const struct page *page)
{
    const struct position_rec *pos = &r->feed->pos;
    bool same;

    if (r->gap || !pos->known || pos->linked ||
        sodium_is_zero(pos->last.hash, PAGE_HASH_LEN)) {
        return;
    }
    same = page->previous == pos->last.number &&
           memcmp(page->previous_hash, pos->last.hash, PAGE_HASH_LEN) == 0;
    if (!same && page->previous <= pos->last.number) {
        desk_alarm(r->w->d,
                   _("relay %s goes on with a chain that lacks a page of board "
                     "%u which it had signed"),
                   desk_short(r->relay).text, r->board.id);
    }
}

static enum rc
on_page(const struct page *page, const uint8_t *bytes, size_t len, void *arg)
{
    struct reading *r = arg;
    struct feed *f = r->feed;
    const struct witness_page where = {r->relay, r->board.id,
                                       r->board.tick, page->number};
    uint64_t hour = page->number * r->board.tick / HOUR_SECONDS;
    uint8_t hash[PAGE_HASH_LEN];
    enum rc rc = RC_OK;

    if (watch_stop || f->gone) {
        return RC_AGAIN;
    }
    if (r->stop_after > 0 && page->number > r->stop_after) {
        return RC_EXPIRED;
    }
    if (!r->gap && hour != f->hour) {
        rc = f->hour == 0 ? RC_OK : save(r->w, f);
        f->hour = hour;
    }
    page_hash(hash, bytes, len);
    if (rc == RC_OK) {
        rc = witness_add(&r->w->witness, &where, hash);
        if (rc == RC_TAKEN) {
            fork_alarm(r, page->number, bytes, len);
            rc = RC_OK;
        }
    }
    check_seam(r, page);
    if (rc == RC_OK) {
        rc = take_entries(r, page);
    }
    if (rc != RC_OK) {
        r->store = rc;
        return rc;
    }
    if (!r->gap) {
        if ((rc = keep_day_page(r->w, f, page->number)) != RC_OK ||
            (rc = keep_page(f, bytes, len)) != RC_OK) {
            r->store = rc;
            return rc;
        }
        f->pos.first = f->pos.known ? f->pos.first : page->number;
        f->pos.known = f->pos.linked = true;
        f->pos.last.number = page->number;
        memcpy(f->pos.last.hash, hash, sizeof hash);
    }
    return RC_OK;
}

/* A signed page that does not fit what was read before. */
static void
on_evidence(const uint8_t *bytes, size_t len, void *arg)
{
    struct reading *r = arg;
    struct page page;
    char what[64];
    size_t used;

    if (page_parse(&page, &used, &r->board, bytes, len) != RC_OK) {
        return;
    }
    if (page.number == r->feed->pos.last.number) {
        fork_alarm(r, page.number, bytes, len);
        return;
    }
    desk_alarm(r->w->d,
               _("relay %s broke the chain of board %u: a page does not follow "
                 "the one before it, which it had signed. What proves it is in "
                 "the folder evidence; tell the root signers"),
               desk_short(r->relay).text, r->board.id);
    (void)snprintf(what, sizeof what, "chain-%s-%u-%" PRIu64,
                   desk_short(r->relay).text, r->board.id, page.number);
    desk_evidence(r->w->d, r->relay, what, bytes, len);
    keep_ours(r);
}

/* The scan calls without the lock. */
static enum rc
on_page_locked(const struct page *page, const uint8_t *bytes, size_t len,
               void *arg)
{
    struct reading *r = arg;
    enum rc rc;

    desklock_take(&r->w->lock);
    rc = on_page(page, bytes, len, r);
    desklock_give(&r->w->lock);
    return rc;
}

static void
on_evidence_locked(const uint8_t *bytes, size_t len, void *arg)
{
    struct reading *r = arg;

    desklock_take(&r->w->lock);
    on_evidence(bytes, len, r);
    desklock_give(&r->w->lock);
}

/* --- a feed -------------------------------------------------------------- */

/* Where to begin: as far back as somebody could have written to us, at a
 * whole hour. */
static uint64_t
first_page(const struct watch *w, const struct feed *f, int64_t now)
{
    uint32_t weeks[WEEKKEYS_SLOTS];
    int64_t from = now - (int64_t)f->retention * DAY_SECONDS;

    if (weekkeys_list(w->d->keys, weeks) > 0) {
        int64_t keys = ((int64_t)weeks[0] - 1) * WEEK_DAYS * DAY_SECONDS;

        from = keys > from ? keys : from;
    }
    if (from < 0) {
        from = 0;
    }
    return (uint64_t)(from / HOUR_SECONDS * HOUR_SECONDS) / f->board.tick;
}

static void
prepare(struct watch *w, struct feed *f, struct reading *r, int64_t now_ms)
{
    memset(r, 0, sizeof *r);
    r->w = w;
    r->feed = f;
    r->board = f->board;
    memcpy(r->relay, f->pos.relay, sizeof r->relay);
    memcpy(r->pk, f->pk, sizeof r->pk);
    memcpy(r->url, f->url, sizeof r->url);
    r->scan = (struct scan){.net = f->net,
                            .circuit = feeds_circuit(f, now_ms),
                            .url = r->url,
                            .board = &r->board,
                            .relay_pk = r->pk,
                            .retention = f->retention,
                            .today = f->today,
                            .page = on_page_locked,
                            .arg = r,
                            .hours = f->failures > 0,
                            .until_ms = now_ms + TURN_MS,
                            .evidence = on_evidence_locked};
}

/* scan_from, while others go on. */
static enum rc
read_on(struct reading *r, struct scan_position *at, uint64_t first)
{
    enum rc rc;

    desklock_give(&r->w->lock);
    rc = scan_from(&r->scan, at, first);
    desklock_take(&r->w->lock);
    return rc;
}

/* The relay can't show what comes next: after some tries its hour is left
 * out, remembered, and tried again later. */
static void
skip_hour(struct watch *w, struct feed *f, uint64_t first, int64_t now)
{
    const struct board *board = &f->board;
    uint64_t hour_pages = HOUR_SECONDS / board->tick;
    uint64_t target = (first / hour_pages + 1) * hour_pages;
    uint64_t current = (uint64_t)(now > 0 ? now : 0) / board->tick;

    if (target > current) {
        target = current;
    }
    if (target <= first) {
        return;
    }
    if (f->pos.gap_last == 0 || first < f->pos.gap_first) {
        f->pos.gap_first = first;
    }
    if (target - 1 > f->pos.gap_last) {
        f->pos.gap_last = target - 1;
    }
    f->pos.first = f->pos.known ? f->pos.first : first;
    f->pos.known = true;
    f->pos.linked = false;
    f->pos.last.number = target - 1;
    memset(f->pos.last.hash, 0, sizeof f->pos.last.hash);
    f->gap_retry = now + GAP_RETRY_SECONDS;
    f->failures = 0;
    if (save(w, f) != RC_OK) {
        cli_error(_("can't write to the case store"));
    }
}

/* Are its pages of days to come? Their time, or 0. */
static int64_t
its_future(struct reading *r, int64_t now)
{
    struct status_board st;
    int64_t newest = 0;
    enum rc rc;

    desklock_give(&r->w->lock);
    rc = scan_status(&r->scan, &st);
    desklock_take(&r->w->lock);
    if (rc == RC_OK) {
        newest = (int64_t)(st.newest * r->board.tick);
    }
    return newest > now + DAY_SECONDS ? newest : 0;
}

static void
misbehaved(struct reading *r, enum rc rc, uint64_t first, int64_t now)
{
    struct watch *w = r->w;
    struct feed *f = r->feed;
    struct desk_short name = desk_short(f->pos.relay);
    int64_t future;

    f->failures++;
    if (f->pos.linked && rc == RC_FORGED) {
        desk_alarm(w->d,
                   _("relay %s: what it serves of board %u does not follow "
                     "what it served before"),
                   name.text, f->pos.board);
        f->pos.linked = false; /* read on from where it says it is */
        return;
    }
    if (f->failures >= SKIP_AFTER && (future = its_future(r, now)) > 0) {
        desk_alarm(w->d,
                   _("relay %s shows pages of %s, a day to come by this "
                     "computer's clock: check the clock"),
                   name.text, day_text(clock_day(future)).text);
    } else if (f->failures == SKIP_AFTER) {
        desk_alarm(w->d,
                   _("relay %s serves pages of board %u that are no good "
                     "(%s); they are left out and tried again later"),
                   name.text, f->pos.board, _(rc_text(rc)));
        skip_hour(w, f, first, now);
    } else if (f->failures > SKIP_AFTER) {
        skip_hour(w, f, first, now);
    }
}

/* No answer is no alarm before a day is over. */
static void
unreachable(struct watch *w, struct feed *f, int64_t now)
{
    f->failures++;
    if (now - f->answered > SILENT_SECONDS && !f->silent) {
        desk_alarm(w->d, _("relay %s has not answered for a day: %s"),
                   desk_short(f->pos.relay).text, net_error(f->net));
        f->silent = true;
    }
}

/* Hours that could not be read: once more, each by itself. */
static void
retry_gap(struct watch *w, struct feed *f, int64_t now_ms, int64_t now)
{
    uint64_t hour_pages, from = f->pos.gap_first, last = f->pos.gap_last;
    struct reading r;
    bool whole = true;

    f->gap_retry = now + GAP_RETRY_SECONDS;
    prepare(w, f, &r, now_ms);
    r.gap = true;
    hour_pages = (uint64_t)(HOUR_SECONDS / r.board.tick);
    while (from <= last && !watch_stop && !f->gone) {
        struct scan_position at = {0};
        enum rc rc;

        r.stop_after = (from / hour_pages + 1) * hour_pages - 1;
        rc = read_on(&r, &at, from);
        if (rc != RC_OK && rc != RC_EXPIRED) {
            whole = false;
        }
        if (rc == RC_IO || rc == RC_AGAIN) {
            break; /* not now, or not in this turn */
        }
        from = r.stop_after + 1;
    }
    if (whole && !watch_stop && !f->gone) {
        f->pos.gap_first = f->pos.gap_last = 0;
        cli_say(_("What relay %s could not show is read now."),
                desk_short(f->pos.relay).text);
    }
    if (save(w, f) != RC_OK) {
        cli_error(_("can't write to the case store"));
    }
}

static void
run_feed(struct watch *w, struct feed *f, int64_t now_ms)
{
    int64_t now = clock_now();
    uint64_t first, before = f->pos.last.number;
    struct reading r;
    enum rc rc;

    prepare(w, f, &r, now_ms);
    first = f->pos.known ? f->pos.last.number + 1
                         : first_page(w, f, now);
    f->at.known = f->pos.linked;
    f->at.last = f->pos.last;
    rc = read_on(&r, &f->at, first);
    if (f->pos.last.number != before) {
        enum rc saved = save(w, f);

        f->failures = 0;
        r.store = r.store == RC_OK ? saved : r.store;
        first = f->pos.last.number + 1;
    }
    if (r.store != RC_OK) {
        cli_error(_("the case store can't be written: %s"),
                  rc_text(r.store));
        f->failures++;
    } else if (rc == RC_OK || rc == RC_MISSING) {
        /* A board that it does not have yet has nothing to be read. */
        f->failures = 0;
        f->settled = true;
        f->answered = now;
        f->silent = false;
    } else if (watch_stop || f->gone ||
               (rc == RC_AGAIN && f->failures == 0 &&
                f->pos.last.number != before)) {
        return; /* the rest in the next turn */
    } else if (rc == RC_IO || rc == RC_AGAIN || rc == RC_NOMEM) {
        unreachable(w, f, now);
    } else {
        misbehaved(&r, rc, first, now);
    }
    f->settled = f->settled || f->failures > 0;
    /* Not before a signed page after the gap shows that it is over. */
    if (f->pos.gap_last > 0 && now >= f->gap_retry && f->pos.linked &&
        !watch_stop) {
        retry_gap(w, f, now_ms, now);
    }
}

/* When the next page of a board is due, and a second for sealing it. */
static int64_t
next_page_ms(const struct watch *w, const struct board *board)
{
    int64_t now = clock_now();

    if (w->means.poll > 0) {
        return (int64_t)(w->means.poll * 1000);
    }
    return (board->tick - now % board->tick + 1) * 1000;
}

void
feed_turn(struct watch *w, struct feed *f)
{
    int64_t wait = next_page_ms(w, &f->board);

    run_feed(w, f, clock_mono_ms());
    if (f->failures > 0) {
        wait = watch_backoff_ms(w, f->failures);
    }
    f->next_ms = clock_mono_ms() + wait;
}
