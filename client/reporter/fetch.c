/* SPDX-License-Identifier: ISC */
#include "fetch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <sodium.h>

#include "body.h"
#include "cli.h"
#include "download.h"
#include "file.h"
#include "filetype.h"
#include "term.h"

#define BODY_MOST   ((uint64_t)512 * 1024 * 1024) /* held in memory */
#define FILES_MOST  200                           /* of an answer */
#define NUMBER_MOST 9999                          /* of a file */

/* A body that comes box by box. */
struct coming {
    const struct answer *a;
    uint8_t *body;
    struct term_progress bar;
    uint32_t n;
};

static enum rc
take_box(uint32_t i, const uint8_t chunk[BODY_CHUNK_LEN], void *arg)
{
    struct coming *c = arg;
    const size_t n = body_chunk_len(c->a->body_len, i);

    if (!sodium_is_zero(chunk + n, BODY_CHUNK_LEN - n)) {
        return RC_FORGED;
    }
    memcpy(c->body + (n > 0 ? (uint64_t)i * BODY_CHUNK_LEN : 0), chunk, n);
    term_progress(&c->bar, ++c->n);
    return RC_OK;
}

static enum rc
fetch_boxes(uint8_t *body, struct visit *v, const struct answer *a)
{
    struct coming c = {.a = a, .body = body};
    enum rc rc;

    term_progress_start(&c.bar, _("fetched"), a->boxes);
    rc = download_run(v, a->body_key, a->boxes, take_box, &c);
    term_progress_end(&c.bar);
    return rc;
}

/* The name is ours: a stranger's never names a file. */
static char *
item_path(const struct body_item *item, unsigned number, const char *dir)
{
    const char *ending = filetype_ending(item->data, item->len);
    char name[48];

    (void)snprintf(name, sizeof name, "answer-file-%u%s%s", number,
                   ending != NULL ? "." : "", ending != NULL ? ending : "");
    return file_join(dir, name);
}

/* Under the next number that no file has. */
static enum rc
save_item(const struct body_item *item, unsigned *number, const char *dir)
{
    char *path = NULL;
    enum rc rc;

    do {
        free(path);
        if ((path = item_path(item, ++*number, dir)) == NULL) {
            return RC_NOMEM;
        }
        rc = file_write(path, item->data, item->len, 0600, false);
    } while (rc == RC_TAKEN && *number < NUMBER_MOST);
    if (rc == RC_OK) {
        cli_say(_("wrote %s"), path);
    } else {
        cli_error(_("can't write %s: %s"), path, cli_why(rc));
    }
    free(path);
    return rc;
}

static enum rc
save_items(const uint8_t *body, size_t len, const char *dir)
{
    struct body_item item;
    struct reader r;
    unsigned number = 0, files = 0;
    enum rc rc;

    rd_init(&r, body, len);
    while ((rc = body_item_next(&item, &r)) == RC_OK) {
        if (++files > FILES_MOST) {
            cli_error(_("this answer has more than %d files; the others are "
                        "left out"),
                      FILES_MOST);
            return RC_FULL;
        }
        if ((rc = save_item(&item, &number, dir)) != RC_OK) {
            return rc;
        }
    }
    if (rc != RC_MISSING) {
        cli_error(_("the attachments of this answer are damaged"));
        return rc;
    }
    return RC_OK;
}

enum rc
fetch_answer_body(struct visit *v, const struct answer *a, const char *dir)
{
    uint8_t digest[KDF_LEN];
    uint8_t *body;
    enum rc rc;

    if (a->body_len > BODY_MOST || (body = malloc(a->body_len)) == NULL) {
        cli_error(_("the attachments of this answer are too large for this "
                    "computer"));
        return RC_FULL;
    }
    rc = fetch_boxes(body, v, a);
    if (rc == RC_OK) {
        blake2b_256(digest, body, a->body_len);
        rc = sodium_memcmp(digest, a->digest, sizeof digest) == 0 ? RC_OK
                                                                  : RC_FORGED;
    }
    if (rc != RC_OK) {
        cli_error(_("the attachments of this answer can't be fetched whole: "
                    "%s"),
                  _(rc_text(rc)));
    } else {
        (void)mkdir(dir, 0700);
        rc = save_items(body, a->body_len, dir);
    }
    sodium_memzero(body, a->body_len);
    free(body);
    return rc;
}
