/* SPDX-License-Identifier: ISC */
#include "door.h"

#include "cli.h"
#include "file.h"

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

enum rc
door_load(struct network *w, const char *dir)
{
    char *path = file_join(dir, "doors"), *line, *rest = NULL;
    struct doors *d = calloc(1, sizeof *d);
    uint8_t *text = NULL;
    size_t len;
    enum rc rc = RC_NOMEM;

    if (path != NULL && d != NULL) {
        rc = file_read(&text, &len, path, DOORS_MAX);
    }
    if (rc == RC_MISSING) {
        rc = RC_OK;
    } else if (rc == RC_OK) {
        for (line = strtok_r((char *)text, "\n", &rest);
             rc == RC_OK && line != NULL; line = strtok_r(NULL, "\n", &rest)) {
            rc = doors_add(d, line);
        }
    }
    for (size_t i = 0; rc == RC_OK && i < d->n_relays; i++) {
        rc = network_door(w, d->relays[i].id, d->relays[i].url);
    }
    if (rc != RC_OK) {
        cli_error("%s: %s", path == NULL ? dir : path, cli_why(rc));
    }
    free(text);
    free(path);
    free(d);
    return rc;
}

enum rc
door_keep(const char *dir, const struct doors *list)
{
    char *path = file_join(dir, "doors"), *text = NULL;
    size_t len = 0;
    FILE *f = open_memstream(&text, &len);
    enum rc rc = RC_NOMEM;

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
