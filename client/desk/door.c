/* SPDX-License-Identifier: ISC */
#include "door.h"

#include "cli.h"
#include "doorwords.h"
#include "file.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#define DOORS_MAX (64 * 1024)

enum rc
door_key(uint8_t sk[static ONION_AUTH_LEN], const char *dir)
{
    char *path = file_join(dir, "onion.key");
    uint8_t *raw = NULL;
    size_t len = 0;
    enum rc rc =
        path == NULL ? RC_NOMEM : file_read(&raw, &len, path, ONION_AUTH_LEN);

    memset(sk, 0, ONION_AUTH_LEN);
    if (rc == RC_OK && len != ONION_AUTH_LEN) {
        rc = RC_FORMAT;
    } else if (rc == RC_OK) {
        memcpy(sk, raw, ONION_AUTH_LEN);
    } else if (rc == RC_MISSING) {
        randombytes_buf(sk, ONION_AUTH_LEN);
        rc = file_write(path, sk, ONION_AUTH_LEN, 0600, false);
    }
    if (rc != RC_OK) {
        cli_error("%s: %s", path == NULL ? dir : path, cli_why(rc));
    }
    if (raw != NULL) {
        sodium_memzero(raw, len);
    }
    free(raw);
    free(path);
    return rc;
}

/* "list VERSION HASH", the first line; what follows it is at *rest. */
static enum rc
parse_list(struct doors *d, const char **rest, const uint8_t *in, size_t len)
{
    struct reader r;

    rd_init(&r, in, len);
    text_word(&r, "list ");
    d->version = text_number(&r, 1, TEXT_NUMBER_MAX);
    text_word(&r, " ");
    text_hex(&r, d->hash, sizeof d->hash);
    text_word(&r, "\n");
    *rest = (const char *)in + (len - r.left);
    return r.rc;
}

/* What was kept of the list that was taken last: no desks. RC_MISSING without
 * a word; any other failure is printed. */
static enum rc
load_kept(struct doors **out, const char *dir)
{
    char *path = file_join(dir, "doors"), *lines = NULL, *line, *more = NULL;
    struct doors *d = calloc(1, sizeof *d);
    const char *rest = NULL;
    uint8_t *text = NULL;
    size_t len;
    enum rc rc = RC_NOMEM;

    *out = NULL;
    if (path != NULL && d != NULL &&
        (rc = file_read(&text, &len, path, DOORS_MAX)) == RC_OK &&
        (rc = parse_list(d, &rest, text, len)) == RC_OK) {
        lines = text_copy(rest, len - (size_t)(rest - (const char *)text));
        rc = lines != NULL ? RC_OK : RC_NOMEM;
    }
    for (line = rc == RC_OK ? strtok_r(lines, "\n", &more) : NULL;
         rc == RC_OK && line != NULL; line = strtok_r(NULL, "\n", &more)) {
        rc = doors_add(d, line);
    }
    if (rc == RC_OK) {
        *out = d;
        d = NULL;
    } else if (rc != RC_MISSING) {
        cli_error("%s: %s", path == NULL ? dir : path, cli_why(rc));
    }
    free(lines);
    free(text);
    free(path);
    free(d);
    return rc;
}

enum rc
door_load(struct network *w, const char *dir)
{
    struct doors *d;
    enum rc rc = load_kept(&d, dir);

    if (rc == RC_MISSING) {
        return RC_OK;
    }
    for (size_t i = 0; rc == RC_OK && i < d->n_relays; i++) {
        if ((rc = network_door(w, d->relays[i].id, d->relays[i].url)) !=
            RC_OK) {
            cli_error("%s: %s", dir, cli_why(rc));
        }
    }
    free(d);
    return rc;
}

enum rc
door_follows(const char *dir, const char *path, const struct doors *list)
{
    struct doors *kept;
    enum rc rc = load_kept(&kept, dir);

    if (rc == RC_MISSING) {
        return RC_OK;
    }
    if (rc == RC_OK && (rc = doors_follows(list, kept)) != RC_OK) {
        doorwords_follows(rc, path, list, kept);
    }
    free(kept);
    return rc;
}

enum rc
door_keep(const char *dir, const struct doors *list)
{
    char *path = file_join(dir, "doors"), *text = NULL, hash[65];
    size_t len = 0;
    FILE *f = open_memstream(&text, &len);
    enum rc rc = RC_NOMEM;

    (void)sodium_bin2hex(hash, sizeof hash, list->hash, sizeof list->hash);
    if (f != NULL) {
        (void)fprintf(f, "list %llu %s\n", (unsigned long long)list->version,
                      hash);
    }
    for (size_t i = 0; f != NULL && i < list->n_relays; i++) {
        char id[65];

        (void)sodium_bin2hex(id, sizeof id, list->relays[i].id, 32);
        (void)fprintf(f, "door %s %s\n", id, list->relays[i].url);
    }
    if (f != NULL && fclose(f) == 0 && text != NULL && path != NULL) {
        rc = file_write(path, (const uint8_t *)text, len, 0600, true);
    }
    if (rc != RC_OK) {
        cli_error("%s: %s", path == NULL ? dir : path, cli_why(rc));
    }
    free(text);
    free(path);
    return rc;
}
