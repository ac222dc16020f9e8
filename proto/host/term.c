/* SPDX-License-Identifier: ISC */
#include "term.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include <sodium.h>

#include "file.h"
#include "shown.h"

/* What must not leave the terminal without echo. */
static const int caught[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};
#define N_CAUGHT (sizeof caught / sizeof caught[0])

static volatile sig_atomic_t interrupted;

static void
on_signal(int sig)
{
    interrupted = sig;
}

/*
 * One byte. With a mask, signals come only while waiting: one that came just
 * before a read would else leave it waiting. RC_MISSING at the end.
 */
static enum rc
read_byte(int fd, char *out, const sigset_t *mask)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    ssize_t n;

    do {
        if (mask != NULL && ppoll(&p, 1, NULL, mask) < 0) {
            if (errno == EINTR && interrupted == 0) {
                n = -1;
                continue;
            }
            return RC_IO;
        }
        n = read(fd, out, 1);
    } while (n < 0 && errno == EINTR);
    if (n < 0) {
        return RC_IO;
    }
    return n == 0 ? RC_MISSING : RC_OK;
}

/*
 * Reads up to a newline, byte by byte so that what follows stays unread.
 * RC_MISSING at an end before any byte; RC_FULL when it does not fit.
 */
static enum rc
read_line(int fd, char *out, size_t cap, size_t *len, const sigset_t *mask)
{
    bool any = false, fits = true;
    enum rc rc = RC_OK;
    size_t n = 0;
    char c = 0;

    while ((rc = read_byte(fd, &c, mask)) == RC_OK) {
        any = true;
        if (c == '\n') {
            break;
        }
        if (n + 1 < cap) {
            out[n++] = c;
        } else {
            fits = false;
        }
    }
    c = 0;
    if (n > 0 && out[n - 1] == '\r') {
        n--;
    }
    out[n] = 0;
    *len = n;
    if (rc != RC_OK && (rc != RC_MISSING || !any)) {
        return rc;
    }
    if (!fits) {
        return RC_FULL;
    }
    return strlen(out) == n ? RC_OK : RC_FORMAT;
}

/* A prompt that does not show is no reason to stop. */
static void
show(int fd, const char *text)
{
    enum rc rc = file_write_all(fd, (const uint8_t *)text, strlen(text));

    (void)rc;
}

/* A line into fresh locked memory. */
static enum rc
read_secret_line(char **out, size_t *len, int fd, size_t max,
                 const sigset_t *mask)
{
    char *buf = sodium_malloc(max + 1);
    enum rc rc;

    if (buf == NULL) {
        return RC_NOMEM;
    }
    rc = read_line(fd, buf, max + 1, len, mask);
    if (rc != RC_OK) {
        sodium_free(buf);
        *len = 0;
        return rc;
    }
    *out = buf;
    return RC_OK;
}

static enum rc
secret_from_tty(char **out, size_t *len, const char *prompt)
{
    struct sigaction old[N_CAUGHT], sa = {.sa_handler = on_signal};
    struct termios before, quiet;
    sigset_t mask, blocked;
    enum rc rc;
    int fd;

    if ((fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)) < 0) {
        return RC_MISSING;
    }
    if (tcgetattr(fd, &before) != 0) {
        (void)close(fd);
        return RC_IO;
    }
    interrupted = 0;
    (void)sigemptyset(&sa.sa_mask);
    (void)sigemptyset(&blocked);
    for (size_t i = 0; i < N_CAUGHT; i++) {
        (void)sigaddset(&blocked, caught[i]);
        (void)sigaction(caught[i], &sa, &old[i]);
    }
    (void)pthread_sigmask(SIG_BLOCK, &blocked, &mask);
    quiet = before;
    quiet.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK | ECHONL);
    rc = tcsetattr(fd, TCSAFLUSH, &quiet) == 0 ? RC_OK : RC_IO;
    if (rc == RC_OK) {
        show(fd, prompt);
        rc = read_secret_line(out, len, fd, TERM_SECRET_MAX, &mask);
        show(fd, "\n");
    }
    (void)tcsetattr(fd, TCSAFLUSH, &before);
    for (size_t i = 0; i < N_CAUGHT; i++) {
        (void)sigaction(caught[i], &old[i], NULL);
    }
    (void)pthread_sigmask(SIG_SETMASK, &mask, NULL);
    (void)close(fd);
    if (interrupted != 0) {
        (void)raise(interrupted);
        interrupted = 0;
    }
    return rc;
}

enum rc
term_secret(char **out, size_t *len, const char *prompt, int fd)
{
    *out = NULL;
    *len = 0;
    if (fd >= 0) {
        return read_secret_line(out, len, fd, TERM_SECRET_MAX, NULL);
    }
    return secret_from_tty(out, len, prompt);
}

enum rc
term_ask(char **out, const char *prompt)
{
    int fd = STDIN_FILENO;
    size_t len;
    enum rc rc;

    *out = NULL;
    (void)fflush(stdout);
    if (isatty(STDIN_FILENO)) {
        fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
        if (fd < 0) {
            fd = STDIN_FILENO;
        }
    }
    show(fd == STDIN_FILENO ? STDERR_FILENO : fd, prompt);
    rc = read_secret_line(out, &len, fd, TERM_LINE_MAX, NULL);
    if (fd != STDIN_FILENO) {
        (void)close(fd);
    }
    return rc;
}

void
term_free(char *text)
{
    sodium_free(text);
}

void
term_print_text(FILE *out, const char *text, size_t len, unsigned indent)
{
    bool owed = false; /* an indent, once something follows the newline */
    struct shown s;
    char c[SHOWN_MAX];

    shown_init(&s, text, len, true);
    while (shown_next(c, &s) > 0) {
        if (owed && *c != '\n') {
            (void)fprintf(out, "%*s", (int)indent, "");
            owed = false;
        }
        owed = owed || *c == '\n';
        (void)fputs(c, out);
    }
}

/* Returns whether all of it had room. */
static bool
clean(char *out, size_t cap, const char *text, bool isolates)
{
    struct shown s;
    char c[SHOWN_MAX];
    size_t n, at = 0;

    shown_init(&s, text, strlen(text), false);
    s.isolates = isolates;
    while ((n = shown_next(c, &s)) > 0 && n < cap - at) {
        memcpy(out + at, c, n);
        at += n;
    }
    out[at] = 0;
    return n == 0;
}

void
term_clean(char *out, size_t cap, const char *text)
{
    /* What is cut off might close an isolate. */
    if (!clean(out, cap, text, true)) {
        (void)clean(out, cap, text, false);
    }
}

struct term_name
term_name(const char *name)
{
    struct term_name out;

    term_clean(out.text, sizeof out.text, name);
    return out;
}

static unsigned
percent(const struct term_progress *p, uint64_t done)
{
    if (p->total == 0 || done >= p->total) {
        return 100;
    }
    /* Not done * 100 / total, which could overflow. */
    return (unsigned)((double)done * 100 / (double)p->total);
}

static void
draw(const struct term_progress *p, unsigned pc)
{
    static const char full[] = "##############################";
    unsigned n = pc * 30 / 100;

    (void)fprintf(stderr, "\r%s [%.*s%*s] %3u %%", p->what, (int)n, full,
                  (int)(30 - n), "", pc);
    (void)fflush(stderr);
}

void
term_progress_start(struct term_progress *p, const char *what, uint64_t total)
{
    p->what = what;
    p->total = total;
    p->shown = 0;
    p->tty = isatty(STDERR_FILENO) != 0;
    if (p->tty) {
        draw(p, 0);
    }
}

void
term_progress(struct term_progress *p, uint64_t done)
{
    unsigned pc = percent(p, done);

    if (p->tty) {
        if (pc > p->shown) {
            draw(p, pc);
            p->shown = pc;
        }
    } else if (pc / 10 > p->shown / 10) {
        (void)fprintf(stderr, "%s: %u %%\n", p->what, pc / 10 * 10);
        p->shown = pc;
    }
}

void
term_progress_end(struct term_progress *p)
{
    if (p->tty) {
        (void)fputc('\n', stderr);
    }
    p->tty = false;
}

static bool
is_colourful(FILE *out)
{
    const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

    return (no == NULL || *no == 0) &&
           (term == NULL || strcmp(term, "dumb") != 0) && isatty(fileno(out));
}

const char *
term_bold(FILE *out)
{
    return is_colourful(out) ? "\033[1m" : "";
}

const char *
term_plain(FILE *out)
{
    return is_colourful(out) ? "\033[0m" : "";
}
