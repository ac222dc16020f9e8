/* SPDX-License-Identifier: ISC */
#include "config.h"

#include "file.h"
#include "utf8.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum type {
    TYPE_PATH,
    TYPE_LOG, /* a path or "-" */
    TYPE_NAME,
    TYPE_BOOL,
    TYPE_NUMBER,
    TYPE_MODE,
    TYPE_LISTEN
};

struct rule {
    enum type type;
    size_t offset;
    uint32_t min;
    uint32_t max;
};

#define AT(field) offsetof(struct config, field)

static const struct config_key keys[] = {
    {"listen", "SPEC", NULL,
     "where to answer, once for each place: unix:PATH, tcp:HOST:PORT or\n"
     "tls:HOST:PORT; after unix:PATH may stand mode=OCTAL and\n"
     "proxy-protocol=yes. An onion service forwards to a Unix socket."},
    {"store", "FOLDER", "store", "the folder of drops and boards"},
    {"page-key", "FILE", "page.key",
     "the secret key that signs pages; its public half names this relay"},
    {"bundle", "FILE", "bundle",
     "the network file: roots and the directory that lists this relay. A\n"
     "new one is read after SIGHUP."},
    {"control", "PATH", "control",
     "the socket that tocsin-relayctl asks, mode 0600"},
    {"log", "FILE", "-",
     "faults and starts go there, - is standard error. Lines have the day\n"
     "and no finer time, and name nobody."},
    {"tls-cert", "FILE", NULL, "certificates in PEM, for tls listeners"},
    {"tls-key", "FILE", NULL, "their private key in PEM, mode 0600"},
    {"user", "NAME", NULL,
     "give up root and become this user once the sockets are open"},
    {"sandbox", "yes|no", "yes",
     "forbid the process whatever it does not need (seccomp, Landlock)"},
    {"proxy-protocol", "yes|no", "no",
     "on Unix listeners: each connection begins with the line by which tor\n"
     "names its circuit (HiddenServiceExportCircuitID haproxy). It counts\n"
     "for the limits below, in memory, and for nothing else."},
    {"unix-mode", "OCTAL", "0660", "mode of Unix listeners"},
    {"workers", "NUMBER", "0", "threads that answer; 0: one for each core"},
    {"connections", "NUMBER", "1024",
     "open at a time; beyond, one that is idle makes room, or 503"},
    {"queue", "NUMBER", "1024",
     "operations that may wait for the disk; beyond: try again later"},
    {"request-timeout", "SECONDS", "60",
     "a request must be whole within this time, and an answer taken"},
    {"idle-timeout", "SECONDS", "90", "between two requests of a connection"},
    {"rings", "NUMBER", "8", "new entries for each circuit or connection"},
    {"puts", "NUMBER", "512",
     "PUT, BURN and NOTE for each circuit or connection"},
    {"circuit-connections", "NUMBER", "32", "open at a time for each circuit"},
    {"put-effort", "NUMBER", "0",
     "work that PUTs must show, 0 to 15, once for 64 of a circuit or\n"
     "connection: for when somebody fills the store"},
};

static const struct rule rules[] = {
    {TYPE_LISTEN, 0, 0, 0},
    {TYPE_PATH, AT(store), 0, 0},
    {TYPE_PATH, AT(page_key), 0, 0},
    {TYPE_PATH, AT(bundle), 0, 0},
    {TYPE_PATH, AT(control), 0, 0},
    {TYPE_LOG, AT(log), 0, 0},
    {TYPE_PATH, AT(tls_cert), 0, 0},
    {TYPE_PATH, AT(tls_key), 0, 0},
    {TYPE_NAME, AT(user), 0, 0},
    {TYPE_BOOL, AT(sandbox), 0, 0},
    {TYPE_BOOL, AT(proxy_protocol), 0, 0},
    {TYPE_MODE, AT(unix_mode), 0, 0777},
    {TYPE_NUMBER, AT(workers), 0, 256},
    {TYPE_NUMBER, AT(connections), 1, 100000},
    {TYPE_NUMBER, AT(queue), 1, 1024},
    {TYPE_NUMBER, AT(request_timeout), 1, 3600},
    {TYPE_NUMBER, AT(idle_timeout), 1, 3600},
    {TYPE_NUMBER, AT(rings), 1, 1000000},
    {TYPE_NUMBER, AT(puts), 1, 100000000},
    {TYPE_NUMBER, AT(circuit_connections), 1, 100000},
    {TYPE_NUMBER, AT(put_effort), 0, 15},
};

#define N_KEYS (sizeof keys / sizeof keys[0])
_Static_assert(N_KEYS == sizeof rules / sizeof rules[0], "one rule a key");
_Static_assert(N_KEYS <= 64, "given is a set of bits");

const struct config_key *
config_keys(size_t *n)
{
    *n = N_KEYS;
    return keys;
}

static enum rc bad(struct config *c, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static enum rc
bad(struct config *c, const char *format, ...)
{
    va_list ap;

    va_start(ap, format);
    (void)vsnprintf(c->why, sizeof c->why, format, ap);
    va_end(ap);
    return RC_FORMAT;
}

/* Digits of a base (8 or 10), nothing else, at most max. */
static bool
digits(const char *text, uint32_t base, uint32_t max, uint32_t *out)
{
    uint64_t v = 0;

    if (*text == 0) {
        return false;
    }
    for (; *text != 0; text++) {
        if (*text < '0' || *text >= '0' + (char)base) {
            return false;
        }
        v = v * base + (uint64_t)(*text - '0');
        if (v > max) {
            return false;
        }
    }
    *out = (uint32_t)v;
    return true;
}

static bool
yes_or_no(const char *text, bool *out)
{
    *out = strcmp(text, "yes") == 0;
    return *out || strcmp(text, "no") == 0;
}

static enum rc
set_text(char **at, const char *value, const char *dir)
{
    char *copy =
        dir != NULL && value[0] != '/' ? file_join(dir, value) : strdup(value);

    if (copy == NULL) {
        return RC_NOMEM;
    }
    free(*at);
    *at = copy;
    return RC_OK;
}

/* One word more after unix:PATH. */
static enum rc
listen_option(struct config_listen *l, const char *word)
{
    uint32_t mode;
    bool on;

    if (strncmp(word, "mode=", 5) == 0 && l->mode == 0 &&
        digits(word + 5, 8, 0777, &mode) && mode != 0) {
        l->mode = mode;
        return RC_OK;
    }
    if (strncmp(word, "proxy-protocol=", 15) == 0 && l->proxy < 0 &&
        yes_or_no(word + 15, &on)) {
        l->proxy = on;
        return RC_OK;
    }
    return RC_FORMAT;
}

/* HOST:PORT, [HOST]:PORT; an empty host is every address. */
static enum rc
listen_host(struct config_listen *l, const char *value)
{
    const char *colon = strrchr(value, ':');
    size_t len = colon != NULL ? (size_t)(colon - value) : 0;
    uint32_t port;

    if (colon == NULL || !digits(colon + 1, 10, UINT16_MAX, &port)) {
        return RC_FORMAT;
    }
    if (len >= 2 && value[0] == '[' && value[len - 1] == ']') {
        value++;
        len -= 2;
    } else if (memchr(value, ':', len) != NULL) {
        return RC_FORMAT;
    }
    (void)snprintf(l->port, sizeof l->port, "%u", port);
    l->host = strndup(value, len);
    return l->host != NULL ? RC_OK : RC_NOMEM;
}

enum rc
config_listen_parse(struct config_listen *out, const char *value)
{
    struct config_listen l = {.proxy = -1};
    char *copy = strdup(value), *save = NULL, *word, *more;
    enum rc rc = RC_FORMAT;

    memset(out, 0, sizeof *out);
    if (copy == NULL) {
        return RC_NOMEM;
    }
    word = strtok_r(copy, " \t", &save);
    if (word == NULL) {
        goto out;
    }
    if (strncmp(word, "unix:", 5) == 0 && word[5] != 0) {
        l.kind = LISTEN_UNIX;
        rc = set_text(&l.host, word + 5, NULL);
    } else if (strncmp(word, "tcp:", 4) == 0) {
        l.kind = LISTEN_TCP;
        rc = listen_host(&l, word + 4);
    } else if (strncmp(word, "tls:", 4) == 0) {
        l.kind = LISTEN_TLS;
        rc = listen_host(&l, word + 4);
    }
    while (rc == RC_OK && (more = strtok_r(NULL, " \t", &save)) != NULL) {
        rc = l.kind == LISTEN_UNIX ? listen_option(&l, more) : RC_FORMAT;
    }
    if (rc == RC_OK) {
        *out = l;
        l.host = NULL;
    }
out:
    free(l.host);
    free(copy);
    return rc;
}

static enum rc
add_listen(struct config *c, const char *value, const char *dir, bool first)
{
    struct config_listen l;
    enum rc rc;

    if (first) { /* a later source replaces the whole list */
        for (; c->n_listens > 0; c->n_listens--) {
            free(c->listens[c->n_listens - 1].host);
        }
    }
    if (c->n_listens == CONFIG_LISTEN_MAX) {
        return bad(c, "listen: at most %d of them", CONFIG_LISTEN_MAX);
    }
    rc = config_listen_parse(&l, value);
    if (rc == RC_FORMAT) {
        return bad(c,
                   "listen %s: should be unix:PATH, tcp:HOST:PORT or "
                   "tls:HOST:PORT",
                   value);
    }
    if (rc == RC_OK && l.kind == LISTEN_UNIX && l.host[0] != '/') {
        char *path = file_join(dir, l.host);

        free(l.host);
        l.host = path;
        rc = path != NULL ? RC_OK : RC_NOMEM;
    }
    if (rc == RC_OK) {
        c->listens[c->n_listens++] = l;
    }
    return rc;
}

static size_t
find_key(const char *name)
{
    size_t i = 0;

    while (i < N_KEYS && strcmp(keys[i].name, name) != 0) {
        i++;
    }
    return i;
}

static enum rc
apply(struct config *c, size_t i, const char *value, const char *dir,
      bool first)
{
    const struct rule *r = &rules[i];
    char *at = (char *)c + r->offset;

    if (*value == 0) {
        return bad(c, "%s needs a value: %s", keys[i].name, keys[i].value);
    }
    switch (r->type) {
    case TYPE_LISTEN:
        return add_listen(c, value, dir, first);
    case TYPE_LOG:
        if (strcmp(value, "-") == 0) {
            return set_text((char **)(void *)at, value, NULL);
        }
        return set_text((char **)(void *)at, value, dir);
    case TYPE_PATH:
        return set_text((char **)(void *)at, value, dir);
    case TYPE_NAME:
        return set_text((char **)(void *)at, value, NULL);
    case TYPE_BOOL:
        if (!yes_or_no(value, (bool *)at)) {
            return bad(c, "%s: %s is neither yes nor no", keys[i].name, value);
        }
        return RC_OK;
    case TYPE_MODE:
        if (!digits(value, 8, r->max, (uint32_t *)(void *)at)) {
            return bad(c, "%s: %s is no octal mode", keys[i].name, value);
        }
        return RC_OK;
    case TYPE_NUMBER:
        if (!digits(value, 10, r->max, (uint32_t *)(void *)at) ||
            *(uint32_t *)(void *)at < r->min) {
            return bad(c, "%s: %s is no number from %u to %u", keys[i].name,
                       value, r->min, r->max);
        }
        return RC_OK;
    }
    return RC_FORMAT;
}

void
config_source(struct config *c)
{
    c->given = 0;
}

enum rc
config_set(struct config *c, const char *key, const char *value,
           const char *dir)
{
    size_t i = find_key(key);
    bool first;

    if (i == N_KEYS) {
        return bad(c, "unknown key %s", key);
    }
    first = (c->given & UINT64_C(1) << i) == 0;
    if (!first && rules[i].type != TYPE_LISTEN) {
        return bad(c, "%s is given twice", key);
    }
    c->given |= UINT64_C(1) << i;
    return apply(c, i, value, dir, first);
}

enum rc
config_init(struct config *c, const char *dir)
{
    memset(c, 0, sizeof *c);
    for (size_t i = 0; i < N_KEYS; i++) {
        enum rc rc;

        if (keys[i].initial != NULL &&
            (rc = apply(c, i, keys[i].initial, dir, true)) != RC_OK) {
            return rc;
        }
    }
    return RC_OK;
}

void
config_wipe(struct config *c)
{
    for (size_t i = 0; i < N_KEYS; i++) {
        if (rules[i].type == TYPE_PATH || rules[i].type == TYPE_LOG ||
            rules[i].type == TYPE_NAME) {
            char **at = (char **)(void *)((char *)c + rules[i].offset);

            free(*at);
            *at = NULL;
        }
    }
    for (size_t i = 0; i < c->n_listens; i++) {
        free(c->listens[i].host);
    }
    c->n_listens = 0;
}

static enum rc
parse_line(struct config *c, char *line, const char *dir)
{
    size_t len = strlen(line);
    char *value;

    while (len > 0 && strchr(" \t\r", line[len - 1]) != NULL) {
        line[--len] = 0;
    }
    line += strspn(line, " \t");
    if (*line == 0 || *line == '#') {
        return RC_OK;
    }
    value = line + strcspn(line, " \t");
    if (*value != 0) {
        *value++ = 0;
        value += strspn(value, " \t");
    }
    return config_set(c, line, value, dir);
}

enum rc
config_parse(struct config *c, const char *text, size_t len, const char *dir)
{
    char *copy = strndup(text, len), *line, *next;
    unsigned n = 0;
    enum rc rc = RC_OK;

    config_source(c);
    c->why[0] = 0;
    if (copy == NULL) {
        return RC_NOMEM;
    }
    if (memchr(text, 0, len) != NULL ||
        !utf8_is_valid((const uint8_t *)text, len)) {
        rc = bad(c, "not a text file");
    }
    for (line = copy; rc == RC_OK && line != NULL; line = next) {
        char why[CONFIG_WHY_MAX];

        n++;
        if ((next = strchr(line, '\n')) != NULL) {
            *next++ = 0;
        }
        rc = parse_line(c, line, dir);
        if (rc == RC_FORMAT) {
            memcpy(why, c->why, sizeof why);
            (void)snprintf(c->why, sizeof c->why, "line %u: %.200s", n, why);
        }
    }
    free(copy);
    return rc;
}

enum rc
config_load(struct config *c, const char *path)
{
    const char *slash = strrchr(path, '/');
    char *dir = slash == NULL   ? strdup(".")
                : slash == path ? strdup("/")
                                : strndup(path, (size_t)(slash - path));
    uint8_t *text = NULL;
    size_t len;
    enum rc rc = RC_NOMEM;

    memset(c, 0, sizeof *c);
    if (dir == NULL || (rc = config_init(c, dir)) != RC_OK) {
        goto out;
    }
    rc = file_read(&text, &len, path, CONFIG_FILE_MAX);
    if (rc != RC_OK) {
        (void)snprintf(c->why, sizeof c->why, "%s",
                       rc == RC_IO ? strerror(errno) : rc_text(rc));
        goto out;
    }
    rc = config_parse(c, (const char *)text, len, dir);
out:
    free(text);
    free(dir);
    return rc;
}

enum rc
config_check(struct config *c)
{
    c->why[0] = 0;
    if (c->n_listens == 0) {
        return bad(c, "no listen line: nobody could reach the relay");
    }
    for (size_t i = 0; i < c->n_listens; i++) {
        if (c->listens[i].kind == LISTEN_TLS &&
            (c->tls_cert == NULL || c->tls_key == NULL)) {
            return bad(c, "listen tls:... needs tls-cert and tls-key");
        }
        if (c->listens[i].kind == LISTEN_UNIX &&
            strlen(c->listens[i].host) > 107) {
            return bad(c,
                       "listen unix:%s: a socket's path is at most 107 "
                       "bytes",
                       c->listens[i].host);
        }
    }
    if (strlen(c->control) > 107) {
        return bad(c, "control %s: a socket's path is at most 107 bytes",
                   c->control);
    }
    return RC_OK;
}

void
config_sample(FILE *out)
{
    for (size_t i = 0; i < N_KEYS; i++) {
        const char *line = keys[i].help;

        (void)fputc('\n', out);
        for (const char *end; (end = strchr(line, '\n')) != NULL;
             line = end + 1) {
            (void)fprintf(out, "# %.*s\n", (int)(end - line), line);
        }
        (void)fprintf(out, "# %s\n", line);
        (void)fprintf(out, "#%s %s\n", keys[i].name,
                      keys[i].initial != NULL ? keys[i].initial
                                              : keys[i].value);
    }
}
