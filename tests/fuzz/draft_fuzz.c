/* SPDX-License-Identifier: ISC */
/*
 * What a reporter types: the input has lines "key value", an empty one, and
 * the free text. What is taken makes a report's text that parses, with the
 * same lines; the text is cut where it must be, between characters.
 */
#include "compose.h"
#include "fuzz.h"
#include "report.h"
#include "utf8.h"

#include <stdlib.h>
#include <string.h>

/* One line; whether it was taken. */
static bool
add(struct draft *d, const char *line, size_t len)
{
    const char *space = len > 0 ? memchr(line, ' ', len) : NULL;
    const struct draft_key *k = draft_keys;
    size_t before = d->lines_len;
    bool had;
    char *key;
    enum rc rc;

    if (space == NULL) {
        return false;
    }
    key = strndup(line, (size_t)(space - line));
    require(key != NULL);
    while (k->key != NULL && strcmp(k->key, key) != 0) {
        k++;
    }
    had = k->key != NULL && !k->repeatable && draft_has(d, key);
    rc = draft_add(d, key, space + 1, len - (size_t)(space - line) - 1);
    require(rc == RC_OK || rc == RC_FORMAT || rc == RC_TAKEN);
    require((rc == RC_TAKEN) == had);
    require(rc == RC_OK ? draft_has(d, key) : d->lines_len == before);
    free(key);
    return rc == RC_OK;
}

/* The text as an entry has it. */
static void
check_head(const struct draft *d, size_t lines)
{
    static uint8_t text[HEAD_TEXT_MAX];
    struct report r;
    uint16_t len;
    bool cut;

    for (unsigned files = 0; files < 2; files++) {
        enum rc rc = draft_head_text(text, &len, &cut, d, files);

        require(rc == RC_OK || (rc == RC_FULL && d->lines_len > 3000));
        if (rc != RC_OK) {
            continue;
        }
        require(report_parse(&r, text, len) == RC_OK);
        require(!r.broken && r.n_lines == lines + files);
        require(r.free_len <= d->text_len && cut == (r.free_len < d->text_len));
        require(r.free_len == 0 || memcmp(r.free, d->text, r.free_len) == 0);
        require(utf8_is_valid(text, len));
        report_wipe(&r);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *at = data, *end = data + size;
    struct body_build b = {0};
    struct draft d = {0};
    size_t lines = 0;
    enum rc rc;

    while (at < end) {
        const uint8_t *stop = memchr(at, '\n', (size_t)(end - at));
        size_t n = (size_t)((stop != NULL ? stop : end) - at);

        if (n == 0) {
            at++;
            break;
        }
        lines += add(&d, (const char *)at, n);
        at += n + (stop != NULL);
    }
    rc = draft_set_text(&d, at, (size_t)(end - at));
    require(rc == RC_OK || rc == RC_FORMAT || rc == RC_FULL);
    if (rc == RC_OK) {
        require(d.text_len == 0 || d.text[d.text_len - 1] != '\n');
        check_head(&d, lines);
        require(body_build_text(&b, &d) == RC_OK);
        require(body_build_end(&b) == RC_OK);
    }
    body_build_wipe(&b);
    draft_wipe(&d);
    return 0;
}
