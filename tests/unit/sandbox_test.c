/* SPDX-License-Identifier: ISC */
/* What a relay in its sandbox can't do, each in a child of its own. */
#include "sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include <linux/landlock.h>

static char dir[] = "/tmp/tocsin-sandbox.XXXXXX";
static struct config config;

/* Sanitizer builds have no sandbox; a kernel may lack Landlock. */
static bool
is_sanitized(void)
{
#if defined(__SANITIZE_ADDRESS__)
    return true;
#else
    return false;
#endif
}

static bool
has_landlock(void)
{
    return syscall(SYS_landlock_create_ruleset, NULL, 0,
                   LANDLOCK_CREATE_RULESET_VERSION) > 0;
}

/* Runs it within the sandbox; its wait status. */
static int
inside(int (*run)(void))
{
    int status;
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        if (sandbox_enter(&config) != RC_OK) {
            _exit(99);
        }
        _exit(run());
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static void
must_exit(int (*run)(void))
{
    int status = inside(run);

    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void
must_die(int (*run)(void))
{
    int status = inside(run);

    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGSYS);
}

static int
open_elsewhere(void)
{
    char path[128];

    if (open("/etc/passwd", O_RDONLY) >= 0 || open("/", O_RDONLY) >= 0 ||
        open("/tmp", O_RDONLY | O_DIRECTORY) >= 0) {
        return 1;
    }
    (void)snprintf(path, sizeof path, "%s/new", dir);
    return open(path, O_WRONLY | O_CREAT, 0600) >= 0;
}

static int
run_a_program(void)
{
    (void)execl("/bin/true", "true", NULL);
    return 0;
}

static int
call_somebody(void)
{
    struct sockaddr_un addr = {.sun_family = AF_UNIX};

    return connect(0, (struct sockaddr *)&addr, sizeof addr);
}

static int
open_a_socket(void)
{
    return socket(AF_INET, SOCK_STREAM, 0) >= 0 || errno != EPERM;
}

static void *
nothing(void *arg)
{
    return arg;
}

/* What the store and the threads do. */
static int
do_its_work(void)
{
    char path[128], other[128];
    pthread_t t;
    int fd;

    (void)snprintf(path, sizeof path, "%s/store/file", dir);
    (void)snprintf(other, sizeof other, "%s/store/other", dir);
    fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    if (fd < 0 || write(fd, "x", 1) != 1 || fdatasync(fd) != 0 ||
        close(fd) != 0 || rename(path, other) != 0 || unlink(other) != 0) {
        return 1;
    }
    (void)snprintf(path, sizeof path, "%s/bundle", dir);
    if ((fd = open(path, O_RDONLY)) < 0 || close(fd) != 0) {
        return 2;
    }
    return pthread_create(&t, NULL, nothing, NULL) != 0 ||
           pthread_join(t, NULL) != 0;
}

static void
other_files_are_out_of_reach(void **state)
{
    (void)state;
    if (is_sanitized() || !has_landlock()) {
        skip();
    }
    must_exit(open_elsewhere);
}

static void
other_programs_are_deadly(void **state)
{
    (void)state;
    if (is_sanitized()) {
        skip();
    }
    must_die(run_a_program);
}

static void
nobody_can_be_called(void **state)
{
    (void)state;
    if (is_sanitized()) {
        skip();
    }
    must_die(call_somebody);
    must_exit(open_a_socket);
}

static void
its_own_work_goes_on(void **state)
{
    (void)state;
    must_exit(do_its_work);
}

static int
setup(void **state)
{
    char path[128];
    int fd;

    (void)state;
    if (mkdtemp(dir) == NULL || config_init(&config, dir) != RC_OK) {
        return 1;
    }
    if (mkdir(config.store, 0700) != 0) {
        return 1;
    }
    (void)snprintf(path, sizeof path, "%s/bundle", dir);
    fd = open(path, O_WRONLY | O_CREAT, 0600);
    return fd < 0 || close(fd) != 0;
}

static int
teardown(void **state)
{
    char path[128];

    (void)state;
    (void)snprintf(path, sizeof path, "%s/bundle", dir);
    (void)unlink(path);
    (void)rmdir(config.store);
    (void)rmdir(dir);
    config_wipe(&config);
    return 0;
}

/* What can't be looked at is not said to be absent. */
static void
swap_is_on_off_or_unknown(void **state)
{
    static const struct {
        const char *text; /* NULL: no file */
        enum swap_state swap;
    } cases[] = {
        {NULL, SWAP_UNKNOWN},
        {"", SWAP_UNKNOWN},
        {"Filename Type Size Used Priority\n", SWAP_NONE},
        {"Filename Type Size Used Priority\n/dev/a partition 9 0 -2\n",
         SWAP_ON},
    };
    char path[128];

    (void)state;
    (void)snprintf(path, sizeof path, "%s/swaps", dir);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (cases[i].text != NULL) {
            FILE *f = fopen(path, "w");

            assert_non_null(f);
            assert_true(fputs(cases[i].text, f) >= 0);
            assert_int_equal(fclose(f), 0);
        }
        assert_int_equal(sandbox_swap(path), cases[i].swap);
    }
    assert_int_equal(unlink(path), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(other_files_are_out_of_reach),
        cmocka_unit_test(other_programs_are_deadly),
        cmocka_unit_test(nobody_can_be_called),
        cmocka_unit_test(its_own_work_goes_on),
        cmocka_unit_test(swap_is_on_off_or_unknown),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
