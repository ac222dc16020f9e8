/* SPDX-License-Identifier: ISC */
/* What a power cut left behind: see watch.h. */
#include "watch.h"

#include <sodium.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"
#include "clock.h"
#include "file.h"

/* Ids of the files that rows name. */
struct named {
    uint8_t (*ids)[BODY_ID_LEN]; /* n of cap; heap */
    size_t n, cap;
};

static enum rc
add(struct named *list, const uint8_t id[static BODY_ID_LEN])
{
    if (list->n == list->cap) {
        size_t cap = list->cap == 0 ? 64 : list->cap * 2;
        uint8_t(*more)[BODY_ID_LEN] = realloc(list->ids, cap * sizeof(*more));

        if (more == NULL) {
            return RC_NOMEM;
        }
        list->ids = more;
        list->cap = cap;
    }
    memcpy(list->ids[list->n++], id, BODY_ID_LEN);
    return RC_OK;
}

static enum rc
add_body(const struct vault_row *row, void *arg)
{
    return row->id_len == BODY_ID_LEN ? add(arg, row->id) : RC_FORGED;
}

static enum rc
add_answer(const struct vault_row *row, void *arg)
{
    struct answer_rec *a = malloc(sizeof *a);
    enum rc rc = a == NULL ? RC_NOMEM : answer_parse(a, row);

    if (rc == RC_OK && a->body.boxes > 0) {
        rc = add(arg, a->body_id);
    }
    if (a != NULL) {
        sodium_memzero(a, sizeof *a);
        free(a);
    }
    return rc;
}

/* All of them, or an error: a row that is damaged may name any file. */
static enum rc
read_named(struct vault *v, struct named *list)
{
    size_t damaged = 0, more = 0;
    enum rc rc = vault_each(v, VAULT_BODY, add_body, list, &damaged);

    if (rc == RC_OK) {
        rc = vault_each(v, VAULT_ANSWER, add_answer, list, &more);
    }
    return rc == RC_OK && damaged + more > 0 ? RC_FORGED : rc;
}

static bool
is_named(const struct named *list, const char *name)
{
    char hex[2 * BODY_ID_LEN + 1];

    for (size_t i = 0; i < list->n; i++) {
        (void)sodium_bin2hex(hex, sizeof hex, list->ids[i], BODY_ID_LEN);
        if (strcmp(hex, name) == 0) {
            return true;
        }
    }
    return false;
}

static bool
is_ours(const char *name)
{
    return strlen(name) == 2 * BODY_ID_LEN &&
           strspn(name, "0123456789abcdef") == 2 * BODY_ID_LEN;
}

/* Younger ones may be of a `reply` that is about to name them. */
static void
drop_old(DIR *dir, const char *name)
{
    struct stat st;

    if (fstatat(dirfd(dir), name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
        S_ISREG(st.st_mode) && st.st_mtime < clock_now() - DAY_SECONDS &&
        unlinkat(dirfd(dir), name, 0) != 0) {
        cli_error("bodies/%s: %s", name, strerror(errno));
    }
}

static enum rc
drop_unnamed(const char *folder, const struct named *list)
{
    DIR *dir = opendir(folder);
    const struct dirent *e;

    if (dir == NULL) {
        return RC_IO;
    }
    while ((e = readdir(dir)) != NULL) {
        if (is_ours(e->d_name) && !is_named(list, e->d_name)) {
            drop_old(dir, e->d_name);
        }
    }
    return closedir(dir) == 0 ? RC_OK : RC_IO;
}

enum rc
tidy(struct desk *d)
{
    char *folder = file_join(d->dir, "bodies");
    struct named list = {0};
    enum rc rc = folder == NULL ? RC_NOMEM : read_named(d->vault, &list);

    if (rc == RC_OK) {
        rc = drop_unnamed(folder, &list);
    }
    free(list.ids);
    free(folder);
    if (rc == RC_OK || rc == RC_FORGED) {
        rc = vault_scrub(d->vault);
    }
    return rc;
}
