/* SPDX-License-Identifier: ISC */
/*
 * A process that works on a store is killed at random points. What it had
 * acknowledged through a pipe must be there, and no page is sealed twice.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sodium.h>

#include <cmocka.h>

#include "storemodel.h"

#define ROUNDS 25
#define GROUPS 400 /* more than a child lives to run */

static const int64_t t0 = (int64_t)2900 * 7 * 86400;

/* Says what it is about to do, and again when it is done. */
static void
child(struct model m, struct storetest *t, int out)
{
    struct store_options opt = storetest_options(t);
    struct model_group g;

    if (store_open(&t->s, &opt, m.now) != RC_OK) {
        _exit(1);
    }
    for (int i = 0; i < GROUPS; i++) {
        model_plan(&m, &g);
        if (write(out, &g, sizeof g) != (ssize_t)sizeof g) {
            _exit(1);
        }
        model_run(&g, t);
        if (!g.acked || write(out, &g, sizeof g) != (ssize_t)sizeof g) {
            _exit(1);
        }
    }
    _exit(0);
}

static bool
next_group(int in, struct model_group *g)
{
    size_t have = 0;

    while (have < sizeof *g) {
        ssize_t n = read(in, (uint8_t *)g + have, sizeof *g - have);

        if (n <= 0) {
            assert_int_equal(have, 0); /* a group is written whole */
            return false;
        }
        have += (size_t)n;
    }
    return true;
}

/* Lets a child live for some groups and a moment; returns what it said. */
static size_t
one_life(struct model *m, struct storetest *t, bool *pending,
         struct model_group *last)
{
    size_t lives = model_random(m) % 12, acked = 0;
    volatile uint64_t moment = model_random(m) % 3000000;
    int fd[2], status;
    pid_t pid;

    *pending = false;
    assert_int_equal(pipe(fd), 0);
    assert_true((pid = fork()) >= 0);
    if (pid == 0) {
        (void)close(fd[0]);
        child(*m, t, fd[1]);
    }
    (void)close(fd[1]);
    while (next_group(fd[0], last)) {
        *pending = !last->acked;
        if (last->acked) {
            model_ack(m, last);
            acked++;
        }
        if (*pending && acked >= lives) {
            while (moment-- > 0) {
            }
            assert_int_equal(kill(pid, SIGKILL), 0);
            lives = SIZE_MAX; /* read what is left in the pipe */
        }
    }
    (void)close(fd[0]);
    assert_true(waitpid(pid, &status, 0) == pid);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    m->now = last->now;
    return acked;
}

static void
nothing_acknowledged_is_lost(void **state)
{
    struct storetest *t = storetest_new(64, t0);
    struct model m;
    uint32_t seed = randombytes_random();
    size_t groups = 0, cut = 0;

    *state = t;
    print_message("seed %u\n", seed);
    model_init(&m, seed, t0);
    for (int round = 0; round < ROUNDS; round++) {
        struct model_group last;
        bool pending;

        store_close(t->s);
        t->s = NULL;
        groups += one_life(&m, t, &pending, &last);
        cut += pending;
        storetest_reopen(t, m.now);
        model_check(&m, pending ? &last : NULL, t);
    }
    print_message("%zu groups acknowledged, %zu cut off\n", groups, cut);
    assert_true(groups > ROUNDS);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(nothing_acknowledged_is_lost,
                                  storetest_teardown),
    };

    if (sodium_init() < 0) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
