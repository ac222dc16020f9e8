/* SPDX-License-Identifier: ISC */
#include "rc.h"

const char *
rc_text(enum rc rc)
{
    switch (rc) {
    case RC_OK:
        return "ok";
    case RC_TRUNCATED:
        return "ends too early";
    case RC_FORMAT:
        return "malformed";
    case RC_FORGED:
        return "not authentic";
    case RC_EXPIRED:
        return "expired";
    case RC_MISSING:
        return "not found";
    case RC_TAKEN:
        return "already taken";
    case RC_FULL:
        return "full";
    case RC_AGAIN:
        return "try again later";
    case RC_IO:
        return "input or output failed";
    case RC_NOMEM:
        return "out of memory";
    }
    return "unknown result";
}
