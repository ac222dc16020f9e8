/* SPDX-License-Identifier: ISC */
/* Telling somebody that there is something to look at: see watch.h. */
#include "watch.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli.h"
#include "clock.h"

#define NOTIFY_MINUTES 10 /* for the command; mail over Tor takes its time */
#define MINUTE_MS 60000

/* Minutes to wait after so many failures in a row; the last for all others. */
static const int waits[] = {1, 5, 15, 60};

/* Functions of posix_spawn return what went wrong; errno has nothing of it. */

/* Signals as a program finds them in a fresh shell: who runs it may be a
 * thread that has all of them blocked. A group of its own: what it has started
 * ends with it. */
static int
plain_signals(posix_spawnattr_t *attr)
{
    sigset_t none, pipe;
    int e;

    (void)sigemptyset(&none);
    (void)sigemptyset(&pipe);
    (void)sigaddset(&pipe, SIGPIPE);
    if ((e = posix_spawnattr_setsigmask(attr, &none)) != 0 ||
        (e = posix_spawnattr_setsigdefault(attr, &pipe)) != 0 ||
        (e = posix_spawnattr_setpgroup(attr, 0)) != 0) {
        return e;
    }
    return posix_spawnattr_setflags(attr, POSIX_SPAWN_SETSIGMASK |
                                              POSIX_SPAWN_SETSIGDEF |
                                              POSIX_SPAWN_SETPGROUP);
}

/* Nobody was told: again later. An officer sees it in `list`. */
static void
failed(struct watch *w, int64_t now_ms)
{
    const size_t n = sizeof waits / sizeof *waits;

    w->notify_at_ms =
        now_ms + (int64_t)waits[w->notify_failed < n ? w->notify_failed
                                                     : n - 1] *
                     MINUTE_MS;
    w->notify_failed++;
    w->news = true;
    desk_alarm(w->d, _("the command of --notify fails: nobody may have been "
                       "told that there is something to look at. It is tried "
                       "again, at last every hour"));
    if (vault_set_number(w->d->vault, "notify failed", w->notify_failed) !=
        RC_OK) {
        cli_error(_("can't write to the case store"));
    }
}

static void
worked(struct watch *w)
{
    uint64_t before = 0;

    w->notify_failed = 0;
    if (vault_number(w->d->vault, "notify failed", &before) == RC_OK &&
        before > 0 &&
        vault_set_number(w->d->vault, "notify failed", 0) != RC_OK) {
        cli_error(_("can't write to the case store"));
    }
}

/* Nothing to read, all it says to standard error, no other descriptors. */
static int
plain_files(posix_spawn_file_actions_t *fa)
{
    int e = posix_spawn_file_actions_addopen(fa, 0, "/dev/null", O_RDONLY, 0);

    e = e == 0 ? posix_spawn_file_actions_adddup2(fa, 2, 1) : e;
    return e == 0 ? posix_spawn_file_actions_addclosefrom_np(fa, 3) : e;
}

/* argv[0] as plain_signals and plain_files have it. 0, or an errno. */
static int
run(pid_t *pid, char *const argv[])
{
    posix_spawn_file_actions_t fa;
    posix_spawnattr_t attr;
    int e = posix_spawn_file_actions_init(&fa);

    if (e != 0) {
        return e;
    }
    if ((e = posix_spawnattr_init(&attr)) == 0) {
        e = plain_signals(&attr);
        e = e == 0 ? plain_files(&fa) : e;
        e = e == 0 ? posix_spawn(pid, argv[0], &fa, &attr, argv, environ) : e;
        (void)posix_spawnattr_destroy(&attr);
    }
    (void)posix_spawn_file_actions_destroy(&fa);
    return e;
}

/* The command gets one line as $1 that says nothing but "look". */
static void
notify(struct watch *w, int64_t now_ms)
{
    char sh[] = "/bin/sh", dash_c[] = "-c", name[] = "tocsin-desk";
    char text[] = "tocsin-desk: there is something to look at";
    char *command = strdup(w->notify);
    char *const argv[] = {sh, dash_c, command, name, text, NULL};
    pid_t pid = 0;
    int e = command == NULL ? ENOMEM : run(&pid, argv);

    if (e == 0) {
        w->notify_pid = pid;
        w->notify_until_ms = now_ms + NOTIFY_MINUTES * MINUTE_MS;
        w->news = false;
    } else {
        cli_error(_("can't run the command of --notify: %s"), strerror(e));
        failed(w, now_ms);
    }
    free(command);
}

/* Has the command ended, one way or the other? */
static void
look_after(struct watch *w, int64_t now_ms)
{
    int status;
    pid_t got = waitpid(w->notify_pid, &status, WNOHANG);

    if (got == 0 && now_ms >= w->notify_until_ms) {
        cli_error(_("the command of --notify took more than %d minutes and "
                    "was ended"),
                  NOTIFY_MINUTES);
        (void)kill(-w->notify_pid, SIGKILL);
        w->notify_until_ms = INT64_MAX;
        return;
    }
    if (got == 0) {
        return;
    }
    w->notify_pid = 0;
    if (got > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0) {
        worked(w);
        return;
    }
    if (got > 0 && WIFEXITED(status)) {
        cli_error(_("the command of --notify failed with exit code %d"),
                  WEXITSTATUS(status));
    }
    failed(w, now_ms);
}

void
watch_notify(struct watch *w)
{
    int64_t now_ms = clock_mono_ms();

    if (w->notify_pid > 0) {
        look_after(w, now_ms);
    }
    if (w->notify == NULL) {
        w->news = false;
    } else if (w->news && w->notify_pid == 0 && now_ms >= w->notify_at_ms) {
        notify(w, now_ms);
    }
}
