/* SPDX-License-Identifier: ISC */
#include "rc.h"

/* Marks what programs translate when they print it; nothing more here. */
#define N_(text) text

const char *
rc_text(enum rc rc)
{
    switch (rc) {
    case RC_OK:
        return N_("ok");
    case RC_TRUNCATED:
        return N_("ends too early");
    case RC_FORMAT:
        return N_("malformed");
    case RC_FORGED:
        return N_("not authentic");
    case RC_EXPIRED:
        return N_("expired");
    case RC_MISSING:
        return N_("not found");
    case RC_TAKEN:
        return N_("already taken");
    case RC_FULL:
        return N_("full");
    case RC_AGAIN:
        return N_("try again later");
    case RC_IO:
        return N_("input or output failed");
    case RC_NOMEM:
        return N_("out of memory");
    }
    return N_("unknown result");
}
