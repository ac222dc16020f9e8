/* SPDX-License-Identifier: ISC */
/* Step 3 of a visit: the answers boards; and how any board is read. */
#include "place.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "clock.h"
#include "lanes.h"
#include "term.h"
#include "witnesses.h"

#define BOARD_MS      (1800 * 1000) /* for what is new on a board */
#define FRESH_SECONDS 1800 /* or three ticks: a newest page is that old */

/* Hands entries of checked pages on, after comparing with seen notes. */
struct page_reader {
    const struct place_board *b;
    struct witnesses witnesses;
};

static enum rc
on_page(const struct page *page, const uint8_t *bytes, size_t len, void *arg)
{
    struct page_reader *p = arg;
    uint8_t hash[PAGE_HASH_LEN];

    page_hash(hash, bytes, len);
    if (!witnesses_page(&p->witnesses, page, hash)) {
        return RC_FORGED;
    }
    for (size_t i = 0; i < page->slots; i++) {
        p->b->entry(page->entries + i * p->b->board->entry_len, page->number,
                    p->b->arg);
    }
    return RC_OK;
}

/* Fewer than half of them: it may be they who are wrong. Said once. */
static void
name_disagreeing(struct place *at, const struct page_reader *p)
{
    const struct directory *d = at->v->w.bundle->directory;
    bool *said = &at->v->at[at->relay].disputed;

    for (size_t i = 0; !*said && i < d->n_orgs; i++) {
        if (p->witnesses.disagrees[i]) {
            visit_say(at->v,
                      _("warning: relay %s, board %u: %s has seen other pages "
                        "there than it shows to us. Most organisations have "
                        "not; it is used all the same"),
                      visit_relay_name(at->v, at->relay), p->b->board->id,
                      term_name(d->orgs[i].name).text);
        }
    }
    *said = *said || p->witnesses.against > 0;
}

/* All files of a scan in lanes, handed out in their order. */
static enum rc
scan_in_lanes(struct place *p, struct place_board *b, struct scan *s,
              struct scan_position *pos, uint64_t first)
{
    struct scan_file *files;
    struct lanes l = {.opt = &p->net_opt,
                      .circuit = b->circuit,
                      .url = visit_relay_name(p->v, p->relay)};
    enum rc rc = scan_files(s, first, &files, &l.n);

    if (rc != RC_OK) {
        return rc;
    }
    l.files = files;
    s->get = lanes_get;
    s->get_arg = &l;
    if ((rc = lanes_start(&l)) == RC_OK) {
        rc = scan_from(s, pos, first);
    }
    lanes_end(&l);
    (void)snprintf(b->error, sizeof b->error, "%s", l.error);
    free(files);
    return rc;
}

static int64_t
until(const struct place_board *b)
{
    const int64_t most = clock_mono_ms() + BOARD_MS;

    return b->until_ms != 0 && b->until_ms < most ? b->until_ms : most;
}

enum rc
place_read(struct place *p, struct place_board *b, struct scan_position *pos,
           uint64_t first)
{
    struct page_reader reader = {.b = b};
    const struct network *w = &p->v->w;
    const struct network_relay *r = &w->relays[p->relay];
    struct scan s = {
        .net = p->net,
        .circuit = b->circuit,
        .url = r->url,
        .board = b->board,
        .relay_pk = r->info->pk,
        .retention = w->bundle->directory->retention,
        .today = w->today,
        .singles = !b->files,
        .files = b->files || b->one,
        .newest = b->newest,
        .most = b->most,
        .until_ms = until(b),
        .page = on_page,
        .arg = &reader,
    };
    enum rc rc = witnesses_init(&reader.witnesses, w->bundle, r->info->id,
                                b->board, w->today);

    if (rc == RC_OK && b->files) {
        rc = scan_in_lanes(p, b, &s, pos, first);
    } else if (rc == RC_OK) {
        rc = scan_from(&s, pos, first);
        (void)snprintf(b->error, sizeof b->error, "%s", net_error(p->net));
    }
    if (rc == RC_OK && !b->one &&
        !witnesses_end(&reader.witnesses, first,
                       pos->known ? pos->last.number : 0)) {
        rc = RC_FORGED; /* it hides what they have seen */
    }
    if (rc == RC_OK) {
        name_disagreeing(p, &reader);
    }
    witnesses_wipe(&reader.witnesses);
    p->forged = p->forged || (rc == RC_FORGED && !b->one);
    return rc;
}

const char *
place_trouble(const struct place_board *b, enum rc rc)
{
    switch (rc) {
    case RC_FORGED:
        return _("it shows forged or contradicting pages; tell the "
                 "organisation you trust most");
    case RC_IO:
        return b->error;
    case RC_FORMAT:
    case RC_TRUNCATED:
        return _("its answer breaks the protocol");
    case RC_MISSING:
        return _("it does not have this board");
    default:
        return _(rc_text(rc));
    }
}

/* --- the answers boards --- */

/* Hands the entries of one answers board on with their day. */
struct answers_page {
    struct place *p;
    uint16_t tick;
};

static void
on_answer(const uint8_t *entry, uint64_t page, void *arg)
{
    const struct answers_page *a = arg;
    const struct visit_job *job = a->p->job;

    if (job->answer != NULL) {
        (void)pthread_mutex_lock(&a->p->v->mutex);
        job->answer(entry, (uint32_t)(page * a->tick / DAY_SECONDS), job->arg);
        (void)pthread_mutex_unlock(&a->p->v->mutex);
    }
}

/* Used all the same: but that nothing newer is there proves nothing. */
static void
check_fresh(struct place *p, const struct board *board, int64_t shown)
{
    int64_t slack =
        3 * board->tick > FRESH_SECONDS ? 3 * board->tick : FRESH_SECONDS;
    char day[CLOCK_DATE_LEN];

    if (shown >= network_now(&p->v->w) - slack) {
        return;
    }
    p->v->at[p->relay].fresh = false;
    clock_date(day, clock_day(shown));
    visit_say(p->v,
              _("warning: relay %s has shown nothing newer than %s, %02d:00 "
                "UTC: what is newer may be missing"),
              visit_relay_name(p->v, p->relay), day,
              (int)(shown % DAY_SECONDS / 3600));
}

static enum rc
read_board(struct place *p, const struct board *board, struct place_board *b)
{
    const struct network_relay *r = &p->v->w.relays[p->relay];
    struct answers_page page = {p, board->tick};
    struct scan_position pos = {0};
    struct net_circuit c;
    const uint64_t first = (uint64_t)p->first_day * DAY_SECONDS / board->tick;
    enum rc rc;

    net_circuit_fresh(&c);
    *b = (struct place_board){.board = board,
                              .circuit = visit_circuit(p->v, &c),
                              .files = true,
                              .newest = r->newest[board->id],
                              .entry = on_answer,
                              .arg = &page};
    if ((r->lists[board->id / 8] >> board->id % 8 & 1) == 0) {
        return RC_MISSING;
    }
    if ((rc = place_read(p, b, &pos, first)) == RC_OK) {
        check_fresh(p, board,
                    pos.known ? (int64_t)(pos.last.number * board->tick)
                              : (int64_t)p->first_day * DAY_SECONDS);
    }
    return rc;
}

/* All of them, by id. One that is not shown right costs the others nothing;
 * where none is, the relay is lost. */
void *
place_boards(void *arg)
{
    struct place *p = arg;
    const struct directory *d = p->v->w.bundle->directory;
    const struct board *boards[DIRECTORY_ANSWERS_MAX];
    const size_t n = directory_answers(d, boards);
    struct place_board b = {.board = NULL};
    enum rc worst = RC_OK;
    bool any = false;

    p->v->at[p->relay].fresh = true;
    for (size_t i = 0; i < n && place_is_up(p); i++) {
        enum rc rc = read_board(p, boards[i], &b);

        any = any || rc == RC_OK;
        worst = rc != RC_OK ? rc : worst;
        if (rc == RC_IO) {
            any = false;
            break; /* the line: nothing more can be had here */
        }
        if (rc != RC_OK && n > 1) {
            visit_say(p->v,
                      _("relay %s, answers board %u: %s; what stands on it is "
                        "not read there"),
                      visit_relay_name(p->v, p->relay), boards[i]->id,
                      place_trouble(&b, rc));
        }
    }
    if (!any && place_is_up(p)) {
        visit_relay_lost(p->v, p->relay, place_trouble(&b, worst));
    }
    atomic_store(&p->ended, true);
    return NULL;
}
