/* SPDX-License-Identifier: ISC */
#include "fetch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <sodium.h>

#include "body.h"
#include "cli.h"
#include "file.h"
#include "filetype.h"
#include "term.h"

#define BODY_MOST   ((uint64_t)512 * 1024 * 1024) /* held in memory */
#define FILES_MOST  200                           /* of an answer */
#define NUMBER_MOST 9999                          /* of a file */

/* One box, from the first relay that has a good one. */
static enum rc
fetch_box(uint8_t chunk[static BODY_CHUNK_LEN], struct visit *v,
          const struct net_circuit *c, const struct answer *a, uint32_t i)
{
    uint8_t address[DROP_ADDRESS_LEN];
    const struct cell_request req = {.op = CELL_GET, .address = address};
    uint8_t up[CELL_LEN];
    uint8_t down[CELL_LEN];
    struct cell_answer ans;
    enum rc rc = RC_MISSING;

    for (size_t r = 0; rc != RC_OK && r < v->w.n_relays; r++) {
        const struct body_place at = {a->body_key, v->w.relays[r].info->id, i};

        body_address(address, &at);
        if (v->w.relays[r].up && cell_request_write(up, &req) == RC_OK &&
            visit_exchange(v, r, &c[r], up, CELL_GET, down, &ans) == RC_OK &&
            ans.status == CELL_PRESENT) {
            /* One that does not open is absent. */
            rc = body_box_open(chunk, &at, ans.box) == RC_OK ? RC_OK
                                                             : RC_MISSING;
        }
    }
    return rc;
}

static enum rc
fetch_boxes(uint8_t *body, struct visit *v, const struct answer *a)
{
    struct net_circuit c[DIRECTORY_RELAYS_MAX];
    uint8_t chunk[BODY_CHUNK_LEN];
    struct term_progress bar;
    enum rc rc = RC_OK;

    for (size_t i = 0; i < DIRECTORY_RELAYS_MAX; i++) {
        net_circuit_fresh(&c[i]);
    }
    term_progress_start(&bar, _("fetched"), a->boxes);
    for (uint32_t i = 0; rc == RC_OK && i < a->boxes; i++) {
        size_t n = body_chunk_len(a->body_len, i);

        rc = fetch_box(chunk, v, c, a, i);
        if (rc == RC_OK && !sodium_is_zero(chunk + n, sizeof chunk - n)) {
            rc = RC_FORGED;
        }
        if (rc == RC_OK) {
            memcpy(body + (n > 0 ? (uint64_t)i * BODY_CHUNK_LEN : 0), chunk, n);
        }
        term_progress(&bar, i + 1);
    }
    term_progress_end(&bar);
    sodium_memzero(chunk, sizeof chunk);
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
