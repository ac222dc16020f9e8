/* SPDX-License-Identifier: ISC */
#include "cli.h"

#include <errno.h>
#include <fcntl.h>
#include <libintl.h>
#include <limits.h>
#include <locale.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sodium.h>

#include "arguments.h"
#include "text.h"

#define HELP_COLUMN 26

static const char *program = "tocsin";

/* Of standard output: what goes through it may be an answer, or a code. */
static char out_buffer[BUFSIZ];

int
cli_flush(void)
{
    int failed = fflush(stdout);

    sodium_memzero(out_buffer, sizeof out_buffer);
    return failed;
}

/* What options point into. Wiped when the program ends. */
static struct {
    struct arguments words;
    char *details;
    size_t len;
} taken;

static void
wipe_taken(void)
{
    arguments_wipe(&taken.words);
    arguments_free(taken.details, taken.len);
    taken.details = NULL;
    taken.len = 0;
}

const char *
cli_gettext(const char *text)
{
    return *text == 0 ? text : dgettext(CLI_DOMAIN, text);
}

void
cli_error(const char *format, ...)
{
    va_list ap;

    (void)cli_flush();
    (void)fprintf(stderr, "%s: ", program);
    va_start(ap, format);
    (void)vfprintf(stderr, format, ap);
    va_end(ap);
    (void)fputc('\n', stderr);
}

void
cli_say(const char *format, ...)
{
    va_list ap;

    (void)cli_flush();
    va_start(ap, format);
    (void)vfprintf(stderr, format, ap);
    va_end(ap);
    (void)fputc('\n', stderr);
}

void
cli_print_key(FILE *out, unsigned indent, const char *what,
              const uint8_t key[static 32])
{
    char half[TEXT_FINGERPRINT_LEN];

    (void)fprintf(out, "%*s%s\n", (int)indent, "", what);
    for (size_t i = 0; i < 2; i++) {
        text_fingerprint(half, key + 16 * i);
        (void)fprintf(out, "%*s%s\n", (int)indent + 2, "", half);
    }
}

const char *
cli_why(enum rc rc)
{
    return rc == RC_IO ? strerror(errno) : _(rc_text(rc));
}

int
cli_exit(enum rc rc)
{
    switch (rc) {
    case RC_OK:
        return CLI_DONE;
    case RC_FORGED:
        return CLI_NOT_AUTHENTIC;
    default:
        return CLI_FAILED;
    }
}

/* Translations lie beside the folder of the program: in the build tree as in
 * an installation, in ../share/locale. */
static void
bind_translations(void)
{
    static const char tail[] = "/../share/locale";
    char path[PATH_MAX + sizeof tail];
    ssize_t n = readlink("/proc/self/exe", path, PATH_MAX - 1);
    char *slash;

    (void)setlocale(LC_ALL, "");
    if (n <= 0) {
        return;
    }
    path[n] = 0;
    if ((slash = strrchr(path, '/')) == NULL) {
        return;
    }
    memcpy(slash, tail, sizeof tail);
    (void)bindtextdomain(CLI_DOMAIN, path);
    (void)bind_textdomain_codeset(CLI_DOMAIN, "UTF-8");
}

/* A closed descriptor 0, 1 or 2 would be given to the next file opened. */
static void
fill_descriptors(void)
{
    for (int fd = 0; fd <= 2; fd++) {
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd) {
            _exit(CLI_FAILED);
        }
    }
}

void
cli_init(const char *name)
{
    /* Of 1 byte: where a pattern pipes cores to a program, Linux minds no
     * limit but this one, which says that it must not; a file of 1 byte is
     * none. Children have it, too. */
    const struct rlimit none = {1, 1};

    program = name;
    fill_descriptors();
    (void)setvbuf(stdout, out_buffer, isatty(STDOUT_FILENO) ? _IOLBF : _IOFBF,
                  sizeof out_buffer);
    bind_translations();
    (void)umask(077);
    (void)setrlimit(RLIMIT_CORE, &none);
#ifndef TOCSIN_TEST_CLOCK
    /* Tests search the memory of test builds. */
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
    (void)signal(SIGPIPE, SIG_IGN);
    (void)unsetenv("SSLKEYLOGFILE"); /* libcurl would write TLS keys there */
    if (sodium_init() < 0) {
        cli_error(_("libsodium does not start"));
        exit(CLI_FAILED);
    }
}

static size_t
table_len(const struct cli_option *options)
{
    size_t n = 0;

    while (options != NULL && options[n].name != NULL) {
        n++;
    }
    return n;
}

/* "--name", or "-n" where the name is one letter. */
static const char *
dashes(const struct cli_option *o)
{
    return o->name[1] == 0 ? "-" : "--";
}

static void
help_line(FILE *out, const char *left, const char *help)
{
    if (strlen(left) < HELP_COLUMN - 3) {
        (void)fprintf(out, "  %-*s", HELP_COLUMN - 2, left);
    } else {
        (void)fprintf(out, "  %s\n%*s", left, HELP_COLUMN, "");
    }
    (void)fprintf(out, "%s\n", help);
}

static void
help_options(FILE *out, const struct cli_option *options)
{
    char left[128];

    for (size_t i = 0; i < table_len(options); i++) {
        const struct cli_option *o = &options[i];

        (void)snprintf(left, sizeof left, "%s%s%s%s%s", dashes(o), o->name,
                       o->value != NULL ? " " : "",
                       o->value != NULL ? o->value : "",
                       o->repeatable ? "..." : "");
        help_line(out, left, _(o->help));
    }
}

static bool
any_repeatable(const struct cli_option *options)
{
    for (size_t i = 0; i < table_len(options); i++) {
        if (options[i].repeatable) {
            return true;
        }
    }
    return false;
}

static void
help_command(FILE *out, const struct cli_command *c,
             const struct cli_option *common)
{
    bool any = table_len(c->options) + table_len(common) > 0;

    (void)fprintf(out, _("usage: %s %s%s%s%s\n"), program, c->name,
                  any ? _(" [OPTION...]") : "", *c->args != 0 ? " " : "",
                  c->args);
    if (out == stdout) {
        (void)fprintf(out, "%s\n", _(c->help));
        if (any) {
            (void)fputc('\n', out);
        }
        help_options(out, c->options);
        help_options(out, common);
        if (any_repeatable(c->options) || any_repeatable(common)) {
            (void)fprintf(out, "\n%s\n",
                          _("With ...: may be given several times, each with "
                            "its own --NAME."));
        }
    }
}

static void
help_program(FILE *out, const char *about, const struct cli_option *common,
             const struct cli_command *commands)
{
    (void)fprintf(out, _("usage: %s COMMAND [OPTION...] [ARGUMENT...]\n"),
                  program);
    (void)fprintf(out, "%s\n\n", _(about));
    for (const struct cli_command *c = commands; c->name != NULL; c++) {
        char left[128];

        (void)snprintf(left, sizeof left, "%s %s", c->name, c->args);
        help_line(out, left, _(c->help));
    }
    if (table_len(common) > 0) {
        (void)fputc('\n', out);
        help_options(out, common);
    }
    (void)fprintf(out, _("\n%s COMMAND --help says more; so does man %s.\n"),
                  program, program);
}

static struct cli_option *
find_option(struct cli_option *options, const char *name, size_t len)
{
    for (size_t i = 0; i < table_len(options); i++) {
        if (strlen(options[i].name) == len &&
            memcmp(options[i].name, name, len) == 0) {
            return &options[i];
        }
    }
    return NULL;
}

static bool
note_value(struct cli_option *o, const char *value)
{
    const char **more;

    if (o->count > 0 && !o->repeatable) {
        cli_error(_("%s%s is given twice"), dashes(o), o->name);
        return false;
    }
    if (o->value != NULL) {
        more = realloc(o->values, (o->count + 1) * sizeof *more);
        if (more == NULL) {
            cli_error("%s", _(rc_text(RC_NOMEM)));
            return false;
        }
        more[o->count] = value;
        o->values = more;
    }
    o->count++;
    return true;
}

static void
reset_options(struct cli_option *options)
{
    for (size_t i = 0; i < table_len(options); i++) {
        free(options[i].values);
        options[i].values = NULL;
        options[i].count = 0;
    }
}

enum took {
    TOOK_ONE,
    TOOK_TWO,
    TOOK_HELP,
    TOOK_NONE
};

/* Takes the option in word, and its value where that is in next. */
static enum took
take_option(struct cli_option *const tables[2], const char *word,
            const char *next)
{
    const char *name = word + (word[1] == '-' ? 2 : 1);
    const char *equals = word[1] == '-' ? strchr(name, '=') : NULL;
    size_t len = equals != NULL ? (size_t)(equals - name) : strlen(name);
    struct cli_option *o = NULL;

    if (strcmp(word, "--help") == 0) {
        return TOOK_HELP;
    }
    if ((word[1] == '-') == (len > 1)) {
        o = find_option(tables[0], name, len);
        if (o == NULL) {
            o = find_option(tables[1], name, len);
        }
    }
    if (o == NULL) {
        cli_error(_("unknown option %.*s"), (int)(name - word) + (int)len,
                  word);
        return TOOK_NONE;
    }
    if (o->value == NULL) {
        if (equals != NULL) {
            cli_error(_("%s%s takes no value"), dashes(o), o->name);
            return TOOK_NONE;
        }
        return note_value(o, NULL) ? TOOK_ONE : TOOK_NONE;
    }
    if (equals != NULL) {
        return note_value(o, equals + 1) ? TOOK_ONE : TOOK_NONE;
    }
    if (next == NULL) {
        cli_error(_("%s%s needs a value: %s"), dashes(o), o->name, o->value);
        return TOOK_NONE;
    }
    return note_value(o, next) ? TOOK_TWO : TOOK_NONE;
}

/*
 * Takes options out of argv[0..*argc); the arguments move to its front.
 * stop     end at the first argument (options before a command's name)
 * help     set when --help stands there
 * returns  the number of words looked at, or -1 after printing an error
 */
static int
take_options(struct cli_option *const tables[2], int *argc, char **argv,
             bool stop, bool *help)
{
    int i = 0, kept = 0;

    while (i < *argc) {
        char *word = argv[i];

        if (strcmp(word, "--") == 0) {
            i++;
            break;
        }
        if (word[0] != '-' || word[1] == 0) {
            if (stop) {
                return i;
            }
            argv[kept++] = word;
            i++;
            continue;
        }
        switch (take_option(tables, word, i + 1 < *argc ? argv[i + 1] : NULL)) {
        case TOOK_ONE:
            i++;
            break;
        case TOOK_TWO:
            i += 2;
            break;
        case TOOK_HELP:
            *help = true;
            return i;
        case TOOK_NONE:
            return -1;
        }
    }
    if (stop) {
        return i;
    }
    while (i < *argc) {
        argv[kept++] = argv[i++];
    }
    *argc = kept;
    return i;
}

enum cli_result
cli_parse(struct cli_option *options, int *argc, char ***argv)
{
    struct cli_option *const tables[2] = {options, NULL};
    bool help = false;

    reset_options(options);
    if (*argc > 0) {
        (*argc)--;
        (*argv)++;
    }
    if (take_options(tables, argc, *argv, false, &help) < 0) {
        cli_say(_("%s --help says more."), program);
        return CLI_STOP_USAGE;
    }
    if (help) {
        (void)printf(_("usage: %s [OPTION...] [ARGUMENT...]\n"), program);
        help_options(stdout, options);
        return CLI_STOP_DONE;
    }
    return CLI_GO_ON;
}

/* Data that did not reach its file or pipe is a failure. */
static int
finish(int code)
{
    if ((cli_flush() != 0 || ferror(stdout)) && code == CLI_DONE) {
        cli_error(_("can't write the output: %s"), strerror(errno));
        return CLI_FAILED;
    }
    return code;
}

/* One line of the details, "NAME VALUE", as if it had been an option. */
static bool
take_detail(struct cli_option *options, const char *line, size_t number)
{
    size_t n = strcspn(line, " ");
    struct cli_option *o = find_option(options, line, n);

    if (o == NULL || !o->detail) {
        cli_error(_("--details-fd: line %zu does not begin with the name of a "
                    "detail, such as \"employer\""),
                  number);
        return false;
    }
    if (line[n] == 0 || line[n + 1] == 0) {
        cli_error(_("--details-fd: line %zu: %s needs a value behind one "
                    "space"),
                  number, o->name);
        return false;
    }
    return note_value(o, line + n + 1);
}

/* What --details-fd says, if it is there. */
static bool
take_details(struct cli_option *options)
{
    uint64_t fd = 0;
    size_t number = 0;
    enum rc rc;

    if (!cli_given(options, "details-fd")) {
        return true;
    }
    if (cli_number(options, "details-fd", 0, 1023, &fd) != RC_OK) {
        return false;
    }
    if ((rc = arguments_details(&taken.details, &taken.len, (int)fd)) != RC_OK) {
        cli_error("--details-fd: %s", cli_why(rc));
        return false;
    }
    for (size_t at = 0; at < taken.len; at += strlen(taken.details + at) + 1) {
        if (!take_detail(options, taken.details + at, ++number)) {
            return false;
        }
    }
    return true;
}

static int
run_command(const struct cli_command *c, struct cli_option *common, int argc,
            char **argv)
{
    struct cli_option *const tables[2] = {c->options, common};
    bool help = false;

    reset_options(c->options);
    if (take_options(tables, &argc, argv, false, &help) < 0) {
        help_command(stderr, c, common);
        return CLI_USAGE;
    }
    if (help) {
        help_command(stdout, c, common);
        return finish(CLI_DONE);
    }
    if (argc < c->min_args || (c->max_args >= 0 && argc > c->max_args)) {
        cli_error(argc < c->min_args ? _("%s: too few arguments")
                                     : _("%s: too many arguments"),
                  c->name);
        help_command(stderr, c, common);
        return CLI_USAGE;
    }
    return take_details(c->options) ? finish(c->run(argc, argv)) : CLI_USAGE;
}

static int
run_program(int argc, char **argv, const char *about, struct cli_option *common,
            const struct cli_command *commands)
{
    struct cli_option *const tables[2] = {common, NULL};
    bool help = false;
    int used;

    reset_options(common);
    argc = argc > 0 ? argc - 1 : 0;
    argv++;
    if (argc > 0 && strcmp(argv[0], "--version") == 0) {
        (void)printf("%s %s\n", program, CLI_VERSION);
        return finish(CLI_DONE);
    }
    used = take_options(tables, &argc, argv, true, &help);
    if (help) {
        help_program(stdout, about, common, commands);
        return finish(CLI_DONE);
    }
    if (used < 0 || used == argc) {
        help_program(stderr, about, common, commands);
        return CLI_USAGE;
    }
    for (const struct cli_command *c = commands; c->name != NULL; c++) {
        if (strcmp(c->name, argv[used]) == 0) {
            return run_command(c, common, argc - used - 1, argv + used + 1);
        }
    }
    cli_error(_("unknown command %s"), argv[used]);
    cli_say(_("%s --help lists the commands."), program);
    return CLI_USAGE;
}

int
cli_main(int argc, char **argv, const char *about, struct cli_option *common,
         const struct cli_command *commands)
{
    static bool registered;

    wipe_taken();
    registered = registered || atexit(wipe_taken) == 0;
    if (arguments_hide(&taken.words, argc, argv) != RC_OK) {
        cli_error("%s", _(rc_text(RC_NOMEM)));
        return CLI_FAILED;
    }
    return run_program(argc, taken.words.argv, about, common, commands);
}

static const struct cli_option *
given(const struct cli_option *options, const char *name)
{
    for (size_t i = 0; i < table_len(options); i++) {
        if (strcmp(options[i].name, name) == 0) {
            return options[i].count > 0 ? &options[i] : NULL;
        }
    }
    return NULL;
}

const char *
cli_value(const struct cli_option *options, const char *name)
{
    const struct cli_option *o = given(options, name);

    return o != NULL && o->values != NULL ? o->values[o->count - 1] : NULL;
}

bool
cli_given(const struct cli_option *options, const char *name)
{
    return given(options, name) != NULL;
}

/* Decimal, no sign, no leading zeros, nothing after it. */
static bool
parse_decimal(const char *text, uint64_t max, uint64_t *out)
{
    uint64_t v = 0;

    if (*text == 0 || (text[0] == '0' && text[1] != 0)) {
        return false;
    }
    for (; *text != 0; text++) {
        uint64_t digit = (uint64_t)(unsigned char)*text - '0';

        if (*text < '0' || *text > '9' || digit > max ||
            v > (max - digit) / 10) {
            return false;
        }
        v = v * 10 + digit;
    }
    *out = v;
    return true;
}

enum rc
cli_number(const struct cli_option *options, const char *name, uint64_t min,
           uint64_t max, uint64_t *out)
{
    const char *text = cli_value(options, name);
    uint64_t v;

    if (text == NULL) {
        return RC_OK;
    }
    if (!parse_decimal(text, max, &v) || v < min) {
        cli_error(_("--%s must be a number from %llu to %llu"), name,
                  (unsigned long long)min, (unsigned long long)max);
        return RC_FORMAT;
    }
    *out = v;
    return RC_OK;
}
