/* SPDX-License-Identifier: ISC */
#include "cli.h"

#include "arguments.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#define WORDS_MAX 16

static struct cli_option options[] = {
    {"name", "NAME", "a name", false, true, 0, NULL},
    {"to", "ORG", "somebody", true, true, 0, NULL},
    CLI_DETAILS_OPTION,
    {"yes", NULL, "a flag", false, false, 0, NULL},
    {"c", "FILE", "a letter", false, false, 0, NULL},
    {"n", NULL, "a letter, a flag", false, false, 0, NULL},
    {NULL, NULL, NULL, false, false, 0, NULL}};
static struct cli_option common[] = {
    {"network", "FILE", "for all", false, false, 0, NULL},
    {NULL, NULL, NULL, false, false, 0, NULL}};

static int ran, ran_argc;
static char ran_argv[WORDS_MAX][32], ran_name[32], ran_to[64];

static int
run_any(int argc, char **argv)
{
    ran++;
    ran_argc = argc;
    for (int i = 0; i < argc; i++) {
        (void)snprintf(ran_argv[i], sizeof ran_argv[i], "%s", argv[i]);
    }
    return CLI_NOT_AUTHENTIC;
}

/* Notes what options say, too. */
static int
run(int argc, char **argv)
{
    (void)snprintf(ran_name, sizeof ran_name, "%s",
                   options[0].count > 0 ? options[0].values[0] : "");
    ran_to[0] = 0;
    for (size_t i = 0; i < options[1].count; i++) {
        strcat(strcat(ran_to, options[1].values[i]), ",");
    }
    return run_any(argc, argv);
}

static const struct cli_command commands[] = {
    {"go", "FILE...", "goes", options, run, 1, 2},
    {"any", "[FILE...]", "goes", NULL, run_any, 0, -1},
    {NULL, NULL, NULL, NULL, NULL, 0, 0}};

/* Cuts a line into words, as a shell would, and runs cli_main on them with
 * its output thrown away. */
static int
call(const char *line)
{
    static char text[512];
    char *argv[WORDS_MAX], *save = NULL;
    int argc = 0, code, out = dup(STDOUT_FILENO), err = dup(STDERR_FILENO);
    int null = open("/dev/null", O_WRONLY);

    (void)snprintf(text, sizeof text, "%s", line);
    for (char *w = strtok_r(text, " ", &save); w != NULL;
         w = strtok_r(NULL, " ", &save)) {
        argv[argc++] = strcmp(w, "''") == 0 ? &text[sizeof text - 1] : w;
    }
    argv[argc] = NULL;
    ran = 0;
    (void)fflush(stdout);
    assert_true(dup2(null, 1) == 1 && dup2(null, 2) == 2);
    code = cli_main(argc, argv, "about", common, commands);
    (void)fflush(stdout);
    assert_true(dup2(out, 1) == 1 && dup2(err, 2) == 2);
    (void)close(out);
    (void)close(err);
    (void)close(null);
    return code;
}

static void
wrong_calls_are_usage(void **state)
{
    static const char *const wrong[] = {"p",
                                        "p nothing",
                                        "p --frob go a",
                                        "p --network",
                                        "p go",
                                        "p go a b c",
                                        "p go --name",
                                        "p go --name a --name b x",
                                        "p go --nam a x",
                                        "p go --yes=1 x",
                                        "p go --yes --yes x",
                                        "p go -x a",
                                        "p go -name a x",
                                        "p go --c a x",
                                        "p go -c",
                                        "p go -c=a x",
                                        "p go --network a --network b x",
                                        "p --network a go --network b x",
                                        "p go ---yes x",
                                        "p go --=a x",
                                        "p --yes go x",
                                        "p -- go x y z w"};

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        if (call(wrong[i]) != CLI_USAGE || ran != 0) {
            fail_msg("not refused: %s", wrong[i]);
        }
    }
}

static void
help_and_version_are_done(void **state)
{
    (void)state;
    assert_int_equal(call("p --help"), CLI_DONE);
    assert_int_equal(call("p --version"), CLI_DONE);
    assert_int_equal(call("p go --help"), CLI_DONE);
    assert_int_equal(call("p go --yes --help x y z"), CLI_DONE);
    assert_int_equal(ran, 0);
}

static void
options_stand_anywhere_before_two_dashes(void **state)
{
    (void)state;
    assert_int_equal(call("p --network n go a --name=x b --to 1 --to=2 --yes "
                          "-n -c f"),
                     CLI_NOT_AUTHENTIC);
    assert_int_equal(ran, 1);
    assert_int_equal(ran_argc, 2);
    assert_string_equal(ran_argv[0], "a");
    assert_string_equal(ran_argv[1], "b");
    assert_string_equal(cli_value(common, "network"), "n");
    assert_string_equal(cli_value(options, "name"), "x");
    assert_string_equal(cli_value(options, "to"), "2");
    assert_string_equal(cli_value(options, "c"), "f");
    assert_int_equal(options[1].count, 2);
    assert_string_equal(options[1].values[0], "1");
    assert_true(cli_given(options, "yes"));
    assert_true(cli_given(options, "n"));
    assert_int_equal(call("p go -- --yes"), CLI_NOT_AUTHENTIC);
    assert_false(cli_given(options, "yes"));
    assert_null(cli_value(options, "name"));
    assert_string_equal(ran_argv[0], "--yes");
    assert_int_equal(call("p go -- -- a"), CLI_NOT_AUTHENTIC);
    assert_string_equal(ran_argv[0], "--");
    assert_int_equal(call("p go - --name --yes"), CLI_NOT_AUTHENTIC);
    assert_string_equal(ran_argv[0], "-");
    assert_string_equal(cli_value(options, "name"), "--yes");
    assert_int_equal(call("p go a --name="), CLI_NOT_AUTHENTIC);
    assert_string_equal(cli_value(options, "name"), "");
    assert_int_equal(call("p any"), CLI_NOT_AUTHENTIC);
    assert_int_equal(ran_argc, 0);
    assert_int_equal(call("p any a b --network x c d"), CLI_NOT_AUTHENTIC);
    assert_int_equal(ran_argc, 4);
}

static void
a_program_without_commands_parses_too(void **state)
{
    char *words[] = {(char[]){"p"}, (char[]){"x"}, (char[]){"-n"},
                     (char[]){"y"}, NULL};
    char **argv = words;
    int argc = 4;

    (void)state;
    assert_int_equal(cli_parse(options, &argc, &argv), CLI_GO_ON);
    assert_int_equal(argc, 2);
    assert_string_equal(argv[0], "x");
    assert_string_equal(argv[1], "y");
    assert_true(cli_given(options, "n"));
}

static enum rc
number(const char *text, uint64_t *out)
{
    const char *values[1] = {text};
    const struct cli_option table[] = {
        {"n", "N", "", false, false, 1, values},
        {NULL, NULL, NULL, false, false, 0, NULL}};
    int err = dup(STDERR_FILENO), null = open("/dev/null", O_WRONLY);
    enum rc rc;

    assert_int_equal(dup2(null, 2), 2);
    rc = cli_number(table, "n", 3, UINT64_MAX - 1, out);
    assert_int_equal(dup2(err, 2), 2);
    (void)close(err);
    (void)close(null);
    return rc;
}

static void
numbers_are_decimal_and_in_range(void **state)
{
    static const char *const wrong[] = {"",
                                        "x",
                                        "3x",
                                        " 3",
                                        "+3",
                                        "-3",
                                        "03",
                                        "2",
                                        "0",
                                        "3.0",
                                        "0x3",
                                        "18446744073709551615",
                                        "18446744073709551616",
                                        "99999999999999999999999"};
    uint64_t v = 7;

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_int_equal(number(wrong[i], &v), RC_FORMAT);
        assert_int_equal(v, 7);
    }
    assert_int_equal(number("3", &v), RC_OK);
    assert_int_equal(v, 3);
    assert_int_equal(number("18446744073709551614", &v), RC_OK);
    assert_true(v == UINT64_MAX - 1);
    assert_int_equal(cli_number(common, "absent", 0, 1, &v), RC_OK);
    assert_true(v == UINT64_MAX - 1);
}

static void
results_have_their_exit_codes(void **state)
{
    (void)state;
    assert_int_equal(cli_exit(RC_OK), 0);
    assert_int_equal(cli_exit(RC_IO), 1);
    assert_int_equal(cli_exit(RC_FORGED), 3);
}

/* A descriptor with these bytes; the line of a call that reads it. */
static const char *
details(const char *text, size_t len, const char *rest)
{
    static char line[128];
    int ends[2];

    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], text, len), len);
    assert_int_equal(close(ends[1]), 0);
    (void)snprintf(line, sizeof line, "x go --details-fd %d f %s", ends[0],
                   rest);
    return line;
}

static int
details_at(const char *line)
{
    return atoi(line + sizeof "x go --details-fd " - 1);
}

static int
call_details(const char *text, const char *rest)
{
    const char *line = details(text, strlen(text), rest);
    int fd = details_at(line), code = call(line);

    assert_int_equal(close(fd), 0);
    return code;
}

static void
details_come_by_a_descriptor(void **state)
{
    char rest[8] = {0};
    const char *line;

    (void)state;
    assert_int_equal(call_details("name Ana  B \nto x\nto y z", ""), 3);
    assert_string_equal(ran_name, "Ana  B ");
    assert_string_equal(ran_to, "x,y z,");
    assert_int_equal(call_details("", ""), 3);
    assert_string_equal(ran_name, "");
    assert_int_equal(call_details("to x\n", "--to y"), 3);
    assert_string_equal(ran_to, "y,x,");
    /* What stands behind an empty line is somebody else's. */
    line = details("name A\n\nthe text", 16, "");
    assert_int_equal(call(line), 3);
    assert_string_equal(ran_name, "A");
    assert_int_equal(read(details_at(line), rest, sizeof rest), 8);
    assert_memory_equal(rest, "the text", 8);
    assert_int_equal(close(details_at(line)), 0);
}

static void
wrong_details_run_nothing(void **state)
{
    static const char *const bad[] = {
        "nam Ana\n",      "name\n",           "name \n",
        " name A\n",      "--name A\n",       "yes\n",
        "yes 1\n",        "c file\n", /* no detail */
        "details-fd 3\n", "name A\nname B\n", "name A\r\nto\n",
    };
    static char big[ARGUMENTS_DETAILS_MAX + 16];
    const char *line;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (call_details(bad[i], "") != CLI_USAGE || ran != 0) {
            fail_msg("taken: %s", bad[i]);
        }
    }
    assert_int_equal(call_details("name B\n", "--name A"), CLI_USAGE);
    line = details("name\0A\n", 8, "");
    assert_int_equal(call(line), CLI_USAGE);
    assert_int_equal(close(details_at(line)), 0);
    assert_int_equal(call("x go --details-fd 1023 f"), CLI_USAGE);
    assert_int_equal(call("x go --details-fd x f"), CLI_USAGE);
    assert_int_equal(ran, 0);
    memset(big, 'x', sizeof big);
    memcpy(big, "name ", 5);
    {
        int fd = memfd_create("details", 0);

        assert_int_equal(write(fd, big, sizeof big), sizeof big);
        assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
        (void)snprintf(big, sizeof big, "x go --details-fd %d f", fd);
        assert_int_equal(call(big), CLI_USAGE);
        assert_int_equal(close(fd), 0);
    }
}

/* All but the program's name is gone from where it stood. */
static void
the_command_line_is_overwritten(void **state)
{
    static char text[] = "prog\0go\0--name\0Garment Ltd\0f";
    char *argv[] = {text, text + 5, text + 8, text + 15, text + 27, NULL};
    static const char want[sizeof text] = "prog\0";
    struct arguments a;

    (void)state;
    assert_int_equal(arguments_hide(&a, 5, argv), RC_OK);
    assert_string_equal(a.argv[3], "Garment Ltd");
    assert_string_equal(a.argv[4], "f");
    assert_null(a.argv[5]);
    assert_memory_equal(text, want, sizeof text - 1);
    /* Not ended by a zero: the kernel shows argv[0] and no more. */
    assert_int_not_equal(text[sizeof text - 1], 0);
    arguments_wipe(&a);
    /* One word alone stays as it is. */
    memcpy(text, "prog", 5);
    assert_int_equal(arguments_hide(&a, 1, argv), RC_OK);
    assert_string_equal(text, "prog");
    assert_string_equal(a.argv[0], "prog");
    arguments_wipe(&a);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wrong_calls_are_usage),
        cmocka_unit_test(help_and_version_are_done),
        cmocka_unit_test(options_stand_anywhere_before_two_dashes),
        cmocka_unit_test(a_program_without_commands_parses_too),
        cmocka_unit_test(numbers_are_decimal_and_in_range),
        cmocka_unit_test(results_have_their_exit_codes),
        cmocka_unit_test(details_come_by_a_descriptor),
        cmocka_unit_test(wrong_details_run_nothing),
        cmocka_unit_test(the_command_line_is_overwritten),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
