/* SPDX-License-Identifier: ISC */
#include "ask.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "ascii.h"
#include "cli.h"
#include "file.h"
#include "nocode.h"
#include "term.h"
#include "typed.h"
#include "utf8.h"
#include "violations.h"

#define TRIES         5
#define ID_DIGITS_MIN 8
/* Bytes from which on a terminal throws away what more is typed on a line. */
#define TERMINAL_CUTS 4095

/* --- the code --- */

static void
explain_code(const struct code_error *e)
{
    switch (e->what) {
    case CODE_COUNT:
        if (e->digits) {
            cli_error(_("a code has 40 digits; these are %zu"), e->count);
        } else {
            cli_error(_("a code has 12 words; these are %zu"), e->count);
        }
        break;
    case CODE_WORD:
        if (e->hint[0] != '\0') {
            cli_error(_("word %zu, \"%s\", is not in the list; is it \"%s\"?"),
                      e->position, e->word, e->hint);
        } else {
            cli_error(_("word %zu, \"%s\", is not in the list; look at it "
                        "again"),
                      e->position, e->word);
        }
        break;
    case CODE_LETTER:
        cli_error(_("word %zu, \"%s\": \"%s\" is none of the letters a to z; "
                    "a code has no others"),
                  e->position, e->word, e->letter);
        break;
    case CODE_CHECKSUM:
        cli_error(e->digits
                      ? _("these digits are no code: one or more of them are "
                          "wrong, or two are swapped")
                      : _("these words are no code: one or more of them are "
                          "wrong, or in the wrong place"));
        break;
    case CODE_CHARACTER:
    case CODE_NO_ERROR:
        cli_error(_("a code is 12 words or 40 digits"));
        break;
    }
}

enum rc
ask_code(uint8_t code[static CODE_LEN], int fd)
{
    enum rc rc = RC_FORMAT;

    for (int i = 0; rc == RC_FORMAT && i < (fd < 0 ? TRIES : 1); i++) {
        struct code_error error = {0};
        char *line;
        size_t len;

        rc = term_secret(&line, &len,
                         _("Your code (12 words or 40 digits; it does not "
                           "show): "),
                         fd);
        if (rc != RC_OK) {
            cli_error(fd < 0 ? _("there is no terminal to ask for the code; "
                                 "hand it over with --code-fd N")
                             : _("no code came from --code-fd %d"),
                      fd);
            return rc;
        }
        rc = code_parse(code, &error, line, len);
        if (rc != RC_OK) {
            explain_code(&error);
        }
        sodium_memzero(&error, sizeof error);
        term_free(line);
    }
    return rc;
}

/* The i-th word, or group of four digits, of a code's text. */
static void
part_of(char out[static 16], const char *text, unsigned i)
{
    size_t n;

    while (i-- > 0) {
        text += strcspn(text, " ");
        text += *text == ' ';
    }
    n = strcspn(text, " ");
    (void)snprintf(out, 16, "%.*s", (int)(n < 15 ? n : 15), text);
}

/* A part is right with its first four letters, as codes are read. */
static bool
part_fits(const char *want, const char *typed)
{
    char part[CODE_PART_MAX];
    bool fits = false;

    if (code_part(part, typed, strlen(typed))) {
        size_t n = strlen(part);

        fits = n >= (strlen(want) < 4 ? strlen(want) : 4) &&
               strncmp(want, part, n) == 0;
    }
    sodium_memzero(part, sizeof part);
    return fits;
}

static enum rc
part_asked(const char *text, unsigned i, bool digits)
{
    char prompt[256];
    char want[16];
    enum rc rc = RC_FORGED;

    part_of(want, text, i);
    (void)snprintf(prompt, sizeof prompt,
                   digits ? _("Type group %u of your code: ")
                          : _("Type word %u of your code: "),
                   i + 1);
    for (int k = 0; rc == RC_FORGED && k < TRIES; k++) {
        char *line;
        size_t len;

        rc = term_secret(&line, &len, prompt, -1);
        if (rc == RC_OK && !part_fits(want, line)) {
            cli_say(_("That is not what was shown. Look at your paper."));
            rc = RC_FORGED;
        }
        term_free(line);
    }
    sodium_memzero(want, sizeof want);
    return rc;
}

/* Leaves the screen that shows the code, whatever ends the program. */
static const char leave[] = "\033[2J\033[?1049l";
static const int ending[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
#define N_ENDING (sizeof ending / sizeof *ending)
static volatile sig_atomic_t screen_fd = -1;

static void
on_ending(int sig)
{
    if (screen_fd >= 0 && write(screen_fd, leave, sizeof leave - 1) < 0) {
        _exit(CLI_FAILED);
    }
    (void)signal(sig, SIG_DFL);
    (void)raise(sig);
}

static void
code_print(FILE *tty, const char *text, bool digits)
{
    (void)fprintf(tty, "%s\n\n",
                  _("Your code. Write it on paper now; it is shown once. Who "
                    "has it can read the answers."));
    for (unsigned i = 0; i < (digits ? CODE_DIGITS / 4 : CODE_WORDS); i++) {
        char part[16];

        part_of(part, text, i);
        (void)fprintf(tty, "  %2u  %s\n", i + 1, part);
        sodium_memzero(part, sizeof part);
    }
    (void)fflush(tty);
}

/* On the other screen of the terminal, where it has one: nothing of it can
 * be scrolled back to. */
static enum rc
code_shown(const char *text, bool digits)
{
    const char *type = getenv("TERM");
    bool screens = type != NULL && strcmp(type, "dumb") != 0;
    FILE *tty = fopen("/dev/tty", "we");
    void (*before[N_ENDING])(int);
    char buffer[2048];
    char *line;
    size_t len;
    enum rc rc;

    if (tty == NULL) {
        cli_error(_("there is no terminal to show the code on; --print-code "
                    "prints it for a script"));
        return RC_MISSING;
    }
    (void)setvbuf(tty, buffer, _IOFBF, sizeof buffer); /* wiped below */
    screen_fd = screens ? fileno(tty) : -1;
    for (size_t i = 0; i < N_ENDING; i++) {
        before[i] = signal(ending[i], on_ending);
    }
    (void)fprintf(tty, "%s", screens ? "\033[?1049h\033[H\033[2J" : "");
    code_print(tty, text, digits);
    rc = term_secret(&line, &len,
                     _("\nPress Enter when you have written it down. "), -1);
    term_free(line);
    (void)fprintf(tty, "%s", screens ? leave : "");
    (void)fflush(tty);
    for (size_t i = 0; i < N_ENDING; i++) {
        (void)signal(ending[i], before[i]);
    }
    screen_fd = -1;
    (void)fclose(tty);
    sodium_memzero(buffer, sizeof buffer);
    return rc;
}

enum rc
ask_code_back(const uint8_t code[static CODE_LEN], bool digits)
{
    const uint32_t parts = digits ? CODE_DIGITS / 4 : CODE_WORDS;
    uint32_t first = randombytes_uniform(parts);
    uint32_t second = randombytes_uniform(parts - 1);
    char text[CODE_WORDS_TEXT_MAX];
    enum rc rc;

    _Static_assert(CODE_WORDS_TEXT_MAX > CODE_DIGITS_TEXT_LEN, "room");
    second += second >= first; /* two different ones */
    if (digits) {
        code_digits(text, code);
    } else {
        code_words(text, code);
    }
    rc = code_shown(text, digits);
    if (rc == RC_OK) {
        rc = part_asked(text, first < second ? first : second, digits);
    }
    if (rc == RC_OK) {
        rc = part_asked(text, first < second ? second : first, digits);
    }
    sodium_memzero(text, sizeof text);
    if (rc == RC_FORGED) {
        cli_error(_("without its code a report is lost to you; nothing was "
                    "sent. Begin again"));
        rc = RC_MISSING;
    }
    return rc;
}

/* --- organisations --- */

/* Is text the beginning of this id in hexadecimal? */
static bool
id_begins(const uint8_t id[static ORG_ID_LEN], const char *text)
{
    char hex[2 * ORG_ID_LEN + 1];
    size_t n = strlen(text);

    (void)sodium_bin2hex(hex, sizeof hex, id, ORG_ID_LEN);
    return n >= ID_DIGITS_MIN && n < sizeof hex && ascii_is_same(hex, text, n);
}

enum rc
org_find(size_t *out, const struct directory *d, const char *who)
{
    size_t found = 0;

    *out = 0;
    for (size_t i = 0; i < d->n_orgs; i++) {
        if (ascii_is_word(d->orgs[i].name, who) ||
            id_begins(d->orgs[i].id, who)) {
            *out = i;
            found++;
        }
    }
    return found == 0 ? RC_MISSING : found == 1 ? RC_OK : RC_TAKEN;
}

enum rc
ask_org(size_t *out, const struct directory *d, const char *who)
{
    enum rc rc = org_find(out, d, who);

    if (rc == RC_MISSING) {
        cli_error(_("no organisation is called \"%s\"; `tocsin orgs` lists "
                    "them"),
                  who);
    } else if (rc == RC_TAKEN) {
        cli_error(_("several organisations are called \"%s\"; use the id that "
                    "`tocsin orgs` prints"),
                  who);
    }
    return rc;
}

/* --- the report --- */

void
ask_explain_line(const char *option, const char *value, enum rc rc)
{
    const struct draft_key *k = draft_keys;

    while (k->key != NULL && strcmp(k->key, option) != 0) {
        k++;
    }
    if (rc == RC_TAKEN) {
        cli_error(_("%s is given twice"), option);
    } else if (rc == RC_FORMAT && k->key != NULL) {
        cli_error(_("%s can't be \"%s\"; it is %s"), option, value,
                  _(k->expected));
    } else {
        cli_error("%s: %s", option, _(rc_text(rc)));
    }
}

bool
ask_yes(const char *question)
{
    char *line;
    bool yes;

    if (term_ask(&line, question) != RC_OK) {
        return false;
    }
    yes = typed_yes(line);
    term_free(line);
    return yes;
}

/* Adds what was typed: for repeatable keys several, with commas between;
 * a violation also by its number in the list. */
static enum rc
add_answers(struct draft *d, const struct draft_key *k, const char *line)
{
    enum rc rc = RC_OK;

    if (!k->repeatable) {
        if (strcmp(k->key, "danger") == 0) {
            line = typed_yes(line) ? "now" : typed_no(line) ? "no" : line;
        }
        return line[strspn(line, " \t")] == '\0'
                   ? RC_OK
                   : draft_add(d, k->key, line, strlen(line));
    }
    for (size_t n; rc == RC_OK && (n = typed_item(&line, true)) > 0;
         line += n) {
        const char *value = line;
        size_t len = n;
        unsigned long number = typed_number(line, n);

        if (strcmp(k->key, "violation") == 0 && number > 0) {
            const struct violation *v = violations;

            while (v->code != NULL && --number > 0) {
                v++;
            }
            value = v->code != NULL ? v->code : "";
            len = strlen(value);
        }
        rc = draft_add(d, k->key, value, len);
    }
    return rc;
}

static void
list_violations(void)
{
    unsigned i = 0;

    for (const struct violation *v = violations; v->code != NULL; v++) {
        (void)fprintf(stderr, "  %2u  %-12s %s\n", ++i, v->code, _(v->label));
    }
}

static enum rc
ask_key(struct draft *d, const struct draft_key *k)
{
    char prompt[512];
    enum rc rc;

    if (strcmp(k->key, "violation") == 0) {
        list_violations();
    }
    (void)snprintf(prompt, sizeof prompt, "%s (%s): ", _(k->question),
                   strcmp(k->key, "violation") == 0
                       ? _("numbers or codes from the list, with commas")
                   : strcmp(k->key, "danger") == 0 ? _("yes or no")
                                                   : _(k->expected));
    do {
        size_t before = d->lines_len;
        char *line;

        rc = term_ask(&line, prompt);
        if (rc != RC_OK) {
            return rc;
        }
        rc = nocode_check(line, strlen(line)) ? add_answers(d, k, line)
                                              : RC_FORGED;
        if (rc != RC_OK && rc != RC_FORGED) {
            d->lines_len = before;
            ask_explain_line(k->key, line, rc);
        }
        term_free(line);
    } while (rc == RC_FORMAT || rc == RC_TAKEN || rc == RC_FORGED);
    return rc;
}

static bool
is_among(const size_t *list, size_t n, size_t what)
{
    while (n > 0 && list[n - 1] != what) {
        n--;
    }
    return n > 0;
}

/* Numbers of the list that was shown, names or ids, with commas between. */
static enum rc
pick_orgs(const struct directory *dir, const char *line, size_t *orgs,
          size_t max, size_t *n)
{
    size_t len;

    *n = 0;
    for (const char *item = line; (len = typed_item(&item, false)) > 0;
         item += len) {
        unsigned long number = typed_number(item, len);
        char who[TERM_LINE_MAX + 1];
        size_t at = 0;

        (void)snprintf(who, sizeof who, "%.*s", (int)len, item);
        if (number > 0 && number <= dir->n_orgs) {
            at = number - 1;
        } else if (ask_org(&at, dir, who) != RC_OK) {
            return RC_FORMAT;
        }
        if (dir->orgs[at].revoked_day != 0) {
            cli_error(_("%s was revoked: its keys can't be trusted any more. "
                        "Choose another organisation"),
                      term_name(dir->orgs[at].name).text);
            return RC_FORMAT;
        }
        if (is_among(orgs, *n, at)) {
            continue;
        }
        if (*n == max) {
            cli_error(_("at most %zu organisations at once"), max);
            return RC_FORMAT;
        }
        orgs[(*n)++] = at;
    }
    return *n > 0 ? RC_OK : RC_FORMAT;
}

/* What helps to choose: where it works, and in which languages. */
static void
list_orgs(const struct directory *dir)
{
    for (size_t i = 0; i < dir->n_orgs; i++) {
        const struct directory_org *o = &dir->orgs[i];
        const char *const more[] = {o->countries, o->sectors, o->languages};

        (void)fprintf(stderr, "  %2zu  ", i + 1);
        term_print_text(stderr, o->name, strlen(o->name), 6);
        for (size_t k = 0; k < sizeof more / sizeof *more; k++) {
            if (*more[k] != '\0') {
                (void)fputs(" - ", stderr);
                term_print_text(stderr, more[k], strlen(more[k]), 6);
            }
        }
        (void)fputc('\n', stderr);
    }
}

enum rc
ask_orgs(size_t *orgs, size_t max, size_t *n, const struct directory *d)
{
    enum rc rc;

    cli_say(_("Who shall hear you?"));
    list_orgs(d);
    do {
        char *line;

        rc = term_ask(&line, _("Numbers, with commas: "));
        if (rc != RC_OK) {
            return rc;
        }
        rc = pick_orgs(d, line, orgs, max, n);
        term_free(line);
    } while (rc != RC_OK);
    return RC_OK;
}

enum rc
ask_details(struct draft *d)
{
    enum rc rc = RC_OK;

    cli_say(_("\nEnter alone leaves a question out. Say only what you want "
              "known."));
    for (const struct draft_key *k = draft_keys; rc == RC_OK && k->key != NULL;
         k++) {
        if (!draft_has(d, k->key)) {
            rc = ask_key(d, k);
        }
    }
    return rc;
}

/* A path as a shell would take it: without quotes, ~/ in its long form. */
static char *
path_of(const char *text, size_t n)
{
    const char *home = getenv("HOME");
    size_t more;
    char *out;

    if (n > 1 && (*text == '\'' || *text == '"') && text[n - 1] == *text) {
        text++; /* as a file is written that was dropped on the terminal */
        n -= 2;
    }
    if (n < 2 || home == NULL || memcmp(text, "~/", 2) != 0) {
        home = "";
    } else {
        text++;
        n--;
    }
    more = strlen(home);
    if ((out = sodium_malloc(more + n + 1)) != NULL) {
        memcpy(out, home, more);
        memcpy(out + more, text, n);
        out[more + n] = '\0';
    }
    return out;
}

enum rc
ask_path(char **out, const char *question)
{
    char *line;
    const char *from;
    size_t n;
    enum rc rc = term_ask(&line, question);

    *out = NULL;
    if (rc != RC_OK) {
        return rc;
    }
    from = line + strspn(line, " \t");
    n = strlen(from);
    while (n > 0 && ascii_is_space(from[n - 1])) {
        n--;
    }
    if (n > 0 && (*out = path_of(from, n)) == NULL) {
        rc = RC_NOMEM;
    }
    term_free(line);
    return rc;
}

static enum rc
explain_text(enum rc rc)
{
    if (rc == RC_FORMAT) {
        cli_error(_("the text is not UTF-8; save it as UTF-8 text first"));
    } else if (rc == RC_FULL) {
        cli_error(_("the text is longer than 1 MiB; attach it as a file"));
    } else if (rc != RC_OK) {
        cli_error(_("can't read the text: %s"), _(rc_text(rc)));
    }
    return rc;
}

/*
 * A line of a text. One that came cut or spoilt is left out, and said to be:
 * the lines before it are kept. *line is NULL for such a one.
 * returns  RC_OK; RC_MISSING at the end: a dot alone, or no more input
 */
static enum rc
typed_line(char **line)
{
    enum rc rc = term_ask(line, "");
    bool good = rc == RC_OK && strlen(*line) < TERMINAL_CUTS &&
                utf8_is_valid((const uint8_t *)*line, strlen(*line));

    if (rc == RC_OK && strcmp(*line, ".") == 0) {
        rc = RC_MISSING;
        good = false;
    } else if (!good && (rc == RC_OK || rc == RC_FORMAT || rc == RC_FULL)) {
        cli_say(_("That line is left out: it is too long for the terminal, "
                  "or not UTF-8. Type it again, as shorter lines."));
        rc = RC_OK;
    }
    if (!good) {
        term_free(*line);
        *line = NULL;
    }
    return rc;
}

/* Lines of a terminal until a dot, or an end. */
static enum rc
typed_text(struct draft *d, const char *question)
{
    uint8_t *text = sodium_malloc(DRAFT_TEXT_MAX + 2);
    enum rc rc = RC_OK;
    size_t len = 0;
    char *line;

    if (text == NULL) {
        return RC_NOMEM;
    }
    cli_say("%s", question);
    while (rc == RC_OK && ((rc = typed_line(&line)) == RC_OK ||
                           (rc == RC_MISSING && nocode_cut(text, &len)))) {
        size_t n = line != NULL ? strlen(line) : 0;

        if (line != NULL && n + 1 > DRAFT_TEXT_MAX - len) {
            rc = RC_FULL;
        } else if (line != NULL) {
            memcpy(text + len, line, n);
            text[len + n] = '\n';
            len += n + 1;
        }
        rc = rc == RC_MISSING ? RC_OK : rc; /* a code was left out */
        term_free(line);
    }
    if (rc == RC_MISSING) {
        rc = draft_set_text(d, text, len);
    }
    sodium_free(text);
    return rc;
}

enum rc
ask_text(struct draft *d, const char *question)
{
    uint8_t *text = NULL;
    size_t len = 0;
    enum rc rc;

    if (isatty(STDIN_FILENO)) {
        return explain_text(typed_text(d, question));
    }
    rc = file_read(&text, &len, "-", DRAFT_TEXT_MAX);
    if (rc == RC_OK) {
        rc = draft_set_text(d, text, len);
        sodium_memzero(text, len);
    }
    free(text);
    return explain_text(rc);
}
