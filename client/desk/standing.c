/* SPDX-License-Identifier: ISC */
/* Answers that stand at the relays: what became of them. PROTOCOL.md section
 * 6, "Answers that stand". */
#include "watch.h"

#include <inttypes.h>
#include <string.h>

#include "cli.h"
#include "clock.h"
#include "notes.h"

static void
say_unseen(struct watch *w, const struct outgoing_answer *o,
           const struct relay_rec *r)
{
    if (o->dummy) {
        desk_alarm(w->d,
                   _("relay %s took a dummy answer's entry and never showed "
                     "it"),
                   desk_short(r->id).text);
    } else {
        desk_alarm(w->d,
                   _("relay %s took an answer's entry and never showed it "
                     "(case %" PRIu32 ")"),
                   desk_short(r->id).text, o->rec.case_no);
    }
}

/* Its entry must appear; it is rung again where it did not. */
static bool
is_missing(struct watch *w, struct outgoing_answer *o, struct relay_rec *r)
{
    if (r->page == 0 || r->seen || r->missed ||
        !feeds_passed(w, r->id, r->board, r->page + w->means.grace)) {
        return false;
    }
    say_unseen(w, o, r);
    r->page = 0;
    return true;
}

/* The box may have gone before its entry does: it may come back while that
 * relay still knows whether it was burned. */
static bool
has_expired(const struct watch *w, const struct relay_rec *r)
{
    const struct directory *dir = w->d->network.bundle->directory;
    const struct board *board =
        board_find(dir->boards, dir->n_boards, r->board);
    const uint32_t today = desk_today(w->d, clock_now());
    int64_t rung;

    if (board == NULL) {
        return false; /* and nobody finds the entry any more */
    }
    rung = (int64_t)(r->page * board->tick);
    return r->page > 0 && !r->missed && r->place == PLACE_FREE &&
           r->expiry > 0 && r->expiry < today &&
           today <= delivery_last_day(r) &&
           clock_day(rung) + dir->retention > today;
}

bool
delivery_in_time(const struct watch *w, const struct outgoing_answer *o)
{
    const uint32_t retention = w->d->network.bundle->directory->retention;
    const uint32_t today = desk_today(w->d, clock_now());

    return o->rec.day + retention > today &&
           notes_cover(w->d, o->rec.day, today);
}

/* Is a relay open now that it was never put at? */
static bool
has_newcomer(const struct watch *w, struct outgoing_answer *o)
{
    const struct directory_relay *to[2];
    const size_t n = watch_writers(w, to);
    bool any = false;

    for (size_t i = 0; i < n; i++) {
        bool known = false;

        for (size_t k = 0; k < o->rec.n_relays; k++) {
            known = known || memcmp(o->rec.relays[k].id, to[i]->id, 32) == 0;
        }
        any = any || (!known && o->rec.n_relays < RECORD_RELAYS_MAX);
    }
    return any && delivery_in_time(w, o);
}

bool
delivery_look_after(struct watch *w, struct outgoing_answer *o)
{
    bool again = has_newcomer(w, o);

    for (size_t i = 0; i < o->rec.n_relays; i++) {
        struct relay_rec *r = &o->rec.relays[i];

        if (is_missing(w, o, r)) {
            again = true;
        } else if (has_expired(w, r)) {
            r->expiry = 0;
            r->boxes_put = 0;
            memset(&o->circuits[i], 0, sizeof o->circuits[i]);
            again = true;
        }
    }
    return again;
}
