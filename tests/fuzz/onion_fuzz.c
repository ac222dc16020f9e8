/* SPDX-License-Identifier: ISC */
/* Addresses of onion services and base32: what parses is written the same. */
#include "onion.h"
#include "fuzz.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int
LLVMFuzzerTestOneInput(const uint8_t *in, size_t len)
{
    char text[128], again[ONION_BASE32_LEN + 1], label[ONION_LABEL_LEN + 1];
    char url[128];
    uint8_t raw[32];

    if (len >= sizeof text || memchr(in, 0, len) != NULL) {
        return 0;
    }
    memcpy(text, in, len);
    text[len] = 0;
    if (onion_base32_parse(raw, text) == RC_OK) {
        onion_base32(again, raw);
        if (strcasecmp(again, text) != 0) {
            abort();
        }
    }
    if (onion_label_of(label, text) == RC_OK) {
        (void)snprintf(url, sizeof url, "http://%s.onion", label);
        if (strcmp(url, text) != 0) {
            abort();
        }
    }
    return 0;
}
