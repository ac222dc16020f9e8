/* SPDX-License-Identifier: ISC */
/* tocsin-desk init, rotate, and what all commands share. */
#include "commands.h"

#include <sodium.h>

#include <errno.h>
#include <inttypes.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "days.h"
#include "file.h"
#include "keyfile.h"
#include "netopt.h"
#include "strength.h"
#include "utf8.h"

#define NAME_MAX_LEN 200
#define LIST_MAX_LEN 400

int
desk_cli_options(struct desk_options *out)
{
    uint64_t fd = UINT64_MAX, identity_fd = UINT64_MAX;
    struct netopt net;

    if (cli_number(desk_common, "passphrase-fd", 0, 1 << 20, &fd) != RC_OK ||
        cli_number(desk_common, "identity-passphrase-fd", 0, 1 << 20,
                   &identity_fd) != RC_OK) {
        return CLI_USAGE;
    }
    if (netopt_read(&net, desk_common) != RC_OK) {
        return CLI_USAGE;
    }
    out->dir = cli_value(desk_common, "dir");
    out->network = net.network;
    out->socks = net.socks;
    out->no_tor = net.no_tor;
    out->ca_file = net.ca_file;
    out->passphrase_fd = fd == UINT64_MAX ? -1 : (int)fd;
    out->identity_fd = identity_fd == UINT64_MAX ? -1 : (int)identity_fd;
    return CLI_DONE;
}

enum rc
desk_cli_case(uint32_t *out, const char *text)
{
    char *end;
    unsigned long long n;

    *out = 0;
    errno = 0;
    n = strtoull(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 ||
        n == 0 || n > UINT32_MAX) {
        cli_error(_("a case has a number: see tocsin-desk list"));
        return RC_FORMAT;
    }
    *out = (uint32_t)n;
    return RC_OK;
}

int
desk_cli_with(enum rc (*fn)(struct desk *d, const struct desk_options *opt,
                            void *arg),
              void *arg)
{
    struct desk_options opt = {0};
    struct desk d = {0};
    int code = desk_cli_options(&opt);
    enum rc rc;

    if (code != CLI_DONE) {
        return code;
    }
    if ((rc = desk_open_asking(&d, &opt)) == RC_OK) {
        rc = fn(&d, &opt, arg);
    }
    desk_close(&d);
    desk_options_wipe(&opt);
    return cli_exit(rc);
}

struct with_case {
    uint32_t number;
    enum rc (*fn)(struct desk *d, const struct case_rec *c);
};

static enum rc
with_case(struct desk *d, const struct desk_options *opt, void *arg)
{
    const struct with_case *w = arg;
    struct case_rec c = {0};
    enum rc rc = case_get(d->vault, &c, w->number);

    (void)opt;
    if (rc == RC_OK) {
        rc = w->fn(d, &c);
    } else {
        cli_error(rc == RC_MISSING ? _("there is no case %" PRIu32)
                                   : _("case %" PRIu32 " is damaged"),
                  w->number);
    }
    sodium_memzero(&c, sizeof c);
    return rc;
}

int
desk_cli_with_case(const char *text,
                   enum rc (*fn)(struct desk *d, const struct case_rec *c))
{
    struct with_case w = {.fn = fn};
    enum rc rc = desk_cli_case(&w.number, text);

    return rc == RC_OK ? desk_cli_with(with_case, &w) : cli_exit(rc);
}

enum rc
desk_cli_decimal(const struct cli_option *options, const char *name,
                 double *out)
{
    const char *text = cli_value(options, name);
    locale_t plain;
    char *end;
    double v;

    if (text == NULL) {
        return RC_OK;
    }
    /* With a full stop, whatever the person's language has. */
    plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    if (plain == (locale_t)0) {
        return RC_NOMEM;
    }
    errno = 0;
    v = strtod_l(text, &end, plain);
    freelocale(plain);
    if (end == text || *end != '\0' || errno != 0 || !isfinite(v) || v < 0 ||
        v > 1e9) {
        cli_error(_("--%s: a number, not below 0"), name);
        return RC_FORMAT;
    }
    *out = v;
    return RC_OK;
}

/* --- init ---------------------------------------------------------------- */

/* A list of the directory: words with commas, "-" when empty. */
static const char *
list_option(const char *name, bool *ok)
{
    const char *text = cli_value(desk_init_options, name);

    if (text == NULL || text[0] == '\0') {
        return "-";
    }
    for (const char *p = text; *p != '\0'; p++) {
        if (*p == ' ' || (unsigned char)*p < 0x21 ||
            (unsigned char)*p > 0x7e ||
            (*p == ',' && (p == text || p[1] == ',' || p[1] == '\0'))) {
            cli_error(_("--%s: words with a comma between, no spaces"), name);
            *ok = false;
            return "-";
        }
    }
    if (strlen(text) > LIST_MAX_LEN) {
        cli_error(_("--%s: too long"), name);
        *ok = false;
    }
    return text;
}

static bool
name_is_good(const char *name)
{
    size_t len = name == NULL ? 0 : strlen(name);

    if (len == 0 || len > NAME_MAX_LEN || name[0] == ' ' ||
        name[len - 1] == ' ' ||
        !utf8_is_valid((const uint8_t *)name, len)) {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        if ((unsigned char)name[i] < 0x20 || name[i] == 0x7f) {
            return false;
        }
    }
    return true;
}

static void
print_line(const struct desk_config *c, const char *const lists[static 5])
{
    char org[65], pk[sodium_base64_ENCODED_LEN(
                         32, sodium_base64_VARIANT_ORIGINAL)];

    (void)sodium_bin2hex(org, sizeof org, c->org, sizeof c->org);
    (void)sodium_bin2base64(pk, sizeof pk, c->pk, sizeof c->pk,
                            sodium_base64_VARIANT_ORIGINAL);
    cli_print_key(stderr, 0, _("The identity key, as the root signers see it:"),
                  c->pk);
    (void)printf("org %s %s %u %s %s %s %s %s %s\n", org, pk, c->board,
                 lists[0], lists[1], lists[2], lists[3], lists[4],
                 cli_value(desk_init_options, "name"));
}

/* What whoever knows the desk tries first. */
static const char *const *
own_names(void)
{
    static const char *names[2];

    names[0] = cli_value(desk_init_options, "name");
    return names;
}

static enum rc
ask_identity_pass(struct desk_options *opt, char **pass, size_t *len)
{
    enum rc rc;

    *pass = NULL;
    if (opt->identity_fd < 0 && opt->passphrase_fd >= 0) {
        *pass = opt->pass; /* one for both, as scripts want it */
        *len = opt->pass_len;
        return RC_OK;
    }
    rc = keyfile_passphrase(pass, len,
                            _("Pass phrase of the identity key: "),
                            _("The same again: "), opt->identity_fd);
    if (rc != RC_OK) {
        cli_error(_("no pass phrase for the identity key: %s"), _(rc_text(rc)));
        return rc;
    }
    return strength_demand(*pass, *len, own_names());
}

/* The last thing that is read: what takes the key takes the name for life. */
static void
say_identity(const char *dir, const char *named)
{
    char *own = named == NULL ? file_join(dir, "identity.key") : NULL;
    const char *path = named != NULL ? named : own != NULL ? own : "";

    cli_say(_("The identity key is in %s and belongs off this machine, or who "
              "takes the machine can be this organisation. Copy it to two "
              "sticks, compare the copies (cmp), then: shred -u %s. Sign with "
              "it on a machine that is never online: tocsin-desk publish "
              "--request, --sign, --in"),
            path, path);
    free(own);
}

int
desk_cmd_init(int argc, char **argv)
{
    struct desk_options opt = {0};
    struct desk_new how = {0};
    struct desk_config config;
    const char *lists[5];
    uint64_t board = 1;
    char *dir = NULL, *identity_pass = NULL;
    bool ok = true;
    int code = desk_cli_options(&opt);
    enum rc rc;

    (void)argc;
    (void)argv;
    if (code != CLI_DONE ||
        cli_number(desk_init_options, "board", 1, 255, &board) != RC_OK) {
        return CLI_USAGE;
    }
    lists[0] = cli_value(desk_init_options, "kind") == NULL
                   ? "union"
                   : list_option("kind", &ok);
    lists[1] = list_option("countries", &ok);
    lists[2] = list_option("sectors", &ok);
    lists[3] = list_option("languages", &ok);
    lists[4] = list_option("codes", &ok);
    if (ok && !name_is_good(cli_value(desk_init_options, "name"))) {
        cli_error(_("--name: the organisation's name, one line of text"));
        ok = false;
    }
    if (!ok) {
        return CLI_USAGE;
    }
    if ((dir = desk_dir(opt.dir)) == NULL) {
        cli_error(_("which folder? Name it by --dir"));
        return CLI_USAGE;
    }
    if ((rc = desk_ask(&opt, true)) == RC_OK &&
        (rc = strength_demand(opt.pass, opt.pass_len, own_names())) == RC_OK &&
        (rc = ask_identity_pass(&opt, &identity_pass,
                                &how.identity_pass_len)) == RC_OK) {
        how.pass = opt.pass;
        how.pass_len = opt.pass_len;
        how.identity_pass = identity_pass;
        how.identity = cli_value(desk_init_options, "identity");
        how.board = (uint8_t)board;
        rc = desk_create(dir, &how, &config);
    }
    if (rc == RC_OK) {
        print_line(&config, lists);
        cli_say(_("Give the line above to the root signers. Then: "
                  "tocsin-desk publish, tocsin-desk watch."));
        say_identity(dir, how.identity);
    }
    if (identity_pass != opt.pass) {
        sodium_free(identity_pass);
    }
    desk_options_wipe(&opt);
    free(dir);
    return cli_exit(rc);
}

/* --- rotate -------------------------------------------------------------- */

static void
say_weeks(const struct desk *d)
{
    uint32_t weeks[WEEKKEYS_SLOTS];
    size_t n = weekkeys_list(d->keys, weeks);

    for (size_t i = 0; i < n; i++) {
        (void)printf("week %" PRIu32 "\n", weeks[i]);
    }
}

static enum rc
rotate(struct desk *d, const struct desk_options *opt, void *arg)
{
    const uint64_t *ahead = arg;
    struct desk_destroyed gone = {0};
    uint32_t week;
    enum rc rc = desk_network(d, opt);

    if (rc != RC_OK) {
        return rc;
    }
    week = desk_today(d, clock_now()) / WEEK_DAYS;
    rc = desk_destroy_keys(d, clock_now(), &gone);
    if (rc == RC_OK && gone.withheld == 0) {
        rc = desk_make_keys(d, week, week + (uint32_t)*ahead);
    }
    if (rc != RC_OK) {
        cli_error(_("weekly keys: %s"), _(rc_text(rc)));
        return rc;
    }
    if (gone.withheld > 0) {
        rc = RC_AGAIN;
        cli_error(_("the keys of %zu weeks would be over by this computer's "
                    "clock (%s), but nobody else has shown a day after %s: "
                    "they are kept, and none are made. Check this computer's "
                    "clock"),
                  gone.withheld, day_text(clock_day(clock_now())).text,
                  day_text(clock_day(gone.proved)).text);
    }
    cli_say(_("%zu weeks' keys were destroyed. There are keys of:"),
            gone.weeks);
    say_weeks(d);
    return rc;
}

int
desk_cmd_rotate(int argc, char **argv)
{
    uint64_t ahead = DESK_KEYS_AHEAD; /* weeks */

    (void)argc;
    (void)argv;
    if (cli_number(desk_rotate_options, "weeks", 0, 20, &ahead) != RC_OK) {
        return CLI_USAGE;
    }
    return desk_cli_with(rotate, &ahead);
}
