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

#define NOTIFY_MS 60000

/* Signals as a program finds them in a fresh shell: who runs it may be a
 * thread that has all of them blocked. */
static bool
plain_signals(posix_spawnattr_t *attr)
{
    sigset_t none, pipe;

    (void)sigemptyset(&none);
    (void)sigemptyset(&pipe);
    (void)sigaddset(&pipe, SIGPIPE);
    return posix_spawnattr_setsigmask(attr, &none) == 0 &&
           posix_spawnattr_setsigdefault(attr, &pipe) == 0 &&
           posix_spawnattr_setflags(attr, POSIX_SPAWN_SETSIGMASK |
                                              POSIX_SPAWN_SETSIGDEF) == 0;
}

/* The command gets one line as $1 that says nothing but "look". */
static void
notify(struct watch *w, int64_t now_ms)
{
    char sh[] = "/bin/sh", dash_c[] = "-c", name[] = "tocsin-desk";
    char text[] = "tocsin-desk: there is something to look at";
    char *command = strdup(w->notify);
    char *const argv[] = {sh, dash_c, command, name, text, NULL};
    posix_spawn_file_actions_t fa;
    posix_spawnattr_t attr;
    pid_t pid;

    if (command == NULL || posix_spawn_file_actions_init(&fa) != 0) {
        free(command);
        return;
    }
    if (posix_spawnattr_init(&attr) != 0) {
        (void)posix_spawn_file_actions_destroy(&fa);
        free(command);
        return;
    }
    if (plain_signals(&attr) &&
        posix_spawn_file_actions_addopen(&fa, 0, "/dev/null", O_RDONLY, 0) ==
            0 &&
        posix_spawn_file_actions_adddup2(&fa, 2, 1) == 0 &&
        posix_spawn_file_actions_addclosefrom_np(&fa, 3) == 0 &&
        posix_spawn(&pid, sh, &fa, &attr, argv, environ) == 0) {
        w->notify_pid = pid;
        w->notify_until_ms = now_ms + NOTIFY_MS;
        w->news = false;
    } else {
        cli_error(_("can't run the command of --notify: %s"),
                  strerror(errno));
        w->news = false;
    }
    (void)posix_spawnattr_destroy(&attr);
    (void)posix_spawn_file_actions_destroy(&fa);
    free(command);
}

void
watch_notify(struct watch *w)
{
    int64_t now_ms = clock_mono_ms();
    int status;

    if (w->notify_pid > 0) {
        pid_t got = waitpid(w->notify_pid, &status, WNOHANG);

        if (got == 0 && now_ms >= w->notify_until_ms) {
            (void)kill(w->notify_pid, SIGKILL);
        } else if (got != 0) {
            if (got > 0 && (!WIFEXITED(status) || WEXITSTATUS(status) != 0)) {
                cli_error(_("the command of --notify failed"));
            }
            w->notify_pid = 0;
        }
    }
    if (w->news && w->notify_pid == 0) {
        if (w->notify != NULL) {
            notify(w, now_ms);
        } else {
            w->news = false;
        }
    }
}
