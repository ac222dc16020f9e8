/* SPDX-License-Identifier: ISC */
#include "dirdraft.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

/* Stand in for what an unfinished directory lacks, so that all checks are
 * directory_parse's. */
static const char answers_board[] = "board %u 16 600 16 64 2\n";
static const char report_board[] = "board 1 4096 30 2 32 2\n";
static const char some_relay[] =
    "relay 0000000000000000000000000000000000000000000000000000000000000000 "
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= open unix:/draft\n";

static const char *const kinds[] = {"board", "relay", "org", "revoked"};
#define N_KINDS    (sizeof kinds / sizeof kinds[0])
#define KIND_BOARD 0
#define KIND_RELAY 1

void
dirdraft_wipe(struct dirdraft *d)
{
    for (size_t i = 0; i < d->n; i++) {
        free(d->lines[i]);
    }
    free(d->lines);
    memset(d, 0, sizeof *d);
}

/* Which kind a line is of; N_KINDS for one of the head. */
static size_t
kind_of(const char *line)
{
    for (size_t i = 0; i < N_KINDS; i++) {
        size_t n = strlen(kinds[i]);

        if (strncmp(line, kinds[i], n) == 0 && line[n] == ' ') {
            return i;
        }
    }
    return N_KINDS;
}

static bool
has_kind(const struct dirdraft *d, size_t kind)
{
    for (size_t i = 0; i < d->n; i++) {
        if (kind_of(d->lines[i]) == kind) {
            return true;
        }
    }
    return false;
}

static unsigned
board_id(const char *line)
{
    return (unsigned)strtoul(line + strlen("board "), NULL, 10);
}

static bool
has_answers(const struct dirdraft *d)
{
    for (size_t i = 0; i < d->n; i++) {
        const char *line = d->lines[i];

        if (kind_of(line) == KIND_BOARD) {
            line += strlen("board ");
            line += strcspn(line, " ");
            if (strncmp(line, " 16 ", 4) == 0) {
                return true;
            }
        }
    }
    return false;
}

/* Where a stand-in for a board of answers goes, and an id that no line has. */
static size_t
stand_in_place(const struct dirdraft *d, unsigned *id)
{
    size_t i = DIRDRAFT_HEAD;

    for (*id = 0; i < d->n && kind_of(d->lines[i]) == KIND_BOARD &&
                  board_id(d->lines[i]) <= *id;
         i++) {
        *id += board_id(d->lines[i]) == *id;
    }
    return i < d->n ? i : d->n;
}

/* The text; with stand-ins where they are needed. */
static enum rc
compose(char **out, size_t *len, const struct dirdraft *d, bool stand_ins)
{
    struct text t = {0};
    char board[64];
    unsigned id;
    size_t place = stand_in_place(d, &id);

    (void)snprintf(board, sizeof board, answers_board, id);
    for (size_t i = 0; i <= d->n; i++) {
        if (stand_ins && i == place && !has_answers(d)) {
            text_put_word(&t, board);
            text_put_word(&t, has_kind(d, KIND_BOARD) ? "" : report_board);
        }
        if (stand_ins && !has_kind(d, KIND_RELAY) && i >= DIRDRAFT_HEAD &&
            (i == d->n || kind_of(d->lines[i]) > KIND_RELAY) &&
            (i == DIRDRAFT_HEAD || kind_of(d->lines[i - 1]) == KIND_BOARD)) {
            text_put_word(&t, some_relay);
        }
        if (i < d->n) {
            text_put_word(&t, d->lines[i]);
            text_put_word(&t, "\n");
        }
    }
    return text_take(&t, out, len);
}

static void
drop_stand_in(const struct dirdraft *d, struct directory *dir)
{
    unsigned id;
    size_t n = has_kind(d, KIND_BOARD) ? dir->n_boards - 1 : 0;
    size_t at = stand_in_place(d, &id) - DIRDRAFT_HEAD;

    if (n > at) {
        memmove(dir->boards + at, dir->boards + at + 1,
                (n - at) * sizeof *dir->boards);
    }
    dir->n_boards = n;
}

enum rc
dirdraft_open(struct directory **out, bool *complete, const struct dirdraft *d)
{
    char *text;
    size_t len;
    enum rc rc;

    *out = NULL;
    *complete = has_answers(d) && has_kind(d, KIND_RELAY);
    if ((rc = compose(&text, &len, d, true)) != RC_OK) {
        return rc;
    }
    if ((rc = directory_parse(out, text, len)) == RC_OK) {
        if (!has_answers(d)) {
            drop_stand_in(d, *out);
        }
        if (!has_kind(d, KIND_RELAY)) {
            free((*out)->relays[0].urls[0]);
            (*out)->n_relays = 0;
        }
    }
    free(text);
    return rc;
}

/* A line ends with a zero, a text need not. */
static enum rc
take_line(struct text *t, char **line, size_t *len)
{
    enum rc rc;

    text_put(t, "", 1);
    if ((rc = text_take(t, line, len)) == RC_OK) {
        (*len)--;
    }
    return rc;
}

static enum rc
check(const struct dirdraft *d)
{
    struct directory *dir;
    bool complete;
    enum rc rc = dirdraft_open(&dir, &complete, d);

    directory_free(dir);
    return rc;
}

static enum rc
insert(struct dirdraft *d, size_t at, const char *line, size_t len)
{
    char **more = realloc(d->lines, (d->n + 1) * sizeof *more);
    char *copy = text_copy(line, len);

    if (more != NULL) {
        d->lines = more;
    }
    if (more == NULL || copy == NULL) {
        free(copy);
        return RC_NOMEM;
    }
    memmove(more + at + 1, more + at, (d->n - at) * sizeof *more);
    more[at] = copy;
    d->n++;
    return RC_OK;
}

static void
drop(struct dirdraft *d, size_t at)
{
    free(d->lines[at]);
    d->n--;
    memmove(d->lines + at, d->lines + at + 1, (d->n - at) * sizeof *d->lines);
}

enum rc
dirdraft_parse(struct dirdraft *out, const char *text, size_t len)
{
    struct dirdraft d = {0};
    enum rc rc = RC_OK;

    memset(out, 0, sizeof *out);
    if (len == 0 || text[len - 1] != '\n' || memchr(text, 0, len) != NULL) {
        return RC_FORMAT;
    }
    while (rc == RC_OK && len > 0) {
        const char *end = memchr(text, '\n', len);
        size_t n = (size_t)(end - text);

        rc = insert(&d, d.n, text, n);
        text += n + 1;
        len -= n + 1;
    }
    if (rc == RC_OK && d.n < DIRDRAFT_HEAD) {
        rc = RC_FORMAT;
    }
    if (rc == RC_OK && (rc = check(&d)) == RC_OK) {
        *out = d;
        return RC_OK;
    }
    dirdraft_wipe(&d);
    return rc;
}

enum rc
dirdraft_write(char **out, size_t *len, const struct dirdraft *d)
{
    return compose(out, len, d, false);
}

enum rc
dirdraft_new(struct dirdraft *out, uint32_t today, uint32_t life,
             uint32_t retention)
{
    char text[256];
    int n = snprintf(text, sizeof text,
                     "tocsin-directory v1\nissued %u\nexpires %u\n"
                     "retention %u\npage %064d\n",
                     today, today + life, retention, 0);

    return dirdraft_parse(out, text, (size_t)n);
}

/* Replaces a line, or leaves all as it was. */
static enum rc
replace(struct dirdraft *d, size_t at, char *line)
{
    char *old = d->lines[at];
    enum rc rc;

    if (line == NULL) {
        return RC_NOMEM;
    }
    d->lines[at] = line;
    rc = strchr(line, '\n') == NULL ? check(d) : RC_FORMAT;
    if (rc != RC_OK) {
        d->lines[at] = old;
        free(line);
        return rc;
    }
    free(old);
    return RC_OK;
}

enum rc
dirdraft_renew(struct dirdraft *d, bool next_version, uint32_t today)
{
    static const char *const keys[] = {"tocsin-directory v", "issued ",
                                       "expires "};
    unsigned long long values[3];
    char *lines[3] = {NULL, NULL, NULL};
    struct directory *dir;
    bool complete;
    enum rc rc = dirdraft_open(&dir, &complete, d);

    if (rc != RC_OK) {
        return rc;
    }
    values[0] = dir->version + (next_version ? 1 : 0);
    values[1] = today;
    values[2] = (unsigned long long)today + (dir->expires - dir->issued);
    directory_free(dir);
    for (size_t i = 0; i < 3; i++) {
        char line[64];
        int n = snprintf(line, sizeof line, "%s%llu", keys[i], values[i]);

        if ((lines[i] = text_copy(line, (size_t)n)) == NULL) {
            rc = RC_NOMEM;
        }
    }
    /* All three at once: dates on their own need not fit each other. */
    for (size_t i = 0; i < 3; i++) {
        if (rc == RC_OK) {
            free(d->lines[i]);
            d->lines[i] = lines[i];
        } else {
            free(lines[i]);
        }
    }
    return rc == RC_OK ? check(d) : rc;
}

/* The id of a line: the word after the kind's. */
static bool
has_id(const char *line, const char *id, size_t len)
{
    const char *p = strchr(line, ' ');

    return p != NULL && strncmp(p + 1, id, len) == 0 &&
           (p[1 + len] == ' ' || p[1 + len] == 0);
}

static size_t
find(const struct dirdraft *d, const char *kind, const char *id, size_t len)
{
    size_t n = strlen(kind);

    for (size_t i = DIRDRAFT_HEAD; i < d->n; i++) {
        if (strncmp(d->lines[i], kind, n) == 0 && d->lines[i][n] == ' ' &&
            has_id(d->lines[i], id, len)) {
            return i;
        }
    }
    return d->n;
}

/* Does a new line of this kind stand behind the one that is there? */
static bool
stands_behind(const char *line, size_t kind, const char *there)
{
    size_t other = kind_of(there);

    if (other != kind) {
        return other == N_KINDS || other < kind;
    }
    switch (kind) {
    case KIND_BOARD:
        return board_id(line) > board_id(there);
    case KIND_RELAY:
        return true; /* in the order they came */
    default:
        return strcmp(line, there) > 0; /* ids are of one length */
    }
}

enum rc
dirdraft_add(struct dirdraft *d, const char *kind, const char *rest)
{
    struct text t = {0};
    char *line;
    size_t len, at = 0;
    enum rc rc;

    if (find(d, kind, rest, strcspn(rest, " ")) < d->n) {
        return RC_TAKEN;
    }
    text_put_word(&t, kind);
    text_put_word(&t, " ");
    text_put_word(&t, rest);
    if ((rc = take_line(&t, &line, &len)) != RC_OK) {
        return rc;
    }
    while (at < d->n && stands_behind(line, kind_of(line), d->lines[at])) {
        at++;
    }
    rc = strchr(line, '\n') == NULL ? insert(d, at, line, len) : RC_FORMAT;
    free(line);
    if (rc == RC_OK && (rc = check(d)) != RC_OK) {
        drop(d, at);
    }
    return rc;
}

enum rc
dirdraft_remove(struct dirdraft *d, const char *kind, const char *id)
{
    size_t at = find(d, kind, id, strlen(id));
    char *line;
    enum rc rc;

    if (at == d->n) {
        return RC_MISSING;
    }
    if ((line = strdup(d->lines[at])) == NULL) {
        return RC_NOMEM;
    }
    drop(d, at);
    if ((rc = check(d)) != RC_OK &&
        insert(d, at, line, strlen(line)) != RC_OK) {
        rc = RC_NOMEM;
    }
    free(line);
    return rc;
}

enum rc
dirdraft_set(struct dirdraft *d, const char *kind, const char *id,
             unsigned field, const char *value)
{
    size_t at = find(d, kind, id, strlen(id)), len;
    struct text t = {0};
    const char *p;
    char *line;
    enum rc rc;

    if (at == d->n) {
        return RC_MISSING;
    }
    p = d->lines[at];
    for (unsigned i = 0; i <= field; i++) {
        if ((p = strchr(p, ' ')) == NULL) {
            return RC_FORMAT;
        }
        p++;
    }
    text_put(&t, d->lines[at], (size_t)(p - d->lines[at]));
    text_put_word(&t, value);
    text_put_word(&t, p + strcspn(p, " "));
    if ((rc = take_line(&t, &line, &len)) != RC_OK) {
        return rc;
    }
    return replace(d, at, line);
}

enum rc
dirdraft_set_head(struct dirdraft *d, const char *key, const char *value)
{
    size_t n = strlen(key), len;

    for (size_t i = 0; i < DIRDRAFT_HEAD; i++) {
        if (strncmp(d->lines[i], key, n) == 0 && d->lines[i][n] == ' ') {
            struct text t = {0};
            char *line;
            enum rc rc;

            text_put_word(&t, key);
            text_put_word(&t, " ");
            text_put_word(&t, value);
            rc = take_line(&t, &line, &len);
            return rc == RC_OK ? replace(d, i, line) : rc;
        }
    }
    return RC_MISSING;
}
