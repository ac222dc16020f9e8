/* SPDX-License-Identifier: ISC */
#include "visiting.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "clock.h"
#include "term.h"

enum rc
visiting_open(struct visit *v, const struct visit_options *opt)
{
    struct network w;
    enum rc rc = network_load(&w, opt->network);

    switch (rc) {
    case RC_OK:
        rc = visit_init(v, opt, &w);
        if (rc != RC_OK) {
            cli_error("%s", _(rc_text(rc)));
        }
        return rc;
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
    case RC_MISSING:
        cli_error(_("every relay of this network is closing; ask for a newer "
                    "network file"));
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

/* Relays that gave no bundle, if others did. */
static void
say_missing(const struct visit *v, const char *problem)
{
    if (problem != NULL) {
        cli_say(_("warning: %s; going on without it"), problem);
    }
    for (size_t i = 0; i < v->w.n_relays; i++) {
        if (!v->w.relays[i].up &&
            (problem == NULL ||
             strstr(problem, visit_relay_name(v, i)) == NULL)) {
            cli_say(_("relay %s does not answer; going on without it"),
                    visit_relay_name(v, i));
        }
    }
}

static void
say_reaching(void)
{
    if (isatty(STDERR_FILENO)) {
        cli_say(_("reaching the relays")); /* by Tor it takes a while */
    }
}

enum rc
visiting_refresh(struct visit *v)
{
    const char *problem;
    enum rc rc;

    say_reaching();
    if ((rc = visit_refresh(v, &problem)) != RC_OK) {
        return refuse_bundle(rc, problem);
    }
    say_missing(v, problem);
    return RC_OK;
}

/* --- a whole visit --- */

/* What the person sees of it. */
struct watcher {
    struct visit_job *job; /* the caller's */
    const char *problem;
    const char *what;
    struct term_progress bar;
    bool said, shown, waiting;
    int64_t since_ms;
};

/* Seconds until what was rung should be seen. */
static uint64_t
wait_seconds(const struct visit *v)
{
    const struct directory *d = v->w.bundle->directory;
    uint64_t most = 1;

    for (size_t i = 0; i < VISIT_BLOCKS; i++) {
        const struct board *b =
            board_find(d->boards, d->n_boards, v->plan->rings[i].board);

        if (b != NULL && (uint64_t)b->spread * b->tick > most) {
            most = (uint64_t)b->spread * b->tick;
        }
    }
    return most;
}

/* By lines of the visit's own the bar would be broken: they come first. */
static void
tick(struct visit *v, void *arg)
{
    struct watcher *w = arg;

    if (w->waiting) {
        if (w->shown) {
            term_progress(&w->bar,
                          (uint64_t)(clock_mono_ms() - w->since_ms) / 1000);
        }
        return;
    }
    if (!w->said) {
        w->said = true;
        say_missing(v, w->problem);
    }
    if (v->step != VISIT_PAGES) {
        return;
    }
    w->waiting = true;
    w->since_ms = clock_mono_ms();
    cli_say("%s", w->what != NULL
                      ? w->what
                      : _("ending this visit as every visit ends, so that "
                          "nobody can tell reading from writing"));
    if (isatty(STDERR_FILENO)) {
        w->shown = true;
        term_progress_start(&w->bar, _("waiting"), wait_seconds(v));
    }
}

static enum rc
on_begin(struct visit *v, void *arg)
{
    struct watcher *w = arg;

    return w->job->begin != NULL ? w->job->begin(v, w->job->arg) : RC_OK;
}

static void
on_answer(const uint8_t *entry, uint32_t day, void *arg)
{
    struct watcher *w = arg;

    if (w->job->answer != NULL) {
        w->job->answer(entry, day, w->job->arg);
    }
}

static enum rc
on_choose(struct visit *v, void *arg)
{
    struct watcher *w = arg;

    return w->job->choose != NULL ? w->job->choose(v, w->job->arg) : RC_OK;
}

static void
pause_between(const struct visit *v)
{
    if (v->visits == 0 || v->opt.pace == 0) {
        return;
    }
    cli_say(_("what is left to do is done by another visit, after a pause of "
              "some seconds on purpose"));
    visit_between(v);
}

static void
say_nothing_left(const struct visit *v)
{
    if (v->rung) {
        cli_error(_("no relay is left; try again later"));
    } else {
        cli_error(_("no relay's answers board could be read; nothing was "
                    "sent. Try again later"));
    }
}

enum rc
visiting_run(struct visit *v, struct visit_job *job, const char *what)
{
    struct watcher w = {.job = job, .what = what};
    const struct visit_job watched = {job->days, on_begin, on_answer,
                                      on_choose, tick,     &w};
    enum rc rc;

    pause_between(v);
    say_reaching();
    rc = visit_run(v, &watched, &w.problem);
    if (w.shown) {
        term_progress_end(&w.bar);
    }
    if (!v->reached) {
        return refuse_bundle(rc, w.problem);
    }
    if (!w.said) {
        say_missing(v, w.problem);
    }
    if (rc == RC_NOMEM) {
        cli_error("%s", _(rc_text(rc)));
    } else if (!v->rung || rc == RC_IO) {
        say_nothing_left(v);
    }
    return rc;
}

void
visiting_close(struct visit *v)
{
    if (v->opt.figures) {
        cli_say(_("moved: %" PRIu64 " bytes up, %" PRIu64 " bytes down"),
                v->bytes_up, v->bytes_down);
    }
    visit_wipe(v);
}
