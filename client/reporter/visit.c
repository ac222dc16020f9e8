/* SPDX-License-Identifier: ISC */
#include "visit.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <sodium.h>

#include "cli.h"
#include "clock.h"
#include "day.h"
#include "term.h"
#include "witnesses.h"

#define ATTEMPTS 4
#define BOARD_MS (1800 * 1000) /* for what is new on a board */
#define AGAIN_MS 1500          /* times the attempt */
#define FRESH_SECONDS 1800     /* or three ticks: a newest page is that old */

void
visit_sleep(int64_t ms)
{
    struct timespec t = {.tv_sec = (time_t)(ms / 1000),
                         .tv_nsec = (long)(ms % 1000) * 1000000};

    while (ms > 0 && nanosleep(&t, &t) != 0) {
    }
}

const char *
visit_relay_name(const struct visit *v, size_t relay)
{
    return v->w.relays[relay].url;
}

bool
visit_is_writer(const struct visit *v, size_t relay)
{
    for (size_t i = 0; i < v->n_writers; i++) {
        if (v->writers[i] == relay) {
            return true;
        }
    }
    return false;
}

enum rc
visit_init(struct visit *v, const struct visit_options *opt)
{
    enum rc rc;

    memset(v, 0, sizeof *v);
    v->opt = *opt;
    v->net_opt.socks = opt->socks;
    v->net_opt.no_tor = opt->no_tor;
    v->net_opt.ca_file = opt->ca_file;
    v->net_opt.bytes_up = &v->bytes_up;
    v->net_opt.bytes_down = &v->bytes_down;
    rc = network_load(&v->w, opt->network);
    switch (rc) {
    case RC_OK:
        return RC_OK;
    case RC_MISSING:
    case RC_IO:
        if (opt->network != NULL) {
            cli_error(_("can't read the network file %s"), opt->network);
        } else {
            cli_error(_("no network file is here; name it with --network"));
        }
        return rc;
    case RC_FORGED:
        cli_error(_("the network file is not signed as it must be; get it "
                    "again from somebody you trust"));
        return rc;
    default:
        cli_error(_("the network file is damaged (%s); get it again from "
                    "somebody you trust"),
                  _(rc_text(rc)));
        return rc;
    }
}

/* Why no relay's bundle was good enough. */
static enum rc
refuse_bundle(enum rc rc, const char *problem)
{
    switch (rc) {
    case RC_EXPIRED:
        cli_error(_("the directory has expired, so nobody vouches for these "
                    "keys any more; nothing was sent. Check the clock of this "
                    "computer; if it is right, ask for a newer network "
                    "file"));
        break;
    case RC_AGAIN:
        cli_error(_("the directory is from the future: check the clock of "
                    "this computer"));
        break;
    case RC_FORGED:
        cli_error(_("what the relays serve is not signed by this network's "
                    "keys, or is contradicted by its organisations; nothing "
                    "was sent. Don't use this network file until somebody you "
                    "trust has looked at it"));
        break;
    case RC_TAKEN:
        cli_error(_("the relays serve an older directory than your network "
                    "file has; nothing was sent. Try again later"));
        break;
    default:
        cli_error(_("no relay can be reached; nothing was sent. Check the "
                    "line (and Tor, if you use it), then try again"));
        break;
    }
    if (problem != NULL) {
        cli_say("  %s", problem);
    }
    return rc;
}

enum rc
visit_connect(struct visit *v)
{
    struct net_circuit c;
    const char *problem = NULL;
    enum rc rc;

    if ((rc = net_new(&v->net, &v->net_opt)) != RC_OK) {
        cli_error("%s", _(rc_text(rc)));
        return rc;
    }
    if (isatty(STDERR_FILENO)) {
        cli_say(_("reaching the relays")); /* by Tor it takes a while */
    }
    net_circuit_fresh(&c);
    rc = network_refresh(&v->w, v->net, &c, &problem);
    if (rc != RC_OK) {
        return refuse_bundle(rc, problem);
    }
    if (problem != NULL) {
        cli_say(_("warning: %s; going on without it"), problem);
    }
    v->n_writers = network_writers(&v->w, v->writers);
    if (v->n_writers == 0) {
        cli_error(_("every relay of this network is closing; ask for a newer "
                    "network file"));
        return RC_MISSING;
    }
    for (size_t i = 0; i < DIRECTORY_RELAYS_MAX; i++) {
        v->at[i].pages_board = -1;
    }
    for (size_t i = 0; i < v->w.n_relays; i++) {
        if (!v->w.relays[i].up &&
            (problem == NULL ||
             strstr(problem, visit_relay_name(v, i)) == NULL)) {
            cli_say(_("relay %s does not answer; going on without it"),
                    visit_relay_name(v, i));
        }
    }
    v->connected = true;
    return RC_OK;
}

void
visit_wipe(struct visit *v)
{
    while (v->rings != NULL) {
        struct ring *next = v->rings->next;

        free(v->rings);
        v->rings = next;
    }
    if (v->opt.figures) {
        cli_say(_("moved: %" PRIu64 " bytes up, %" PRIu64 " bytes down"),
                v->bytes_up, v->bytes_down);
    }
    network_wipe(&v->w);
    net_free(v->net);
    memset(v, 0, sizeof *v);
}

enum rc
visit_renew(struct visit *v)
{
    const struct visit_options opt = v->opt;

    visit_wipe(v);
    return visit_init(v, &opt);
}

struct toll_at
visit_toll(const struct visit *v, size_t relay, const struct board *board)
{
    const struct directory *d = v->w.bundle->directory;

    return (struct toll_at){
        .url = visit_relay_name(v, relay),
        .relay_id = v->w.relays[relay].info->id,
        .relay_pk = v->w.relays[relay].info->pk,
        .board = board != NULL ? board
                               : board_first_report(d->boards, d->n_boards),
        .now = network_now(&v->w)};
}

int64_t
visit_pause_ms(const struct visit *v)
{
    return (int64_t)v->opt.pace * 1000;
}

void
visit_relay_lost(struct visit *v, size_t relay, const char *why)
{
    const char *name = visit_relay_name(v, relay);
    const size_t n = strlen(name);

    v->w.relays[relay].up = false;
    if (strncmp(why, name, n) == 0 && why[n] == ':') {
        why += n + 1 + strspn(why + n + 1, " "); /* curl's says it, too */
    }
    cli_say(_("relay %s: %s; going on without it"), name, why);
}

/* May this be tried again? A RING that shall come later waits for a page:
 * see toll.h. */
static bool
is_passing(enum rc rc, const struct cell_answer *ans, enum cell_op op)
{
    return rc == RC_IO || rc == RC_AGAIN ||
           (rc == RC_OK &&
            (ans->status == CELL_QUOTA ||
             (ans->status == CELL_AGAIN && op != CELL_RING)));
}

enum rc
visit_exchange(struct visit *v, size_t relay, const struct net_circuit *c,
               const uint8_t up[static CELL_LEN], enum cell_op op,
               uint8_t down[static CELL_LEN], struct cell_answer *ans)
{
    struct net_circuit fresh;
    enum rc rc = RC_IO;

    memset(ans, 0, sizeof *ans);
    if (!v->w.relays[relay].up) {
        return RC_IO;
    }
    for (int i = 0; i < ATTEMPTS; i++) {
        if (i > 1) { /* one failure is nothing to talk about */
            cli_say(_("relay %s: no success yet; trying again"),
                    visit_relay_name(v, relay));
        }
        visit_sleep((int64_t)i * AGAIN_MS);
        net_circuit_fresh(&fresh);
        rc = net_exchange(v->net, c != NULL && i == 0 ? c : &fresh,
                          visit_relay_name(v, relay), up, down);
        if (rc == RC_FORMAT) {
            visit_relay_lost(v, relay, net_error(v->net));
            return rc;
        }
        if (rc == RC_OK) {
            rc = cell_answer_parse(ans, down, op);
            if (rc != RC_OK) {
                visit_relay_lost(v, relay, _("its answer breaks the protocol"));
                return rc;
            }
        }
        if (!is_passing(rc, ans, op)) {
            return rc;
        }
    }
    if (rc != RC_OK) {
        visit_relay_lost(v, relay,
                         rc == RC_IO ? net_error(v->net) : _("it is too busy"));
    }
    return rc;
}

/* --- boards --- */

/* Hands entries of checked pages on, after comparing with seen notes. */
struct page_reader {
    const struct visit_board *b;
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
        p->b->entry(page->entries + i * p->b->board->entry_len, p->b->relay,
                    page->number, p->b->arg);
    }
    return RC_OK;
}

/* Fewer than half of them: it may be they who are wrong. Said once. */
static void
name_disagreeing(struct visit *v, const struct page_reader *p)
{
    const struct directory *d = v->w.bundle->directory;
    bool *said = &v->at[p->b->relay].disputed;

    for (size_t i = 0; !*said && i < d->n_orgs; i++) {
        if (p->witnesses.disagrees[i]) {
            cli_say(_("warning: relay %s, board %u: %s has seen other pages "
                      "there than it shows to us. Most organisations have "
                      "not; it is used all the same"),
                    visit_relay_name(v, p->b->relay), p->b->board->id,
                    term_name(d->orgs[i].name).text);
        }
    }
    *said = *said || p->witnesses.against > 0;
}

enum rc
visit_read_board(struct visit *v, const struct visit_board *b,
                 struct scan_position *pos, uint64_t first)
{
    struct page_reader p = {.b = b};
    const struct network_relay *r = &v->w.relays[b->relay];
    const struct scan s = {
        .net = v->net,
        .circuit = b->circuit,
        .url = r->url,
        .board = b->board,
        .relay_pk = r->info->pk,
        .retention = v->w.bundle->directory->retention,
        .today = v->w.today,
        .until_ms = clock_mono_ms() + BOARD_MS,
        .page = on_page,
        .arg = &p,
    };
    enum rc rc = witnesses_init(&p.witnesses, v->w.bundle, r->info->id,
                                b->board, v->w.today);

    if (rc == RC_OK) {
        rc = scan_from(&s, pos, first);
    }
    if (rc == RC_OK && !witnesses_end(&p.witnesses, first,
                                      pos->known ? pos->last.number : 0)) {
        rc = RC_FORGED; /* it hides what they have seen */
    }
    if (rc == RC_OK) {
        name_disagreeing(v, &p);
    }
    witnesses_wipe(&p.witnesses);
    v->forged = v->forged || rc == RC_FORGED;
    return rc;
}

const char *
visit_board_trouble(const struct visit *v, enum rc rc)
{
    switch (rc) {
    case RC_FORGED:
        return _("it shows forged or contradicting pages; tell the "
                 "organisation you trust most");
    case RC_IO:
        return net_error(v->net);
    case RC_FORMAT:
    case RC_TRUNCATED:
        return _("its answer breaks the protocol");
    case RC_MISSING:
        return _("it does not have this board");
    default:
        return _(rc_text(rc));
    }
}

/* Hands the entries of one answers board on with their day. */
struct answers_page {
    visit_answer *entry;
    void *arg;
    uint16_t tick;
};

static void
on_answer(const uint8_t *entry, size_t relay, uint64_t page, void *arg)
{
    const struct answers_page *p = arg;

    (void)relay;
    p->entry(entry, (uint32_t)(page * p->tick / DAY_SECONDS), p->arg);
}

/* Used all the same: but that nothing newer is there proves nothing. */
static void
check_fresh(struct visit *v, size_t relay, const struct board *board,
            int64_t shown)
{
    int64_t now = clock_now(), day = (int64_t)v->w.today * DAY_SECONDS;
    int64_t slack = 3 * board->tick > FRESH_SECONDS ? 3 * board->tick
                                                    : FRESH_SECONDS;
    char text[DAY_TEXT_LEN + 1];

    if (shown >= (now > day ? now : day) - slack) {
        return;
    }
    v->at[relay].fresh = false;
    day_write(text, clock_day(shown));
    cli_say(_("warning: relay %s has shown nothing newer than %s, %02d:00 UTC: "
              "what is newer may be missing"),
            visit_relay_name(v, relay), text,
            (int)(shown % DAY_SECONDS / 3600));
}

struct look_back {
    uint32_t first_day;
    visit_answer *entry;
    void *arg;
};

static enum rc
read_answers_board(struct visit *v, size_t relay, const struct board *board,
                   const struct look_back *look)
{
    struct answers_page page = {look->entry, look->arg, board->tick};
    struct scan_position pos = {0};
    struct net_circuit c;
    const struct visit_board b = {relay, board, &c, on_answer, &page};
    enum rc rc;

    net_circuit_fresh(&c);
    rc = visit_read_board(v, &b, &pos,
                          (uint64_t)look->first_day * DAY_SECONDS /
                              board->tick);
    if (pos.known && pos.last.number * board->tick > v->at[relay].clock) {
        v->at[relay].clock = pos.last.number * board->tick;
    }
    if (rc == RC_OK) {
        check_fresh(v, relay, board,
                    pos.known ? (int64_t)(pos.last.number * board->tick)
                              : (int64_t)look->first_day * DAY_SECONDS);
    }
    return rc;
}

/* All of one relay's answers boards. Was one of them read? */
static bool
read_answers(struct visit *v, size_t relay, const struct look_back *look)
{
    const struct directory *d = v->w.bundle->directory;
    const struct board *boards[DIRECTORY_ANSWERS_MAX];
    size_t n = directory_answers(d, boards);
    enum rc worst = RC_OK;
    bool any = false;

    v->at[relay].fresh = true;
    for (size_t i = 0; i < n; i++) {
        enum rc rc = read_answers_board(v, relay, boards[i], look);

        any = any || rc == RC_OK;
        worst = rc != RC_OK ? rc : worst;
        if (rc == RC_IO) {
            break; /* the line: nothing more can be had here */
        }
        if (rc != RC_OK && n > 1) {
            cli_say(_("relay %s, answers board %u: %s; what stands on it is "
                      "not read there"),
                    visit_relay_name(v, relay), boards[i]->id,
                    visit_board_trouble(v, rc));
        }
    }
    if (!any || worst == RC_IO) {
        visit_relay_lost(v, relay, visit_board_trouble(v, worst));
    }
    return any;
}

enum rc
visit_answers(struct visit *v, uint32_t days, visit_answer *entry, void *arg)
{
    const struct directory *d = v->w.bundle->directory;
    struct look_back look = {0, entry, arg};
    bool any = false, fresh = false;

    if (days > VISIT_ANSWER_DAYS || d->retention < VISIT_ANSWER_DAYS) {
        days = d->retention;
    } else {
        days = VISIT_ANSWER_DAYS;
    }
    look.first_day = v->w.today > days ? v->w.today - days : 0;
    for (size_t i = 0; i < v->w.n_relays; i++) {
        if (v->w.relays[i].up && read_answers(v, i, &look)) {
            any = true;
            fresh = fresh || v->at[i].fresh;
        }
    }
    v->stale = any && !fresh;
    if (!any) {
        cli_error(_("no relay's answers board could be read; nothing was "
                    "sent. Try again later"));
        return v->forged ? RC_FORGED : RC_IO;
    }
    return RC_OK;
}

uint32_t
visit_look_back(void)
{
    return randombytes_uniform(VISIT_LONG_ONE_IN) == 0 ? UINT32_MAX
                                                       : VISIT_ANSWER_DAYS;
}

static void
no_entry(const uint8_t *entry, uint32_t day, void *arg)
{
    (void)entry;
    (void)day;
    (void)arg;
}

enum rc
visit_answers_unread(struct visit *v)
{
    return visit_answers(v, visit_look_back(), no_entry, NULL);
}
