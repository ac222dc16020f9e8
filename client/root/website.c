/* SPDX-License-Identifier: ISC */
/*
 * tocsin-root web: the reporter's page of one network. Fills the built page's
 * settings (root keys, relays, the network file itself, from which she chooses
 * before anything is sent) and its Content-Security-Policy; the hash for the
 * directory is that of the result.
 */
#include "commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "bundle.h"
#include "file.h"
#include "text.h"

#define PAGE_MAX (8 * 1024 * 1024)
/* What stands in the built page, each once (client/web/build.mjs). */
#define CONNECT_EMPTY "connect-src 'none'"
#define SETTINGS_EMPTY "id=\"settings\">{}<"

struct cli_option web_options[] = {
    {.name = "network",
     .value = "FILE",
     .help = N_("the network file, or what a relay serves")},
    {.name = "out", .value = "HTML", .help = N_("the page to make")},
    {.name = NULL},
};

static bool
is_web_url(const char *url)
{
    return strncmp(url, "http://", 7) == 0 || strncmp(url, "https://", 8) == 0;
}

/* Length of "scheme://host:port"; 0 if a policy can't name it as it is. */
static size_t
origin_len(const char *url)
{
    size_t start = strncmp(url, "https://", 8) == 0 ? 8 : 7;
    size_t n = start + strspn(url + start,
                              "abcdefghijklmnopqrstuvwxyz"
                              "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:[]");

    return n > start && (url[n] == '\0' || url[n] == '/') ? n : 0;
}

static bool
is_onion(const char *url)
{
    size_t n = origin_len(url);
    const char *colon = memchr(url + 8, ':', n > 8 ? n - 8 : 0);

    n = colon != NULL ? (size_t)(colon - url) : n;
    return n > 6 && memcmp(url + n - 6, ".onion", 6) == 0;
}

/* The address the page uses: the first onion one, else the first of the web. */
static const char *
page_url(const struct directory_relay *r)
{
    const char *found = NULL;

    for (size_t i = 0; i < r->n_urls; i++) {
        if (is_web_url(r->urls[i]) && origin_len(r->urls[i]) > 0) {
            if (is_onion(r->urls[i])) {
                return r->urls[i];
            }
            found = found != NULL ? found : r->urls[i];
        }
    }
    return found;
}

/* A JSON string that can stand inside an HTML script element. */
static void
put_json(struct text *t, const char *s)
{
    char escape[8];

    text_put_word(t, "\"");
    for (; *s != '\0'; s++) {
        if (*s == '"' || *s == '\\' || *s == '<') {
            (void)snprintf(escape, sizeof escape, "\\u00%02x",
                           (unsigned)(uint8_t)*s);
            text_put_word(t, escape);
        } else {
            text_put(t, s, 1);
        }
    }
    text_put_word(t, "\"");
}

static void
put_root(struct text *t, const struct root *r)
{
    text_put_number(t, "{\"root\":{\"version\":", r->version);
    text_put_number(t, ",\"threshold\":", r->threshold);
    text_put_word(t, ",\"keys\":[");
    for (size_t i = 0; i < r->n_keys; i++) {
        text_put_word(t, i > 0 ? ",[" : "[");
        put_json(t, r->keys[i].name);
        text_put_base64(t, ",\"", r->keys[i].pk, sizeof r->keys[i].pk);
        text_put_word(t, "\"]");
    }
    text_put_hex(t, "],\"hash\":\"", r->hash, sizeof r->hash);
    text_put_word(t, "\"},\"relays\":[");
}

/* A network: as opened, and its file. */
struct source {
    const struct bundle *bundle;
    const uint8_t *raw;
    size_t len;
};

/* Settings and policy. RC_OK; RC_MISSING: no relay that a page can reach. */
static enum rc
make_parts(struct text *settings, struct text *connect, const struct source *s)
{
    const struct bundle *b = s->bundle;
    size_t n = 0;

    text_put_word(connect, "connect-src");
    put_root(settings, &b->root);
    for (size_t i = 0; i < b->directory->n_relays; i++) {
        const char *url = page_url(&b->directory->relays[i]);

        if (url == NULL) {
            continue;
        }
        text_put_word(settings, n++ > 0 ? "," : "");
        put_json(settings, url);
        text_put_word(connect, " ");
        text_put(connect, url, origin_len(url));
    }
    text_put_base64(settings, "],\"network\":\"", s->raw, s->len);
    text_put_word(settings, "\"}");
    return n > 0 ? RC_OK : RC_MISSING;
}

/* Where the only such words stand; NULL if they stand nowhere, or twice. */
static const char *
find_once(const char *html, const char *words)
{
    const char *at = strstr(html, words);

    return at != NULL && strstr(at + 1, words) == NULL ? at : NULL;
}

/* The policy comes before the settings. RC_FORMAT: not an empty page. */
static enum rc
fill(struct text *out, const char *html, const struct text *settings,
     const struct text *connect)
{
    const char *policy = find_once(html, CONNECT_EMPTY);
    const char *empty = find_once(html, SETTINGS_EMPTY);
    const char *rest;

    if (policy == NULL || empty == NULL || empty < policy) {
        return RC_FORMAT;
    }
    empty += strlen(SETTINGS_EMPTY) - strlen("{}<");
    rest = policy + strlen(CONNECT_EMPTY);
    text_put(out, html, (size_t)(policy - html));
    text_put(out, connect->p, connect->len);
    text_put(out, rest, (size_t)(empty - rest));
    text_put(out, settings->p, settings->len);
    text_put_word(out, empty + strlen("{}"));
    return RC_OK;
}

static enum rc
make_page(struct text *out, const char *html, const struct source *s)
{
    struct text settings = {0}, connect = {0};
    enum rc rc = make_parts(&settings, &connect, s);

    if (rc == RC_MISSING) {
        cli_error(_("no relay of this network has an address that a browser "
                    "can reach (http:// or https://)"));
    } else if (settings.failed || connect.failed) {
        cli_error("%s", _(rc_text(rc = RC_NOMEM)));
    } else if ((rc = fill(out, html, &settings, &connect)) != RC_OK) {
        cli_error(_("this is not the page as it is built (build/web/"
                    "tocsin.html), or it was filled already"));
    }
    text_wipe(&settings);
    text_wipe(&connect);
    return rc;
}

static enum rc
save_page(struct text *page, const char *path)
{
    uint8_t hash[crypto_hash_sha256_BYTES];
    char hex[2 * sizeof hash + 1];
    char *html;
    size_t len;
    enum rc rc = text_take(page, &html, &len);

    if (rc != RC_OK) {
        cli_error("%s", _(rc_text(rc)));
        return rc;
    }
    (void)crypto_hash_sha256(hash, (const uint8_t *)html, len);
    rc = file_write(path, (const uint8_t *)html, len, 0644, true);
    free(html);
    if (rc != RC_OK) {
        cli_error("%s: %s", path, cli_why(rc));
        return rc;
    }
    (void)printf("%s\n", sodium_bin2hex(hex, sizeof hex, hash, sizeof hash));
    cli_say(_("Write this hash into the directory with tocsin-root page, so "
              "that everybody can check copies of the page."));
    return RC_OK;
}

static enum rc
load(uint8_t **out, size_t *len, const char *path, size_t max)
{
    enum rc rc = file_read(out, len, path, max);

    if (rc != RC_OK) {
        cli_error("%s: %s", path, cli_why(rc));
    }
    return rc;
}

int
web_run(int argc, char **argv)
{
    const char *network = cli_value(web_options, "network");
    const char *out = cli_value(web_options, "out");
    uint8_t *raw = NULL, *html = NULL;
    struct bundle *b = NULL;
    struct source source;
    struct text page = {0};
    size_t raw_len, html_len;
    enum rc rc;

    (void)argc;
    if (network == NULL || out == NULL) {
        cli_error(_("name the network with --network and the page to make "
                    "with --out"));
        return CLI_USAGE;
    }
    if ((rc = load(&raw, &raw_len, network, BUNDLE_MAX)) != RC_OK ||
        (rc = load(&html, &html_len, argv[0], PAGE_MAX)) != RC_OK) {
        goto out;
    }
    if ((rc = bundle_open(&b, raw, raw_len, NULL)) != RC_OK) {
        cli_error(_("%s: NOT AUTHENTIC"), network);
        free(raw);
        free(html);
        return CLI_NOT_AUTHENTIC;
    }
    source = (struct source){.bundle = b, .raw = raw, .len = raw_len};
    if ((rc = make_page(&page, (const char *)html, &source)) == RC_OK) {
        rc = save_page(&page, out);
    }
out:
    text_wipe(&page);
    bundle_free(b);
    free(raw);
    free(html);
    return rc == RC_OK ? CLI_DONE : CLI_FAILED;
}
