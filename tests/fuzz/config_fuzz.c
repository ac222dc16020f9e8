/* SPDX-License-Identifier: ISC */
/* A configuration is taken, or refused with a line that says why. */
#include "config.h"
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

/* The value of one listen line. */
static void
as_listen(const uint8_t *data, size_t size)
{
    char *text = calloc(1, size + 1);
    struct config_listen l;
    enum rc rc;

    if (text == NULL) {
        abort();
    }
    memcpy(text, data, size);
    rc = config_listen_parse(&l, text);
    if (rc == RC_OK ? l.host == NULL : rc != RC_FORMAT || l.host != NULL) {
        abort();
    }
    free(l.host);
    free(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct config c;
    enum rc rc;

    as_listen(data, size);
    if (config_init(&c, "/srv") != RC_OK) {
        abort();
    }
    rc = config_parse(&c, (const char *)data, size, "/srv");
    if (rc == RC_OK) {
        rc = config_check(&c);
    }
    if (rc == RC_FORMAT) {
        if (*c.why == 0 || strlen(c.why) >= sizeof c.why) {
            abort();
        }
    } else if (rc != RC_OK) {
        abort();
    } else if (c.n_listens == 0 || c.connections == 0 || c.queue == 0 ||
               c.request_timeout == 0 || c.store[0] != '/') {
        abort();
    }
    config_wipe(&c);
    return 0;
}
