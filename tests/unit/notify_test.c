/* SPDX-License-Identifier: ISC */
/* The command of --notify finds what a program finds in a fresh shell, however
 * the desk that runs it has set itself up. */
#include "watch.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <spawn.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <sodium.h>

#include "clock.h"
#include "desktest.h"
#include "file.h"

/* Stands before libc's: it may fail, and leaves errno alone as it may. */
static int spawn_error;

int
posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *fa,
            const posix_spawnattr_t *attr, char *const argv[],
            char *const env[])
{
    return spawn_error != 0 ? spawn_error
                            : posix_spawnp(pid, path, fa, attr, argv, env);
}

static char dir[64];
static struct desk desk;

static int
setup(void **state)
{
    (void)state;
    if (desktest_open(&desk) != 0) {
        return -1;
    }
    strcpy(dir, "/tmp/notify-test.XXXXXX");
    return mkdtemp(dir) != NULL ? 0 : -1;
}

static int
teardown(void **state)
{
    char path[96];

    (void)state;
    (void)snprintf(path, sizeof path, "%s/out", dir);
    (void)unlink(path);
    return desktest_close(&desk) == 0 ? rmdir(dir) : -1;
}

/* As the threads of watch have it: all signals blocked, SIGPIPE ignored. */
static void *
run_in_thread(void *arg)
{
    sigset_t all;

    (void)sigfillset(&all);
    assert_int_equal(pthread_sigmask(SIG_SETMASK, &all, NULL), 0);
    watch_notify(arg);
    return NULL;
}

/* What the command wrote to $OUT, once it has ended with exit 0. */
static char *
output_of(const char *command)
{
    struct watch w = {.d = &desk, .notify = command, .news = true};
    const struct sigaction ignore = {.sa_handler = SIG_IGN};
    struct sigaction before;
    pthread_t thread;
    uint8_t *text;
    char path[96];
    size_t len;
    int status;

    (void)snprintf(path, sizeof path, "%s/out", dir);
    assert_int_equal(setenv("OUT", path, 1), 0);
    assert_int_equal(sigaction(SIGPIPE, &ignore, &before), 0);
    assert_int_equal(pthread_create(&thread, NULL, run_in_thread, &w), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(sigaction(SIGPIPE, &before, NULL), 0);
    assert_true(w.notify_pid > 0);
    assert_false(w.news);
    assert_int_equal(waitpid(w.notify_pid, &status, 0), w.notify_pid);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    assert_int_equal(file_read(&text, &len, path, 65536), RC_OK);
    return (char *)text;
}

/* glibc has 32 and 33 for itself: no program can use them, and posix_spawn
 * leaves them ignored. */
#define OF_GLIBC (3ull << 31)

/* The signals that a line of /proc/PID/status names. */
static unsigned long long
signals_of(const char *text, const char *line)
{
    const char *at = strstr(text, line);
    char *end;
    unsigned long long n;

    assert_non_null(at);
    n = strtoull(at + strlen(line), &end, 16);
    assert_int_equal(*end, '\n');
    return n & ~OF_GLIBC;
}

static void
no_signal_is_blocked_or_ignored(void **state)
{
    char *text = output_of("exec cat /proc/self/status >\"$OUT\"");

    (void)state;
    assert_int_equal(signals_of(text, "\nSigBlk:\t"), 0);
    assert_int_equal(signals_of(text, "\nSigIgn:\t"), 0);
    free(text);
}

static void
it_gets_one_line_and_no_file_of_ours(void **state)
{
    int extra = open("/dev/null", O_RDONLY); /* not close-on-exec */
    char *text, here[32];

    (void)state;
    assert_true(extra > 2);
    (void)snprintf(here, sizeof here, "/proc/self/fd/%d", extra);
    assert_int_equal(setenv("EXTRA", here, 1), 0);
    text = output_of("{ echo \"$# $1\"; wc -c; test ! -e \"$EXTRA\"; } "
                     ">\"$OUT\"");
    assert_string_equal(text,
                        "1 tocsin-desk: there is something to look at\n0\n");
    free(text);
    assert_int_equal(close(extra), 0);
}

/* Taken note of when it ends, and not run again without news. */
static void
it_runs_once_a_news(void **state)
{
    struct watch w = {.d = &desk, .notify = "exit 0"};

    (void)state;
    watch_notify(&w);
    assert_int_equal(w.notify_pid, 0);
    w.news = true;
    watch_notify(&w);
    assert_true(w.notify_pid > 0);
    w.news = true; /* meanwhile */
    assert_int_equal(
        waitid(P_PID, (id_t)w.notify_pid, &(siginfo_t){0}, WEXITED | WNOWAIT),
        0);
    watch_notify(&w); /* ended: the next one runs */
    assert_true(w.notify_pid > 0);
    assert_false(w.news);
    assert_int_equal(
        waitid(P_PID, (id_t)w.notify_pid, &(siginfo_t){0}, WEXITED | WNOWAIT),
        0);
    watch_notify(&w);
    assert_int_equal(w.notify_pid, 0);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
}

/* Until the command has ended and that was taken note of. */
static void
until_ended(struct watch *w)
{
    assert_true(w->notify_pid > 0);
    assert_int_equal(
        waitid(P_PID, (id_t)w->notify_pid, &(siginfo_t){0}, WEXITED | WNOWAIT),
        0);
    watch_notify(w);
    assert_int_equal(w->notify_pid, 0);
}

static uint64_t
failures_kept(void)
{
    uint64_t n = 0;

    assert_int_equal(vault_number(desk.vault, "notify failed", &n), RC_OK);
    return n;
}

/* After 1, 5, 15, 60, 60 minutes; not before; and no more once it worked. */
static void
what_failed_is_run_again(void **state)
{
    static const int minutes[] = {1, 5, 15, 60, 60};
    struct watch w = {.d = &desk, .notify = "exit 7", .news = true};

    (void)state;
    for (size_t i = 0; i < sizeof minutes / sizeof *minutes; i++) {
        int64_t wait = (int64_t)minutes[i] * 60000, before;

        watch_notify(&w);
        before = clock_mono_ms();
        until_ended(&w);
        assert_int_equal(w.notify_failed, i + 1);
        assert_int_equal(failures_kept(), i + 1);
        assert_true(w.news);
        assert_true(w.notify_at_ms >= before + wait &&
                    w.notify_at_ms <= clock_mono_ms() + wait);
        watch_notify(&w); /* too early */
        assert_int_equal(w.notify_pid, 0);
        w.notify_at_ms = clock_mono_ms();
    }
    w.notify = "exit 0";
    watch_notify(&w);
    until_ended(&w);
    assert_int_equal(w.notify_failed, 0);
    assert_int_equal(failures_kept(), 0);
    assert_false(w.news);
    watch_notify(&w);
    assert_int_equal(w.notify_pid, 0);
}

/* What it says to standard error meanwhile is in the file "out". */
static char *
said_by(struct watch *w)
{
    int before = dup(2), fd;
    uint8_t *text;
    char path[96];
    size_t len;

    (void)snprintf(path, sizeof path, "%s/out", dir);
    fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(before >= 0 && fd >= 0 && dup2(fd, 2) == 2);
    watch_notify(w);
    assert_true(dup2(before, 2) == 2 && close(before) == 0 && close(fd) == 0);
    assert_int_equal(file_read(&text, &len, path, 65536), RC_OK);
    return (char *)text;
}

/* errno is not where posix_spawn says why. */
static void
why_it_does_not_start_is_told(void **state)
{
    struct watch w = {.d = &desk, .notify = "exit 0", .news = true};
    char *text;

    (void)state;
    spawn_error = E2BIG;
    errno = 0;
    text = said_by(&w);
    spawn_error = 0;
    assert_non_null(strstr(text, strerror(E2BIG)));
    assert_int_equal(w.notify_pid, 0);
    assert_int_equal(w.notify_failed, 1);
    assert_true(w.news);
    free(text);
}

/* A minute is not too long: mail over Tor takes several. */
static void
what_takes_too_long_is_ended_with_all_it_started(void **state)
{
    struct watch w = {.d = &desk, .news = true};
    char path[96];
    pid_t group;
    int fifo;
    char c;

    (void)state;
    (void)snprintf(path, sizeof path, "%s/out", dir);
    assert_int_equal(setenv("OUT", path, 1), 0);
    assert_int_equal(mkfifo(path, 0600), 0);
    fifo = open(path, O_RDONLY | O_NONBLOCK);
    assert_true(fifo >= 0 && fcntl(fifo, F_SETFL, 0) == 0);
    /* What it has started holds the pipe open as long as it lives. */
    w.notify = "{ echo; exec sleep 1000; } >\"$OUT\" & wait";
    watch_notify(&w);
    group = w.notify_pid;
    do { /* nobody may have opened it yet */
        (void)poll(NULL, 0, 5);
    } while (read(fifo, &c, 1) != 1);
    assert_true(w.notify_until_ms > clock_mono_ms() + 5 * 60000);
    assert_int_equal(getpgid(group), group);
    watch_notify(&w); /* it may go on */
    assert_true(w.notify_pid > 0);
    w.notify_until_ms = clock_mono_ms();
    watch_notify(&w);
    until_ended(&w);
    assert_int_equal(w.notify_failed, 1);
    assert_true(w.news);
    assert_int_equal(read(fifo, &c, 1), 0); /* its end: nobody writes */
    (void)close(fifo);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(no_signal_is_blocked_or_ignored),
        TEST(it_gets_one_line_and_no_file_of_ours),
        TEST(it_runs_once_a_news),
        TEST(what_failed_is_run_again),
        TEST(what_takes_too_long_is_ended_with_all_it_started),
        TEST(why_it_does_not_start_is_told),
    };

    if (sodium_init() < 0) {
        return 1;
    }
    /* Whoever runs this may have ignored some, as nohup does. */
    for (int i = 1; i < NSIG; i++) {
        (void)signal(i, SIG_DFL);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
