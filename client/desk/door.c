/* SPDX-License-Identifier: ISC */
#include "door.h"

#include "cli.h"
#include "file.h"

#include <errno.h>
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
        cli_error("%s: %s", path == NULL ? dir : path,
                  rc == RC_IO ? strerror(errno) : rc_text(rc));
    }
    if (raw != NULL) {
        sodium_memzero(raw, len);
    }
    free(raw);
    free(path);
    return rc;
}

enum rc
door_parse(uint8_t id[static 32], char label[static ONION_LABEL_LEN + 1],
           char url[static 128], const char *line)
{
    char hex[65], end;

    label[0] = 0;
    if (sscanf(line, "desk-door %64s %127s %c", hex, url, &end) != 2 ||
        strlen(hex) != 64 ||
        sodium_hex2bin(id, 32, hex, 64, NULL, NULL, NULL) != 0) {
        return RC_FORMAT;
    }
    return onion_label_of(label, url);
}

enum rc
door_load(struct network *w, const char *dir)
{
    char *path = file_join(dir, "doors"), *line, *rest = NULL;
    uint8_t *text = NULL;
    size_t len;
    enum rc rc =
        path == NULL ? RC_NOMEM : file_read(&text, &len, path, DOORS_MAX);

    if (rc == RC_MISSING) {
        rc = RC_OK;
    } else if (rc == RC_OK) {
        for (line = strtok_r((char *)text, "\n", &rest);
             rc == RC_OK && line != NULL; line = strtok_r(NULL, "\n", &rest)) {
            char label[ONION_LABEL_LEN + 1], url[128];
            uint8_t id[32];

            if ((rc = door_parse(id, label, url, line)) == RC_OK) {
                rc = network_door(w, id, url);
            }
        }
    }
    if (rc != RC_OK) {
        cli_error("%s: %s", path == NULL ? dir : path, rc_text(rc));
    }
    free(text);
    free(path);
    return rc;
}

enum rc
door_keep(const char *dir, const char *door)
{
    const size_t head = sizeof "desk-door " - 1 + 64;
    char *path = file_join(dir, "doors"), *text = NULL, *line, *rest = NULL;
    uint8_t *old = NULL;
    size_t len = 0;
    FILE *f = open_memstream(&text, &len);
    enum rc rc = RC_NOMEM;

    if (path != NULL && f != NULL) {
        rc = file_read(&old, &len, path, DOORS_MAX);
        rc = rc == RC_MISSING ? RC_OK : rc;
    }
    for (line = old == NULL ? NULL : strtok_r((char *)old, "\n", &rest);
         rc == RC_OK && line != NULL; line = strtok_r(NULL, "\n", &rest)) {
        if (strncmp(line, door, head) != 0) {
            (void)fprintf(f, "%s\n", line);
        }
    }
    if (f != NULL) {
        (void)fprintf(f, "%s\n", door);
        if (fclose(f) != 0 || text == NULL) {
            rc = RC_NOMEM;
        }
    }
    if (rc == RC_OK) {
        rc = file_write(path, (const uint8_t *)text, len, 0600, true);
    }
    if (rc != RC_OK) {
        cli_error("%s: %s", path == NULL ? dir : path,
                  rc == RC_IO ? strerror(errno) : rc_text(rc));
    }
    free(old);
    free(text);
    free(path);
    return rc;
}
