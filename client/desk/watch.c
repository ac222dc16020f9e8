/* SPDX-License-Identifier: ISC */
#include "watch.h"

#include <sodium.h>

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "cli.h"
#include "clock.h"
#include "commands.h"
#include "file.h"

#define SLEEP_MAX_MS 2000 /* so that other processes' changes are seen */
#define STALL_SECONDS_TESTS 3
#define GRACE_PAGES 70 /* a full pool empties in 64 */

static const struct watch_means protocol_means = {.answer = 600,
                                                  .body = 60,
                                                  .own_per_day = -1,
                                                  .dummies_per_day = -1,
                                                  .gap = 10,
                                                  .fetch = 3 * DAY_SECONDS,
                                                  .poll = 0,
                                                  .refresh = 3600,
                                                  .seen = 12 * 3600,
                                                  .grace = GRACE_PAGES,
                                                  .body_in = 4};

/* --- clocks -------------------------------------------------------------- */

static void
set_clock(struct clocks_poisson *p, double per_day)
{
    double mean = per_day > 0 ? DAY_SECONDS / per_day : 0;
    double was = p->mean_ms / 1000;

    if (mean > was * 1.0001 || mean < was * 0.9999) {
        clocks_start(p, mean, clock_mono_ms());
    }
}

void
watch_set_clocks(struct watch *w)
{
    const struct directory *dir = w->d->network.bundle->directory;
    unsigned on_board = 0;
    double own = w->means.own_per_day;
    double dummies = w->means.dummies_per_day;

    for (size_t i = 0; i < dir->n_orgs; i++) {
        on_board += dir->orgs[i].board == desk_board(w->d) &&
                    dir->orgs[i].revoked_day == 0;
    }
    if (own < 0) {
        own = w->board == NULL
                  ? 0
                  : clocks_own_per_day(w->board->slots, w->board->tick,
                                       on_board);
    }
    if (dummies < 0) {
        dummies = clocks_dummies_per_day((unsigned)dir->n_orgs);
    }
    set_clock(&w->own, own / 2); /* two to a visit */
    set_clock(&w->dummies, dummies);
}

/* --- the loop ------------------------------------------------------------ */

static void
on_signal(int sig)
{
    (void)sig;
    watch_stop = true; /* lock-free: allowed here */
}

static void
set_signals(void)
{
    struct sigaction sa = {.sa_handler = on_signal};

    (void)sigemptyset(&sa.sa_mask);
    (void)sigaction(SIGTERM, &sa, NULL);
    (void)sigaction(SIGINT, &sa, NULL);
    sa.sa_handler = SIG_IGN;
    (void)sigaction(SIGPIPE, &sa, NULL);
}

static int64_t
least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Everything that is due, once; when something is due again. */
static int64_t
turn(struct watch *w)
{
    int64_t now = clock_mono_ms();
    int64_t next = bulletin_run(w, now);

    if (!watch_stop) {
        next = least(next, outbox_run(w, clock_mono_ms()));
    }
    if (!watch_stop) {
        next = least(next, cover_run(w, clock_mono_ms()));
    }
    if (!watch_stop) {
        next = least(next, bodies_run(w, clock_mono_ms()));
    }
    watch_notify(w);
    if (vault_exchanged(w->d->vault)) {
        cli_error(_("ALARM: somebody put an old copy in place of the case "
                    "store. Nothing is written to it any more. If it was you, "
                    "start watch again"));
        w->failed = true;
        watch_stop = true;
    }
    return next;
}

static void
loop(struct watch *w)
{
    int64_t most = SLEEP_MAX_MS;

    if (w->means.poll > 0 && w->means.poll * 1000 < SLEEP_MAX_MS) {
        most = (int64_t)(w->means.poll * 1000) + 1;
    }
    while (!watch_stop) {
        int64_t next = turn(w);
        int64_t wait = next - clock_mono_ms();

        desklock_give(&w->lock); /* in any case: others wait for it */
        if (wait > 0 && !watch_stop) {
            (void)poll(NULL, 0, (int)least(wait, most));
        }
        desklock_take(&w->lock);
    }
}

/* One watch a desk. The lock goes with the process. */
static bool
lock(const struct desk *d)
{
    char *path = file_join(d->dir, "watch.lock");
    int fd = path == NULL ? -1 : open(path, O_RDWR | O_CREAT | O_CLOEXEC,
                                      0600);

    free(path);
    if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) != 0) {
        cli_error(_("another watch runs already on this desk"));
        return false;
    }
    return true;
}

static enum rc
find_unread(const struct vault_row *row, void *arg)
{
    struct watch *w = arg;
    struct case_rec c;

    w->news = w->news || (case_parse(&c, row) == RC_OK && c.unread);
    sodium_memzero(&c, sizeof c);
    return RC_OK;
}

static int
run(struct watch *w)
{
    if (!lock(w->d)) {
        return CLI_FAILED;
    }
    witness_init(&w->witness, w->d->vault);
    w->fetch.fd = -1;
    if (desklock_init(&w->lock) != RC_OK) {
        return CLI_FAILED;
    }
    desklock_take(&w->lock);
    clocks_start(&w->own, 0, clock_mono_ms()); /* never, for now */
    clocks_start(&w->dummies, 0, clock_mono_ms());
    feeds_build(w);
    watch_set_clocks(w);
    clocks_start(&w->bodies, w->means.body, clock_mono_ms());
    /* A power cut may have come between a report and the word about it. */
    if (outbox_load(w) != RC_OK ||
        vault_each(w->d->vault, VAULT_CASE, find_unread, w, NULL) != RC_OK) {
        cli_error(_("can't read the case store"));
    }
    cli_say(_("Watching. Stop with Ctrl-C."));
    feeds_start(w);
    loop(w);
    cover_stop(w);
    feeds_stop(w);
    bodies_stop(w);
    if (witness_flush(&w->witness) != RC_OK) {
        cli_error(_("can't write to the case store"));
    }
    witness_wipe(&w->witness);
    outbox_wipe(w);
    desklock_give(&w->lock);
    desklock_free(&w->lock);
    return w->failed ? CLI_FAILED : CLI_DONE;
}

static enum rc
read_means(struct watch_means *m)
{
    uint64_t grace = m->grace, body_in = m->body_in;
    enum rc rc = cli_number(desk_watch_options, "grace", 1, 100000, &grace);
    struct {
        const char *name;
        double *value;
    } const all[] = {{"mean-answer", &m->answer},
                     {"mean-body", &m->body},
                     {"own-per-day", &m->own_per_day},
                     {"dummies-per-day", &m->dummies_per_day},
                     {"gap", &m->gap},
                     {"mean-fetch", &m->fetch},
                     {"poll", &m->poll},
                     {"refresh", &m->refresh}};

    if (rc == RC_OK) {
        rc = cli_number(desk_watch_options, "body-in", 1, 1000, &body_in);
    }
    m->grace = (unsigned)grace;
    m->body_in = (unsigned)body_in;
    for (size_t i = 0; rc == RC_OK && i < sizeof all / sizeof all[0]; i++) {
        rc = desk_cli_decimal(desk_watch_options, all[i].name, all[i].value);
    }
    if (m->poll > 0 && !cli_given(desk_watch_options, "refresh")) {
        m->refresh = m->poll * 10;
    }
    if (m->poll > 0) {
        m->seen = 0; /* days are short in tests */
    }
    return rc;
}

int
desk_cmd_watch(int argc, char **argv)
{
    struct watch *w = calloc(1, sizeof *w);
    struct desk_options opt = {.stop = &watch_stop};
    struct desk d = {0};
    uint64_t max_body = 1024, keep_free = 256, stall = 0;
    int code = desk_cli_options(&opt);
    enum rc rc;

    (void)argc;
    (void)argv;
    if (w == NULL || code != CLI_DONE) {
        goto out;
    }
    code = CLI_USAGE;
    w->means = protocol_means;
    if (read_means(&w->means) != RC_OK ||
        cli_number(desk_watch_options, "max-body", 0, 4096, &max_body) !=
            RC_OK ||
        cli_number(desk_watch_options, "stall", 1, 3600, &stall) != RC_OK ||
        cli_number(desk_watch_options, "keep-free", 0, UINT32_MAX,
                   &keep_free) != RC_OK) {
        goto out;
    }
    w->verbose = cli_given(desk_watch_options, "verbose");
    w->keep_free = keep_free * 1024 * 1024;
    w->notify = cli_value(desk_watch_options, "notify");
    for (const struct cli_option *o = desk_watch_options; o->name != NULL;
         o++) {
        if (strcmp(o->name, "page-copy") == 0) {
            w->page_copies = o->values;
            w->n_page_copies = o->count;
        }
    }
    if (stall == 0 && w->means.poll > 0) {
        stall = STALL_SECONDS_TESTS;
    }
    opt.stall_seconds = (unsigned)stall;
    set_signals();
    if ((rc = desk_open_asking(&d, &opt)) != RC_OK ||
        (rc = desk_network(&d, &opt)) != RC_OK) {
        code = cli_exit(rc);
        goto out;
    }
    d.max_body = max_body * 1024 * 1024;
    w->d = &d;
    code = run(w);
out:
    desk_options_wipe(&opt);
    desk_close(&d);
    free(w);
    return code;
}
