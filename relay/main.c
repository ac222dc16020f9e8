/* SPDX-License-Identifier: ISC */
/*
 * tocsin-relayd: see tocsin-relayd(8). Order of a start: configuration, keys,
 * sockets, rights given up, bundle, store, sandbox, threads.
 */
#include "cli.h"
#include "clock.h"
#include "control.h"
#include "group.h"
#include "listen.h"
#include "log.h"
#include "peer.h"
#include "relay.h"
#include "sandbox.h"
#include "worker.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <string.h>

#include <event2/event.h>
#include <event2/thread.h>
#include <sodium.h>

#define OPTIONS_MAX 72
#define HELP_MAX    80
#define WORKERS_MAX 256

/* As long as tor puts new streams on a circuit. */
#define CIRCUIT_LINGER_MS (10 * 60 * 1000)

/* All that main holds. */
struct daemon {
    struct config config;
    struct relay relay;
    struct listener *listeners;
    size_t n_listeners;
    int control_fd;
    unsigned n_workers;
    struct worker *workers[WORKERS_MAX];
    struct event_base *base;
    struct event *signals[3];
    struct control *control;
};

/* The keys of the configuration as options, and two of our own. */
static struct cli_option *
options_new(void)
{
    static struct cli_option options[OPTIONS_MAX];
    static char brief[OPTIONS_MAX][HELP_MAX];
    size_t n, i = 0;
    const struct config_key *keys = config_keys(&n);

    options[i++] = (struct cli_option){
        .name = "c", .value = "FILE", .help = N_("the configuration")};
    options[i++] = (struct cli_option){
        .name = "n", .help = N_("only check the configuration")};
    for (size_t k = 0; k < n && i < OPTIONS_MAX - 1; k++) {
        /* Of its help, the first line. */
        (void)snprintf(brief[i], HELP_MAX, "%.*s",
                       (int)strcspn(keys[k].help, ":;\n"), keys[k].help);
        options[i] = (struct cli_option){
            .name = keys[k].name,
            .value = keys[k].value,
            .help = brief[i],
            .repeatable = strcmp(keys[k].name, "listen") == 0};
        i++;
    }
    return options;
}

static enum rc
configure(struct config *c, struct cli_option *options)
{
    const char *path = cli_value(options, "c");
    enum rc rc;

    if (path == NULL) {
        cli_error(_("say where the configuration is: -c FILE"));
        return RC_MISSING;
    }
    rc = config_load(c, path);
    if (rc == RC_OK) {
        config_source(c);
    }
    for (struct cli_option *o = options + 2; rc == RC_OK && o->name != NULL;
         o++) {
        for (size_t i = 0; rc == RC_OK && i < o->count; i++) {
            rc = config_set(c, o->name, o->values[i], ".");
        }
    }
    if (rc == RC_OK) {
        rc = config_check(c);
    }
    if (rc != RC_OK) {
        cli_error("%s: %s", path, *c->why != 0 ? c->why : _(rc_text(rc)));
    }
    return rc;
}

static unsigned
count_cores(void)
{
    cpu_set_t set;

    if (sched_getaffinity(0, sizeof set, &set) != 0) {
        return 1;
    }
    return (unsigned)CPU_COUNT(&set);
}

/* Keys and certificates. */
static enum rc
load_keys(struct daemon *d)
{
    const struct config *c = &d->config;
    enum rc rc = relay_key_load(&d->relay, c->page_key);

    if (rc != RC_OK) {
        log_fault(_("the page key %s: %s; tocsin-relayctl setup makes one"),
                  c->page_key, cli_why(rc));
        return rc;
    }
    for (size_t i = 0; i < c->n_listens; i++) {
        if (c->listens[i].kind == LISTEN_TLS && d->relay.tls == NULL) {
            d->relay.tls = peer_tls_new(c->tls_cert, c->tls_key);
            if (d->relay.tls == NULL) {
                log_fault(_("%s and %s are no certificate and its key"),
                          c->tls_cert, c->tls_key);
                return RC_FORMAT;
            }
        }
    }
    return RC_OK;
}

/* What was opened goes to the user that we become, whoever starts us. */
static enum rc
give_up(const struct config *c)
{
    enum rc rc = sandbox_give(c, c->control);

    for (size_t i = 0; rc == RC_OK && i < c->n_listens; i++) {
        if (c->listens[i].kind == LISTEN_UNIX) {
            rc = sandbox_give(c, c->listens[i].host);
        }
    }
    if (rc == RC_OK && strcmp(c->log, "-") != 0) {
        rc = sandbox_give(c, c->log);
    }
    return rc == RC_OK ? sandbox_user(c) : rc;
}

static enum rc
open_sockets(struct daemon *d)
{
    const struct config *c = &d->config;
    char why[512];
    enum rc rc = sandbox_descriptors(c);

    if (rc != RC_OK) {
        log_fault(_("connections %u: the limit of open files is too low"),
                  c->connections);
        return rc;
    }
    rc = listen_open(&d->listeners, &d->n_listeners, c, d->n_workers, why,
                     sizeof why);
    if (rc != RC_OK) {
        log_fault("%s", why);
        return rc;
    }
    rc = listen_unix(&d->control_fd, c->control, 0600);
    if (rc != RC_OK) {
        log_fault(_("the control socket %s: %s"), c->control,
                  rc == RC_TAKEN ? _("is a relay running there already?")
                                 : cli_why(rc));
        return rc;
    }
    rc = give_up(c);
    if (rc != RC_OK) {
        log_fault(_("can't become the user %s"), c->user);
    }
    return rc;
}

static void
store_failed(const struct config *c, enum rc rc)
{
    const char *more = store_error();

    log_fault(_("the store %s: %s"), c->store,
              rc == RC_MISSING ? _("there is none; tocsin-relayctl setup "
                                   "makes one")
              : rc == RC_AGAIN ? _("another process has it open")
              : more != NULL && *more != 0 ? more
                                           : _(rc_text(rc)));
}

/* The directory says what boards there are; the store is opened for them;
 * it holds notes that belong to the bundle. */
static enum rc
open_store(struct daemon *d)
{
    struct relay *r = &d->relay;
    struct store_options opt = {.dir = d->config.store};
    struct served *s = NULL;
    int64_t now = clock_now();
    const char *why;
    enum rc rc = relay_bundle_load(&s, r, &why);

    if (rc != RC_OK) {
        log_fault("%s: %s (%s)", d->config.bundle, why, cli_why(rc));
        return rc;
    }
    opt.boards = s->directory->boards;
    opt.n_boards = s->directory->n_boards;
    opt.retention = s->directory->retention;
    opt.leap = GUARD_DAYS;
    opt.known_day = s->directory->issued;
    opt.first_day = s->directory->expires;
    rc = store_open(&r->store, &opt, now);
    served_release(s);
    if (rc != RC_OK) {
        store_failed(&d->config, rc);
        return rc;
    }
    guard_init(&r->guard, store_day(r->store), now);
    rc = relay_bundle_load(&s, r, &why);
    if (rc != RC_OK) {
        log_fault("%s: %s (%s)", d->config.bundle, why, _(rc_text(rc)));
        return rc;
    }
    relay_serve(r, s);
    return RC_OK;
}

static void
on_signal(evutil_socket_t sig, short what, void *arg)
{
    struct daemon *d = arg;

    (void)what;
    if (sig == SIGHUP) {
        group_reload(d->relay.group);
    } else {
        (void)event_base_loopbreak(d->base);
    }
}

/* A reload that is asked for during the start waits until it can be done; the
 * signal would end the process before. */
static void
reload_signal(int how)
{
    sigset_t hup;

    (void)sigemptyset(&hup);
    (void)sigaddset(&hup, SIGHUP);
    (void)pthread_sigmask(how, &hup, NULL);
}

static enum rc
start_threads(struct daemon *d)
{
    const struct config *c = &d->config;
    const struct quota_limits limits = {
        .rings = c->rings,
        .puts = c->puts,
        .connections = c->circuit_connections,
        .linger_ms = CIRCUIT_LINGER_MS};
    static const int signals[] = {SIGTERM, SIGINT, SIGHUP};
    sigset_t all, before;
    enum rc rc = RC_OK;

    if ((d->relay.quota = quota_new(&limits)) == NULL ||
        (d->base = event_base_new()) == NULL) {
        return RC_NOMEM;
    }
    for (size_t i = 0; i < 3; i++) {
        d->signals[i] = evsignal_new(d->base, signals[i], on_signal, d);
        if (d->signals[i] == NULL || event_add(d->signals[i], NULL) != 0) {
            return RC_NOMEM;
        }
    }
    d->control = control_new(&d->relay, d->base, d->control_fd);
    if (d->control == NULL) {
        return RC_NOMEM;
    }
    d->control_fd = -1;
    /* Signals are for the main thread. */
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    rc = group_start(&d->relay.group, &d->relay);
    for (unsigned i = 0; rc == RC_OK && i < d->n_workers; i++) {
        rc = worker_start(&d->workers[i], &d->relay, i, d->listeners,
                          d->n_listeners);
    }
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return rc;
}

/* What is under way is finished, what is queued is written. */
static void
stop_threads(struct daemon *d)
{
    atomic_store(&d->relay.stopping, true);
    for (unsigned i = 0; i < d->n_workers; i++) {
        if (d->workers[i] != NULL) {
            worker_drain(d->workers[i]);
        }
    }
    for (unsigned i = 0; i < d->n_workers; i++) {
        worker_join(d->workers[i]);
    }
    group_stop(d->relay.group);
}

static void
daemon_wipe(struct daemon *d)
{
    control_free(d->control);
    for (size_t i = 0; i < 3; i++) {
        if (d->signals[i] != NULL) {
            event_free(d->signals[i]);
        }
    }
    if (d->base != NULL) {
        event_base_free(d->base);
    }
    listen_close(d->listeners, d->n_listeners);
    quota_free(d->relay.quota);
    served_release(d->relay.served);
    store_close(d->relay.store);
    sodium_free(d->relay.page_sk);
    SSL_CTX_free(d->relay.tls);
    config_wipe(&d->config);
}

static void
say_started(struct relay *r)
{
    struct served *s = relay_served(r);

    relay_say_left_out(s);
    log_line("started, directory version %llu",
             (unsigned long long)s->directory->version);
    served_release(s);
}

static int
serve(struct daemon *d)
{
    enum rc rc;

    d->relay.config = &d->config;
    d->n_workers = d->config.workers != 0 ? d->config.workers : count_cores();
    if (d->n_workers > WORKERS_MAX) {
        d->n_workers = WORKERS_MAX;
    }
    if (log_open(d->config.log) != RC_OK) {
        cli_error(_("the log %s: %s. It must belong to the user that runs "
                    "relayd: chown"),
                  d->config.log, strerror(errno));
        return CLI_FAILED;
    }
    sandbox_warn(&d->config);
    if (load_keys(d) != RC_OK || open_sockets(d) != RC_OK ||
        open_store(d) != RC_OK) {
        return CLI_FAILED;
    }
    if (sandbox_enter(&d->config) != RC_OK) {
        log_fault(_("the sandbox can't be entered; sandbox no goes without"));
        return CLI_FAILED;
    }
    d->relay.started_day = clock_day(clock_now());
    rc = start_threads(d);
    if (rc == RC_OK) {
        say_started(&d->relay);
        reload_signal(SIG_UNBLOCK);
        listen_announce(d->listeners, d->n_listeners, stdout);
        (void)event_base_dispatch(d->base);
        log_line("stopping");
    } else {
        log_fault(_("can't start: %s"), _(rc_text(rc)));
    }
    stop_threads(d);
    return rc == RC_OK ? CLI_DONE : CLI_FAILED;
}

int
main(int argc, char **argv)
{
    static struct daemon d = {.control_fd = -1};
    struct cli_option *options = options_new();
    enum rc rc;
    int code;

    cli_init("tocsin-relayd");
    reload_signal(SIG_BLOCK);
    /* A limit of file sizes is an error of the store, not an end. */
    (void)signal(SIGXFSZ, SIG_IGN);
    switch (cli_parse(options, &argc, &argv)) {
    case CLI_STOP_DONE:
        return CLI_DONE;
    case CLI_STOP_USAGE:
        return CLI_USAGE;
    case CLI_GO_ON:
        break;
    }
    if (argc > 0) {
        cli_error(_("unexpected argument %s"), argv[0]);
        return CLI_USAGE;
    }
    if (evthread_use_pthreads() != 0 ||
        pthread_mutex_init(&d.relay.served_lock, NULL) != 0) {
        cli_error("%s", rc_text(RC_NOMEM));
        return CLI_FAILED;
    }
    if ((rc = configure(&d.config, options)) != RC_OK) {
        /* 2: no retry heals what is written there; the unit knows it. */
        code = rc == RC_FORMAT ? CLI_USAGE : CLI_FAILED;
    } else if (cli_given(options, "n")) {
        cli_say(_("the configuration is in order"));
        code = CLI_DONE;
    } else {
        code = serve(&d);
    }
    daemon_wipe(&d);
    log_close();
    return code;
}
